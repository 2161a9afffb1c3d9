"""A holder gives a grant up: what is left to end."""

from collections.abc import Iterable

from services.funding.domain.money.words import OPEN_STATES
from services.funding.domain.states import Tranche

UNPAID = (*OPEN_STATES, "ordered")


def paid_in_full(tranches: Iterable[Tranche]) -> bool:
    """Whether every tranche is paid, offset or cancelled already: then there is nothing to give up."""
    return all(tranche.state not in UNPAID for tranche in tranches)
