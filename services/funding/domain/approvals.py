"""What one of two people said, as it is kept until the other one's word makes it effective. No I/O."""

from typing import Any, TypedDict

from shared.contract.backoffice import (
    LaureateImported,
    PaymentDeclared,
    PaymentsApproved,
    WaveApproved,
)
from shared.kit.delivery import Arrival


class Approval(TypedDict):
    """`at` is an ISO instant.

    `stamped_ns` tells what stood of its author: key and role must be the same when the last approval comes.
    """

    actor: str
    role: str
    at: str
    stamped_ns: int


def approval_of(
    event: WaveApproved | PaymentsApproved | PaymentDeclared | LaureateImported, at: Arrival
) -> Approval:
    return Approval(
        actor=event.actor.id,
        role=event.actor.role.value,
        at=at.now.isoformat(),
        stamped_ns=at.stamped_ns,
    )


def as_told(approval: Approval) -> dict[str, Any]:
    return {
        "actor": approval["actor"],
        "role": approval["role"],
        "at": approval["at"],
    }
