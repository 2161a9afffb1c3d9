"""What waits for a person: which act ends it, on what, since when. One form for every service's work list."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared.contract.backoffice import OfficerAct
from shared.contract.people import MAY
from shared.value import value


@value
class Work:
    """`of` is what the act is about: a dossier, a wave, a run, an order, a part of a bank's message.

    `since` is None where it is not known. `detail` says in French what is to be looked at.
    """

    act: type[OfficerAct]
    of: str
    detail: str
    since: datetime | None = None
    receipt_number: str = ""

    def told(self) -> dict[str, Any]:
        """`{"act", "roles", "of", "receipt_number", "since", "detail"}`, in JSON's values."""
        return {
            "act": f"{self.act.aggregate}.{self.act.verb}",
            "roles": [role.value for role in MAY[self.act]],
            "of": self.of,
            "receipt_number": self.receipt_number,
            "since": self.since.isoformat() if self.since else None,
            "detail": self.detail,
        }


def oldest_first(work: Iterable[Work]) -> list[Work]:
    """What waits since nobody knows when comes last; then by what it is about."""

    def place(one: Work) -> tuple[bool, float, str, str]:
        since = one.since.timestamp() if one.since else 0.0
        return one.since is None, since, one.act.__name__, one.of

    return sorted(work, key=place)


def page_of(work: Iterable[Work], limit: int) -> dict[str, Any]:
    """The oldest, so many of them, and how many there are in all."""
    found = oldest_first(work)
    return {"count": len(found), "work": [one.told() for one in found[:limit]]}
