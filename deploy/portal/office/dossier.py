"""A dossier's history as officers read it: what the services tell of it, in the order of time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.portal.words import OUTCOMES, READ, ROLES, TRANCHES, TURNS, standing


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime
    what: str
    more: tuple[str, ...] = ()


def history_of(
    told: Mapping[str, Any], why: Mapping[str, Any], readings: Mapping[str, Mapping[str, Any]]
) -> list[Happened]:
    """The newest first. `told` is the counter's answer, `why` funding's, `readings` those of each service."""
    found = [_at(told["received_at"], f"Reçu, version {told['version']}")]
    if told["since"] != told["received_at"]:
        found.append(_at(told["since"], standing(told["status"]).title))
    for turn in why.get("since", ()):
        reasons = tuple(reason["message"] for reason in turn["reasons"])
        found.append(_at(turn["at"], _turned(turn), reasons))
    for tranche in (why.get("grant") or {}).get("tranches", ()):
        found.append(_at(tranche["since"], f"Tranche {tranche['number']} : {_state(tranche['state'])}"))
    for service, answer in readings.items():
        for line in answer.get("readings", ()):
            found.append(_at(line["read_at"], _read(service, line)))
    return sorted(found, key=lambda one: one.at, reverse=True)


def _at(instant: str, what: str, more: tuple[str, ...] = ()) -> Happened:
    return Happened(datetime.fromisoformat(instant), what, more)


def _turned(turn: Mapping[str, Any]) -> str:
    outcome = OUTCOMES.get(turn["outcome"], turn["outcome"])
    return f"{TURNS.get(turn['kind'], turn['kind'])} : {outcome}"


def _state(state: str) -> str:
    return TRANCHES.get(state, state)


def _read(service: str, line: Mapping[str, Any]) -> str:
    role = ROLES.get(line["role"], line["role"])
    return f"{READ[service]} : lu par {line['reader_id']}, {role}"
