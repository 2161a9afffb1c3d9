"""What the other services say of a registered file, and what its holder reads of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from services.intake.domain.claims import ProjectClaim, freed, label_of
from services.intake.domain.dossier import Dossier, OutcomeWord
from services.intake.domain.public_status import status_of
from shared.contract.answers import AnswerDecided
from shared.contract.decision import Decision, nothing
from shared.contract.eligibility import EligibilityChecked, for_the_holder
from shared.contract.funding import AwardCancelled, CandidatureReexamined
from shared.contract.values import Outcome, Reason


def hear(dossier: Dossier, word: OutcomeWord, at: datetime) -> Dossier | None:
    """The dossier with another service's word; None where a later word or its withdrawal came before."""
    if dossier.is_gone:
        return None
    if dossier.outcome_at and at < dossier.outcome_at:
        return None
    return replace(dossier, outcome=word, outcome_at=at, since=at)


def follow(
    dossier: Dossier,
    word: OutcomeWord,
    at: datetime,
    reasons: tuple[Reason, ...] = (),
) -> Decision:
    """The holder reads the latest word, and why."""
    told = hear(dossier, word, at)
    if told is None:
        return nothing("superseded")
    return Decision(word, reasons, (status_of(told, reasons),), (told,))


def agree(dossier: Dossier, due_on: Sequence[date], at: datetime) -> Decision:
    """The holder reads that the agreement is signed, and the day of each tranche."""
    if dossier.is_gone:
        return nothing("superseded")
    planned = _planned(dossier, due_on)
    told = hear(planned, "agreed", at) or planned
    return Decision("agreed", facts=(status_of(told),), changes=(told,))


def amend(dossier: Dossier, due_on: Sequence[date]) -> Decision:
    """The days as an amendment leaves them. Of a withheld tranche the status goes on saying why."""
    if dossier.is_gone:
        return nothing("superseded")
    planned = _planned(dossier, due_on)
    facts = () if planned.outcome == "tranche-withheld" else (status_of(planned),)
    return Decision("amended", facts=facts, changes=(planned,))


def _planned(dossier: Dossier, due_on: Sequence[date]) -> Dossier:
    return replace(dossier, due_on=tuple(day.isoformat() for day in due_on))


def follow_eligibility(dossier: Dossier, checked: EligibilityChecked, at: datetime) -> Decision:
    reasons = for_the_holder(checked.reasons)
    if checked.eligible:
        return follow(dossier, "eligible", at, reasons)
    return follow(dossier, "ineligible", at, reasons)


def follow_appeal(dossier: Dossier, examined: CandidatureReexamined, at: datetime) -> Decision:
    """The holder sees that the appeal was answered; what follows from it comes as a fact of its own.

    The status of a laureate goes on telling of the grant, and so does the time that its file is kept.
    """
    if examined.outcome_before is Outcome.LAUREATE:
        return nothing("already-laureate")
    if examined.upheld:
        return follow(dossier, "appeal-upheld", at, examined.reasons)
    return follow(dossier, "appeal-rejected", at, examined.reasons)


def award(dossier: Dossier, at: datetime) -> Decision:
    """A laureate's place has the label from now on: no other file may be for it."""
    return decided(dossier, Outcome.LAUREATE, at, (), label_of(dossier))


def decided(
    dossier: Dossier,
    outcome: Outcome,
    at: datetime,
    reasons: tuple[Reason, ...],
    *changes: ProjectClaim,
) -> Decision:
    """The decision is told, and the label kept, even where a later word is what the holder reads already."""
    if dossier.is_gone:
        return nothing("erased" if dossier.status == "erased" else "withdrawn")
    answer = AnswerDecided(
        front_end=dossier.front_end,
        candidature_id=dossier.candidature_id,
        outcome=outcome,
        reasons=reasons,
    )
    told = hear(dossier, outcome.value, at)
    if told is None:
        return Decision(outcome.value, reasons, (answer,), changes)
    return Decision(
        outcome.value,
        reasons,
        (answer, status_of(told, reasons)),
        (told, *changes),
    )


def cancel_award(
    dossier: Dossier,
    labels: Sequence[ProjectClaim],
    cancelled: AwardCancelled,
    at: datetime,
) -> Decision:
    """Its `labels` are free again, unless another dossier of the same place has them by now."""
    decision = follow(dossier, "cancelled", at, cancelled.reasons)
    own = [freed(label.key) for label in labels if label.candidature_id == dossier.candidature_id]
    return replace(decision, changes=(*decision.changes, *own))
