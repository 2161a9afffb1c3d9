"""A reviewer's letter: one a person and day at most, and nothing in it that the facts do not say."""

from datetime import timedelta
from typing import Any

import pytest

from deploy.cli.terminal.examples import EXAMPLES
from services.notify.domain.digests import Correspondent, contact_of_person, register, review_news
from services.notify.domain.notice import Cause
from services.notify.domain.pace import Mailbox, pace
from services.notify.domain.retries import Patience, Posted, Result, note, posted_before
from shared.contract.backoffice import ReviewerRegistered
from shared.contract.decision import Decision
from shared.contract.eligibility import AssignedFile, ReleasedFile, ReviewerBriefed
from shared.contract.notify import DigestFailed, DigestSent
from shared.contract.values import Actor, Role
from tests.rules.notify.given import CAUSE, letter, letters
from tests.rules.notify.notify_samples import AT, DOSSIER, PROGRAMME, WRITER, as_read

ANNA = Correspondent("anna", "anna@exemple.fr")
TODAY = PROGRAMME.local_day(AT)
OTHER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c12"
OPEN = AssignedFile(candidature_id=DOSSIER, commune_code="03310", due_on=TODAY + timedelta(days=20))


def briefed(**changes: Any) -> ReviewerBriefed:
    quiet = {"asked": 0, "given": 0, "reminded": 0, "left": len(changes.get("to_read", ()))}
    return ReviewerBriefed(reviewer_id="anna", day=TODAY - timedelta(days=1), **(quiet | changes))


def told(fact: ReviewerBriefed) -> str:
    """The letter's subject and words."""
    written = WRITER.write(letter(review_news(ANNA, fact, CAUSE)), contact_of_person(ANNA))
    assert written.to == ANNA.address
    return as_read(f"{written.subject} {written.text}")


def registered(**changes: Any) -> ReviewerRegistered:
    actor = Actor(id="officer-1", role=Role.INSTRUCTOR)
    return ReviewerRegistered(actor=actor, reason="Vivier.", reviewer_id="anna", **changes)


def test_given_a_reviewer_with_an_address_then_it_is_kept_and_registered_again_without_it_it_goes() -> (
    None
):
    assert register(registered(email=ANNA.address)).changes == (ANNA,)
    assert register(registered()).changes == (Correspondent("anna", ""),)


@pytest.mark.parametrize("email", ["anna", "a\nb@exemple.fr", f"{'a' * 200}@exemple.fr"])
def test_an_address_that_is_none_is_refused_at_the_edge(email: str) -> None:
    with pytest.raises(ValueError, match="email"):
        registered(email=email)


def test_given_no_address_then_there_is_no_letter() -> None:
    for known in (None, Correspondent("anna", "")):
        assert review_news(known, briefed(asked=1, to_read=(OPEN,)), CAUSE) == Decision(
            "no-address"
        )


def test_given_a_day_that_brought_something_then_one_letter_goes_to_the_reviewer() -> None:
    decision = review_news(ANNA, briefed(asked=1, given=2, reminded=1, to_read=(OPEN,)), CAUSE)
    assert letters(decision) == [("review_news", "reviewer")]
    again = review_news(ANNA, briefed(asked=1, given=2, reminded=1, to_read=(OPEN,)), CAUSE)
    assert letter(again).notice_id == letter(decision).notice_id, (
        "heard again, it is the same letter"
    )


def test_given_a_reminder_when_everything_was_given_since_then_there_is_no_letter() -> None:
    assert review_news(ANNA, briefed(reminded=1), CAUSE) == Decision("nothing-new")


def test_given_two_days_at_once_then_the_second_letter_waits_for_the_next_day() -> None:
    box = Mailbox("anna", TODAY)
    found = []
    for cause in (CAUSE, Cause("019aa000-0000-7000-8000-000000000009", AT)):
        decision = review_news(ANNA, briefed(asked=1, to_read=(OPEN,)), cause)
        paced = pace(decision, {letter(decision).notice_id: box}, 20, PROGRAMME.zone)
        found.append(letter(paced).retry_at)
        box = next(change for change in paced.changes if isinstance(change, Mailbox))
    assert found[0] is None
    assert found[1] and PROGRAMME.local_day(found[1]) == TODAY + timedelta(days=1)


