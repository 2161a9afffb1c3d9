"""What each fact makes of a candidature's entry, and what its wave counts by it.

Facts come in any order, and more than once: one that is older than what is known changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.funding.domain.states import Entry, Grant, Ranking, WaveState
from services.funding.domain.waves.places import kept_reason, kept_review
from services.funding.domain.waves.sentences import ALREADY_LABELLED
from services.funding.domain.waves.waves import counted
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import CandidatureScored, EligibilityChecked, ScoreWithdrawn
from shared.contract.intake import CandidatureChangedHands, CandidatureRegistered


def register(entry: Entry, wave: WaveState, event: CandidatureRegistered) -> Decision:
    """The file as intake registered it, or a later version of it. No file becomes that of a label."""
    if event.wave != entry.wave:
        return nothing("of-a-label")
    if event.version <= entry.file_version:
        return nothing("superseded")
    after = replace(
        entry,
        receipt_number=event.receipt_number,
        receipt_sequence=event.receipt_sequence,
        file_version=event.version,
        legal_name=event.legal_name,
        siret=event.siret,
        commune_code=event.commune_code,
        kinds=tuple(kind.value for kind in event.kinds),
        requested_cents=event.requested_cents,
        public_key=event.public_key,
        front_end=event.front_end or "",
    )
    return _entered(wave, entry, after)


def check(entry: Entry, wave: WaveState, event: EligibilityChecked) -> Decision:
    """The zones of its place; with none, the reasons why it is out."""
    if event.revision <= entry.eligibility_revision:
        return nothing("superseded")
    reasons = () if event.eligible else event.reasons
    after = replace(
        entry,
        eligibility_revision=event.revision,
        zones=event.zones,
        eligible=event.eligible,
        ineligible_because=tuple(kept_reason(reason) for reason in reasons),
    )
    return _entered(wave, entry, after)


def score(
    entry: Entry,
    wave: WaveState,
    place: Ranking | None,
    event: CandidatureScored,
) -> Decision:
    """Its score, with the marks it comes from. `place` is that of a published list."""
    if event.revision <= entry.score_revision:
        return nothing("superseded")
    if place is not None:
        return nothing("wave-published")
    after = replace(
        entry,
        score_revision=event.revision,
        score=event.score,
        criteria=event.criteria,
        grid=event.grid,
        reviews=tuple(kept_review(review) for review in event.reviews),
    )
    return _entered(wave, entry, after)


def unscore(
    entry: Entry, wave: WaveState, place: Ranking | None, event: ScoreWithdrawn
) -> Decision:
    """A review counts no more: the wave waits for another one, and a proposal that counted it is void."""
    if event.revision <= entry.score_revision:
        return nothing("superseded")
    # What was ranked and published keeps its marks: an appeal is the way to change the outcome.
    if place is not None:
        return nothing("wave-published")
    after = replace(
        entry,
        score_revision=event.revision,
        score=None,
        criteria=None,
        grid="",
        reviews=(),
    )
    return _entered(wave, entry, after)


def withdraw(entry: Entry, wave: WaveState) -> Decision:
    """Its holder takes it back."""
    gone = _entered(wave, entry, replace(entry, withdrawn=True))
    return replace(gone, result="withdrawn")


def change_hands(entry: Entry, grant: Grant | None, event: CandidatureChangedHands) -> Decision:
    """Who may act on the dossier, and on its grant."""
    moved = replace(entry, front_end=event.front_end, public_key=event.public_key)
    if grant is None:
        return Decision("moved", changes=(moved,))
    owned = replace(grant, front_end=event.front_end, public_key=event.public_key)
    return Decision("moved", changes=(moved, owned))


def out_of_its_zone(grant: Grant, entry: Entry) -> bool:
    """A living grant whose place lies, as it now turns out, no more in the zone it was given for."""
    return grant.state != "cancelled" and grant.zone not in entry.zones


def as_they_compete(entries: Mapping[str, Entry], holders: Iterable[Entry]) -> dict[str, Entry]:
    """A wave's entries by dossier. A place whose grant lives, from whatever wave, may not get a second one.

    `holders` are the entries of the living grants. A place is known by its SIRET and its commune.
    """
    labelled = {(holder.siret, holder.commune_code): holder.candidature_id for holder in holders}
    competing = {}
    for key, entry in entries.items():
        # Its own grant does not stand against it.
        holder = labelled.get((entry.siret, entry.commune_code), key)
        if holder != key:
            entry = replace(
                entry,
                eligible=False,
                ineligible_because=(kept_reason(ALREADY_LABELLED),),
            )
        competing[key] = entry
    return competing


def _entered(wave: WaveState, before: Entry, after: Entry) -> Decision:
    """The entry as it now is, counted in its wave.

    Of a withdrawn one the word is the same: it must not tell which of two streams was read first.
    """
    return Decision("entered", changes=(after, counted(wave, before, after)))
