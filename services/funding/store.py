"""Every query of funding beside its handlers' own look-ups."""

from collections import Counter
from collections.abc import Collection, Sequence, Set
from datetime import date, datetime
from itertools import islice
from pathlib import PurePath
from typing import Any

from sqlalchemy import ColumnElement, select

from services.funding.domain.money.tranches import GrantFile
from services.funding.domain.money.words import (
    AT_THE_BANK,
    DOUBTS,
    NOT_AT_THE_BANK,
    SENT,
    OrderState,
    RunState,
)
from services.funding.domain.states import (
    Account,
    Anomaly,
    BankLine,
    Declaration,
    Entry,
    Fund,
    Grant,
    Order,
    Ranking,
    Remarks,
    Report,
    Run,
    StateAid,
    Takeover,
    Tranche,
    WaveState,
)
from services.funding.domain.waves.diversity import departments_of
from services.funding.domain.waves.entries import as_they_compete
from services.funding.domain.waves.proposal import Basis, compares_departments
from shared.kit.storage.states import States
from shared.programme import Programme

FUND = "fund"
IN_DOUBT: OrderState = "unknown"


def fund_of(states: States, programme: Programme) -> Fund:
    return states.one(Fund, FUND) or Fund(FUND, programme.envelope_cents, 0, {})


def wave_of(states: States, wave: str) -> WaveState:
    return states.one(WaveState, wave) or WaveState(wave)


def waves_of(states: States, programme: Programme) -> dict[str, WaveState]:
    found = states.many(WaveState, [(wave.id,) for wave in programme.waves])
    return {wave.id: found.get((wave.id,)) or WaveState(wave.id) for wave in programme.waves}


def entry_of(states: States, candidature_id: str, wave: str) -> Entry:
    return states.one(Entry, candidature_id) or Entry(candidature_id, wave)


def entries_of(states: States, wave: str) -> dict[str, Entry]:
    """Those of a wave, by dossier."""
    in_wave = states.column(Entry, "wave") == wave
    return {entry.candidature_id: entry for entry in states.where(Entry, in_wave)}


def published_place(states: States, wave: WaveState, entry: Entry) -> Ranking | None:
    """Its place in the published list; None before the publication, which most events precede."""
    return states.one(Ranking, entry.candidature_id) if wave.state == "published" else None


def rankings_of(states: States, wave: WaveState) -> list[Ranking]:
    """The places of the wave's latest proposal."""
    return states.where(Ranking, *_of_latest_proposal(states, wave))


def remarks_of(states: States, wave: str) -> dict[str, Remarks]:
    """What officers let be told of the reviewers' comments, by dossier."""
    found = states.where(Remarks, states.column(Remarks, "wave") == wave)
    return {one.candidature_id: one for one in found}


def page_of_rankings(states: States, wave: WaveState, after: int, size: int) -> list[Ranking]:
    """Places of the latest proposal by rank: ranks run from 1 without a gap."""
    rank = states.column(Ranking, "rank")
    last = after + size
    page = states.where(Ranking, *_of_latest_proposal(states, wave), rank > after, rank <= last)
    return sorted(page, key=lambda place: place.rank)


def _of_latest_proposal(states: States, wave: WaveState) -> tuple[ColumnElement[bool], ...]:
    in_wave = states.column(Ranking, "wave") == wave.wave
    in_proposal = states.column(Ranking, "proposal") == wave.proposal
    return in_wave, in_proposal


def basis_of(
    states: States,
    programme: Programme,
    wave: WaveState,
    fund: Fund,
    entry: Entry | None = None,
) -> Basis:
    """What a ranking looks at; `entry` is one as the event being decided leaves it."""
    entries = _entries_with(states, wave.wave, entry)
    holders = grant_holders(states)
    labelled = frozenset[str]()
    if compares_departments(programme):
        labelled = departments_of(holders)
    competing_entries = list(as_they_compete(entries, holders).values())
    return Basis(programme, wave, competing_entries, fund, labelled)


def grant_holders(states: States) -> list[Entry]:
    """The entries of the living grants, of whatever wave."""
    is_alive = states.column(Grant, "state") != "cancelled"
    keys = [(grant.candidature_id,) for grant in states.where(Grant, is_alive)]
    return list(states.many(Entry, keys).values())


def competing(states: States, wave: str, entry: Entry | None = None) -> dict[str, Entry]:
    """A wave's entries by dossier, as they compete; `entry` is one as the event being decided leaves it."""
    entries = _entries_with(states, wave, entry)
    return as_they_compete(entries, grant_holders(states))


def _entries_with(states: States, wave: str, entry: Entry | None) -> dict[str, Entry]:
    entries = entries_of(states, wave)
    if entry and entry.wave == wave:
        entries[entry.candidature_id] = entry
    return entries


def places_taken(states: States, wave: str, gone: Collection[Grant] = ()) -> int:
    """The laureates of a wave that live, or ended with the State's money; less those that are `gone`."""
    in_wave = states.column(Grant, "wave") == wave
    holding = states.where(Grant, in_wave, _holds_a_place(states))
    leaving = {grant.candidature_id for grant in gone}
    return sum(grant.candidature_id not in leaving for grant in holding)


