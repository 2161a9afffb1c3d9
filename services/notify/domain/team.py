"""The team's letter of a day: what waits for whom in every service, and only where something waits.

Each service says its list as a day begins. The letter waits for all of them; one that said nothing the last
time holds nothing up, and the letter says so: silence must not pass for an empty list.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date, datetime
from itertools import chain
from typing import TypedDict

from services.notify.domain.digests import digest
from services.notify.domain.notice import Cause
from services.notify.domain.telling import joined
from shared.contract.decision import Decision, nothing
from shared.contract.work_lists import LISTED_MAX, WorkListed
from shared.value import value

TEAM = "team"
WORK_WAITING = "work_waiting"
LISTING = ("intake", "eligibility", "funding", "notify")  # who has work for officers


class Listed(TypedDict):
    """The latest list of a service: `day` is ISO 8601, `work` the lines as its fact told them.

    `event_id`, `at` and `traceparent` are those of its fact.
    """

    day: str
    count: int
    work: list[dict[str, str | None]]
    event_id: str
    at: str
    traceparent: str | None


@value
class TeamDay:
    """The latest lists by service: their day, the one before it, and the one whose letter is decided."""

    team: str
    listed: Mapping[str, Listed] = field(default_factory=dict)
    day: date | None = None
    day_before: date | None = None
    decided_on: date | None = None

    def day_of(self, service: str) -> date | None:
        listed = self.listed.get(service)
        return date.fromisoformat(listed["day"]) if listed else None


def hear_list(known: TeamDay, service: str, fact: WorkListed, cause: Cause) -> Decision:
    latest = known.day_of(service)
    if latest is not None and fact.day <= latest:
        return nothing("heard-before")
    told = Listed(
        day=fact.day.isoformat(),
        count=fact.count,
        work=[line.model_dump(mode="json") for line in fact.work],
        event_id=cause.event_id,
        at=cause.now.isoformat(),
        traceparent=cause.traceparent,
    )
    # Whoever spoke first, the row is the same.
    lists = sorted({**known.listed, service: told}.items())
    heard = replace(_begun(known, fact.day), listed=dict(lists))
    is_decided = heard.decided_on is not None and heard.decided_on >= fact.day
    if heard.day != fact.day or is_decided or _awaited(heard):
        return Decision("list-kept", changes=(heard,))
    decided = Decision("list-kept", changes=(replace(heard, decided_on=fact.day),))
    return joined(decided, _letter(heard, fact.day))


def _begun(known: TeamDay, day: date) -> TeamDay:
    """The first list of a day begins it; one of a day that is over changes none."""
    if known.day is not None and day <= known.day:
        return known
    return replace(known, day=day, day_before=known.day)


def _awaited(known: TeamDay) -> list[str]:
    """Who has not spoken yet, and is expected to: who spoke the last time, and on the first day everybody."""
    return [service for service in LISTING if known.day_of(service) == known.day_before]


def _letter(known: TeamDay, day: date) -> Decision:
    """The same letter whichever list came last: a database that is built anew knows it by its id."""
    spoke = [service for service in LISTING if known.day_of(service) == day]
    today = [known.listed[service] for service in spoke]
    count = sum(listed["count"] for listed in today)
    if not count:
        return nothing("nothing-waits")
    lines = sorted(chain.from_iterable(listed["work"] for listed in today), key=_by_age)
    silent = [service for service in LISTING if service not in spoke]
    context = {
        "day": day.isoformat(),
        "count": count,
        "work": lines[:LISTED_MAX],
        "silent": [[service, _told_on(known.day_of(service))] for service in silent],
    }
    return digest(TEAM, "team", WORK_WAITING, context, _cause_of(today[0]))


def _told_on(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _cause_of(listed: Listed) -> Cause:
    return Cause(
        listed["event_id"], datetime.fromisoformat(listed["at"]), traceparent=listed["traceparent"]
    )


def _by_age(line: Mapping[str, str | None]) -> tuple[bool, str, str]:
    """Oldest first; what waits since nobody knows when comes last."""
    return line["since"] is None, line["since"] or "", line["of"] or ""
