"""Spans of the annual job: a trace for each tranche, down to its payment, beside that of the job itself."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from shared.contract.funding import GrantTrancheDue

if TYPE_CHECKING:  # loaded only where traces are told
    from shared.kit.traces.spans import OpenSpan, Traces

NAME = "tranche-job"


class JobSpans:
    """Without `traces` it does nothing. `run` is this run of the job."""

    def __init__(self, traces: "Traces | None", run: str) -> None:
        self._traces = traces
        self._run = run
        self._job = traces.begin("annual job", None, "acts", run) if traces else None
        self._open: dict[str, OpenSpan] = {}

    def headers(self, due: GrantTrancheDue) -> dict[str, str]:
        """What the word of this tranche carries on."""
        if not self._traces or not self._job:
            return {}
        name = f"send {due.event_type()}"
        by = f"{self._run} {due.tranche_id}"
        span = self._traces.begin(name, None, "says", by, beside=[self._job.traceparent])
        self._open[due.tranche_id] = span
        return {"traceparent": span.traceparent}

    def said(self, page: Iterable[GrantTrancheDue]) -> None:
        """Of a tranche that another run had said before, nothing is told: its trace began there."""
        for due in page:
            if span := self._open.get(due.tranche_id):
                span.end(
                    {
                        "fabriques.dossier": due.tranche_id,
                        "fabriques.amount_cents": due.amount_cents,
                    }
                )
        self._open = {}

    def end(self, published: int, already: int) -> None:
        if self._job:
            self._job.end({"fabriques.count": published, "fabriques.already": already})
