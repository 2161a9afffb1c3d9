"""Traces of OpenTelemetry: whether they are told, the spans, and what a span of an event tells."""
