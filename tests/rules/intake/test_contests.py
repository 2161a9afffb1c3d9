"""Two front-ends bring one project: an officer decides whose it is, while the wave is open."""

from typing import Any

import pytest

from services.intake.domain.claims import ProjectClaim
from services.intake.domain.contests import Contest, contest, decide_contest
from services.intake.domain.counter import Counter
from services.intake.domain.dossier import Dossier
from shared.contract.answers import (
    AnswerContested,
    AnswerPiecesRequested,
    AnswerRefused,
    AnswerRegistered,
)
from shared.contract.backoffice import ContestDecided
from shared.contract.intake import (
    CandidatureRefused,
    CandidatureRegistered,
    CandidatureWithdrawn,
    DossierStatus,
)
from tests.rules.intake import given
from tests.rules.intake.given import (
    ATTEMPT,
    HOLDERS,
    LATER,
    OFFICER,
    PORTAL,
    REASON,
    a_dossier,
    a_file,
    codes,
    facts,
    said,
)

FILE = a_file(9)
FIRST = a_dossier(
    a_file(3),
    front_end=PORTAL,
    receipt_number="FABT-2020-4-B00003",
    project_key=a_dossier(FILE).project_key,
)
SENDING = given.sent(FILE, sequence=9)


def counter(**changes: Any) -> Counter:
    """The project is that of the portal's dossier."""
    return given.counter(**given.claimed_by(FIRST) | changes)


def opened() -> Contest:
    [kept] = contest(counter(), SENDING, None, ATTEMPT).changes
    assert isinstance(kept, Contest)
    return kept


def act(upheld: bool) -> ContestDecided:
    return ContestDecided(
        candidature_id=FILE.candidature_id, upheld=upheld, actor=OFFICER, reason=REASON
    )


def test_given_anothers_project_when_a_file_comes_then_it_waits_and_learns_nothing_of_the_first() -> (
    None
):
    decision = contest(counter(), SENDING, None, ATTEMPT)
    assert [type(fact) for fact in decision.facts if isinstance(fact, AnswerContested)] == [
        AnswerContested
    ]
    told = "".join(fact.model_dump_json() for fact in decision.facts)
    assert FIRST.receipt_number not in told
    assert FIRST.candidature_id not in told


def test_given_an_open_contest_when_the_file_is_sent_again_then_its_answer_is_the_same() -> None:
    decision = contest(counter(), SENDING, opened(), ATTEMPT)
    assert (decision.result, decision.changes) == ("duplicate", ())
    assert [type(fact) for fact in decision.facts] == [AnswerContested]


def test_given_a_registered_dossier_when_it_moves_to_anothers_project_then_the_change_is_refused() -> (
    None
):
    own = a_dossier(FILE)
    decision = contest(counter(dossier=own), SENDING, None, ATTEMPT)
    assert (decision.result, decision.changes) == ("refused", ())
    assert [type(fact) for fact in decision.facts] == [CandidatureRefused, AnswerRefused]


def test_given_a_contest_when_it_is_upheld_then_the_second_takes_the_project_and_the_first_is_told_why() -> (
    None
):
    decision = decide_contest(counter(), opened(), FIRST, act(upheld=True), LATER)
    kinds = [type(fact) for fact in decision.facts]
    assert {CandidatureWithdrawn, CandidatureRefused, CandidatureRegistered} <= set(kinds)
    states = {
        state.candidature_id: state for state in decision.changes if isinstance(state, Dossier)
    }
    assert states[FIRST.candidature_id].status == "withdrawn"
    assert states[FILE.candidature_id].receipt_number == "FABT-2020-4-00009", "its own place"
    [claim] = [state for state in decision.changes if isinstance(state, ProjectClaim)]
    assert (claim.candidature_id, claim.receipt_number) == (
        FILE.candidature_id,
        "FABT-2020-4-00009",
    )
    assert [state.state for state in decision.changes if isinstance(state, Contest)] == ["upheld"]
    [told] = [fact for fact in decision.facts if isinstance(fact, AnswerRefused)]
    assert (told.front_end, told.reasons[0].code) == ("portal", "contest-upheld")


@pytest.mark.parametrize("upheld", [True, False])
@pytest.mark.parametrize("wave", ["open", None])
def test_given_a_contest_when_it_is_decided_then_the_status_has_the_day_of_the_decision(
    upheld: bool, wave: str | None
) -> None:
    now = counter() if wave else counter(wave=None)
    decision = decide_contest(now, opened(), FIRST, act(upheld), LATER)
    told = [fact for fact in decision.facts if isinstance(fact, DossierStatus)]
    assert {status.since for status in told} == {LATER}
    kept = [state for state in decision.changes if isinstance(state, Dossier)]
    assert {state.since for state in kept} <= {LATER}
    assert [state.received_at for state in kept if state.candidature_id == FILE.candidature_id] in (
        [],
        [SENDING.now],
    )


def test_given_a_contest_when_it_is_rejected_then_the_second_is_refused_and_stays_so() -> None:
    decision = decide_contest(counter(), opened(), FIRST, act(upheld=False), LATER)
    [kept] = decision.changes
    assert decision.reasons[0].code == "contest-rejected"
    assert (decision.result, kept.state) == ("refused", "rejected")
    assert said(decision, DossierStatus).since == LATER
    assert decide_contest(counter(), kept, FIRST, act(upheld=True), LATER).result == "duplicate"
    assert contest(counter(), SENDING, kept, ATTEMPT).result == "refused"


