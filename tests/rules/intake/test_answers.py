"""Each attempt has one answer, and a retry hears it again; news go to each dossier's own front-end."""

from services.intake.domain.answers import Answers
from services.intake.domain.contests import answer_sending
from shared.contract.answers import (
    AnswerContested,
    AnswerPiecesRequested,
    AnswerRefused,
    AnswerRegistered,
    AnswerWithdrawn,
)
from shared.contract.decision import nothing
from tests.rules.intake.given import (
    ATTEMPT,
    DEADLINE,
    HOLDERS,
    LATER,
    PORTAL,
    PROGRAMME,
    WAVES,
    a_dossier,
    a_file,
    claimed_by,
    counter,
    incomplete,
    said,
    sent,
)

ANSWERS = Answers(PROGRAMME, WAVES)


def test_given_a_file_when_it_is_registered_then_its_attempt_has_the_receipt() -> None:
    answer = said(answer_sending(counter(), sent(a_file()), None, ATTEMPT), AnswerRegistered)
    assert (answer.receipt_number, answer.version) == ("FABT-2020-4-00012", 1)
    assert (answer.front_end, answer.attempt_id, answer.sequence) == (HOLDERS, "an-attempt", 12)


def test_given_a_registered_file_when_it_is_sent_again_then_the_retry_hears_the_same_receipt() -> (
    None
):
    known = a_dossier()
    decision = answer_sending(counter(dossier=known), sent(a_file(), LATER), None, ATTEMPT)
    assert decision.changes == ()
    assert said(decision, AnswerRegistered).receipt_number == known.receipt_number


def test_given_a_wrong_file_when_it_is_refused_then_its_attempt_hears_every_reason() -> None:
    decision = answer_sending(counter(), sent(a_file(holder__siret="1")), None, ATTEMPT)
    assert said(decision, AnswerRefused).reasons == decision.reasons


def test_given_a_wrong_change_when_it_is_refused_then_its_attempt_hears_that_and_not_the_receipt() -> (
    None
):
    decision = answer_sending(
        counter(dossier=a_dossier()), sent(a_file(holder__siret="1"), LATER), None, ATTEMPT
    )
    assert said(decision, AnswerRefused)
    assert not [fact for fact in decision.facts if isinstance(fact, AnswerRegistered)]


def test_given_an_incomplete_file_when_it_comes_then_its_attempt_hears_what_lacks_and_until_when() -> (
    None
):
    answer = said(
        answer_sending(counter(), sent(incomplete()), None, ATTEMPT), AnswerPiecesRequested
    )
    assert (answer.missing, answer.complete_before) == (("governance",), DEADLINE)


def test_given_another_front_ends_project_when_it_comes_then_its_attempt_hears_that_it_is_contested() -> (
    None
):
    first = a_dossier(a_file(2), front_end=PORTAL)
    assert said(
        answer_sending(counter(**claimed_by(first)), sent(a_file(1)), None, ATTEMPT),
        AnswerContested,
    )


def test_given_a_withdrawn_file_when_it_is_withdrawn_again_then_the_retry_hears_that_it_is() -> (
    None
):
    gone = a_dossier(status="withdrawn")
    assert (
        said(ANSWERS.to_attempt(nothing("duplicate"), gone, ATTEMPT), AnswerWithdrawn).wave
        == gone.wave
    )
