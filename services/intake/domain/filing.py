"""What becomes of one sending: registered, changed, pieces asked for, contested, or refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from services.intake.domain import sentences
from services.intake.domain.claims import ProjectClaim, project_key
from services.intake.domain.counter import Counter, Sending
from services.intake.domain.dossier import Dossier
from services.intake.domain.mistakes import mistakes
from services.intake.domain.pieces import with_pieces
from services.intake.domain.public_status import status_without_dossier
from services.intake.domain.registration import register
from services.intake.domain.stated import stated_by
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.intake import CandidatureAlreadyRegistered, CandidatureRefused
from shared.contract.values import Reason
from shared.programme.values import PIECES

CONTESTED = "contested"


def decide_sending(counter: Counter, sending: Sending) -> Decision:
    """Registers the file or its new version, asks for pieces, refuses it with every reason, or nothing."""
    event = sending.event
    dossier = counter.dossier
    content = event.model_dump_json()
    if dossier and dossier.receipt_number and dossier.content == content:
        return nothing("duplicate")
    if dossier and sending.order < dossier.content_sequence:
        return nothing("superseded")
    if reasons := (*mistakes(counter, stated_by(event), sending.now), *sending.against):
        return refuse(
            event.candidature_id,
            reasons,
            sending.front_end,
            sending.answered_at,
            dossier,
        )
    wave = counter.wave
    assert wave and counter.commune_code  # else there were reasons
    if counter.claim and counter.is_claimed_by_another(event.candidature_id):
        return _claimed(counter, counter.claim, sending)
    key = project_key(event.holder.siret, counter.commune_code, wave.id)
    return register(counter, sending, wave, key, content)


def _claimed(counter: Counter, claim: ProjectClaim, sending: Sending) -> Decision:
    """The same front-end hears the first receipt; another one's file is an officer's to decide."""
    if counter.claimed_by != sending.front_end:
        return nothing(CONTESTED)
    number = claim.receipt_number
    fact = CandidatureAlreadyRegistered(
        candidature_id=sending.event.candidature_id, receipt_number=number
    )
    return Decision("already-registered", (sentences.already_registered(number),), (fact,))


def complete_pieces(counter: Counter, sending: Sending, pieces: Mapping[str, str]) -> Decision:
    """`sending` is the file as it stands, sent again now with these pieces: every rule is asked again."""
    dossier = counter.dossier
    if dossier and dossier.content_sequence >= sending.order:
        return nothing("superseded")
    if not PIECES.issuperset(pieces):
        reasons = (sentences.piece_unknown(PIECES),)
        return refuse(
            sending.event.candidature_id,
            reasons,
            sending.front_end,
            sending.now,
            dossier,
        )
    return decide_sending(counter, replace(sending, event=with_pieces(sending.event, pieces)))


def refuse(
    candidature_id: str,
    reasons: tuple[Reason, ...],
    front_end: str,
    now: datetime,
    dossier: Dossier | None = None,
) -> Decision:
    """A file that was registered stays as it was: only the change is refused."""
    refused = CandidatureRefused(candidature_id=candidature_id, reasons=reasons)
    facts: tuple[Event, ...] = (refused,)
    if dossier is None or not dossier.receipt_number:
        facts = (
            refused,
            status_without_dossier(front_end, candidature_id, "refused", now, reasons),
        )
    return Decision("refused", reasons, facts)
