"""Laureates in a database of notify, with plan, steps and contact: what its handlers are tried on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.notify.domain.steps import INTERVIEW, Step, proposed
from services.notify.domain.support import Plan
from services.notify.handlers.occasions import Handlers
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.values import Actor, Role
from shared.kit.delivery import Arrival
from shared.kit.storage.states import States
from tests.rules.notify.notify_samples import AT, DOSSIER, PROGRAMME, PROOF, a_contact

HANDLERS = Handlers(PROGRAMME, PROOF, letters_a_day=20)
LAUREATE, MENTOR, STRANGER = (f"{DOSSIER[:-1]}{letter}" for letter in "abc")
OFFICER = {"actor": Actor(id="durand", role=Role.INSTRUCTOR), "reason": "Dit au téléphone."}
NOW = datetime(2022, 3, 1, 10, tzinfo=UTC)


def arrival(front_end: str = "holders", after: timedelta = timedelta(), **changes: Any) -> Arrival:
    at = Arrival("SUPPORT-000000000001-1", NOW + after, "SUPPORT", 1, "", "cause", front_end)
    return replace(at, **changes)


def keep_laureate(states: States, one: str, **contact: Any) -> None:
    """One whose first interview is the team's, whose communication is its own, whose training a mentor's."""
    front_end = {"front_end": "holders", "receipt_number": f"FABT-2020-4-0000{one[-1]}"}
    owners = {INTERVIEW: "team", "need-communication": "holder", "need-training": "mentor"}
    steps = [a_step(one, name, owner) for name, owner in owners.items()]
    plan = Plan(one, "2020-4", False, AT, ("communication", "training"), tuple(owners))
    kept = a_contact(**{"candidature_id": one, **front_end, **contact})
    keep(states, Decision("kept", changes=(kept, plan, *steps)))


def a_step(one: str, name: str, owner: Any) -> Step:
    need = name.removeprefix("need-") if name.startswith("need-") else ""
    return replace(
        proposed(one, name, need, owner, 365, AT.date()), state="agreed", agreed_on=AT.date()
    )


def keep(states: States, decision: Decision) -> Decision:
    for change in decision.changes:
        states.keep(change)
    return decision


def decide(states: States, event: Event, at: Arrival | None = None) -> Decision:
    """What notify makes of an event, kept as a batch keeps it."""
    reaction = HANDLERS.reactions()[type(event)]
    return keep(states, reaction.decide(states, event, at or arrival()))
