"""A collector of traces in memory: it takes what processes send over OTLP/HTTP, and shows it as trees."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

DELAY_MS = 50


@dataclass(frozen=True)
class Told:
    """One span as it came: `above` is the span it hangs below, `beside` those it is linked to."""

    service: str
    name: str
    trace: str
    span: str
    above: str
    beside: tuple[str, ...]
    failure: str
    attributes: dict[str, Any]

    @property
    def dossier(self) -> str:
        return str(self.attributes.get("fabriques.dossier", ""))


@dataclass
class Collector:
    spans: list[Told] = field(default_factory=list)

    def of_trace(self, trace: str) -> dict[str, Told]:
        """By service and name."""
        return {f"{told.service}: {told.name}": told for told in self.spans if told.trace == trace}

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        for of_process in request.resource_spans:
            service = _plain(of_process.resource.attributes)["service.name"]
            for scope in of_process.scope_spans:
                self.spans += [_told(service, span) for span in scope.spans]


def _told(service: str, span: Any) -> Told:
    return Told(
        service=service,
        name=span.name,
        trace=span.trace_id.hex(),
        span=span.span_id.hex(),
        above=span.parent_span_id.hex(),
        beside=tuple(link.span_id.hex() for link in span.links),
        failure=span.status.message,
        attributes=_plain(span.attributes),
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind)


@contextmanager
def collecting() -> Iterator[Collector]:
    """Whoever begins to tell traces meanwhile tells them here."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as told:
            told.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
            told.setenv("OTEL_BSP_SCHEDULE_DELAY", str(DELAY_MS))
            yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