def test_given_a_closed_wave_when_a_contest_is_upheld_then_it_is_too_late_for_both() -> None:
    decision = decide_contest(counter(wave=None), opened(), FIRST, act(upheld=True), LATER)
    assert decision.result == "refused"
    assert [type(state) for state in decision.changes] == [Contest]


def test_given_a_contest_when_it_is_decided_then_its_own_front_end_hears_the_answer_as_news() -> (
    None
):
    upheld = decide_contest(counter(), opened(), FIRST, act(upheld=True), LATER)
    rejected = decide_contest(counter(), opened(), FIRST, act(upheld=False), LATER)
    assert (said(upheld, AnswerRegistered).front_end, said(upheld, AnswerRegistered).stream) == (
        HOLDERS,
        None,
    )
    assert REASON in said(rejected, AnswerRefused).reasons[0].message


def test_given_an_incomplete_contestant_when_it_is_upheld_then_its_pieces_are_asked_for() -> None:
    sending = given.sent(given.incomplete(9), sequence=9)
    [waiting] = contest(counter(), sending, None, ATTEMPT).changes
    decision = decide_contest(counter(), waiting, FIRST, act(upheld=True), LATER)
    assert said(decision, AnswerPiecesRequested).missing == ("governance",)


@pytest.mark.parametrize(
    "first", [None, a_dossier(a_file(3), front_end=PORTAL, status="withdrawn")]
)
def test_given_a_first_file_that_is_gone_when_the_contest_is_upheld_then_nobody_is_displaced(
    first: Dossier | None,
) -> None:
    decision = decide_contest(counter(), opened(), first, act(upheld=True), LATER)
    assert facts(decision) == ["CandidatureRegistered", "DossierStatus", "AnswerRegistered"]


def test_given_a_first_file_that_was_never_complete_when_it_is_displaced_then_its_holder_alone_is_told() -> (
    None
):
    never = a_dossier(a_file(3), front_end=PORTAL, status="incomplete", version=0)
    decision = decide_contest(counter(), opened(), never, act(upheld=True), LATER)
    assert "CandidatureWithdrawn" not in facts(decision)
    [gone] = [
        fact
        for fact in decision.facts
        if isinstance(fact, DossierStatus) and fact.front_end == PORTAL
    ]
    assert gone.status == "refused"


def test_given_a_rejected_contest_when_the_project_has_another_holder_then_a_new_contest_may_open() -> (
    None
):
    [rejected] = decide_contest(counter(), opened(), FIRST, act(upheld=False), LATER).changes
    another = ProjectClaim(FIRST.project_key, a_file(4).candidature_id, "FABT-2020-4-B00004")
    decision = contest(counter(claim=another), SENDING, rejected, ATTEMPT)
    assert (decision.result, codes(decision)) == ("contested", ["same-project"])


def test_given_a_project_that_changed_hands_when_the_contest_is_upheld_then_an_officer_looks_again() -> (
    None
):
    """Else two dossiers would hold one project: the officer compared with a file that gave it up."""
    another = ProjectClaim(FIRST.project_key, a_file(4).candidature_id, "FABT-2020-4-B00004")
    decision = decide_contest(counter(claim=another), opened(), FIRST, act(upheld=True), LATER)
    assert (decision.result, decision.facts) == ("overtaken", ())
    [waiting] = decision.changes
    assert (waiting.state, waiting.against) == ("open", another.candidature_id)
    assert contest(counter(claim=another), SENDING, opened(), ATTEMPT).changes == (waiting,), (
        "sent again too"
    )


def test_given_an_open_contest_when_an_older_sending_is_read_then_the_newer_content_stays() -> None:
    older = given.sent(a_file(9, place__name="Le Moulin"), sequence=2)
    assert contest(counter(), older, opened(), ATTEMPT).changes == ()
    newer = given.sent(a_file(9, place__name="Le Moulin"), sequence=20)
    [changed] = contest(counter(), newer, opened(), ATTEMPT).changes
    assert "Le Moulin" in changed.content


@pytest.mark.parametrize("upheld", [True, False])
def test_given_a_contestant_who_has_the_project_meanwhile_then_the_contest_ends_and_takes_nothing(
    upheld: bool,
) -> None:
    """The first file was withdrawn, the contested one sent again: it is registered, whatever officers say."""
    own = ProjectClaim(FIRST.project_key, SENDING.event.candidature_id, "FABT-2020-4-B00009")
    decision = decide_contest(counter(claim=own), opened(), FIRST, act(upheld=upheld), LATER)
    assert (decision.result, decision.facts) == ("has-it-already", ())
    assert [state.state for state in decision.changes] == ["upheld"]


def test_given_a_project_that_its_first_holder_gave_up_when_the_contest_is_upheld_then_it_is_taken() -> (
    None
):
    nobody = ProjectClaim(FIRST.project_key, "", "")
    decision = decide_contest(counter(claim=nobody), opened(), FIRST, act(upheld=True), LATER)
    assert decision.result == "registered"
