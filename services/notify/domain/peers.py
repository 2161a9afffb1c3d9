"""Peers of all waves: who is named to whom when a wave is whole, what an answer does, who replaces whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from services.notify.domain.contact import Contact
from services.notify.domain.matching import Fabrique, Match, match
from services.notify.domain.notice import Cause
from services.notify.domain.pairs import Member, Pair, pairs_by_laureate, pairs_in, pairs_of
from services.notify.domain.peer_letters import agreed_letter, ended_letter, named_letter
from services.notify.domain.support import Plan
from services.notify.domain.telling import joined, tell
from shared.contract.decision import Decision, nothing
from shared.contract.frontdesk import PeerAnswered
from shared.contract.notify import PeerAccepted, PeerAgreed, PeerEnded, PeerProposed
from shared.programme.model import Support
from shared.value import value

LATE_PEERS_AFTER = timedelta(days=1)
NOBODY: Mapping[str, str] = MappingProxyType({})
Because = Literal["declined", "left", "lapsed"]


@value
class WaveSupport:
    """A wave is matched once, when as many plans are open as laureates were ranked."""

    wave: str
    expected: int | None = None
    opened: int = 0
    first_awarded_at: datetime | None = None
    matched: bool = False


@dataclass(frozen=True, slots=True)
class Laureate:
    """One with an open plan. `member` is what it declared last; the offers of its file hold till then."""

    plan: Plan
    contact: Contact
    member: Member | None = None

    @property
    def is_willing(self) -> bool:
        declined = self.member is not None and not self.member.peers
        is_reached = bool(self.contact.email) and not self.contact.erased
        return self.plan.is_open and is_reached and not declined

    @property
    def offers(self) -> tuple[str, ...]:
        return self.contact.offers if self.member is None else self.member.offers


@dataclass(frozen=True, slots=True)
class Community:
    """Every laureate with an open plan, by id; all pairs there are and were; the waves matched so far."""

    laureates: Mapping[str, Laureate] = field(default_factory=dict)
    pairs: Sequence[Pair] = ()
    matched: frozenset[str] = frozenset()

    def after(self, changes: Iterable[object]) -> "Community":
        """As a decision leaves it: the plans, members and pairs that it changes are the ones that count."""
        laureates = dict(self.laureates)
        pairs = {pair.both: pair for pair in self.pairs}
        for change in changes:
            if isinstance(change, Pair):
                pairs[change.both] = change
            elif isinstance(change, Plan) and change.candidature_id in laureates:
                laureates[change.candidature_id] = replace(
                    laureates[change.candidature_id], plan=change
                )
            elif isinstance(change, Member) and change.candidature_id in laureates:
                laureates[change.candidature_id] = replace(
                    laureates[change.candidature_id], member=change
                )
            elif isinstance(change, Contact) and change.candidature_id in laureates:
                laureates[change.candidature_id] = replace(
                    laureates[change.candidature_id], contact=change
                )
        return replace(self, laureates=laureates, pairs=tuple(pairs.values()))


def count_opened(wave: WaveSupport, plan: Plan) -> WaveSupport:
    """Those promoted later come on top of the laureates that were ranked."""
    if plan.promoted:
        return wave
    first = plan.awarded_at
    if wave.first_awarded_at:
        first = min(first, wave.first_awarded_at)
    return replace(wave, opened=wave.opened + 1, first_awarded_at=first)


def is_complete(wave: WaveSupport) -> bool:
    return not wave.matched and wave.expected is not None and 0 < wave.expected <= wave.opened


def is_late(wave: WaveSupport, now: datetime) -> bool:
    """A day after the first award, peers are matched with those that are there."""
    return wave.first_awarded_at is not None and now > wave.first_awarded_at + LATE_PEERS_AFTER


def is_to_be_matched(wave: WaveSupport) -> bool:
    """Whether the plan counted last makes its wave complete, or comes to one that was matched before."""
    return is_complete(wave) or wave.matched


def match_wave(wave: WaveSupport, community: Community, cause: Cause, support: Support) -> Decision:
    """A helper for every laureate of the wave who has none, and for those of earlier ones who are left.

    Whoever did not answer was told that they are looked for again once they ask.
    """
    waves = {wave.wave, *community.matched}
    pairs = pairs_by_laureate(community.pairs)
    there = {one: known for one, known in community.laureates.items() if known.plan.wave in waves}
    seekers = [
        one for one, known in there.items() if not is_silent(known, pairs.get(one, ()), support)
    ]
    named = name_peers(seekers, community, cause, support)
    matched = Decision("peers-matched", changes=(replace(wave, matched=True),))
    return matched.followed_by(named)


def is_silent(laureate: Laureate, mine: Sequence[Pair], support: Support) -> bool:
    """Whether it let its latest pair lapse, and has declared nothing since. `mine` are its pairs.

    Of two named at once, the one by which it was to be helped counts.
    """
    me = laureate.plan.candidature_id
    latest = max(mine, key=lambda pair: (pair.named_at, me in pair.seekers), default=None)
    if latest is None or not latest.lapsed or me in latest.agreed_by:
        return False
    declared_at = laureate.member.declared_at if laureate.member else None
    return declared_at is None or not is_over(latest, declared_at, support)


def name_peers(
    seekers: Iterable[str],
    community: Community,
    cause: Cause,
    support: Support,
    instead_of: Mapping[str, str] = NOBODY,
) -> Decision:
    """Names a helper to each of the seekers who is willing and has none.

    `instead_of` has the place that one is named in place of, by who lost it.
    """
    willing = {one: known for one, known in community.laureates.items() if known.is_willing}
    served = {one for pair in community.pairs for one in pair.served}
    asking = [one for one in seekers if one in willing and one not in served]
    if not asking:
        return nothing("peers-named")
    pairs = pairs_by_laureate(community.pairs)
    helpers = {
        one: fabrique_of(known, pairs.get(one, ()), support) for one, known in willing.items()
    }
    matches = match([helpers[one] for one in asking], helpers.values(), support)
    named = [_named(found, community, cause, instead_of) for found in matches]
    decision = Decision("peers-named").followed_by(*named)
    return decision.followed_by(_with_their_peers(community, decision))


def fabrique_of(laureate: Laureate, mine: Sequence[Pair], support: Support) -> Fabrique:
    """`mine` are the pairs that it is or was in."""
    contact = laureate.contact
    times_asked = sum(pair.asks(contact.candidature_id) for pair in mine)
    return Fabrique(
        candidature_id=contact.candidature_id,
        needs=laureate.plan.needs,
        offers=laureate.offers,
        commune_code=contact.commune_code,
        latitude=contact.latitude,
        longitude=contact.longitude,
        room=max(0, support.peers - times_asked),
        apart=frozenset(pair.other(contact.candidature_id) for pair in mine),
    )


def _named(
    found: Match, community: Community, cause: Cause, instead_of: Mapping[str, str]
) -> Decision:
    """Each of the two is told why, and asked."""
    pair = Pair(found.helped, found.helper, cause.now, found.mutual)
    told = []
    for one in pair.both:
        known, peer = community.laureates[one], community.laureates[pair.other(one)]
        letter = named_letter(found, known.contact, peer.contact, instead_of.get(one, ""))
        told.append(tell(known.contact, cause, letter))
    facts = tuple(_proposed(found, pair, one) for one in pair.both)
    return joined(*told, Decision("peers-named", facts=facts, changes=(pair,)))


def _proposed(found: Match, pair: Pair, one: str) -> PeerProposed:
    return PeerProposed(
        candidature_id=one,
        peer=pair.other(one),
        asked_to_help=pair.asks(one),
        met=found.met,
        returned=found.returned,
        shared=found.shared,
        distance_km=found.distance_km,
        by_video=found.by_video,
    )


def _with_their_peers(community: Community, decision: Decision) -> Decision:
    """A plan names the peers that stand; that of who left stays as it was."""
    after = community.after(decision.changes)
    pairs = pairs_by_laureate(after.pairs)
    touched = [one for pair in pairs_in(decision.changes) for one in pair.both]
    changed = []
    for one in dict.fromkeys(touched):
        known = after.laureates.get(one)
        standing = [pair for pair in pairs[one] if pair.stands]
        if known and known.plan.is_open:
            changed.append(replace(known.plan, peers=tuple(pair.other(one) for pair in standing)))
    return Decision("peers-named", changes=tuple(changed))


def answer(event: PeerAnswered, community: Community, cause: Cause, support: Support) -> Decision:
    """A yes counts once the other says it too; a no ends it at any time, and another is named."""
    me = event.candidature_id
    pair = next((one for one in pairs_of(me, community.pairs) if one.other(me) == event.peer), None)
    if pair is None:
        return nothing("no-such-peer")
    if not pair.stands:
        return nothing("peer-ended")
    if not event.accepts:
        return end([replace(pair, ended_by=me)], "declined", community, cause, support)
    if me in pair.agreed_by:
        return nothing("agreed-before")
    agreed = replace(pair, agreed_by=(*pair.agreed_by, me))
    fact = PeerAccepted(candidature_id=me, peer=event.peer)
    kept = Decision("peer-accepted", facts=(fact,), changes=(agreed,))
    return kept.followed_by(_agreed(agreed, community, cause)) if agreed.was_agreed else kept


def _agreed(pair: Pair, community: Community, cause: Cause) -> Decision:
    """Each learns how to reach the other."""
    told = []
    for one in pair.both:
        known, peer = community.laureates[one], community.laureates[pair.other(one)]
        told.append(tell(known.contact, cause, agreed_letter(known.contact, peer.contact)))
    facts = tuple(PeerAgreed(candidature_id=one, peer=pair.other(one)) for one in pair.both)
    return Decision("peers-agreed", facts=facts).followed_by(*told)


def take_part(one: str, community: Community, cause: Cause, support: Support) -> Decision:
    """Who comes back to peers need not wait for the next wave."""
    known = community.laureates.get(one)
    if known is None or known.plan.wave not in community.matched:
        return nothing("expected")
    return name_peers([one], community, cause, support)


def leave(one: str, community: Community, cause: Cause, support: Support) -> Decision:
    """Who left the programme or the community is nobody's peer any more: others are named in their place."""
    over = [replace(pair, ended_by=one) for pair in pairs_of(one, community.pairs) if pair.stands]
    return end(over, "left", community, cause, support) if over else nothing("no-peers")


