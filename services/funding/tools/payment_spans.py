"""Spans of the bank's files: each file below the decision to export it, each order below the tranche's."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from services.funding.domain.money.exports import PlannedFile
from services.funding.domain.states import Order
from services.funding.tables import JOURNAL
from shared.contract.funding import PaymentsExported, TrancheOrdered
from shared.contract.subjects import subject_pattern
from shared.kit.storage.bulk import select_among

if TYPE_CHECKING:  # loaded only where traces are told
    from shared.kit.traces.spans import OpenSpan, Traces


class FileSpans:
    """From the outbox it knows which trace each order and the run belong to. It tells no account.

    It asks before the files are written, for all `orders` of the run: nothing that it needs fails them later.
    """

    def __init__(
        self, traces: "Traces", engine: Engine, programme: str, run_id: str, orders: Sequence[Order]
    ) -> None:
        self._traces = traces
        self._run_id = run_id
        of_run = subject_pattern(programme, PaymentsExported, run_id)
        subjects = {
            o.order_id: subject_pattern(programme, TrancheOrdered, o.tranche_id) for o in orders
        }
        known = _carried(engine, [of_run, *subjects.values()])
        self._above_files = known.get(of_run)
        self._above_orders = {
            order_id: known.get(subject) for order_id, subject in subjects.items()
        }

    def tell(self, files: Iterable[PlannedFile], started_ns: int) -> None:
        for file in files:
            written = self._begin("write payment file", self._above_files, self._run_id, started_ns)
            for order in file.orders:
                self._tell_order(order, written, started_ns)
            written.end({"fabriques.run_id": self._run_id, "fabriques.count": len(file.orders)})

    def _tell_order(self, order: Order, written: "OpenSpan", started_ns: int) -> None:
        above = self._above_orders[order.order_id]
        paid = self._begin("pay order", above, order.order_id, started_ns, [written.traceparent])
        paid.end(
            {
                "fabriques.dossier": order.tranche_id,
                "fabriques.order_id": order.order_id,
                "fabriques.run_id": self._run_id,
                "fabriques.amount_cents": order.amount_cents,
            }
        )

    def _begin(
        self, name: str, above: str | None, of: str, started_ns: int, beside: Iterable[str] = ()
    ) -> "OpenSpan":
        return self._traces.begin(name, above, "says", f"{of} {started_ns}", started_ns, beside)


def _carried(engine: Engine, subjects: list[str]) -> dict[str, str | None]:
    """The traceparent of the latest fact said under each subject."""
    columns = ("id", "subject", "traceparent")
    with engine.connect().execution_options(reads_only=True) as connection:
        found = sorted(
            map(tuple, select_among(connection, JOURNAL.outbox, columns, "subject", subjects))
        )
    return {subject: traceparent for _, subject, traceparent in found}