def places_held(states: States) -> Counter[str]:
    """The places of each zone that grants hold, counted from the grants themselves."""
    return Counter(grant.zone for grant in states.where(Grant, _holds_a_place(states)))


def half_said(states: States) -> list[Takeover]:
    """Labels of before the platform that wait for a second person's word."""
    return [said for said in states.where(Takeover) if len(said.words) == 1]


def takeovers_named(states: States, candidature_ids: Collection[str]) -> list[Takeover]:
    return list(states.many(Takeover, [(key,) for key in candidature_ids]).values())


def _holds_a_place(states: States) -> ColumnElement[bool]:
    is_alive = states.column(Grant, "state") != "cancelled"
    return is_alive | states.column(Grant, "holds_place")


def file_of(states: States, programme: Programme, grant: Grant) -> GrantFile:
    key = grant.candidature_id
    reports = {report.year: report for report in states.of(Report, key)}
    aid = states.one(StateAid, key)
    return GrantFile(
        programme, grant, account_of(states, key), reports, states.of(Tranche, key), aid
    )


def account_of(states: States, candidature_id: str) -> Account | None:
    """The latest account. Earlier ones stay, as proof of where orders went."""
    accounts = states.of(Account, candidature_id)
    return max(accounts, key=lambda account: account.sequence, default=None)


def latest_accounts(states: States, orders: Sequence[Order]) -> dict[str, Account | None]:
    """The account of each of their holders, as it now is."""
    keys = list(dict.fromkeys(order.candidature_id for order in orders))
    states.prefetch(Account, keys)
    return {key: account_of(states, key) for key in keys}


def orders_waiting(states: States) -> list[Order]:
    """Orders that no run has taken yet."""
    is_ordered = states.column(Order, "state") == "ordered"
    is_free = states.column(Order, "run_id").is_(None)
    return states.where(Order, is_ordered, is_free)


def page_of_orders(states: States, run_id: str | None, after: str, size: int) -> list[Order]:
    """Of a run, those that were cancelled left out; or of none, those that wait."""
    number = states.column(Order, "order_id")
    of_run = states.column(Order, "run_id")
    state = states.column(Order, "state")
    if run_id is None:
        return states.where(Order, state == "ordered", of_run.is_(None), number > after, limit=size)
    return states.where(Order, of_run == run_id, state != "cancelled", number > after, limit=size)


def orders_of_run(states: States, run_id: str) -> list[Order]:
    """Those that are not at the bank."""
    return _orders_in(states, run_id, NOT_AT_THE_BANK)


def orders_at_bank(states: States, run_id: str) -> list[Order]:
    """What a run's files hold, whatever the bank has answered since."""
    return _orders_in(states, run_id, SENT)


def _orders_in(states: States, run_id: str, words: Sequence[OrderState]) -> list[Order]:
    of_run = states.column(Order, "run_id") == run_id
    in_words = states.column(Order, "state").in_(words)
    return states.where(Order, of_run, in_words)


def orders_named(states: States, ids: Sequence[str]) -> dict[str, Order]:
    """The orders of these ids that exist. A line of the bank may name none: its id is empty then."""
    found = states.many(Order, [(name,) for name in ids if name])
    return {order.order_id: order for order in found.values()}


def orders_of_files(states: States, file_ids: Set[str]) -> dict[str, list[str]]:
    """Orders by the name a bank gives back for a payment file: files hold a run's orders in turn, by id."""
    found: dict[str, list[str]] = {}
    if not file_ids:
        return found
    for run in runs_in(states, ("exported",)):
        names = [PurePath(file["name"]).stem for file in run.files]
        if file_ids.isdisjoint(names):
            continue
        orders = orders_at_bank(states, run.run_id)
        ids = iter(sorted(order.order_id for order in orders))
        for name, file in zip(names, run.files, strict=True):
            found[name] = list(islice(ids, file["orders"]))
    return found


def grants_named(states: States, keys: Sequence[str]) -> dict[str, Grant]:
    found = states.many(Grant, [(key,) for key in keys])
    return {grant.candidature_id: grant for grant in found.values()}


def lines_told(states: States, order_ids: Sequence[str]) -> list[BankLine]:
    """What the bank has said of these orders so far."""
    if not order_ids:
        return []
    of_these = states.column(BankLine, "order_id").in_(order_ids)
    return states.where(BankLine, of_these)


def lines_against(states: States, orders: Sequence[Order]) -> dict[str, list[Anomaly]]:
    """The bank's lines on these orders that changed nothing, and that nobody has looked at yet, by order id.

    A line on a whole file is on each order of it, unless it only says a doubt: that is kept with the orders.
    """
    against: dict[str, list[Anomaly]] = {order.order_id: [] for order in orders}
    for line in _lines_naming(states, against):
        against[line.end_to_end_id].append(line)
    lines = _lines_naming(states, _names_of_files(states, orders))
    on_files = [line for line in lines if line.kind not in DOUBTS]
    in_files = orders_of_files(states, {line.end_to_end_id for line in on_files})
    for line in on_files:
        for order_id in against.keys() & set(in_files.get(line.end_to_end_id, ())):
            against[order_id].append(line)
    return against