def is_lapsed(pair: Pair, now: datetime, support: Support) -> bool:
    """Whether somebody had all the programme's days to answer, and did not."""
    return pair.stands and not pair.was_agreed and is_over(pair, now, support)


def is_over(pair: Pair, now: datetime, support: Support) -> bool:
    """Whether the last day to answer has passed."""
    return now > pair.named_at + timedelta(days=support.peer_answer_days)


def lapse(community: Community, cause: Cause, support: Support) -> Decision:
    """Who never answered is waited for no longer: whoever said yes gets another helper."""
    silent = [pair for pair in community.pairs if is_lapsed(pair, cause.now, support)]
    over = [replace(pair, ended_by=_silent(pair), lapsed=True) for pair in silent]
    return end(over, "lapsed", community, cause, support) if over else nothing("no-peers")


def _silent(pair: Pair) -> str:
    """Who did not answer: the helper, where neither did, for whom it counts as a time one was asked."""
    return pair.helped if pair.helper in pair.agreed_by else pair.helper


def end(
    over: Sequence[Pair], because: Because, community: Community, cause: Cause, support: Support
) -> Decision:
    """Whoever lost a helper by it gets another one in the same decision; others are told that it is over."""
    facts = tuple(
        PeerEnded(candidature_id=one, peer=pair.other(one), because=because)
        for pair in over
        for one in pair.both
    )
    ended = Decision(f"peer-{because}", facts=facts, changes=tuple(over))
    ended = ended.followed_by(_with_their_peers(community, ended))
    lost = {one: _place(pair.other(one), community) for pair in over for one in _left_by(pair)}
    named = name_peers(lost, community.after(ended.changes), cause, support, lost)
    served = {one for pair in pairs_in(named.changes) for one in pair.served}
    told = [
        _over(pair, one, community, cause)
        for pair in over
        for one in _to_tell(pair)
        if one not in served
    ]
    return ended.followed_by(named, *told)


def _left_by(pair: Pair) -> list[str]:
    """Who lost a helper by its end. Nobody is asked anew for who did not answer themself."""
    return [one for one in pair.seekers if one in pair.agreed_by or not pair.lapsed]


def _to_tell(pair: Pair) -> tuple[str, ...]:
    """Who declined or left knows it; who forgot to answer does not."""
    return pair.both if pair.lapsed else (pair.other(pair.ended_by),)


def _over(pair: Pair, reader: str, community: Community, cause: Cause) -> Decision:
    known = community.laureates.get(reader)
    if known is None:
        return nothing("no-peers")
    place = _place(pair.other(reader), community)
    return tell(known.contact, cause, ended_letter(pair, reader, place))


def _place(one: str, community: Community) -> str:
    """Empty for who was erased."""
    known = community.laureates.get(one)
    return known.contact.place_name if known else ""
