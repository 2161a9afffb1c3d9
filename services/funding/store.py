"""Every query of funding beside its handlers' own look-ups."""

from collections import Counter
from collections.abc import Collection, Sequence, Set
from dataclasses import replace
from itertools import islice
from pathlib import PurePath
from typing import Any

from services.funding.domain.money.ledger import PAID
from services.funding.domain.money.tranches import GrantFile
from services.funding.domain.states import (
    AT_THE_BANK,
    Account,
    Anomaly,
    BankLine,
    Entry,
    Fund,
    Grant,
    Movement,
    Order,
    Ranking,
    Report,
    Run,
    StateAid,
    Tranche,
    WaveState,
)
from services.funding.domain.waves.waves import Table
from shared.contract.values import Reason
from shared.kit.storage.states import States
from shared.programme import Programme

FUND = "fund"
AT_BANK = ("exported", "accepted", "unknown", "settled", "rejected", "returned")
ALREADY_LABELLED = Reason(code="already-labelled", message="Ce lieu est déjà labellisé.")


def fund_of(book: States, programme: Programme) -> Fund:
    return book.one(Fund, FUND) or Fund(FUND, programme.envelope_cents, 0, {})


def wave_of(book: States, wave: str) -> WaveState:
    return book.one(WaveState, wave) or WaveState(wave)


def waves_of(book: States, programme: Programme) -> dict[str, WaveState]:
    found = book.many(WaveState, [(wave.id,) for wave in programme.waves])
    return {wave.id: found.get((wave.id,)) or WaveState(wave.id) for wave in programme.waves}


def entries_of(book: States, wave: str) -> list[Entry]:
    return book.where(Entry, book.column(Entry, "wave") == wave)


def rankings_of(book: States, state: WaveState) -> list[Ranking]:
    """The places of the wave's latest proposal."""
    column = book.column
    return book.where(Ranking, column(Ranking, "wave") == state.wave, column(Ranking, "proposal") == state.proposal)


def page_of_rankings(book: States, state: WaveState, after: int, size: int) -> list[Ranking]:
    """Places of the latest proposal by rank: ranks run from 1 without a gap."""
    rank = book.column(Ranking, "rank")
    column = book.column
    page = book.where(
        Ranking,
        column(Ranking, "wave") == state.wave,
        column(Ranking, "proposal") == state.proposal,
        rank > after,
        rank <= after + size,
    )
    return sorted(page, key=lambda place: place.rank)


def table_of(book: States, programme: Programme, wave: WaveState, fund: Fund, changed: Entry | None = None) -> Table:
    """What a ranking looks at; `changed` is an entry as the event being decided leaves it."""
    return Table(programme, wave, list(competing(book, wave.wave, changed).values()), fund)


def competing(book: States, wave: str, changed: Entry | None = None) -> dict[str, Entry]:
    """A wave's entries, as they compete: a place whose grant lives, from whatever wave, may not get a second one."""
    entries = {entry.candidature_id: entry for entry in entries_of(book, wave)}
    if changed and changed.wave == wave:
        entries[changed.candidature_id] = changed
    living = [grant.candidature_id for grant in book.where(Grant, book.column(Grant, "state") != "cancelled")]
    holders = {(e.siret, e.commune_code): e.candidature_id for e in book.many(Entry, [(k,) for k in living]).values()}
    return {
        key: replace(entry, eligible=False, ineligible_because=(ALREADY_LABELLED.model_dump(),))
        if holders.get((entry.siret, entry.commune_code), key) != key
        else entry
        for key, entry in entries.items()
    }


def places_taken(book: States, wave: str, gone: Collection[Grant] = ()) -> int:
    """The laureates of a wave that live, or ended with the State's money; less those an event is taking away."""
    column = book.column
    taken = (column(Grant, "state") != "cancelled") | column(Grant, "holds_place")
    keys = {grant.candidature_id for grant in gone}
    return sum(grant.candidature_id not in keys for grant in book.where(Grant, column(Grant, "wave") == wave, taken))


def places_held(book: States) -> Counter[str]:
    """The places of each zone that grants hold, counted from the grants themselves."""
    column = book.column
    holding = (column(Grant, "state") != "cancelled") | column(Grant, "holds_place")
    return Counter(grant.zone for grant in book.where(Grant, holding))


def latest_published(book: States, programme: Programme) -> str | None:
    """The wave whose reserve list lives."""
    published = [name for name, wave in waves_of(book, programme).items() if wave.state == "published"]
    later = [name for name, wave in waves_of(book, programme).items() if wave.state == "ranked"]
    return published[-1] if published and not later else None


def file_of(book: States, programme: Programme, grant: Grant) -> GrantFile:
    key = grant.candidature_id
    reports = {report.year: report for report in book.of(Report, key)}
    aid = book.one(StateAid, key)
    return GrantFile(programme, grant, account_of(book, key), reports, book.of(Tranche, key), aid)


def account_of(book: States, candidature_id: str) -> Account | None:
    """The latest account. Earlier ones stay, as proof of where orders went."""
    return max(book.of(Account, candidature_id), key=lambda account: account.sequence, default=None)


def orders_waiting(book: States) -> list[Order]:
    """Orders that no run has taken yet."""
    return book.where(Order, book.column(Order, "state") == "ordered", book.column(Order, "run_id").is_(None))


def orders_of_run(book: States, run_id: str) -> list[Order]:
    states = ("ordered", "approved")
    return book.where(Order, book.column(Order, "run_id") == run_id, book.column(Order, "state").in_(states))


