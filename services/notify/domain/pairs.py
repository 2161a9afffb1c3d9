"""What a laureate is in the community, and two who are named to each other: who has agreed, who ended it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.notify.domain.sentences import NEEDS
from shared.contract.frontdesk import CommunityDeclared
from shared.programme.model import Support
from shared.value import value


@value
class Member:
    """What a laureate declared last, and when: its offers, whether it takes part in peers, is `listed`."""

    candidature_id: str
    offers: tuple[str, ...]
    peers: bool = True
    listed: bool = False
    declared_at: datetime | None = None


@value
class Pair:
    """`helper` is to help `helped`; where it is `mutual`, each the other.

    `ended_by` declined, or left; where it `lapsed`, never answered.
    """

    helped: str
    helper: str
    named_at: datetime
    mutual: bool = False
    agreed_by: tuple[str, ...] = ()
    ended_by: str = ""
    lapsed: bool = False

    @property
    def both(self) -> tuple[str, str]:
        return (self.helped, self.helper)

    @property
    def stands(self) -> bool:
        return not self.ended_by

    @property
    def was_agreed(self) -> bool:
        return set(self.agreed_by) == set(self.both)

    def other(self, candidature_id: str) -> str:
        return self.helper if candidature_id == self.helped else self.helped

    @property
    def seekers(self) -> tuple[str, ...]:
        """Those who are to have their helper by it."""
        return self.both if self.mutual else (self.helped,)

    @property
    def served(self) -> tuple[str, ...]:
        return self.seekers if self.stands else ()

    def asks(self, candidature_id: str) -> bool:
        """Whether this one is asked to help, or was and would not: what the other ended does not count."""
        is_asked = candidature_id == self.helper or (self.mutual and candidature_id == self.helped)
        return is_asked and self.ended_by in ("", candidature_id)


def member_of(event: CommunityDeclared, support: Support, now: datetime) -> Member:
    """Of its offers, those that we or the programme name: facts keep them, and no word a person chose."""
    offers = tuple(one for one in event.offers if one in NEEDS or one in support.owners)
    return Member(event.candidature_id, offers, event.peers, event.listed, now)


def is_listed(member: Member | None) -> bool:
    """In the directory is whoever said so, and nobody else."""
    return member is not None and member.listed


def is_mentor(pair: Pair, candidature_id: str) -> bool:
    """Whether both agreed that this one helps the other."""
    return pair.stands and pair.was_agreed and pair.other(candidature_id) in pair.seekers


def pairs_of(candidature_id: str, pairs: Iterable[Pair]) -> list[Pair]:
    return [pair for pair in pairs if candidature_id in pair.both]


def pairs_by_laureate(pairs: Iterable[Pair]) -> Mapping[str, Sequence[Pair]]:
    """What `pairs_of` finds, for whoever looks for many."""
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        for one in pair.both:
            found.setdefault(one, []).append(pair)
    return found


def pairs_in(changes: Iterable[object]) -> list[Pair]:
    return [change for change in changes if isinstance(change, Pair)]
