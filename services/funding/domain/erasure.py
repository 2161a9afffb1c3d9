"""A person's data is gone: ranks, amounts, orders and the ledger stay, which name a legal person alone."""

from collections.abc import Iterable
from dataclasses import replace

from services.funding.domain.states import Account, Appeal, Entry, Grant, Recovery, Report
from shared.contract.decision import Decision
from shared.contract.funding import GrantForgotten

Kept = Entry | Appeal | Grant | Account | Report | Recovery


def erase(candidature_id: str, file: Iterable[Kept]) -> Decision:
    """`file` is what funding keeps of the candidature that holds personal data."""
    fact = GrantForgotten(candidature_id=candidature_id)
    return Decision(
        "erased",
        facts=(fact,),
        changes=tuple(map(_without_person, file)),
        forgets=candidature_id,
    )


def _without_person(kept: Kept) -> Kept:
    """An account's fingerprint stays: the orders that were paid to it say it."""
    if isinstance(kept, Entry):
        return replace(kept, public_key=None, erased=True)
    if isinstance(kept, Grant):
        return replace(kept, public_key=None, erased=True)
    if isinstance(kept, Account):
        return replace(kept, secret=b"")
    if isinstance(kept, Appeal):
        return replace(kept, grounds=())
    if isinstance(kept, Recovery):
        return replace(kept, observations=None)
    return replace(kept, activity="", lines=(), returned_because="")
