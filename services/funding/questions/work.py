"""What funding answers of the work that waits for officers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.funding import store
from services.funding.domain.money.words import DEAD
from services.funding.domain.states import (
    Account,
    Appeal,
    Entry,
    Recovery,
    Report,
    StateAid,
    Tranche,
)
from services.funding.domain.work import Kept, work
from shared.contract.asked import TodoAsked
from shared.contract.work import Work, page_of
from shared.kit.people.naming import is_told_names
from shared.kit.storage.states import States
from shared.programme import Programme


def todo(states: States, programme: Programme, now: datetime, asked: TodoAsked) -> dict[str, Any]:
    """`{"count", "work"}`: the oldest first. Officers are named to operators alone."""
    return page_of(waiting(states, programme, now, asked.asker), asked.limit)


def waiting(states: States, programme: Programme, now: datetime, asker: str) -> Iterator[Work]:
    return work(_kept(states, programme, now, is_told_names(asker)))


def _kept(states: States, programme: Programme, now: datetime, named: bool) -> Kept:
    grants = {grant.candidature_id: grant for grant in store.all_grants(states)}
    appeals = states.where(Appeal, states.column(Appeal, "state") == "filed")
    appealing = states.many(Entry, [(appeal.candidature_id,) for appeal in appeals])
    receipts = {grant.candidature_id: grant.receipt_number for grant in grants.values()}
    receipts |= {entry.candidature_id: entry.receipt_number for entry in appealing.values()}
    waves = list(store.waves_of(states, programme).values())
    return Kept(
        programme=programme,
        now=now,
        named=named,
        receipts=receipts,
        waves=waves,
        half_said=[] if any(wave.has_list for wave in waves) else store.half_said(states),
        appeals=appeals,
        grants=grants,
        accounts=states.where(Account),
        reports=states.where(Report, states.column(Report, "state") == "submitted"),
        aids=states.where(StateAid),
        recoveries=states.where(Recovery, states.column(Recovery, "state") == "intended"),
        tranches=states.where(Tranche, states.column(Tranche, "state").in_(DEAD)),
        pending=store.orders_waiting(states),
        in_doubt=store.orders_in_doubt(states),
        runs=store.runs_in(states, ("opened", "approved")),
        anomalies=store.anomalies(states),
    )
