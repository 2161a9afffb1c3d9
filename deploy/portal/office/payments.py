"""Whose approval a payment run waits for, and of what exactly."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
