"""Spans, by the SDK of OpenTelemetry: nothing else here knows it. Loaded only where traces are told.

The SDK reads its own variables: where to, with which headers, how many of the traces, how large a batch.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from os import environ
from typing import Any, Literal

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

NAMESPACE = "fabriques"
CLOSE_SECONDS_MAX = 3.0
Kind = Literal["hears", "says", "acts"]
KINDS: Mapping[Kind, SpanKind] = {
    "hears": SpanKind.CONSUMER,
    "says": SpanKind.PRODUCER,
    "acts": SpanKind.INTERNAL,
}


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """A span on its way. One that nobody ends is never told: what was rolled back leaves none."""

    span: Span

    @property
    def traceparent(self) -> str:
        """What is carried on: whatever follows hangs below it (https://www.w3.org/TR/trace-context)."""
        own = self.span.get_span_context()
        return f"00-{own.trace_id:032x}-{own.span_id:016x}-{own.trace_flags:02x}"

    @property
    def is_told(self) -> bool:
        """Whether its trace is one of those that are told."""
        return self.span.is_recording()

    def end(self, told: Mapping[str, Any], failure: str = "") -> None:
        self.span.set_attributes(told)
        if failure:
            self.span.set_status(Status(StatusCode.ERROR, failure))
        self.span.end()


class TraceIds(RandomIdGenerator):
    """A trace that begins here is named after what began it: who hears the same event names it the same."""

    def __init__(self) -> None:
        # A database server is waited for by a thread, which begins spans too.
        self.begun = threading.local()

    def generate_trace_id(self) -> int:
        digest = sha256(self.begun.by.encode()).digest()
        return int.from_bytes(digest[:16], "big") or 1

    def is_trace_id_random(self) -> bool:
        return False


class Traces:
    """The spans of one process. `processor` takes those that have ended."""

    def __init__(self, name: str, processor: SpanProcessor) -> None:
        given = environ.get("OTEL_SERVICE_NAME") or name
        resource = Resource.create({SERVICE_NAME: given, SERVICE_NAMESPACE: NAMESPACE})
        self._ids = TraceIds()
        self._provider = TracerProvider(
            resource=resource, shutdown_on_exit=False, id_generator=self._ids
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(NAMESPACE)

    def begin(
        self,
        name: str,
        parent: str | None,
        kind: Kind,
        by: str,
        started_ns: int | None = None,
        beside: Iterable[str] = (),
    ) -> OpenSpan:
        """Below `parent`, a traceparent in its own form; else at the root of a trace that `by` names.

        `beside` are traceparents of other traces that this one belongs to.
        """
        self._ids.begun.by = by
        links = [Link(_context_of(other)) for other in beside]
        above = (
            set_span_in_context(NonRecordingSpan(_context_of(parent)), Context())
            if parent
            else Context()
        )
        return OpenSpan(
            self._tracer.start_span(name, above, KINDS[kind], links=links, start_time=started_ns)
        )

    def close(self) -> None:
        """Sends what waits, and stops. It blocks, for three seconds where the collector is away."""
        # The SDK itself would try again for ten: who was told to stop has less time than that.
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(CLOSE_SECONDS_MAX)


def told_to_endpoint(name: str) -> Traces:
    """They leave in batches, by a thread of their own; what its queue cannot hold is dropped."""
    return Traces(name, BatchSpanProcessor(OTLPSpanExporter()))


def _context_of(traceparent: str) -> SpanContext:
    _, trace, span, flags = traceparent.split("-")
    return SpanContext(
        int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )
