"""What waits for a person: which act ends it, on what, since when. One form for every service's work list."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from shared.contract.backoffice import OfficerAct
from shared.contract.people import MAY
from shared.contract.values import Role
from shared.contract.work_lists import LISTED_MAX, WorkLine, WorkListed
from shared.value import value

# The acts that have a command of their own; any other is said by `fabriques act`.
COMMANDS = {
    "wave.approved": "fabriques wave approve {of}",
    "appeal.decided": "fabriques appeals decide {receipt}",
    "comments.moderated": "fabriques reviews progress {of}",
    "review.reassigned": "fabriques reviews reassign {of} --from REVIEWER",
    "report.accepted": "fabriques reports show {receipt} YEAR",
    "payments.approved": "fabriques payments approve",
    "payments.export-requested": "fabriques payments export",
    "laureate.imported": "fabriques import laureates FILE.csv",
    "payment.declared": "fabriques payments declare {of}",
    "common.decided": "fabriques community commons",
    "step.assigned": "fabriques act step.assigned candidature_id={receipt}",
    "step.finished": "fabriques act step.finished candidature_id={receipt}",
}


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

    @property
    def word(self) -> str:
        """The act's, such as `wave.approved`."""
        return f"{self.act.aggregate}.{self.act.verb}"

    def told(self) -> dict[str, Any]:
        """`{"act", "roles", "of", "receipt_number", "since", "detail"}`, in JSON's values."""
        return {
            "act": self.word,
            "roles": [role.value for role in MAY[self.act]],
            "of": self.of,
            "receipt_number": self.receipt_number,
            "since": self.since.isoformat() if self.since else None,
            "detail": self.detail,
        }

    def listed(self) -> WorkLine:
        return WorkLine(
            act=self.word,
            of=self.of,
            receipt_number=self.receipt_number,
            since=self.since,
            detail=self.detail,
        )


def listed_on(day: date, work: Iterable[Work], says: type[WorkListed]) -> WorkListed:
    found = oldest_first(work)
    return says(day=day, count=len(found), work=tuple(one.listed() for one in found[:LISTED_MAX]))


def roles_of(act: str) -> tuple[Role, ...]:
    """Who may do an act, by its word such as `wave.approved`."""
    return next(roles for kind, roles in MAY.items() if f"{kind.aggregate}.{kind.verb}" == act)


def command_of(act: str, of: str, receipt_number: str) -> str:
    """The command that ends what waits."""
    return COMMANDS.get(act, "fabriques act {act}").format(act=act, of=of, receipt=receipt_number)


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


def as_one(answers: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pages of several services as one list of what they tell, the oldest first as each has it."""
    told = [one for answer in answers for one in answer["work"]]
    return sorted(
        told, key=lambda one: (one["since"] is None, one["since"] or "", one["act"], one["of"])
    )


def left_out(answers: Iterable[dict[str, Any]]) -> int:
    """How much waits beyond these pages."""
    return sum(answer["count"] - len(answer["work"]) for answer in answers)
