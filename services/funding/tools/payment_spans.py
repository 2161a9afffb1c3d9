"""Spans of the bank's files: each file below the decision to export it, each order below the tranche's."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from services.funding.domain.money.exports import PlannedFile
from services.funding.tables import JOURNAL
from shared.contract.funding import PaymentsExported, TrancheOrdered
from shared.contract.subjects import subject_pattern
from shared.kit.storage.bulk import select_among

if TYPE_CHECKING:  # loaded only where traces are told
    from shared.kit.traces.spans import Traces


def tell_files(
    traces: "Traces",
    engine: Engine,
    programme: str,
    files: Iterable[PlannedFile],
    run_id: str,
    started_ns: int,
) -> None:
    """From the outbox it knows which trace each order and the run belong to. It tells no account."""
    of_run = subject_pattern(programme, PaymentsExported, run_id)
    for file in files:
        subjects = {o.order_id: subject_pattern(programme, TrancheOrdered, o.tranche_id) for o in file.orders}
        known = _carried(engine, [of_run, *subjects.values()])
        above = known.get(of_run)
        written = traces.begin("write payment file", above, "says", f"{run_id} {started_ns}", started_ns)
        for order in file.orders:
            paid = traces.begin(
                "pay order",
                known.get(subjects[order.order_id]),
                "says",
                f"{order.order_id} {started_ns}",
                started_ns,
                beside=[written.traceparent],
            )
            paid.end(
                {
                    "fabriques.dossier": order.tranche_id,
                    "fabriques.order_id": order.order_id,
                    "fabriques.run_id": run_id,
                    "fabriques.amount_cents": order.amount_cents,
                }
            )
        written.end({"fabriques.run_id": run_id, "fabriques.count": len(file.orders)})


def _carried(engine: Engine, subjects: list[str]) -> dict[str, str | None]:
    """The traceparent of the latest fact said under each subject."""
    columns = ("id", "subject", "traceparent")
    with engine.connect().execution_options(reads_only=True) as connection:
        found = sorted(map(tuple, select_among(connection, JOURNAL.outbox, columns, "subject", subjects)))
    return {subject: traceparent for _, subject, traceparent in found}
