"""What waits for an officer: the services' work lists as one, the oldest first, each with its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from deploy.portal import french
from deploy.portal.words import BANK_PROBLEMS
from shared.contract.work import as_one, left_out

# The page of each such act, before the name of what it is about.
OF_A_WAVE = {"wave.approved": "/bureau/vague/", "comments.moderated": "/bureau/commentaires?vague="}
OF_A_RECEIPT = {
    "report.accepted": "/bureau/bilans/",
    "appeal.decided": "/bureau/recours/",
    "recovery.decided": "/bureau/remboursements/",
    "step.assigned": "/bureau/accompagnement/",
    "step.finished": "/bureau/accompagnement/",
}
BANK_LINE = "bank-line.examined"
COMMON = "common.decided"
STEP_ACTS = ("step.assigned", "step.finished")
PAYMENT_ACTS = ("payments.approved", "payments.export-requested", "payment.declared", BANK_LINE)
LATE_DAYS = 14


@dataclass(frozen=True, slots=True)
class WorkLine:
    """`path` is empty where no page shows it yet; `days` is how long it waits, None where nobody knows."""

    of: str
    detail: str
    roles: tuple[str, ...]
    act: str
    path: str
    since: datetime | None
    days: int | None

    @property
    def is_late(self) -> bool:
        return self.days is not None and self.days >= LATE_DAYS


@dataclass(frozen=True, slots=True)
class WorkList:
    """`others` is how much waits for other roles, `unread` how much a service did not list."""

    lines: tuple[WorkLine, ...]
    others: int
    unread: int


def work_list(answers: Sequence[dict[str, Any]], roles: tuple[str, ...], now: datetime) -> WorkList:
    """What waits for one of these roles; for any where none is named."""
    work = as_one(answers)
    mine = [one for one in work if not roles or not set(roles).isdisjoint(one["roles"])]
    return WorkList(
        lines=tuple(_line(one, now) for one in mine),
        others=len(work) - len(mine),
        unread=left_out(answers),
    )


def _line(one: dict[str, Any], now: datetime) -> WorkLine:
    since = datetime.fromisoformat(one["since"]) if one["since"] else None
    return WorkLine(
        of=one["receipt_number"] or _name_of(one),
        detail=_detail(one),
        roles=tuple(one["roles"]),
        act=one["act"],
        path=_path(one),
        since=since,
        days=(now - since).days if since else None,
    )


def _detail(one: dict[str, Any]) -> str:
    """In the words of the pages: without the names that the command calls a step or a problem by."""
    _, _, told = one["detail"].partition(" : ")
    if told and one["act"] in STEP_ACTS:
        return french.capital(told)
    if one["act"] == BANK_LINE and told in BANK_PROBLEMS:
        return f"Une ligne à examiner : {BANK_PROBLEMS[told].lower()}"
    if one["act"] == COMMON:
        return "Un commun à lire, puis à accepter ou à refuser"
    return str(one["detail"])


def _name_of(one: dict[str, Any]) -> str:
    """As people call it: what has no receipt here is known by the end of its id."""
    if one["act"] in OF_A_WAVE:
        return f"Vague {one['of']}"
    if one["act"] == BANK_LINE:
        return "Réponse de la banque"
    return f"Dossier …{one['of'][-6:]}" if _is_id(one["of"]) else str(one["of"])


def _path(one: dict[str, Any]) -> str:
    if one["act"] in OF_A_WAVE:
        return f"{OF_A_WAVE[one['act']]}{one['of']}"
    if one["act"] in PAYMENT_ACTS:
        return "/bureau/paiements"
    if one["act"] == COMMON:
        return "/bureau/communs"
    if one["act"] in OF_A_RECEIPT and one["receipt_number"]:
        return f"{OF_A_RECEIPT[one['act']]}{one['receipt_number']}"
    if one["receipt_number"]:
        return f"/bureau/dossier/{one['receipt_number']}"
    return f"/bureau/dossier/{one['of']}" if _is_id(one["of"]) else ""


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
