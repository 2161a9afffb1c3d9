"""Every query of funding beside its handlers' own look-ups."""

from collections.abc import Sequence
from typing import Any

from services.funding.domain.states import (
    Account,
    Anomaly,
    Entry,
    Fund,
    Grant,
    Movement,
    Order,
    Ranking,
    Report,
    Run,
    Tranche,
    WaveState,
)
from services.funding.domain.tranches import GrantFile
from services.funding.domain.waves import Table
from shared.kit.book import Book
from shared.programme import Programme

FUND = "fund"


def fund_of(book: Book, programme: Programme) -> Fund:
    return book.one(Fund, FUND) or Fund(FUND, programme.envelope_cents, 0, {})


def wave_of(book: Book, wave: str) -> WaveState:
    return book.one(WaveState, wave) or WaveState(wave)


def waves_of(book: Book, programme: Programme) -> dict[str, WaveState]:
    found = book.many(WaveState, [(wave.id,) for wave in programme.waves])
    return {wave.id: found.get((wave.id,)) or WaveState(wave.id) for wave in programme.waves}


def entries_of(book: Book, wave: str) -> list[Entry]:
    return book.where(Entry, book.column(Entry, "wave") == wave)


def rankings_of(book: Book, state: WaveState) -> list[Ranking]:
    """The places of the wave's latest proposal."""
    column = book.column
    return book.where(Ranking, column(Ranking, "wave") == state.wave, column(Ranking, "proposal") == state.proposal)


def table_of(book: Book, programme: Programme, wave: WaveState, fund: Fund, changed: Entry | None = None) -> Table:
    """What a ranking looks at; `changed` is an entry as the event being decided leaves it."""
    entries = {entry.candidature_id: entry for entry in entries_of(book, wave.wave)}
    if changed and changed.wave == wave.wave:
        entries[changed.candidature_id] = changed
    return Table(programme, wave, list(entries.values()), fund)


def active_grants(book: Book, wave: str) -> int:
    column = book.column
    return len(book.where(Grant, column(Grant, "wave") == wave, column(Grant, "state") != "cancelled"))


def file_of(book: Book, programme: Programme, grant: Grant) -> GrantFile:
    key = grant.candidature_id
    reports = {report.year: report for report in book.of(Report, key)}
    return GrantFile(programme, grant, book.one(Account, key), reports, book.of(Tranche, key))


def orders_waiting(book: Book) -> list[Order]:
    """Orders that no run has taken yet."""
    return book.where(Order, book.column(Order, "state") == "ordered", book.column(Order, "run_id").is_(None))


def orders_of_run(book: Book, run_id: str) -> list[Order]:
    states = ("ordered", "approved")
    return book.where(Order, book.column(Order, "run_id") == run_id, book.column(Order, "state").in_(states))


def orders_to_pay(book: Book, run_id: str) -> list[Order]:
    """The orders of a run that go, or went, to the bank, in the order of their ids."""
    column = book.column
    states = ("approved", "exported", "settled", "rejected", "unknown")
    return book.where(Order, column(Order, "run_id") == run_id, column(Order, "state").in_(states))


def orders_named(book: Book, ids: Sequence[str]) -> dict[str, Order]:
    return {order.order_id: order for order in book.many(Order, [(name,) for name in ids if name]).values()}


def tranches_named(book: Book, ids: Sequence[str]) -> dict[str, Tranche]:
    return {t.tranche_id: t for t in book.many(Tranche, [(name,) for name in ids]).values()}


def cooled_off(book: Book, now: Any) -> list[Tranche]:
    """Tranches that wait only for the end of a cooling-off period which is over."""
    column = book.column
    return book.where(Tranche, column(Tranche, "retry_after").is_not(None), column(Tranche, "retry_after") <= now)


def page_of_grants(book: Book, after: str, size: int) -> list[Grant]:
    return book.where(Grant, book.column(Grant, "candidature_id") > after, limit=size)


def all_grants(book: Book) -> list[Grant]:
    return book.where(Grant)


def runs_in(book: Book, states: Sequence[str]) -> list[Run]:
    return book.where(Run, book.column(Run, "state").in_(states))


def anomalies(book: Book) -> list[Anomaly]:
    return book.where(Anomaly)


def tranche_counts(book: Book) -> dict[str, int]:
    """Settled tranches; and how many were ever withheld, and ever rejected, whatever became of them since."""
    rejected = book.where(Order, book.column(Order, "state") == "rejected")
    states = [tranche.state for tranche in book.where(Tranche)]
    counts = {state: states.count(state) for state in ("scheduled", "withheld", "ordered", "settled", "cancelled")}
    return counts | {"rejected": len(rejected)}


def outcome_counts(book: Book) -> dict[str, int]:
    """Final outcomes of published waves. The waitlist of an earlier wave has ended: declined."""
    counts: dict[str, int] = {}
    for ranking in book.where(Ranking):
        outcome = "declined" if ranking.reserve_ended else ranking.outcome
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts


def paid_cents(book: Book) -> int:
    movements = book.where(Movement, book.column(Movement, "kind").in_(("settle", "recover")))
    return sum(m.amount_cents if m.kind == "settle" else -m.amount_cents for m in movements)
