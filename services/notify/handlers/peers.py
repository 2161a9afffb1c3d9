"""What notify does with what laureates say of the community: it loads who takes part, and asks the rule."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.notify import store
from services.notify.domain import peers, relay
from services.notify.domain.contact import Contact
from services.notify.domain.notice import Cause, Notice
from services.notify.domain.pairs import Member, member_of, pairs_in
from services.notify.domain.peer_letters import retracted, without_the_peer
from services.notify.domain.peers import Community, WaveSupport
from services.notify.domain.support import Plan
from services.notify.domain.support_acts import PLAN_CLOSED
from services.notify.handlers.support import SupportHandlers, cause_of, contact_of, moment_of
from shared.contract import frontdesk as front
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.notify import CommunityNoted
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.kit.errors import ActRefused, TooEarly
from shared.kit.people.signatures import require_own
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States
from shared.programme import Programme

ERASED = Reason(code="erased", message="Les données de ce dossier ont été effacées.")


@dataclass(frozen=True)
class PeerHandlers:
    programme: Programme

    def on_community_declared(
        self, states: States, event: front.CommunityDeclared, at: Arrival
    ) -> Decision:
        """What it offers counts from now on; who takes part no more is nobody's peer any more."""
        require_laureate(states, event.candidature_id, at)
        member = member_of(event, self.programme.support, at.now)
        fact = CommunityNoted(
            candidature_id=member.candidature_id,
            offers=member.offers,
            peers=member.peers,
            listed=member.listed,
        )
        declared = Decision("declared", facts=(fact,), changes=(member,))
        if member.peers:
            community = store.community(states).after(declared.changes)
            joining = peers.take_part(
                event.candidature_id, community, cause_of(at), self.programme.support
            )
            return declared.followed_by(joining)
        return declared.followed_by(
            self.leave(states, event.candidature_id, declared, cause_of(at))
        )

    def on_peer_answered(self, states: States, event: front.PeerAnswered, at: Arrival) -> Decision:
        require_laureate(states, event.candidature_id, at)
        answered = peers.answer(
            event, _concerned(states, event), cause_of(at), self.programme.support
        )
        retracted = _retracted(states, answered)
        return answered.followed_by(
            retracted, *SupportHandlers(self.programme).met(states, answered, at)
        )

    def on_message_sent(self, states: States, event: front.MessageSent, at: Arrival) -> Decision:
        """Raises ActRefused: nobody writes in another's name, or to who is not in the directory."""
        require_laureate(states, event.candidature_id, at)
        sender = contact_of(states, event.candidature_id)
        moment = moment_of(at, self.programme)
        if relay.was_passed_on(sender, event, moment.today):
            return nothing("said-before")
        require_open(states, event.candidature_id)
        reader = relay.reader_of(event.addressee, store.laureates(states).values())
        if why := relay.objection(sender, reader, moment.today):
            raise ActRefused(why)
        assert reader
        return relay.pass_on(sender, reader, event, moment)

    def lapse(self, states: States, at: Arrival) -> Decision:
        """No event called for it: the timer found who has not answered in time."""
        over = peers.lapse(store.community(states), cause_of(at), self.programme.support)
        return over.followed_by(_retracted(states, over))

    def match_wave(
        self, states: States, wave: WaveSupport, cause: Cause, changes: Sequence[object] = ()
    ) -> Decision:
        """`changes` are what the same decision changes already."""
        community = store.community(states).after(changes)
        return peers.match_wave(wave, community, cause, self.programme.support)

    def leave(self, states: States, candidature_id: str, gone: Decision, cause: Cause) -> Decision:
        """`gone` is the decision by which a laureate left."""
        left = self._left(states, candidature_id, gone, cause)
        return left.followed_by(_retracted(states, left))

    def _left(self, states: States, candidature_id: str, gone: Decision, cause: Cause) -> Decision:
        if not store.pairs_of(states, candidature_id):
            return nothing("no-peers")
        community = store.community(states).after(gone.changes)
        return peers.leave(candidature_id, community, cause, self.programme.support)

    def erase(self, states: States, candidature_id: str, gone: Decision, cause: Cause) -> Decision:
        """Letters to others that hold the name and address of who is erased go too."""
        left = self._left(states, candidature_id, gone, cause)
        letters: list[Notice] = []
        for pair in store.pairs_of(states, candidature_id):
            others = store.notices_of(states, pair.other(candidature_id))
            letters += without_the_peer(others, candidature_id)
        letters += relay.without_the_sender(store.relayed(states), candidature_id)
        member = states.one(Member, candidature_id)
        emptied = (Member(candidature_id, (), peers=False),) if member else ()
        return left.followed_by(Decision("erased", changes=(*letters, *emptied)))

    def reactions(self) -> dict[type[Event], Reaction]:
        reads = (Contact, Plan, Member)
        return {
            front.CommunityDeclared: Reaction(self.on_community_declared, reads),
            front.PeerAnswered: Reaction(self.on_peer_answered, reads),
            front.MessageSent: Reaction(self.on_message_sent, reads),
        }


def _concerned(states: States, event: front.PeerAnswered) -> Community:
    """A yes is between two; for a no somebody else is looked for, among all."""
    if event.accepts:
        return store.couple(states, event.candidature_id, event.peer)
    return store.community(states)


def _retracted(states: States, ended: Decision) -> Decision:
    letters: list[Notice] = []
    over = [pair for pair in pairs_in(ended.changes) if not pair.stands]
    for pair in over:
        for one in pair.both:
            letters += retracted(store.notices_of(states, one), pair.other(one))
    return Decision("retracted", changes=tuple(letters))


def require_laureate(states: States, candidature_id: str, at: Arrival) -> None:
    """Raises ActRefused, or TooEarly before the award is heard."""
    require_holder(states, candidature_id, at)
    if states.one(Plan, candidature_id) is None:
        raise TooEarly(candidature_id)


def require_holder(states: States, candidature_id: str, at: Arrival) -> None:
    """A holder's act: of its front-end, and signed where the dossier has a key.

    Raises ActRefused, or TooEarly before the dossier is heard of.
    """
    contact = contact_of(states, candidature_id)
    if contact.erased:
        raise ActRefused(ERASED)
    require_own(states, contact.front_end, contact.public_key, at)


def require_open(states: States, candidature_id: str) -> None:
    """Raises ActRefused: who is a laureate no more says nothing to the others."""
    plan = states.one(Plan, candidature_id)
    if plan is None or not plan.is_open:
        raise ActRefused(PLAN_CLOSED)
