"""Whose approval a run waits for, and of what exactly; what a bank's file says, before it is signed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.portal import french
from deploy.portal.words import BANK_STATUSES
from shared.bank.answers import BankAnswers, parts
from shared.contract.values import Role

IN_TURN = (Role.AUTHORISING_OFFICER.value, Role.ACCOUNTANT.value)


@dataclass(frozen=True, slots=True)
class RunSeen:
    """The orders that are approved as they are seen, and the role whose turn it is."""

    run_id: str
    orders: int
    total_cents: int
    digest: str
    role: str

    @property
    def said(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "orders": self.orders,
            "total_cents": self.total_cents,
            "digest": self.digest,
        }


def run_seen_by(
    person_id: str, roles: tuple[str, ...], found: Mapping[str, Any], now: datetime
) -> RunSeen | None:
    """None where nothing waits for this person. Orders that no run holds make a new one, named by `now`."""
    run = found["run"]
    orders = run or found["pending"]
    approvals = run["approvals"] if run else []
    if not orders["orders"] or (run and run["state"] != "opened") or len(approvals) == len(IN_TURN):
        return None
    role = IN_TURN[len(approvals)]
    if role not in roles or person_id in [approval["actor"] for approval in approvals]:
        return None
    run_id = run["run_id"] if run else f"run-{now:%Y%m%dT%H%M%S}"
    return RunSeen(run_id, orders["orders"], orders["total_cents"], orders["digest"], role)


def declaring_role(
    person_id: str, roles: tuple[str, ...], declared: Mapping[str, Any] | None
) -> str:
    """The role in which a person declares what the bank's letter says of an order; empty where none may.

    Who holds both signs in the one that has not declared yet; who has declared can only correct that.
    """
    said = declared["roles"] if declared else ()
    if declared and person_id in declared["by"]:
        return str(said[declared["by"].index(person_id)])
    mine = [role for role in IN_TURN if role in roles]
    wanted = [role for role in mine if role not in said]
    return next(iter(wanted or mine), "")


def is_of_listed(figures: Mapping[str, Any], orders: Sequence[Mapping[str, Any]]) -> bool:
    """Whether both answers are of the same orders: they are asked one after the other."""
    total_cents = sum(order["amount_cents"] for order in orders)
    return bool((len(orders), total_cents) == (figures["orders"], figures["total_cents"]))


def as_read(answers: BankAnswers) -> dict[str, Any]:
    """`parts` as their acts say them; `told`: how many lines of each status there are, and how much."""
    return {
        "statement_id": answers.statement_id,
        "kind": answers.kind,
        "told": _told(answers),
        "parts": [
            {
                "part": number,
                "lines": [line.model_dump(mode="json", exclude_defaults=True) for line in lines],
            }
            for number, lines in parts(answers)
        ],
    }


def _told(answers: BankAnswers) -> list[dict[str, str]]:
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for line in answers.lines:
        counts[line.status] += 1
        sums[line.status] += line.amount_cents
    return [
        {
            "status": BANK_STATUSES.get(status, status),
            "count": french.number(count, "ligne", "lignes"),
            "sum": french.euros(sums[status]),
        }
        for status, count in counts.most_common()
    ]
