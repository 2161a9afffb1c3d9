"""Who signed a grant's agreement for the State: whoever made its holder a laureate, by a signed act."""

from collections.abc import Iterator
from datetime import datetime

from services.funding import store
from services.funding.domain.approvals import Approval
from services.funding.domain.states import Grant, Takeover, Turn
from shared.contract.values import Party
from shared.kit.people.register import Standing, standing_at
from shared.kit.storage.states import States

Word = tuple[str, datetime, int]  # who, when, and by the broker's stamp


def state_side(states: States, grant: Grant) -> tuple[Party, ...]:
    """Each with the key that stood when they signed, whatever became of it since."""
    return tuple(_party(states, *word) for word in _words(states, grant))


def _words(states: States, grant: Grant) -> Iterator[Word]:
    """The officer who upheld the appeal that gave the grant; else those who approved its wave's list.

    Of a label of before the platform, the two who said it: it is of no wave that has a list here.
    """
    turns = states.of(Turn, grant.candidature_id)
    given = [turn for turn in turns if turn.before != "laureate" and turn.outcome == "laureate"]
    if given and given[-1].by:
        yield given[-1].by, given[-1].at, given[-1].stamped_ns
        return
    for approval in _approvals(states, grant):
        yield approval["actor"], datetime.fromisoformat(approval["at"]), approval["stamped_ns"]


def _approvals(states: States, grant: Grant) -> tuple[Approval, ...]:
    if not grant.was_taken_over:
        return store.wave_of(states, grant.wave).approvals
    said = states.one(Takeover, grant.candidature_id)
    return said.words if said else ()


def _party(states: States, who: str, when: datetime, stamped_ns: int) -> Party:
    standing = standing_at(states.of(Standing, who), stamped_ns)
    key = standing.public_key if standing else ""
    return Party(side="state", name=who, public_key=key or None, signed_at=when)
