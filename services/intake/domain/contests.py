"""Two front-ends bring the same project: an officer decides whose it is. No I/O."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.intake.domain.filing import CONTESTED, Counter, Dossier, Sending, decide_sending, refuse, status_of
from shared.contract.answers import AnswerContested, AnswerRefused
from shared.contract.backoffice import ContestDecided
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRefused, CandidatureWithdrawn, DossierStatus
from shared.contract.values import Reason
from shared.value import value

OPEN, REJECTED, UPHELD = "open", "rejected", "upheld"
MESSAGE_MAX = 500
ANOTHERS = Reason(code="same-project", message="Ce projet est déjà enregistré par un autre guichet.")
DECIDED = Reason(code="contest-rejected", message="Un agent a décidé : ce projet est celui d'un autre dossier.")


@value
class Contest:
    """The file that came second, as it was sent; `against` is the dossier that holds the project."""

    candidature_id: str
    front_end: str
    state: str
    wave: str
    against: str
    received_at: datetime
    sequence: int
    content_sequence: int
    receipt_code: str
    content: str

    @property
    def sending(self) -> Sending:
        file = CandidatureSubmitted.model_validate_json(self.content)
        return Sending(file, self.received_at, self.sequence, self.content_sequence, self.front_end, self.receipt_code)


def contest(counter: Counter, sending: Sending, known: Contest | None, attempt: Mapping[str, Any]) -> Decision:
    """The file waits for an officer. Its sender learns that there is another one, and nothing of it."""
    assert counter.claim and counter.wave
    event, against = sending.event, counter.claim.candidature_id
    if counter.dossier and counter.dossier.receipt_number:
        return _refused(event.candidature_id, ANOTHERS, attempt, sending.now, counter.dossier)
    if known and known.state != OPEN and known.against == against:
        return _refused(event.candidature_id, DECIDED, attempt, sending.now)
    answer = AnswerContested(candidature_id=event.candidature_id, **attempt)
    content = event.model_dump_json()
    if known and (known.content == content or sending.order < known.content_sequence):
        return Decision("duplicate", facts=(answer,))
    opened = Contest(
        candidature_id=event.candidature_id,
        front_end=sending.front_end,
        state=OPEN,
        wave=counter.wave.id,
        against=against,
        received_at=sending.now,
        sequence=sending.sequence,
        content_sequence=sending.order,
        receipt_code=sending.code,
        content=content,
    )
    return Decision(CONTESTED, (ANOTHERS,), (_status(opened), answer), (opened,))


def decide(counter: Counter, known: Contest, first: Dossier | None, act: ContestDecided, now: datetime) -> Decision:
    """Upheld while the wave is open: the second file takes the project, at its own place; else it is refused.

    The answer to the contestant is left to say, except for a refusal by the officer.
    """
    if known.state != OPEN:
        return nothing("duplicate")
    if not act.upheld:
        why = DECIDED.model_copy(update={"message": f"{DECIDED.message} {act.reason}"[:MESSAGE_MAX]})
        decision = refuse(known.candidature_id, (why,), known.front_end, now)
        return replace(decision, changes=(replace(known, state=REJECTED),))
    decision = decide_sending(replace(counter, claim=None), known.sending)
    if decision.result == "refused":
        return replace(decision, changes=(replace(known, state=REJECTED),))
    facts, changes = _displaced(first, act, now) if first and first.status != "withdrawn" else ((), ())
    return Decision(
        decision.result,
        facts=(*facts, *decision.facts),
        changes=(*changes, *decision.changes, replace(known, state=UPHELD)),
    )


def _displaced(first: Dossier, act: ContestDecided, now: datetime) -> tuple[tuple[Event, ...], tuple[Any, ...]]:
    """The first file leaves the wave as a withdrawn one does, and its holder is told why."""
    message = f"Un agent a décidé : ce projet est celui d'un autre dossier. {act.reason}"[:MESSAGE_MAX]
    reasons = (Reason(code="contest-upheld", message=message),)
    gone = replace(first, status="withdrawn", outcome=None, outcome_at=None, since=now)
    facts: tuple[Event, ...] = (
        CandidatureRefused(candidature_id=first.candidature_id, reasons=reasons),
        status_of(gone, reasons, "refused"),
        AnswerRefused(front_end=first.front_end, candidature_id=first.candidature_id, reasons=reasons),
    )
    if first.version:
        facts = (CandidatureWithdrawn(candidature_id=first.candidature_id, wave=first.wave), *facts)
    return facts, (gone,)


def _refused(
    candidature_id: str, why: Reason, attempt: Mapping[str, Any], now: datetime, dossier: Dossier | None = None
) -> Decision:
    decision = refuse(candidature_id, (why,), attempt["front_end"], now, dossier)
    answer = AnswerRefused(candidature_id=candidature_id, reasons=(why,), **attempt)
    return replace(decision, facts=(*decision.facts, answer))


def _status(opened: Contest) -> DossierStatus:
    return DossierStatus(
        front_end=opened.front_end, candidature_id=opened.candidature_id, status=CONTESTED, since=opened.received_at
    )
