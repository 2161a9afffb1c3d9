"""What the counter tells a dossier's own front-end: one answer for each attempt, and news. No I/O."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.intake.domain.filing import Dossier, WaveState, answer_due_on, deadline_of, missing_pieces
from shared.contract.answers import (
    Answer,
    AnswerAlreadyRegistered,
    AnswerPiecesRequested,
    AnswerRefused,
    AnswerRegistered,
    AnswerWithdrawn,
)
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureAlreadyRegistered, CandidaturePiecesRequested, CandidatureRefused
from shared.kit.answering import attempt_of
from shared.kit.delivery import Arrival
from shared.programme import Programme
from shared.value import value

TOLD: dict[type[Event], type[Answer]] = {
    CandidatureRefused: AnswerRefused,
    CandidatureAlreadyRegistered: AnswerAlreadyRegistered,
    CandidaturePiecesRequested: AnswerPiecesRequested,
}


@value
class Answers:
    """`waves` are needed to say until when pieces may come."""

    programme: Programme
    waves: Mapping[str, WaveState]

    def to_attempt(self, decision: Decision, dossier: Dossier | None, at: Arrival) -> Decision:
        """The decision with its one answer. Where nothing changed, it is the dossier as it stands: a retry hears it."""
        return replace(decision, facts=(*decision.facts, self.answer(decision, dossier, attempt_of(at))))

    def answer(self, decision: Decision, dossier: Dossier | None, attempt: Mapping[str, Any]) -> Answer:
        refusals = [
            fact for fact in decision.facts if isinstance(fact, CandidatureRefused | CandidatureAlreadyRegistered)
        ]
        if refusals:
            return _told(refusals[0], attempt)
        kept = [state for state in decision.changes if isinstance(state, Dossier)]
        standing = kept[-1] if kept else dossier
        assert standing
        return self._standing(standing, {"candidature_id": standing.candidature_id, **attempt})

    def _standing(self, dossier: Dossier, head: Mapping[str, Any]) -> Answer:
        if dossier.status == "withdrawn":
            return AnswerWithdrawn(**head, wave=dossier.wave)
        if dossier.status == "incomplete":
            wave = self.programme.wave(dossier.wave)
            assert wave
            missing = missing_pieces(self.programme, CandidatureSubmitted.model_validate_json(dossier.content))
            deadline = deadline_of(self.programme, self.waves, wave)
            return AnswerPiecesRequested(**head, missing=missing, complete_before=deadline)
        return AnswerRegistered(
            **head,
            receipt_number=dossier.receipt_number,
            wave=dossier.wave,
            version=dossier.version,
            received_at=dossier.received_at.astimezone(self.programme.zone),
            answer_due_on=answer_due_on(self.programme, dossier),
        )


def with_news(decision: Decision) -> Decision:
    """What a decision on many dossiers, such as a wave's closing, says to the front-end of each."""
    owners = {state.candidature_id: state.front_end for state in decision.changes if isinstance(state, Dossier)}
    news = [_told(fact, {"front_end": owners[fact.dossier]}) for fact in decision.facts if type(fact) in TOLD]
    return replace(decision, facts=(*decision.facts, *news))


def _told(fact: Event, head: Mapping[str, Any]) -> Answer:
    return TOLD[type(fact)](**dict(fact), **head)
