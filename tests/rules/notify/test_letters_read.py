"""What a careful reader asks of each letter: every sentence whole, and who, why, what now, until when."""

import pytest

from services.notify.letters import french
from services.notify.letters.writer import DECISIONS
from tests.reading_letters import faults_of
from tests.rules.notify.notify_samples import (
    CONTEXTS,
    VARIANTS,
    WRITER,
    a_contact,
    a_notice,
    as_read,
)

WHY = ("Pourquoi", "Les motifs de cette", "Votre note et votre rang")
WITHOUT_MOTIVES = {"awarded", "promoted"}  # who gets all that was asked for is not told why
UNPROVEN = a_contact(proven=())


def read(template: str, **changes: object) -> str:
    """The text of a letter on one line, its subject first."""
    letter = WRITER.write(a_notice(template, **changes), a_contact())
    return as_read(f"{letter.subject} {letter.text}")


@pytest.mark.parametrize(("template", "changes"), VARIANTS)
def test_no_sentence_of_a_letter_has_a_hole_or_is_said_twice(
    template: str, changes: dict[str, object]
) -> None:
    letter = WRITER.write(a_notice(template, **changes), a_contact())
    assert faults_of(letter.subject, letter.text) == []
    short = WRITER.write(a_notice(template, **changes), UNPROVEN)
    assert faults_of(short.subject, short.text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Le rang est None.",
        "2 ordre(s).",
        "Vous écrivez , ici.",
        "« »",
        "Un  trou.",
        "à Le Havre",
        "1 places",
    ],
)
def test_what_a_reader_would_stumble_over_is_found(text: str) -> None:
    """The control."""
    assert faults_of("Objet", text)


def test_a_sentence_that_is_said_twice_is_found() -> None:
    said = "Le versement suivant attend que ce bilan soit accepté."
    assert faults_of("Objet", f"{said} {said}") and not faults_of("Objet", said)


@pytest.mark.parametrize("template", sorted(DECISIONS - WITHOUT_MOTIVES))
def test_a_decision_that_takes_something_says_why(template: str) -> None:
    assert any(heading in read(template) for heading in WHY)


@pytest.mark.parametrize(
    ("template", "changes", "until"),
    [
        ("receipt", {}, "jusqu'à la clôture de la vague, le 30 décembre 2020 à minuit"),
        ("waitlisted", {"wave": "2021-3"}, "La liste d'attente prend fin le 31 décembre 2022"),
        ("waitlisted", {}, "quand la vague suivante est classée"),
        ("refused", {"receipt": ""}, "tant que la vague est ouverte"),
        ("refused", {}, "tant que la vague est ouverte"),
        ("recovery_opened", {}, "au plus tard le 31 janvier 2022"),
        ("report_sent_back", {}, "au plus tard le 17 janvier 2023"),
        (
            "deadline_moved",
            {"reopened": True, "complete": False},
            "au plus tard le 8 janvier 2021 à minuit",
        ),
        ("pieces_requested", {"reopened": True}, "au plus tard le 30 décembre 2020 à minuit"),
    ],
)
def test_what_can_be_done_is_said_with_its_last_day(
    template: str, changes: dict[str, object], until: str
) -> None:
    assert until in read(template, **changes)


@pytest.mark.parametrize(
    ("template", "changes"), [("refused", {"receipt": ""}), ("ineligible", {})]
)
def test_a_wave_that_may_be_extended_is_told_without_its_planned_day(
    template: str, changes: dict[str, object]
) -> None:
    text = read(template, wave="2021-1", **changes)
    assert "la vague" in text and "mars 2021" not in text


def test_money_asked_back_is_answered_where_it_can_be_and_nothing_is_decided_before() -> None:
    text = read("recovery_opened")
    assert "en réponse à ce message" in text and "votre espace" not in text
    assert text.count("31 janvier 2022") == 1
    assert not any(said in text for said in ("Après examen", "une partie de"))


def test_silence_is_not_told_of_who_may_have_written_by_post() -> None:
    assert "Le délai donné pour vos observations est passé" in read(
        "recovery_ordered", observed=False
    )
    assert "pas reçu" not in read("recovery_ordered", observed=False)


def test_an_appeal_from_the_space_is_not_promised_to_who_has_no_registered_file() -> None:
    assert "depuis votre espace" not in read("refused")
    assert "depuis votre espace" in read("amended")


def test_a_schedule_replaces_the_agreed_one_only_where_there_is_one() -> None:
    assert "Ce calendrier" in read("amended")
    assert "Ce calendrier" not in read("amended", kind="final-balance", schedule=[])


def test_a_receipt_of_an_extended_wave_names_no_day_that_has_moved() -> None:
    """Silence is a refusal later than the programme planned: the wave was extended since it opened."""
    assert "le 30 décembre 2020 à minuit" not in read("receipt", answer_due_on="2021-03-08")


def test_a_transfer_that_came_back_is_not_told_as_one_that_never_left() -> None:
    assert "l'argent nous est revenu" in read("tranche_rejected", came_back=True)
    assert "la banque a refusé" in read("tranche_rejected")


def test_there_is_a_variant_of_every_letter() -> None:
    assert {template for template, _ in VARIANTS} == CONTEXTS.keys()


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2022-06-16", "2022-06-16", "le 16 juin 2022"),
        ("2022-06-16", "2022-06-17", "du 16 au 17 juin 2022"),
        ("2022-06-30", "2022-07-01", "du 30 juin au 1er juillet 2022"),
        ("2022-12-31", "2023-01-01", "du 31 décembre 2022 au 1er janvier 2023"),
    ],
)
def test_days_of_a_meeting_are_said_as_people_say_them(first: str, last: str, said: str) -> None:
    assert french.from_to(first, last).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("name", "said"), [("Vichy", "à Vichy"), ("Le Havre", "au Havre"), ("Les Abymes", "aux Abymes")]
)
def test_a_place_is_named_as_people_name_it(name: str, said: str) -> None:
    assert french.at_place(name) == said
