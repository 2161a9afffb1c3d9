"""What the team's letter shows: each thing that waits, since when, and the command that ends it."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from services.notify.domain.sentences import ROLES, SERVICES
from services.notify.letters import french
from shared.contract.work import command_of, roles_of
from shared.programme import Programme


def work_view(context: Mapping[str, Any], programme: Programme) -> dict[str, Any]:
    return {
        "lines": [_line(line, programme.zone) for line in context["work"]],
        "silences": [_silence(name, day) for name, day in context["silent"]],
    }


def _silence(service: str, day: str | None) -> str:
    since = f"depuis le {french.day(day)}" if day else "depuis le début"
    return f"{SERVICES[service]}, {since}"


def _line(line: Mapping[str, Any], zone: ZoneInfo) -> str:
    """`FABT-2020-4-00012, depuis le 4 janvier 2021 : recours … (direction) : « fabriques … »`."""
    since = f", depuis le {french.local_day(line['since'], zone)}" if line["since"] else ""
    named = line["receipt_number"] or line["of"]
    command = command_of(line["act"], line["of"], line["receipt_number"])
    return f"{named}{since} : {line['detail']} ({_for(line['act'])}) : « {command} »"


def _for(act: str) -> str:
    return " ou ".join(ROLES[role] for role in roles_of(act))
