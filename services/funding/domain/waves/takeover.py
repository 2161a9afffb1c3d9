"""A label of before the platform: two people say the same of it, then it is a grant like any other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from services.funding.domain.approvals import Approval, approval_of
from services.funding.domain.decisions import changed
from services.funding.domain.money.ledger import MovementBook, committed
from services.funding.domain.states import Entry, Fund, Grant, Takeover, Tranche, WaveState
from services.funding.domain.waves import takeover_sentences as sentences
from services.funding.domain.waves.proposal import free_places, left_cents
from services.funding.domain.waves.sentences import ALREADY_LABELLED
from shared.contract.backoffice import LaureateImported
from shared.contract.decision import Decision, nothing
from shared.contract.front_ends import OFFICERS
from shared.contract.funding import GrantTakenOver
from shared.contract.identity import bare_name, is_siret
from shared.contract.laureates import Laureate, LaureateTaken, laureate_id
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from shared.programme import Programme

# The label is the director's word, what was paid of it the accountant's.
WORDS_NEEDED = 2
NO_RANK = 0  # it was ranked elsewhere


@dataclass(frozen=True, slots=True)
class Room:
    """What is there already: the fund, how far each wave is, and the entries of the living grants.

    `labels` are those of before that hold in the same commune; `is_filed`: a file has this one's id.
    """

    programme: Programme
    fund: Fund
    waves: Sequence[WaveState]
    holders: Sequence[Entry]
    labels: Sequence[Laureate] = ()
    is_filed: bool = False


def say(room: Room, before: Takeover | None, event: LaureateImported, at: Arrival) -> Decision:
    """One word is kept; with the other role's, another person's and the same, it holds.

    `before` has the words that still count. Who says otherwise begins anew: a line may have been mistyped.
    """
    if before and len(before.words) == WORDS_NEEDED:
        return nothing("duplicate")
    today = room.programme.local_day(at.now)
    reasons = [
        *mistakes(room.programme, event.candidature_id, event.laureate, today),
        *obstacles(room, event.laureate),
    ]
    if reasons:
        return nothing("refused", *reasons)
    said = Takeover(
        candidature_id=event.candidature_id,
        receipt_number=event.laureate.receipt(room.programme.receipt_prefix),
        said=event.laureate.model_dump_json(),
        said_at=at.now,
        words=(approval_of(event, at),),
    )
    if before is None or not before.words or before.said != said.said:
        return Decision("said-by-one", changes=(said,))
    return _seconded(said, before.words[0], event)


def _seconded(said: Takeover, first: Approval, event: LaureateImported) -> Decision:
    if first["actor"] == event.actor.id:
        return nothing("duplicate", sentences.BY_ONE_PERSON)
    if first["role"] == event.actor.role:
        return nothing("wrong-role", sentences.BY_ONE_ROLE)
    return Decision("taken-over", changes=(replace(said, words=(first, *said.words)),))


def holds(decision: Decision) -> bool:
    """Whether this was the second word."""
    said = changed(decision, Takeover)
    return said is not None and len(said.words) == WORDS_NEEDED


def mistakes(
    programme: Programme, candidature_id: str, laureate: Laureate, today: date
) -> Iterator[Reason]:
    """Every rule of the programme against what is said of it, whatever else there is."""
    if candidature_id != laureate_id(programme.id, laureate.receipt(programme.receipt_prefix)):
        yield sentences.OTHER_ID
    if programme.wave(laureate.wave):
        yield sentences.own_wave(laureate.wave)
    if laureate.zone not in programme.places:
        yield sentences.no_such_zone(laureate.zone)
    if laureate.siret is not None and not is_siret(laureate.siret):
        yield sentences.SIRET_INVALID
    yield from _amount_mistakes(programme, laureate)
    yield from _day_mistakes(laureate, today)


def _amount_mistakes(programme: Programme, laureate: Laureate) -> Iterator[Reason]:
    award = programme.award
    cents = laureate.awarded_cents
    if 0 in cents:
        yield sentences.YEAR_WITHOUT_MONEY
    if len(cents) > award.years:
        yield sentences.too_many_years(len(cents), award.years)
    if max(cents) > award.yearly_cap_cents:
        yield sentences.above_the_cap(max(cents), award.yearly_cap_cents)
    if sum(cents) > award.ceiling_cents:
        yield sentences.above_the_ceiling(sum(cents), award.ceiling_cents)


def _day_mistakes(laureate: Laureate, today: date) -> Iterator[Reason]:
    years = len(laureate.awarded_cents)
    if len(laureate.due_on) != years:
        yield sentences.other_years(len(laureate.due_on), years)
    if len(laureate.paid_on) > years:
        yield sentences.paid_too_often(len(laureate.paid_on), years)
    if laureate.paid_on and laureate.agreed_on is None:
        yield sentences.PAID_WITHOUT_AGREEMENT
    past = [
        laureate.awarded_on,
        *([laureate.agreed_on] if laureate.agreed_on else ()),
        *laureate.paid_on,
    ]
    if any(later < earlier for earlier, later in pairwise(past)) or past[-1] > today:
        yield sentences.DAYS_IN_DISORDER
    if any(
        later <= earlier for earlier, later in pairwise((laureate.awarded_on, *laureate.due_on))
    ):
        yield sentences.DUE_IN_DISORDER


def obstacles(room: Room, laureate: Laureate) -> Iterator[Reason]:
    """What stands against it here: a file, a list that counts without it, a label, a quota, the envelope."""
    if room.is_filed:
        yield sentences.ID_FILED
    # A list rests on the places and the money that were left: a label said later would take them twice.
    ranked = next((wave.wave for wave in room.waves if wave.has_list), None)
    if ranked:
        yield sentences.too_late(ranked)
    if _is_labelled(room, laureate):
        yield ALREADY_LABELLED
    filed = next((wave.wave for wave in room.waves if wave.entries), None)
    if filed and not laureate.siret:
        yield sentences.siret_needed(filed)
    free = free_places(room.programme, room.fund).get(laureate.zone)
    if free is not None and free <= 0:
        yield sentences.quota_used(laureate.zone, room.programme.quotas[laureate.zone])
    left = left_cents(room.fund)
    if sum(laureate.awarded_cents) > left:
        yield sentences.envelope_used(left)


def _is_labelled(room: Room, laureate: Laureate) -> bool:
    """By SIRET and commune; by name and commune where the SIRET of either is not known."""
    place = (laureate.siret, laureate.commune_code)
    if laureate.siret and any(
        (holder.siret, holder.commune_code) == place for holder in room.holders
    ):
        return True
    return any(_may_be_one(laureate, label) for label in room.labels)


def _may_be_one(one: Laureate, other: Laureate) -> bool:
    """Like files at the counter: the place of one is named as the place, or the holder, of the other."""
    # Two known SIRETs were compared by themselves: a like name must not overrule them.
    if (one.siret and other.siret) or one.commune_code != other.commune_code:
        return False
    return _named(one)[0] in _named(other) or _named(other)[0] in _named(one)


def _named(laureate: Laureate) -> tuple[str, str]:
    return bare_name(laureate.place_name), bare_name(laureate.legal_name)


def take_over(room: Room, event: LaureateImported, at: Arrival) -> Decision:
    """The grant with its schedule: what was paid is settled, with a line of the ledger of its own."""
    laureate = event.laureate
    grant = _grant(room.programme, event)
    tranches = [
        _tranche(room.programme, grant, laureate, year)
        for year in range(1, len(laureate.due_on) + 1)
    ]
    ledger = MovementBook(at.event_id, at.now)
    ledger.commit_award(grant)
    for tranche in tranches[: len(laureate.paid_on)]:
        ledger.open_paid(tranche)
    fact = GrantTakenOver(
        candidature_id=grant.candidature_id,
        receipt_number=grant.receipt_number,
        laureate=LaureateTaken(**laureate.model_dump()),
    )
    changes = (
        _entry(grant, laureate),
        grant,
        *tranches,
        committed(room.fund, [grant]),
        *ledger.lines,
    )
    return Decision("taken-over", facts=(fact,), changes=changes)


def _grant(programme: Programme, event: LaureateImported) -> Grant:
    laureate = event.laureate
    agreed_on = laureate.agreed_on
    return Grant(
        candidature_id=event.candidature_id,
        wave=laureate.wave,
        receipt_number=laureate.receipt(programme.receipt_prefix),
        legal_name=laureate.legal_name,
        siret=laureate.siret or "",
        zone=laureate.zone,
        rank=NO_RANK,
        awarded_cents=laureate.awarded_cents,
        promoted=False,
        state="agreed" if agreed_on else "awarded",
        awarded_at=programme.midnight(laureate.awarded_on),
        agreed_at=programme.midnight(agreed_on) if agreed_on else None,
        # Nobody has spoken for it on the platform yet: an officer moves it to its holder's front-end.
        front_end=OFFICERS,
    )


def _tranche(programme: Programme, grant: Grant, laureate: Laureate, year: int) -> Tranche:
    is_paid = year <= len(laureate.paid_on)
    return Tranche(
        tranche_id=f"{grant.candidature_id}-T{year}",
        candidature_id=grant.candidature_id,
        number=year,
        due_on=laureate.due_on[year - 1],
        amount_cents=laureate.awarded_cents[year - 1],
        state="settled" if is_paid else "scheduled",
        since=programme.midnight(laureate.paid_on[year - 1]) if is_paid else grant.awarded_at,
    )


def _entry(grant: Grant, laureate: Laureate) -> Entry:
    """Of no wave of this programme: no list counts it, and every list looks whether its place has a label."""
    return Entry(
        candidature_id=grant.candidature_id,
        wave=grant.wave,
        receipt_number=grant.receipt_number,
        legal_name=grant.legal_name,
        siret=grant.siret,
        commune_code=laureate.commune_code,
        kinds=tuple(kind.value for kind in laureate.kinds),
        requested_cents=grant.awarded_cents,
        front_end=grant.front_end,
        zones=(grant.zone,),
        eligible=True,
    )
