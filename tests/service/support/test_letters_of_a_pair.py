"""A letter that says how to reach a peer goes with the pair, whoever ends it and however."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.notify import store
from services.notify.domain.notice import Notice
from services.notify.domain.pairs import Pair
from services.notify.domain.support import Plan
from services.notify.handlers import peers
from services.notify.handlers.peers import PeerHandlers
from shared.contract.decision import Decision, nothing
from shared.contract.frontdesk import CommunityDeclared, PeerAnswered
from shared.kit.delivery import Arrival
from shared.kit.storage.states import States
from tests.rules.notify.given import LATER
from tests.rules.notify.given_peers import A, B, a_plan
from tests.rules.notify.notify_samples import PROGRAMME, a_contact, a_notice

HANDLERS = PeerHandlers(PROGRAMME)
ARRIVAL = Arrival(LATER.event_id, LATER.now, "FRONTDESK", 9, "", LATER.event_id)


def introduced(states: States) -> None:
    """Two who agreed: the letter to A left without its words, the one to B waits."""
    states.keep(Pair(A, B, LATER.now, agreed_by=(A, B)))
    for one, peer in ((A, B), (B, A)):
        states.keep(a_contact(candidature_id=one))
        states.keep(a_plan(one, peers=(peer,)))
    to_a = replace(a_notice("peer_agreed", peer=B), candidature_id=A, notice_id="to-a")
    states.keep(replace(to_a, state="sent", short=True))
    states.keep(replace(a_notice("peer_agreed", peer=A), candidature_id=B, notice_id="to-b"))


def declines(states: States) -> Decision:
    said = PeerAnswered(candidature_id=B, peer=A, accepts=False)
    return HANDLERS.on_peer_answered(states, said, ARRIVAL)


def takes_part_no_more(states: States) -> Decision:
    said = CommunityDeclared(candidature_id=B, offers=(), peers=False)
    return HANDLERS.on_community_declared(states, said, ARRIVAL)


def loses_the_award(states: States) -> Decision:
    plan = states.one(Plan, B)
    assert plan
    gone = Decision("plan-closed", changes=(replace(plan, is_open=False),))
    return gone.followed_by(HANDLERS.leave(states, B, gone, LATER))


@pytest.mark.parametrize("ends", [declines, takes_part_no_more, loses_the_award])
@pytest.mark.parametrize("goes", [True, False], ids=["as it is", "no letter goes"])
def test_how_to_reach_who_is_no_peer_any_more_is_told_to_nobody_later(
    states: States, monkeypatch: pytest.MonkeyPatch, ends: Callable[[States], Decision], goes: bool
) -> None:
    """Were it kept, whoever proves an address afterwards would read it, as the control shows."""
    if not goes:
        monkeypatch.setattr(peers, "_retracted", lambda *_: nothing("retracted"))
    introduced(states)
    for change in ends(states).changes:
        states.keep(change)
    assert (store.short_of(states, A) == []) is goes
    waiting = states.one(Notice, "to-b")
    assert waiting
    assert (waiting.state == "dropped" and not waiting.context) is goes
