"""Two front-ends bring the same project: an officer decides whose it is."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.intake.domain.answers import Answers, Attempt
from services.intake.domain.counter import Counter, Sending
from services.intake.domain.dossier import Dossier
from services.intake.domain.filing import CONTESTED, decide_sending, refuse
from services.intake.domain.public_status import status_of, status_without_dossier
from services.intake.domain.sentences import (
    ANOTHERS_PROJECT,
    CONTEST_REJECTED,
    contest_rejected,
    contest_upheld,
)
from services.intake.domain.withdrawal import told_to_the_others, withdrawn
from shared.contract.answers import AnswerContested, AnswerRefused
from shared.contract.backoffice import ContestDecided
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRefused
from shared.contract.values import Reason
from shared.value import value

ContestState = Literal["open", "rejected", "upheld"]


@value
class Contest:
    """The file that came second, as it was sent; `against` is the dossier that holds the project."""

    candidature_id: str
    front_end: str
    state: ContestState
    wave: str
    against: str
    received_at: datetime
    sequence: int
    content_sequence: int
    receipt_code: str
    content: str

    @property
    def sending(self) -> Sending:
        return Sending(
            event=CandidatureSubmitted.model_validate_json(self.content),
            now=self.received_at,
            sequence=self.sequence,
            order=self.content_sequence,
            front_end=self.front_end,
            code=self.receipt_code,
        )


def answer_sending(
    counter: Counter, sending: Sending, known: Contest | None, attempt: Attempt
) -> Decision:
    """What becomes of one sending, with the one answer to it. `known` is a contest it opened before."""
    decision = decide_sending(counter, sending)
    if decision.result == CONTESTED:
        return contest(counter, sending, known, attempt)
    return Answers(counter.programme, counter.waves).to_attempt(decision, counter.dossier, attempt)


def contest(
    counter: Counter, sending: Sending, known: Contest | None, attempt: Attempt
) -> Decision:
    """The file waits for an officer. Its sender learns that there is another one, and nothing of it."""
    assert counter.claim and counter.wave
    event = sending.event
    against = counter.claim.candidature_id
    if counter.dossier and counter.dossier.receipt_number:
        return _refused(
            event.candidature_id,
            ANOTHERS_PROJECT,
            attempt,
            sending.now,
            counter.dossier,
        )
    if known and known.state != "open" and known.against == against:
        return _refused(event.candidature_id, CONTEST_REJECTED, attempt, sending.now)
    answer = AnswerContested(candidature_id=event.candidature_id, **attempt)
    content = event.model_dump_json()
    if known and known.state == "open" and _adds_nothing(known, sending, against, content):
        return Decision("duplicate", facts=(answer,))
    opened = Contest(
        candidature_id=event.candidature_id,
        front_end=sending.front_end,
        state="open",
        wave=counter.wave.id,
        against=against,
        received_at=sending.now,
        sequence=sending.sequence,
        content_sequence=sending.order,
        receipt_code=sending.code,
        content=content,
    )
    status = status_without_dossier(
        opened.front_end, opened.candidature_id, "contested", opened.received_at
    )
    return Decision(CONTESTED, (ANOTHERS_PROJECT,), (status, answer), (opened,))


def _adds_nothing(known: Contest, sending: Sending, against: str, content: str) -> bool:
    """Sent again while it waits. Where the project changed hands, it waits against the new holder."""
    is_older = sending.order < known.content_sequence
    return is_older or (known.against == against and known.content == content)


def decide_contest(
    counter: Counter,
    known: Contest,
    first: Dossier | None,
    act: ContestDecided,
    now: datetime,
) -> Decision:
    """Upheld while the wave is open: the second file takes the project, at its own place; else it is refused.

    The contestant's front-end hears the answer as news. `counter` is as it was when the second file came.
    """
    if known.state != "open":
        return nothing("duplicate")
    if counter.claim and counter.claim.candidature_id == known.candidature_id:
        # The first file gave the project up, and this one was sent again: it has what it contested.
        return Decision("has-it-already", changes=(replace(known, state="upheld"),))
    if not act.upheld:
        reasons = (contest_rejected(act.reason),)
        return _rejected(
            counter,
            known,
            refuse(known.candidature_id, reasons, known.front_end, now),
        )
    if counter.claim and counter.claim.candidature_id not in (
        "",
        known.candidature_id,
        known.against,
    ):
        # The officer compared it with a file that gave the project up: another one has it since.
        return Decision(
            "overtaken",
            changes=(replace(known, against=counter.claim.candidature_id),),
        )
    decision = decide_sending(replace(counter, claim=None), replace(known.sending, decided_at=now))
    if decision.result == "refused":
        return _rejected(counter, known, decision)
    facts, changes = _displaced(first, act, now)
    return Decision(
        decision.result,
        facts=(*facts, *decision.facts, _news(counter, known, decision)),
        changes=(*changes, *decision.changes, replace(known, state="upheld")),
    )


def _rejected(counter: Counter, known: Contest, refusal: Decision) -> Decision:
    return replace(
        refusal,
        facts=(*refusal.facts, _news(counter, known, refusal)),
        changes=(replace(known, state="rejected"),),
    )


def _news(counter: Counter, known: Contest, decision: Decision) -> Event:
    answers = Answers(counter.programme, counter.waves)
    return answers.answer(decision, None, {"front_end": known.front_end})


def _displaced(
    first: Dossier | None, act: ContestDecided, now: datetime
) -> tuple[tuple[Event, ...], tuple[Dossier, ...]]:
    """The first file leaves the wave as a withdrawn one does, and its holder is told why."""
    if first is None or first.is_gone:
        return (), ()
    reasons = (contest_upheld(act.reason),)
    gone = withdrawn(first, now)
    facts = (
        *told_to_the_others(first),
        CandidatureRefused(candidature_id=first.candidature_id, reasons=reasons),
        status_of(gone, reasons, "refused"),
        AnswerRefused(
            front_end=first.front_end,
            candidature_id=first.candidature_id,
            reasons=reasons,
        ),
    )
    return facts, (gone,)


def _refused(
    candidature_id: str,
    why: Reason,
    attempt: Attempt,
    now: datetime,
    dossier: Dossier | None = None,
) -> Decision:
    decision = refuse(candidature_id, (why,), attempt["front_end"], now, dossier)
    answer = AnswerRefused(candidature_id=candidature_id, reasons=(why,), **attempt)
    return replace(decision, facts=(*decision.facts, answer))