def test_given_files_to_read_then_the_letter_says_which_where_until_when_and_how() -> None:
    text = told(briefed(asked=2, to_read=(OPEN, OPEN.model_copy(update={"candidature_id": OTHER}))))
    for words in (
        "2 dossiers vous sont confiés", f"Dossier {DOSSIER}, à Vichy (03)", f"Dossier {OTHER}",
        "à rendre le 7 mars 2021", "à minuit", "4 critères une note de 0 à 5", "inférieure à 3",
        "« fabriques dossier »", PROGRAMME.contact, "Répondez à ce message",
    ):  # fmt: skip
        assert words in text
    assert "retard" not in text


def test_every_command_that_the_letter_names_is_one() -> None:
    text = told(briefed(asked=300, left=300, to_read=(OPEN,)))
    named = {tuple(words.split("»")[0].split()) for words in text.split("« fabriques ")[1:]}
    commands = {" ".join(name) for name in named}
    assert commands == {"dossier", "reviews recuse"}
    assert commands <= EXAMPLES.keys(), "each command has its example"


@pytest.mark.parametrize(("days", "is_late"), [(-1, True), (0, False)])
def test_a_review_is_late_from_the_day_after_the_one_it_is_due(days: int, is_late: bool) -> None:
    due = OPEN.model_copy(update={"due_on": TODAY + timedelta(days=days)})
    assert ("en retard" in told(briefed(reminded=1, to_read=(due,)))) is is_late


def test_given_that_all_is_given_then_the_reviewer_is_thanked_and_asked_for_nothing() -> None:
    text = told(briefed(given=3))
    assert "Merci : vos évaluations sont toutes rendues" in text
    assert "3 évaluations sont bien reçues" in text
    assert "Ce que vous devez faire" not in text
    assert "toutes rendues" not in told(briefed(given=3, to_read=(OPEN,))), (
        "the control: one is left"
    )


@pytest.mark.parametrize(
    ("because", "words"),
    [
        ("recused", "vous vous en êtes récusé"),
        ("conflict", "un lien avec son porteur"),
        ("late", "pas rendue à la date prévue"),
        ("withdrawn", "son porteur l'a retiré"),
        ("a-word-of-later", "le programme en a décidé ainsi"),
    ],
)
def test_given_a_file_that_is_taken_from_a_reviewer_then_the_letter_says_why(
    because: str, words: str
) -> None:
    released = ReleasedFile(candidature_id=OTHER, because=because)
    assert f"Le dossier {OTHER} ne vous est plus confié" in told(briefed(released=(released,)))
    assert words in told(briefed(released=(released,)))


def test_given_a_letter_that_left_then_the_log_says_to_whom_and_tells_it_to_a_new_database() -> (
    None
):
    notice = letter(review_news(ANNA, briefed(asked=1, to_read=(OPEN,)), CAUSE))
    known = {notice.notice_id: notice}
    [sent] = note(known, [Posted(notice.notice_id, Result.SENT)], AT, Patience()).facts
    assert isinstance(sent, DigestSent)
    assert (sent.dossier, sent.template) == ("anna", "review_news")
    assert posted_before(sent) == Posted(notice.notice_id, Result.SENT)
    [failed] = note(
        known, [Posted(notice.notice_id, Result.FAILED, "address-invalid")], AT, Patience()
    ).facts
    assert isinstance(failed, DigestFailed)
    assert posted_before(failed) == Posted(notice.notice_id, Result.FAILED, "address-invalid")


def test_a_file_of_which_nothing_is_left_to_read_is_not_told_as_one_to_read() -> None:
    text = told(briefed(asked=1, left=0))
    assert "vous a été confié" in text and "vous est confié" not in text
    assert "Vous n'avez plus rien à lire" in text
