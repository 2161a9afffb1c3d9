"""What the counter tells a dossier's own front-end: one answer for each attempt, and news."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.intake.domain.dossier import Dossier
from services.intake.domain.pieces import missing_pieces
from services.intake.domain.registration import answer_due_on
from services.intake.domain.waves import Waves, deadline_of
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
from shared.contract.intake import (
    CandidatureAlreadyRegistered,
    CandidaturePiecesRequested,
    CandidatureRefused,
)
from shared.programme import Programme
from shared.value import value

TOLD: dict[type[Event], type[Answer]] = {
    CandidatureRefused: AnswerRefused,
    CandidatureAlreadyRegistered: AnswerAlreadyRegistered,
    CandidaturePiecesRequested: AnswerPiecesRequested,
}

# Whose attempt is answered, and its place in the log; of news, whose it is alone.
Attempt = Mapping[str, Any]


@value
class Answers:
    """`waves` are needed to say until when pieces may come."""

    programme: Programme
    waves: Waves

    def to_attempt(self, decision: Decision, dossier: Dossier | None, attempt: Attempt) -> Decision:
        """The decision with its one answer. Where nothing changed, a retry hears the dossier as it stands."""
        answer = self.answer(decision, dossier, attempt)
        return replace(decision, facts=(*decision.facts, answer))

    def answer(self, decision: Decision, dossier: Dossier | None, attempt: Attempt) -> Answer:
        """A refusal with its reasons, or else how the dossier stands after the decision."""
        for fact in decision.facts:
            if isinstance(fact, CandidatureRefused | CandidatureAlreadyRegistered):
                return _told(fact, attempt)
        kept = [state for state in decision.changes if isinstance(state, Dossier)]
        standing = kept[-1] if kept else dossier
        assert standing
        return self._standing(standing, {"candidature_id": standing.candidature_id, **attempt})

    def _standing(self, dossier: Dossier, head: Mapping[str, Any]) -> Answer:
        if dossier.status == "withdrawn":
            return AnswerWithdrawn(**head, wave=dossier.wave)
        if dossier.status == "incomplete":
            return self._incomplete(dossier, head)
        return AnswerRegistered(
            **head,
            receipt_number=dossier.receipt_number,
            wave=dossier.wave,
            version=dossier.version,
            received_at=dossier.received_at.astimezone(self.programme.zone),
            answer_due_on=answer_due_on(self.programme, self.waves, dossier),
        )

    def _incomplete(self, dossier: Dossier, head: Mapping[str, Any]) -> Answer:
        wave = self.programme.wave(dossier.wave)
        assert wave
        file = CandidatureSubmitted.model_validate_json(dossier.content)
        return AnswerPiecesRequested(
            **head,
            missing=missing_pieces(self.programme, file),
            complete_before=deadline_of(self.programme, self.waves, wave),
        )


def with_news(decision: Decision) -> Decision:
    """What a decision on many dossiers, such as a wave's closing, says to the front-end of each."""
    owners = {
        state.candidature_id: state.front_end
        for state in decision.changes
        if isinstance(state, Dossier)
    }
    told = [fact for fact in decision.facts if type(fact) in TOLD]
    news = [_told(fact, {"front_end": owners[fact.dossier]}) for fact in told]
    return replace(decision, facts=(*decision.facts, *news))


def _told(fact: Event, attempt: Attempt) -> Answer:
    return TOLD[type(fact)](**dict(fact), **attempt)
