"""Two front-ends bring one project: the rules, without a bus."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.intake.domain.contests import Contest, contest, decide
from services.intake.domain.filing import (
    Counter,
    Dossier,
    ProjectClaim,
    Sending,
    WaveState,
    decide_sending,
    label_key,
    project_key,
)
from shared.contract.answers import AnswerContested, AnswerRefused
from shared.contract.backoffice import ContestDecided
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRefused, CandidatureRegistered, CandidatureWithdrawn
from shared.contract.values import Actor, Role
from shared.programme import load_programme
from tests.conftest import SHIPPED_PROGRAMME
from tests.submissions import COMMUNE, OPEN_DAY, submission

PROGRAMME = load_programme(SHIPPED_PROGRAMME)
NOW = datetime.fromisoformat(OPEN_DAY)
WAVE = PROGRAMME.waves[0]
WAVES = {wave.id: WaveState(wave.id) for wave in PROGRAMME.waves}
ATTEMPT = {"front_end": "holders", "attempt_id": None, "stream": "FRONTDESK_HOLDERS", "sequence": 9}
FILE = CandidatureSubmitted.model_validate(submission()[1])
FIRST = Dossier(
    candidature_id=submission()[0],
    front_end="portal",
    status="registered",
    wave=WAVE.id,
    version=1,
    receipt_number="FABT-2020-4-B00003",
    receipt_place="B00003",
    receipt_sequence=3,
    received_at=NOW,
    content_sequence=3,
    content=FILE.model_dump_json(),
    project_key=project_key(FILE.holder.siret, COMMUNE, WAVE.id),
)
CLAIM = ProjectClaim(FIRST.project_key, FIRST.candidature_id, FIRST.receipt_number)
SENDING = Sending(FILE, NOW, 9, 9, "holders")


def counter(**changes: Any) -> Counter:
    known = Counter(PROGRAMME, WAVES, WAVE, None, COMMUNE, None, None, CLAIM, None, "portal")
    return replace(known, **changes)


def opened() -> Contest:
    [kept] = contest(counter(), SENDING, None, ATTEMPT).changes
    assert isinstance(kept, Contest)
    return kept


def act(upheld: bool) -> ContestDecided:
    actor = Actor(id="officer-1", role=Role.INSTRUCTOR)
    return ContestDecided(candidature_id=FILE.candidature_id, upheld=upheld, actor=actor, reason="Le bail fait foi.")


def test_given_anothers_project_when_a_file_comes_then_it_waits_and_its_sender_learns_nothing_of_the_first() -> None:
    decision = contest(counter(), SENDING, None, ATTEMPT)
    assert [type(fact) for fact in decision.facts if isinstance(fact, AnswerContested)] == [AnswerContested]
    told = "".join(fact.model_dump_json() for fact in decision.facts)
    assert FIRST.receipt_number not in told
    assert FIRST.candidature_id not in told


def test_given_anothers_label_then_the_refusal_tells_what_the_published_list_does_and_nothing_of_its_dossier() -> None:
    """That a place has the label is public from the moment it is awarded, and the same is told whoever brought it."""
    label = ProjectClaim(label_key(FILE.holder.siret, COMMUNE), FIRST.candidature_id, FIRST.receipt_number)
    decision = decide_sending(counter(claim=None, label=label), SENDING)
    assert [reason.code for reason in decision.reasons] == ["already-labelled"]
    told = "".join(fact.model_dump_json() for fact in decision.facts)
    assert not [word for word in (FIRST.receipt_number, FIRST.candidature_id, FIRST.front_end) if word in told]


def test_given_an_open_contest_when_the_file_is_sent_again_then_it_has_the_same_answer_and_changes_nothing() -> None:
    decision = contest(counter(), SENDING, opened(), ATTEMPT)
    assert decision.changes == ()
    assert [type(fact) for fact in decision.facts] == [AnswerContested]


def test_given_a_registered_dossier_when_it_changes_to_anothers_project_then_the_change_alone_is_refused() -> None:
    own = replace(FIRST, candidature_id=FILE.candidature_id, front_end="holders")
    decision = contest(counter(dossier=own), SENDING, None, ATTEMPT)
    assert (decision.result, decision.changes) == ("refused", ())
    assert [type(fact) for fact in decision.facts] == [CandidatureRefused, AnswerRefused]


def test_given_a_contest_when_it_is_upheld_then_the_second_takes_the_project_and_the_first_is_told_why() -> None:
    decision = decide(counter(), opened(), FIRST, act(upheld=True), NOW)
    kinds = [type(fact) for fact in decision.facts]
    assert {CandidatureWithdrawn, CandidatureRefused, CandidatureRegistered} <= set(kinds)
    states = {state.candidature_id: state for state in decision.changes if isinstance(state, Dossier)}
    assert states[FIRST.candidature_id].status == "withdrawn"
    assert states[FILE.candidature_id].receipt_number == "FABT-2020-4-00009"
    [claim] = [state for state in decision.changes if isinstance(state, ProjectClaim)]
    assert claim.candidature_id == FILE.candidature_id
    [told] = [fact for fact in decision.facts if isinstance(fact, AnswerRefused)]
    assert (told.front_end, told.reasons[0].code) == ("portal", "contest-upheld")


def test_given_a_contest_when_it_is_rejected_then_the_second_is_refused_and_stays_so() -> None:
    decision = decide(counter(), opened(), FIRST, act(upheld=False), NOW)
    [kept] = decision.changes
    assert decision.reasons[0].code == "contest-rejected"
    assert decide(counter(), kept, FIRST, act(upheld=True), NOW).result == "duplicate"
    assert contest(counter(), SENDING, kept, ATTEMPT).result == "refused"


def test_given_a_closed_wave_when_a_contest_is_upheld_then_it_is_too_late_for_both() -> None:
    decision = decide(counter(wave=None), opened(), FIRST, act(upheld=True), NOW)
    assert decision.result == "refused"
    assert [type(state) for state in decision.changes] == [Contest]
