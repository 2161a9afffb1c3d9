"""Who did not answer about a peer is looked for again once they ask, as their letter says."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.notify.domain.pairs import Member, Pair
from services.notify.domain.peers import WaveSupport, match_wave
from tests.rules.notify.given import LATER
from tests.rules.notify.notify_samples import AT
from tests.rules.notify.test_peers import (
    ONE_DAY,
    SUPPORT,
    A,
    B,
    D,
    a_community,
    a_laureate,
    pairs_in,
)


def test_who_let_a_peer_lapse_is_left_out_of_later_rankings_until_they_declare_themselves_again() -> (
    None
):
    known = a_laureate(A, needs=("legal",))
    later = a_laureate(D, offers=("legal",))
    lapsed = Pair(A, B, AT, ended_by=B, lapsed=True)
    over = AT + timedelta(days=SUPPORT.peer_answer_days)

    def is_named(pair: Pair, declared_at: datetime | None = None) -> bool:
        member = Member(A, (), declared_at=declared_at) if declared_at else None
        community = replace(a_community(replace(known, member=member), later), pairs=(pair,))
        return ("a", "d") in pairs_in(match_wave(WaveSupport("2021-1"), community, LATER, SUPPORT))

    assert not is_named(lapsed)
    assert not is_named(lapsed, over), "said before it lapsed, it asks for nobody in its place"
    assert is_named(lapsed, over + ONE_DAY)
    assert is_named(replace(lapsed, agreed_by=(A,))), "the control: the other was silent"
    assert is_named(replace(lapsed, lapsed=False)), "the control: the other declined"