def orders_at_bank(book: States, run_id: str) -> list[Order]:
    """What a run's files hold, whatever the bank has answered since."""
    return book.where(Order, book.column(Order, "run_id") == run_id, book.column(Order, "state").in_(AT_BANK))


def orders_named(book: States, ids: Sequence[str]) -> dict[str, Order]:
    return {order.order_id: order for order in book.many(Order, [(name,) for name in ids if name]).values()}


def orders_of_files(book: States, file_ids: Set[str]) -> dict[str, list[str]]:
    """The orders of payment files, by the name a bank gives them back: a run's files hold its orders in turn, by id."""
    found: dict[str, list[str]] = {}
    for run in runs_in(book, ("exported",)) if file_ids else ():
        names = [PurePath(file["name"]).stem for file in run.files]
        if file_ids.isdisjoint(names):
            continue
        column = book.column
        sent = book.where(Order, column(Order, "run_id") == run.run_id, column(Order, "state") != "cancelled")
        ids = iter(sorted(order.order_id for order in sent))
        for name, file in zip(names, run.files, strict=True):
            found[name] = list(islice(ids, file["orders"]))
    return found


def lines_told(book: States, order_ids: Sequence[str]) -> list[BankLine]:
    """What the bank has said of these orders so far."""
    return book.where(BankLine, book.column(BankLine, "order_id").in_(order_ids)) if order_ids else []


def lines_against(book: States, orders: Sequence[Order]) -> list[Anomaly]:
    """The bank's lines on these orders that changed nothing, and that nobody has looked at yet."""
    names = [order.order_id for order in orders]
    if not names:
        return []
    column = book.column
    return book.where(Anomaly, column(Anomaly, "end_to_end_id").in_(names), column(Anomaly, "examined_by").is_(None))


def lines_kept(book: States, statement_id: str, part: int) -> list[BankLine]:
    """The lines of this part of a bank's message that are kept with an order."""
    column = book.column
    found = book.where(BankLine, column(BankLine, "statement_id") == statement_id, column(BankLine, "part") == part)
    return sorted(found, key=lambda line: (line.line, line.order_id))


def lines_taken(book: States, statement_id: str, part: int) -> frozenset[int]:
    """The lines of this part of a bank's file that moved an order already."""
    return frozenset(line.line for line in lines_kept(book, statement_id, part))


def orders_at_the_bank(book: States) -> dict[str, int]:
    """How many orders wait for the bank's last word, by what it has said so far."""
    found = book.where(Order, book.column(Order, "state").in_(AT_THE_BANK))
    return {state: sum(order.state == state for order in found) for state in AT_THE_BANK}


def lines_listed(book: States, statement_id: str, part: int) -> dict[int, str]:
    """The lines of this part that are listed for an operator, with the problem of each."""
    column = book.column
    found = book.where(Anomaly, column(Anomaly, "statement_id") == statement_id, column(Anomaly, "part") == part)
    return {anomaly.line: anomaly.kind for anomaly in found}


def tranches_named(book: States, ids: Sequence[str]) -> dict[str, Tranche]:
    return {t.tranche_id: t for t in book.many(Tranche, [(name,) for name in ids]).values()}


def cooled_off(book: States, now: Any) -> list[Tranche]:
    """Tranches that wait only for the end of a cooling-off period which is over."""
    column = book.column
    return book.where(Tranche, column(Tranche, "retry_after").is_not(None), column(Tranche, "retry_after") <= now)


def page_of_grants(book: States, after: str, size: int) -> list[Grant]:
    return book.where(Grant, book.column(Grant, "candidature_id") > after, limit=size)


def grants_of_receipt(book: States, receipt_number: str) -> list[Grant]:
    return book.where(Grant, book.column(Grant, "receipt_number") == receipt_number)


def all_grants(book: States) -> list[Grant]:
    return book.where(Grant)


def runs_in(book: States, states: Sequence[str]) -> list[Run]:
    return book.where(Run, book.column(Run, "state").in_(states))


def current_run(book: States) -> Run | None:
    """The run that waits for an approval or for its export. A run whose orders were all cancelled waits for nothing."""
    return next((run for run in runs_in(book, ("opened", "approved")) if orders_of_run(book, run.run_id)), None)


def anomalies(book: States) -> list[Anomaly]:
    """The bank's lines that nobody has looked at yet."""
    return book.where(Anomaly, book.column(Anomaly, "examined_by").is_(None))


def tranche_counts(book: States) -> dict[str, int]:
    """Settled tranches; and how many were ever withheld, and ever rejected, whatever became of them since."""
    rejected = book.where(Order, book.column(Order, "state") == "rejected")
    states = [tranche.state for tranche in book.where(Tranche)]
    counts = {state: states.count(state) for state in ("scheduled", "withheld", "ordered", "settled", "cancelled")}
    return counts | {"rejected": len(rejected)}


def outcome_counts(book: States) -> dict[str, int]:
    """Outcomes of the waves' latest proposals as they now are: promoted, ended and reexamined since."""
    latest = {wave.wave: wave.proposal for wave in book.where(WaveState)}
    current = [place.current for place in book.where(Ranking) if place.proposal in (0, latest[place.wave])]
    return {outcome: current.count(outcome) for outcome in set(current)}


def paid_cents(book: States) -> int:
    """What holders were paid and keep, net of what came back."""
    column = book.column
    movements = book.where(Movement, (column(Movement, "debit") == PAID) | (column(Movement, "credit") == PAID))
    return sum(m.amount_cents if m.debit == PAID else -m.amount_cents for m in movements)
