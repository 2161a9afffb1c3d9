"""What one of two people said, as it is kept until the other one's word makes it effective. No I/O."""

from typing import Any

from shared.contract.backoffice import PaymentsApproved, WaveApproved
from shared.kit.delivery import Arrival


def approval_of(event: WaveApproved | PaymentsApproved, at: Arrival) -> dict[str, Any]:
    """`stamped_ns` tells what stood of its author: key and role must be the same when the last approval comes."""
    told = {"actor": event.actor.id, "role": event.actor.role.value, "at": at.now.isoformat()}
    return {**told, "stamped_ns": at.stamped_ns}


def as_told(approval: dict[str, Any]) -> dict[str, Any]:
    return {name: approval[name] for name in ("actor", "role", "at")}
