"""Every letter, in both dresses, read back as a mail program reads it."""

import re
import textwrap
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from pydantic import BaseModel

from services.notify.domain import sentences
from services.notify.domain.notice import Cause, Message
from services.notify.domain.reasons import file_reasons
from services.notify.domain.telling import tell
from services.notify.letters.mime import Mail, as_mail
from services.notify.letters.writer import LINE_WIDTH, TEMPLATES, UNPROVEN, _wrapped, french
from shared.contract.values import Budget, Holder, Place, Project, Reason
from tests.rules.notify.notify_samples import (
    AT,
    CONTEXTS,
    NOTICE,
    PROGRAMME,
    WRITER,
    a_contact,
    a_notice,
    mail_of,
)

HOSTILE = '<script>alert("x")</script> & {{ 7 * 7 }}'


class Words(HTMLParser):
    """The visible words of a page, and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words, self.tags = "", [""]
        self.feed(page)

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data if self.tags[-1] != "title" else ""


# Whom the reader of a letter answers, where that is not the programme.
ANSWERED_BY = {"introduction": "contact@passerelle.example", "relayed": "contact@moulin.example"}


def letters_only(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text.replace("html", ""))


def test_there_is_a_sample_of_every_template() -> None:
    assert {path.stem for path in (TEMPLATES / "messages").iterdir()} - {UNPROVEN} == set(CONTEXTS)


@pytest.mark.parametrize("template", sorted(CONTEXTS))
def test_text_and_html_say_the_same(template: str) -> None:
    letter = WRITER.write(a_notice(template), a_contact())
    body = letters_only(letter.text.split("Bien cordialement")[0])
    assert body in letters_only(Words(letter.html).words)
    assert ANSWERED_BY.get(template, PROGRAMME.contact) in letter.text


@pytest.mark.parametrize("template", sorted(CONTEXTS))
def test_a_mail_program_reads_what_was_written(template: str) -> None:
    letter = WRITER.write(a_notice(template), a_contact())
    mail = mail_of(letter)
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert text.get_content().replace("\r\n", "\n") == letter.text
    assert page.get_content().replace("\r\n", "\n") == letter.html
    assert mail["Subject"] == letter.subject
    assert mail["Message-ID"] == f"<{NOTICE}@anct.gouv.fr>"
    assert not [defect for part in mail.walk() for defect in part.defects]


@pytest.mark.parametrize("template", sorted(CONTEXTS))
def test_what_a_holder_wrote_is_shown_and_never_executed(template: str) -> None:
    contact = a_contact(
        place_name=HOSTILE, legal_name=HOSTILE, representative=HOSTILE, commune_code="99999"
    )
    letter = WRITER.write(a_notice(template), contact)
    assert "<script" not in letter.html
    assert "script" not in Words(letter.html).tags


@pytest.mark.parametrize("template", sorted(CONTEXTS))
def test_every_html_letter_can_be_read_by_everyone(template: str) -> None:
    page = WRITER.write(a_notice(template), a_contact()).html
    assert '<html lang="fr">' in page
    assert Words(page).tags.count("h1") == 1
    assert "<img" not in page
    assert "http-equiv" not in page


@pytest.mark.parametrize("template", sorted(CONTEXTS))
def test_there_is_one_address_to_answer_to_and_the_letter_names_it(template: str) -> None:
    letter = WRITER.write(a_notice(template), a_contact())
    answered = mail_of(letter)["Reply-To"]
    assert str(answered) in letter.text.split("--")[-1]


def test_a_deadline_at_midnight_is_said_as_the_end_of_the_day_before() -> None:
    text = WRITER.write(a_notice("pieces_requested"), a_contact()).text.replace("\u00a0", " ")
    assert "30 décembre 2020 à minuit" in text
    assert "- la gouvernance\n- le modèle économique" in text


@pytest.mark.parametrize("template", sorted(CONTEXTS))
def test_no_letter_speaks_of_what_the_office_lacks(template: str) -> None:
    """A candidate can do nothing about a dataset that was not imported."""
    text = " ".join(WRITER.write(a_notice(template), a_contact()).text.split())
    assert not re.search(r"[Ll]es données|jeu de données|import", text)


def test_the_introduction_goes_to_the_association_with_the_laureate_in_copy() -> None:
    letter = WRITER.write(a_notice("introduction"), a_contact())
    mail = as_mail(letter, PROGRAMME, NOTICE, AT)
    assert mail.recipients == ("contact@francetierslieux.fr", "contact@passerelle.example")
    assert "Camille Exemple" in letter.text
    assert "Vichy" in letter.text


def test_an_invitation_brings_its_day_for_the_diary() -> None:
    letter = WRITER.write(a_notice("invitation"), a_contact())
    [part] = list(mail_of(letter).iter_attachments())
    assert part.get_content_type() == "text/calendar"
    calendar = Calendar.from_ical(part.get_content())
    [event] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "REQUEST"
    assert event.decoded("dtstart") == date(2022, 6, 16)
    assert "du 16 au 17\u00a0juin\u00a02022" in letter.text


def test_the_same_notice_always_gives_the_same_bytes() -> None:
    def mail() -> Mail:
        return as_mail(WRITER.write(a_notice("invitation"), a_contact()), PROGRAMME, NOTICE, AT)

    assert mail() == mail()


@pytest.mark.parametrize(
    ("cents", "said"),
    [
        (5_000_000, "50 000 €"),
        (0, "0 €"),
        (123, "1,23 €"),
        (4_500_000_000, "45 000 000 €"),
        (-150, "-1,50 €"),
    ],
)
def test_money_is_said_as_in_french(cents: int, said: str) -> None:
    assert french.euros(cents).replace("\u00a0", " ") == said


@given(st.integers(0, 10**12))
def test_no_cent_is_lost_in_words(cents: int) -> None:
    digits = french.euros(cents).replace("\u00a0", "").removesuffix("€")
    euros, _, rest = digits.partition(",")
    assert int(euros) * 100 + int(rest or 0) == cents


def test_a_refusal_names_each_field_once_in_french_and_never_repeats_a_name_from_outside() -> None:
    """Anybody can send a file with another's address: its field names must not become a letter's words."""
    obliged, unexpected = "Ce champ est obligatoire.", "Ce champ n'est pas attendu."
    told = [
        ("holder.email", obliged),
        ("budget.requested_cents.1", "Ce nombre est trop petit."),
        (None, "Seul."),
        *(
            (name, unexpected)
            for name in ("https://evil.example/pay", "www.evil.example", "holder.evil")
        ),
        ("budget.requested_cents.0899123456", unexpected),
        ("holder.email", obliged),
    ]
    lines = file_reasons(
        [Reason(code="x", field=field, message=message) for field, message in told]
    )
    assert [line for _, line in lines] == [
        "Adresse électronique : Ce champ est obligatoire.",
        "Montants demandés, valeur n° 2 : Ce nombre est trop petit.",
        "Seul.",
        "Champ inconnu : Ce champ n'est pas attendu.",
        "Porteur du projet, champ inconnu : Ce champ n'est pas attendu.",
        "Montants demandés, champ inconnu : Ce champ n'est pas attendu.",
    ]


def test_every_field_of_a_file_has_a_french_name() -> None:
    parts: dict[str, type[BaseModel]] = {
        "holder": Holder,
        "place": Place,
        "project": Project,
        "budget": Budget,
    }
    leaves = {f"{part}.{name}" for part, kind in parts.items() for name in kind.model_fields}
    assert set(sentences.FIELDS) == leaves | parts.keys() | {"candidature_id"}


def test_a_letter_shows_the_receipt_number_that_was_known_when_it_was_queued() -> None:
    message = Message("pieces_requested", CONTEXTS["pieces_requested"])
    [notice] = tell(a_contact(receipt_number=""), Cause("cause", AT), message).changes
    assert "FABT-2020-4-00012" not in WRITER.write(notice, a_contact()).text
    [control] = tell(a_contact(), Cause("cause", AT), message).changes
    assert "FABT-2020-4-00012" in WRITER.write(control, a_contact()).text


@pytest.mark.parametrize("template", ["awarded", "promoted", "support_opened"])
def test_the_association_is_named_with_its_article(template: str) -> None:
    text = WRITER.write(a_notice(template), a_contact()).text.replace("\n", " ")
    assert "l'Association nationale France Tiers-Lieux" in text
    assert french.with_article("Les Amis du lac") == "Les Amis du lac"


def test_days_are_those_of_paris() -> None:
    late = "2020-12-30T23:30:00+00:00"
    assert french.local_day(late, PROGRAMME.zone).replace("\u00a0", " ") == "31 décembre 2020"
    assert french.day("2021-01-01").replace("\u00a0", " ") == "1er janvier 2021"


def test_no_line_breaks_a_telephone_number() -> None:
    said = french.typeset("Appelez le 01 85 58 60 00 demain.")
    number = "01 85 58 60 00".replace(" ", french.NO_BREAK)
    assert said == f"Appelez le {number} demain."


WORDS = st.sampled_from(
    ["a", "mot", "12\u00a0€", ":", "long" * 25, "", "\n", "\t", "\x0b", "vis-à-vis/", "«"]
)


@given(st.lists(WORDS, max_size=80).map(" ".join), st.sampled_from(["", "- ", "10. "]))
def test_lines_break_where_the_standard_library_breaks_them(text: str, lead: str) -> None:
    expected = textwrap.fill(
        french.typeset(text),
        LINE_WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
    assert _wrapped(text, lead) == expected
