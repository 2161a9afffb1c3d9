"""Whether traces are told, and to whom: OpenTelemetry's own variables say it. Without them nothing is loaded.

What they may say: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from shared.kit.traces.spans import Traces

# Of two variables, the one for traces alone goes first.
ENDPOINT = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOL = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
EXPORTER = ("OTEL_TRACES_EXPORTER",)
SPOKEN = "http/protobuf"
PACKAGE = "opentelemetry.exporter.otlp.proto.http"
WAY_OUT = "`pip install --require-hashes -r deploy/lock/traces.txt` brings it"


class TracesInvalid(ValueError):
    """What is told of traces cannot be done: one line that names the variable and the way out."""


def open_traces(name: str) -> "Traces | None":
    """The spans of this process; None where nobody gave an endpoint. Raises TracesInvalid."""
    if not endpoint_given():
        return None
    # Loaded here: who tells no traces pays nothing for them, and may not have it installed.
    from shared.kit.traces.spans import told_to_endpoint  # noqa: PLC0415

    return told_to_endpoint(name)


@contextmanager
def traced(name: str) -> "Iterator[Traces | None]":
    """The same for a job that ends: what it told is sent by then. Raises TracesInvalid."""
    traces = open_traces(name)
    try:
        yield traces
    finally:
        if traces:
            traces.close()


def endpoint_given() -> bool:
    """Whether traces are to be told. Raises TracesInvalid where they are and cannot be."""
    variable, url = _told(ENDPOINT)
    if not url or _is_off():
        return False
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TracesInvalid(f"{variable} is {url!r}: it is no URL such as http://127.0.0.1:4318")
    _require(EXPORTER, "otlp", "otlp and none")
    _require(PROTOCOL, SPOKEN, SPOKEN)
    if not _is_installed():
        raise TracesInvalid(f"{variable} is set, and OpenTelemetry is not installed: {WAY_OUT}")
    return True


def _is_off() -> bool:
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return disabled or _told(EXPORTER)[1] == "none"


def _require(variables: tuple[str, ...], known: str, choice: str) -> None:
    variable, value = _told(variables)
    if value and value != known:
        raise TracesInvalid(f"{variable} is {value!r}: here it may be {choice}")


def _told(variables: tuple[str, ...]) -> tuple[str, str]:
    """The first of these that says something, and what; an empty one says nothing."""
    for variable in variables:
        if value := os.environ.get(variable, "").strip():
            return variable, value
    return variables[-1], ""


def _is_installed() -> bool:
    try:
        return find_spec(PACKAGE) is not None
    except ModuleNotFoundError:
        return False
