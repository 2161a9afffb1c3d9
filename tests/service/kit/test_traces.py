"""Traces are told where an endpoint is given, as the standard's variables say; else nothing is loaded."""

import subprocess
import sys

import pytest

from shared.contract.decision import Decision
from shared.kit.consumer.decide import dead_letter
from shared.kit.handled import Handled
from shared.kit.traces import opening
from shared.kit.traces.events import begin_span, end_spans
from shared.kit.traces.opening import TracesInvalid, endpoint_given, open_traces, traced
from tests.collector import collecting
from tests.rules.test_closing_lines import DUE, ORDERED, STAMPED_NS, TRANCHE, handled

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
OF_TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
URL = "http://127.0.0.1:4318"
TRACE, PAGE = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
# All that takes part in traces but the frame of a service: loading FastStream takes a second.
LOADED = """
import sys
import services.funding.tools.job_spans, services.funding.tools.payment_spans
import services.notify.mail.letter_spans, shared.kit.consumer.consumer
from shared.kit.traces.opening import open_traces
assert open_traces("intake") is None
print([name for name in sys.modules if name.startswith(("opentelemetry", "google.protobuf", "requests"))])
"""


def test_without_an_endpoint_nothing_of_opentelemetry_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(ENDPOINT, raising=False)
    told = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {ENDPOINT: ""},
        {ENDPOINT: URL, "OTEL_SDK_DISABLED": "True"},
        {ENDPOINT: URL, "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_traces_are_off_as_the_standard_says(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str]
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert open_traces("intake") is None


@pytest.mark.parametrize(
    "told",
    [
        {ENDPOINT: URL},
        {OF_TRACES: f"{URL}/v1/traces"},
        {
            ENDPOINT: URL,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_TRACES_EXPORTER": "otlp",
        },
    ],
)
def test_traces_are_on_as_the_standard_says(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str]
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert endpoint_given()


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ({ENDPOINT: "collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT is 'collector:4318'"),
        ({ENDPOINT: "http://"}, "no URL such as"),
        (
            {ENDPOINT: URL, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "'grpc': here it may be http/protobuf",
        ),
        (
            {ENDPOINT: URL, "OTEL_TRACES_EXPORTER": "zipkin"},
            "'zipkin': here it may be otlp and none",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], names: str
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(TracesInvalid, match=names) as refused:
        endpoint_given()
    assert "\n" not in str(refused.value)


def test_a_missing_package_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, URL)
    monkeypatch.setattr(opening, "PACKAGE", "opentelemetry.exporter.of_nobody.http")
    with pytest.raises(
        TracesInvalid, match=r"not installed: `pip install .*deploy/lock/traces\.txt`"
    ):
        open_traces("intake")


def ended(*given: Handled) -> None:
    with traced("funding") as traces:
        assert traces
        for one in given:
            begin_span(traces, one)
        end_spans(given, STAMPED_NS)


def lettered() -> Handled:
    given = handled(DUE)
    dead_letter(given, "nobody knows this tranche")
    return given


def test_a_span_tells_what_its_closing_line_tells() -> None:
    decided = handled(DUE, traceparent=f"00-{TRACE}-{PAGE}-01").settle(
        Decision("ordered", facts=(ORDERED,))
    )
    failed = lettered()
    with collecting() as collector:
        ended(decided, failed, Handled(failed.delivery, "e-2", "Timer", TRANCHE))
    ordered, letter, never_read = collector.spans
    assert (ordered.trace, ordered.above, ordered.failure) == (TRACE, PAGE, "")
    assert decided.traceparent == f"00-{TRACE}-{ordered.span}-01"
    assert ordered.attributes["fabriques.order_id"] == "FABT-2020-4-00012-T1-A1"
    assert ordered.attributes["messaging.consumer.group.name"] == "funding-on-tranches"
    assert (letter.above, letter.failure) == ("", "nobody knows this tranche")
    assert letter.attributes["fabriques.result"] == "dead-lettered"
    assert len({ordered.trace, letter.trace, never_read.trace}) == 3


def test_a_trace_that_its_sender_does_not_want_told_is_carried_on_and_not_told() -> None:
    given = handled(DUE, traceparent=f"00-{TRACE}-{PAGE}-00").settle(Decision("ordered"))
    with collecting() as collector:
        ended(given)
    assert collector.spans == []
    assert given.traceparent
    assert given.traceparent.startswith(f"00-{TRACE}-")
    assert given.traceparent.endswith("-00")
