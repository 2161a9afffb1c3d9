"""A file that no rule speaks against: its receipt, the project it claims, what the others are told."""

from dataclasses import replace
from datetime import date

from services.intake.domain.claims import ProjectClaim, claim_of, freed
from services.intake.domain.counter import Counter, Sending
from services.intake.domain.dossier import Dossier
from services.intake.domain.pieces import missing_pieces
from services.intake.domain.public_status import status_of
from services.intake.domain.reading import EarlierVersion, replaced
from services.intake.domain.receipts import receipt_of, receipt_place, receipt_sequence
from services.intake.domain.waves import Waves, WaveState, deadline_of, last_day
from shared.contract.decision import Decision
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidaturePiecesRequested, CandidatureRegistered
from shared.programme import Programme, Wave, promises


def register(counter: Counter, sending: Sending, wave: Wave, key: str, content: str) -> Decision:
    """Registers a complete file, or asks for what it lacks. Either way the project is claimed."""
    dossier = _filed(counter, sending, wave, key, content)
    claims = [claim_of(dossier)]
    before = counter.dossier
    if before and before.project_key not in ("", key):
        claims.append(freed(before.project_key))
    missing = missing_pieces(counter.programme, sending.event)
    if missing and dossier.status != "registered":
        return _ask_for_pieces(
            counter, replace(dossier, status="incomplete"), missing, tuple(claims)
        )
    return _take(counter, sending.event, dossier, (*claims, *replaced(before, sending.now)))


def _filed(counter: Counter, sending: Sending, wave: Wave, key: str, content: str) -> Dossier:
    """The dossier with this content. A word of another service that came after the sending stays."""
    dossier = counter.dossier
    if dossier is None or not dossier.receipt_number:
        dossier = _opened(counter.programme, sending, wave)
    told_later = dossier.outcome_at is not None and dossier.outcome_at > sending.now
    return replace(
        dossier,
        content_sequence=sending.order,
        content=content,
        project_key=key,
        public_key=sending.event.holder.public_key,
        outcome=dossier.outcome if told_later else None,
        outcome_at=dossier.outcome_at if told_later else None,
        since=dossier.outcome_at if told_later else sending.answered_at,
    )


def _opened(programme: Programme, sending: Sending, wave: Wave) -> Dossier:
    """A first file. Whatever is sent later, its receipt and its place among the others stay."""
    place = receipt_place(sending)
    return Dossier(
        candidature_id=sending.event.candidature_id,
        front_end=sending.front_end,
        status="new",
        wave=wave.id,
        version=0,
        receipt_number=receipt_of(programme, wave, place),
        receipt_place=place,
        receipt_sequence=receipt_sequence(sending),
        received_at=sending.now,
        content_sequence=sending.order,
        content="",
        project_key="",
    )


def _take(
    counter: Counter,
    file: CandidatureSubmitted,
    dossier: Dossier,
    claims: tuple[ProjectClaim | EarlierVersion, ...],
) -> Decision:
    """The first version counts in its wave; a later one is a change."""
    changes: tuple[ProjectClaim | EarlierVersion | WaveState, ...] = claims
    if dossier.status != "registered":
        state = counter.waves.get(dossier.wave) or WaveState(dossier.wave)
        changes = (*claims, replace(state, registered=state.registered + 1))
    taken = replace(dossier, status="registered", version=dossier.version + 1)
    result = "registered" if taken.version == 1 else "changed"
    facts = (_registered(counter, file, taken), status_of(taken))
    return Decision(result, facts=facts, changes=(taken, *changes))


def _ask_for_pieces(
    counter: Counter, dossier: Dossier, missing: tuple[str, ...], claims: tuple[ProjectClaim, ...]
) -> Decision:
    wave = counter.programme.wave(dossier.wave)
    assert wave
    fact = CandidaturePiecesRequested(
        candidature_id=dossier.candidature_id,
        missing=missing,
        complete_before=deadline_of(counter.programme, counter.waves, wave),
        received_at=dossier.received_at.astimezone(counter.programme.zone),
    )
    return Decision(
        "pieces-requested", facts=(fact, status_of(dossier)), changes=(dossier, *claims)
    )


def _registered(
    counter: Counter, file: CandidatureSubmitted, dossier: Dossier
) -> CandidatureRegistered:
    """What the next services need, and nobody's personal data."""
    programme = counter.programme
    return CandidatureRegistered(
        candidature_id=dossier.candidature_id,
        receipt_number=dossier.receipt_number,
        receipt_sequence=dossier.receipt_sequence,
        wave=dossier.wave,
        version=dossier.version,
        received_at=dossier.received_at.astimezone(programme.zone),
        answer_due_on=answer_due_on(programme, counter.waves, dossier).isoformat(),
        legal_name=file.holder.legal_name,
        siret=file.holder.siret,
        legal_form=file.holder.legal_form,
        place_name=file.place.name,
        kinds=file.place.kinds,
        commune_code=counter.commune_code or file.place.commune_code,
        commune_given=file.place.commune_code,
        postal_code=counter.postal_code,
        latitude=file.place.latitude,
        longitude=file.place.longitude,
        declared_qpv=file.place.declared_qpv,
        declared_zones=file.place.declared_zones,
        requested_cents=file.budget.requested_cents,
        support_needs=file.project.support_needs,
        public_key=file.holder.public_key,
        front_end=dossier.front_end,
    )


def answer_due_on(programme: Programme, waves: Waves, dossier: Dossier) -> date:
    """The day on which silence is a refusal, as the receipt tells it."""
    wave = programme.wave(dossier.wave)
    assert wave
    return promises.answer_due_on(programme, last_day(waves.get(wave.id), wave))
