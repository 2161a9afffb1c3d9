"""Each laureate is introduced to the nearest ones of the same wave: by shared needs, then by distance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.notify.domain.contact import Contact
from services.notify.domain.matching import distance_metres
from services.notify.domain.notice import Cause, Message
from services.notify.domain.support import PEERS, Plan, begin_support
from services.notify.domain.telling import joined, tell
from shared.contract.decision import Decision, nothing
from shared.contract.notify import SupportAdvanced
from shared.programme.model import Support
from shared.value import value

LATE_PEERS_AFTER = timedelta(days=1)


@value
class WaveSupport:
    """Peers are matched once per wave, when as many plans are open as laureates were ranked."""

    wave: str
    expected: int | None = None
    opened: int = 0
    first_awarded_at: datetime | None = None
    matched: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """A laureate as a possible peer. Degrees are WGS84."""

    candidature_id: str
    needs: tuple[str, ...]
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Laureates:
    """The open plans of a wave, and the contacts of their dossiers."""

    plans: Sequence[Plan] = ()
    contacts: Sequence[Contact] = ()


NOBODY = Laureates()


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


def is_to_be_matched(wave: WaveSupport, plan: Plan) -> bool:
    """Whether this plan makes its wave complete, or comes to one that was matched before."""
    return is_complete(wave) or (wave.matched and plan.promoted)


def expect(wave: WaveSupport, laureates: Laureates, cause: Cause, support: Support) -> Decision:
    """The ranking told how many laureates there are: the last plan may have come before it."""
    if is_complete(wave):
        return match_wave(wave, laureates, cause, support.peers)
    return Decision("expected", changes=(wave,))


def open_support(
    plan: Plan,
    contact: Contact,
    wave: WaveSupport,
    laureates: Laureates,
    cause: Cause,
    support: Support,
) -> Decision:
    """A plan begins; with it its wave may be complete. `wave` counts it already."""
    if not plan.is_open:
        return nothing("plan-closed")
    if contact.erased:
        return nothing("erased")
    begun_plan, begun = begin_support(plan, contact, cause, support)
    counted = Decision("counted", changes=(wave,))
    if is_to_be_matched(wave, plan):
        others = [begun_plan if one.candidature_id == plan.candidature_id else one for one in laureates.plans]
        counted = match_wave(wave, replace(laureates, plans=others), cause, support.peers)
    return begun.followed_by(counted)


def match_wave(wave: WaveSupport, laureates: Laureates, cause: Cause, count: int) -> Decision:
    """Peers for every laureate of the wave who has none yet: all of them at first, then each one promoted."""
    known = {contact.candidature_id: contact for contact in laureates.contacts if not contact.erased}
    plans = [plan for plan in laureates.plans if plan.candidature_id in known]
    unmatched = [plan for plan in plans if not plan.peers]
    matched = match_peers(unmatched, plans, known, cause, count)
    return replace(matched, changes=(*matched.changes, replace(wave, matched=True)))


def match_peers(
    unmatched: Sequence[Plan],
    laureates: Sequence[Plan],
    contacts: Mapping[str, Contact],
    cause: Cause,
    count: int,
) -> Decision:
    """Introduces each plan that has no peers yet to the nearest laureates of its wave."""
    sites = {plan.candidature_id: _site(plan, contacts[plan.candidature_id]) for plan in laureates}
    introductions = []
    for plan in unmatched:
        peers = nearest_peers(sites[plan.candidature_id], sites.values(), count)
        if peers and PEERS in plan.steps and PEERS not in plan.done:
            met = [contacts[peer] for peer in peers]
            introductions.append(_met(plan, met, contacts[plan.candidature_id], cause))
    return Decision("peers-matched").followed_by(*introductions)


def _met(plan: Plan, peers: Sequence[Contact], contact: Contact, cause: Cause) -> Decision:
    shown = [_shown(plan, peer) for peer in peers]
    told = tell(
        contact,
        cause,
        Message("peers", {"peers": shown}, matter=plan.candidature_id),
    )
    ids = tuple(peer.candidature_id for peer in peers)
    fact = SupportAdvanced(candidature_id=plan.candidature_id, step=PEERS, peers=ids)
    moved = replace(plan, peers=ids, done=(*plan.done, PEERS))
    return joined(told, Decision("peers", facts=(fact,), changes=(moved,)))


def _shown(plan: Plan, peer: Contact) -> dict[str, object]:
    return {
        "place": peer.place_name,
        "holder": peer.legal_name,
        "commune_code": peer.commune_code,
        "shared": [need for need in plan.needs if need in peer.needs],
    }


def _site(plan: Plan, contact: Contact) -> Site:
    return Site(plan.candidature_id, plan.needs, contact.latitude, contact.longitude)


def nearest_peers(site: Site, others: Iterable[Site], count: int) -> tuple[str, ...]:
    """The most needs in common first, then the shortest way, then the id: whatever the order of `others`."""

    def closeness(other: Site) -> tuple[int, float, str]:
        shared = len(set(site.needs) & set(other.needs))
        return (-shared, distance_metres(site, other), other.candidature_id)

    candidates = {
        other.candidature_id: other for other in others if other.candidature_id != site.candidature_id
    }
    return tuple(other.candidature_id for other in sorted(candidates.values(), key=closeness)[:count])