def _names_of_files(states: States, orders: Sequence[Order]) -> list[str]:
    """As a bank gives back the name of each payment file that these orders went in."""
    run_ids = dict.fromkeys(order.run_id for order in orders if order.run_id)
    runs = states.many(Run, [(run_id,) for run_id in run_ids])
    names = []
    for run in runs.values():
        names += [PurePath(file["name"]).stem for file in run.files]
    return names


def _lines_naming(states: States, names: Collection[str]) -> list[Anomaly]:
    if not names:
        return []
    is_named = states.column(Anomaly, "end_to_end_id").in_(list(names))
    return states.where(Anomaly, is_named, _unexamined(states))


def letters_on(states: States, orders: Sequence[Order]) -> dict[str, Declaration]:
    """What officers declared of the bank's letters on these orders, by order id."""
    found = states.many(Declaration, [(order.order_id,) for order in orders])
    return {letter.order_id: letter for letter in found.values()}


def _unexamined(states: States) -> ColumnElement[bool]:
    return states.column(Anomaly, "examined_by").is_(None)


def lines_kept(states: States, statement_id: str, part: int) -> list[BankLine]:
    """The lines of this part of a bank's message that are kept with an order."""
    found = states.where(BankLine, *_in_part(states, BankLine, statement_id, part))
    return sorted(found, key=lambda line: (line.line, line.order_id))


def lines_taken(states: States, statement_id: str, part: int) -> frozenset[int]:
    """The lines of this part of a bank's file that moved an order already."""
    return frozenset(line.line for line in lines_kept(states, statement_id, part))


def lines_listed(states: States, statement_id: str, part: int) -> dict[int, str]:
    """The lines of this part that are listed for an operator, with the problem of each."""
    found = states.where(Anomaly, *_in_part(states, Anomaly, statement_id, part))
    return {anomaly.line: anomaly.kind for anomaly in found}


def _in_part(
    states: States, kind: type[Any], statement_id: str, part: int
) -> tuple[ColumnElement[bool], ...]:
    in_message = states.column(kind, "statement_id") == statement_id
    in_part = states.column(kind, "part") == part
    return in_message, in_part


def orders_at_the_bank(states: States) -> dict[str, int]:
    """How many orders wait for the bank's last word, by what it has said so far."""
    is_there = states.column(Order, "state").in_(AT_THE_BANK)
    counted = Counter(order.state for order in states.where(Order, is_there))
    return {word: counted[word] for word in AT_THE_BANK}


def orders_in_doubt(states: States) -> list[Order]:
    """Those whose fate the bank left open."""
    return states.where(Order, states.column(Order, "state") == IN_DOUBT)


def tranches_named(states: States, ids: Sequence[str]) -> dict[str, Tranche]:
    found = states.many(Tranche, [(name,) for name in ids])
    return {tranche.tranche_id: tranche for tranche in found.values()}


def cooled_off(states: States, now: datetime) -> list[Tranche]:
    """Tranches that wait only for the end of a cooling-off period which is over."""
    retry_after = states.column(Tranche, "retry_after")
    return states.where(Tranche, retry_after.is_not(None), retry_after <= now)


def page_of_grants(states: States, after: str, size: int) -> list[Grant]:
    comes_after = states.column(Grant, "candidature_id") > after
    return states.where(Grant, comes_after, limit=size)


def grants_of_receipt(states: States, receipt_number: str) -> list[Grant]:
    return states.where(Grant, states.column(Grant, "receipt_number") == receipt_number)


def reporting_grants(states: States, due_by: date, after: str, size: int) -> list[Grant]:
    """A page of the grants with a tranche that falls due by this day, by candidature."""
    due = select(states.column(Tranche, "candidature_id")).where(
        states.column(Tranche, "due_on") <= due_by
    )
    key = states.column(Grant, "candidature_id")
    return states.where(Grant, key > after, key.in_(due), limit=size)


def accepted_reports(states: States) -> list[Report]:
    return states.where(Report, states.column(Report, "state") == "accepted")


def accepted_after(states: States, after: str, grants: int) -> list[Report]:
    """The accepted reports of the next so many grants that have one."""
    key, state = states.column(Report, "candidature_id"), states.column(Report, "state")
    is_next = state == "accepted", key > after
    page = select(key).where(*is_next).distinct().order_by(key).limit(grants)
    return states.where(Report, *is_next, key.in_(page))


def all_grants(states: States) -> list[Grant]:
    return states.where(Grant)


def runs_in(states: States, words: Sequence[RunState]) -> list[Run]:
    return states.where(Run, states.column(Run, "state").in_(words))


def current_run(states: States) -> Run | None:
    """The run that waits for an approval or for its export.

    A run whose orders were all cancelled waits for nothing.
    """
    waiting = runs_in(states, ("opened", "approved"))
    return next((run for run in waiting if orders_of_run(states, run.run_id)), None)


def anomalies(states: States) -> list[Anomaly]:
    """The bank's lines that nobody has looked at yet."""
    return states.where(Anomaly, _unexamined(states))
