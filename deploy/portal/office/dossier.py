"""A dossier's history as officers read it: what the services tell of it, in the order of time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.portal.standings import standing
from deploy.portal.words import OUTCOMES, READ, ROLES, TRANCHES, TURNS

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime
    what: str
    more: tuple[str, ...] = ()


def history_of(told: Told, why: Told, readings: Mapping[str, Told]) -> list[Happened]:
    """The newest first. `told` is the counter's answer, `why` funding's, `readings` those of each service."""
    found = [_at(told["received_at"], f"Reçu, version {told['version']}")]
    if told["since"] != told["received_at"]:
        found.append(_at(told["since"], standing(told["status"]).title))
    found += [_turn(turn) for turn in why.get("since", ())]
    grant = why.get("grant") or {}
    found += [_tranche(tranche) for tranche in grant.get("tranches", ())]
    for service, answer in readings.items():
        found += [_reading(service, line) for line in answer.get("readings", ())]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _at(instant: str, what: str, more: tuple[str, ...] = ()) -> Happened:
    return Happened(datetime.fromisoformat(instant), what, more)


def _turn(turn: Told) -> Happened:
    kind = TURNS.get(turn["kind"], turn["kind"])
    outcome = OUTCOMES.get(turn["outcome"], turn["outcome"])
    reasons = tuple(reason["message"] for reason in turn["reasons"])
    return _at(turn["at"], f"{kind} : {outcome}", reasons)


def _tranche(tranche: Told) -> Happened:
    state = TRANCHES.get(tranche["state"], tranche["state"])
    return _at(tranche["since"], f"Tranche {tranche['number']} : {state}")


def _reading(service: str, line: Told) -> Happened:
    role = ROLES.get(line["role"], line["role"])
    return _at(line["read_at"], f"{READ[service]} : lu par une personne ({role})")
