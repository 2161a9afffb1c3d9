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
from services.notify.letters.writer import (
    DECISIONS,
    LINE_WIDTH,
    TEMPLATES,
    UNPROVEN,
    Writer,
    _wrapped,
    french,
)
from shared.contract.values import Budget, Holder, Place, Project, Reason
from shared.reference.communes import load_communes
from tests.rules.notify.notify_samples import (
    AT,
    CONTEXTS,
    NOTICE,
    PROGRAMME,
    PROOF,
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


def test_the_receipt_has_what_the_law_asks_for() -> None:
    """CRPA R112-5: date of receipt, number, date and remedies of silent rejection, service and contact."""
    text = " ".join(
        WRITER.write(a_notice("receipt"), a_contact()).text.replace("\u00a0", " ").split()
    )
    for part in (
        "29 décembre 2020 à 10 h 11", "FABT-2020-4-00012", "28 février 2021", "décision implicite de rejet",
        "Programme Nouveaux lieux, nouveaux liens, Agence nationale de la cohésion des territoires",
        "20 avenue de Ségur, TSA 10717, 75334 Paris Cedex 07", "01 85 58 60 00", "nouveauxliens@anct.gouv.fr",
        "Si la clôture est repoussée, ce jour l'est d'autant",
        "deux mois pour la contester", "recours gracieux", "tribunal administratif de Paris",
        "www.telerecours.fr",
    ):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("template", sorted(DECISIONS))
def test_a_decision_is_signed_and_tells_where_and_until_when_it_can_be_contested(
    template: str,
) -> None:
    """CRPA L212-1, CJA R421-1 and R421-5: what does not tell its remedies can be contested for a year."""
    office = PROGRAMME.authority
    text = " ".join(
        WRITER.write(a_notice(template), a_contact()).text.replace("\u00a0", " ").split()
    )
    for part in (
        office.signatory_function,
        office.signatory_name,
        office.court,
        "deux mois",
        "telerecours.fr",
    ):
        assert part in text


@pytest.mark.parametrize("template", sorted(CONTEXTS.keys() - DECISIONS))
def test_what_decides_nothing_is_signed_by_nobody(template: str) -> None:
    assert (
        PROGRAMME.authority.signatory_name not in WRITER.write(a_notice(template), a_contact()).text
    )


@pytest.mark.parametrize("template", sorted(CONTEXTS))
def test_there_is_one_address_to_answer_to_and_the_letter_names_it(template: str) -> None:
    letter = WRITER.write(a_notice(template), a_contact())
    answered = mail_of(letter)["Reply-To"]
    assert str(answered) in letter.text.split("--")[-1]


@pytest.mark.parametrize("template", ["awarded", "promoted"])
def test_an_award_is_told_to_be_de_minimis_with_its_regulation_amount_and_ceiling(
    template: str,
) -> None:
    """Regulation 1407/2013, article 6: expressly, with its title and where it was published."""
    text = " ".join(
        WRITER.write(a_notice(template), a_contact()).text.replace("\u00a0", " ").split()
    )
    for part in ("règlement (UE) n° 1407/2013", "JO L 352 du 24.12.2013", "150 000 €", "200 000 €"):
        assert part in text


@pytest.mark.parametrize("template", ["awarded", "promoted"])
def test_a_grant_of_one_year_is_told_as_one_payment_and_of_another_regime_without_de_minimis(
    template: str,
) -> None:
    award = PROGRAMME.award.model_copy(update={"years": 1})
    payment = PROGRAMME.payment.model_copy(update={"de_minimis_regime": ""})
    call = PROGRAMME.model_copy(update={"award": award, "payment": payment})
    notice = a_notice(template, awarded_cents=[5_000_000], zone="elsewhere")
    letter = Writer(call, load_communes(), PROOF, "https://portail.example/proof").write(
        notice, a_contact()
    )
    text = " ".join(letter.text.replace("\u00a0", " ").split())
    assert (
        "Subvention, due le 14 février 2022" in text
        and "Déposer le bilan de l'année soutenue" in text
    )
    assert "lieu en zone « elsewhere »" in text, "a zone that the call has no more"
    for part in ("minimis", "Chaque année", "1re tranche"):
        assert part not in text


def test_a_deadline_at_midnight_is_said_as_the_end_of_the_day_before() -> None:
    text = WRITER.write(a_notice("pieces_requested"), a_contact()).text.replace("\u00a0", " ")
    assert "30 décembre 2020 à minuit" in text
    assert "- la gouvernance\n- le modèle économique" in text


ARGUMENT = CONTEXTS["declined"]["argument"]


def argued(template: str = "declined", **argument: object) -> str:
    letter = WRITER.write(a_notice(template, argument={**ARGUMENT, **argument}), a_contact())
    return " ".join(letter.text.replace("\u00a0", " ").split())


def test_a_refusal_argues_with_the_marks_the_rank_the_cut_off_and_what_was_missing() -> None:
    text = argued()
    for part in (
        "Votre note : 13,50 sur 20", "Votre rang : 120 sur 251",
        "Gouvernance claire et contributive : 3,25 sur 5",
        "38 lauréats dans cette vague, le dernier au rang 75 avec la note de 14,50",
        "(38 places restaient au programme)",
        "une note d'au moins 14,51, soit 1,01 de plus",
    ):  # fmt: skip
        assert part in text


@pytest.mark.parametrize(
    "needed", [None, 2001], ids=["no total would do", "more than can be given"]
)
def test_where_no_mark_would_have_been_enough_none_is_asked_for(needed: int | None) -> None:
    text = argued(score_needed=needed)
    assert "d'au moins" not in text
    assert "Une note plus haute n'aurait pas suffi" in text


def test_where_the_total_was_high_enough_it_is_not_said_to_be_missing() -> None:
    assert "il fallait" not in argued("waitlisted", score_needed=1350)


def test_after_the_list_was_called_from_the_threshold_is_still_that_of_its_publication() -> None:
    text = argued(called_to_rank=82)
    assert "À la publication de la liste, il fallait" in text
    assert "Depuis, la liste d'attente a été appelée jusqu'au rang 82." in text
    assert "Depuis, la liste" not in argued()


def test_a_zone_without_a_laureate_is_said_to_have_none() -> None:
    empty = {"zone": "qpv", "places": 1, "laureates": 0, "rank": None, "score": None}
    assert "aucun lauréat dans cette vague (1 place restait au programme)." in argued(
        cutoffs=[empty]
    )


def test_who_was_not_ranked_reads_the_reasons_alone() -> None:
    text = WRITER.write(a_notice("declined", argument=None, rank=None), a_contact()).text
    assert "Votre rang" not in text


@pytest.mark.parametrize("template", sorted(CONTEXTS))
def test_no_letter_speaks_of_what_the_office_lacks(template: str) -> None:
    """A candidate can do nothing about a dataset that was not imported."""
    text = " ".join(WRITER.write(a_notice(template), a_contact()).text.split())
    assert not re.search(r"[Ll]es données|jeu de données|import", text)


def test_one_declined_learns_when_to_apply_again_and_in_the_last_wave_that_there_is_none() -> None:
    again = WRITER.write(a_notice("declined"), a_contact()).text
    assert "2021-1" in again or "2021-2" in again
    last = WRITER.write(a_notice("declined", wave="2021-3"), a_contact()).text
    assert "la dernière prévue" in last


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


@pytest.mark.parametrize("template", ["awarded", "promoted"])
def test_an_award_says_when_each_tranche_is_due(template: str) -> None:
    text = WRITER.write(a_notice(template), a_contact()).text.replace("\u00a0", " ")
    assert "1re tranche, due le 14 février 2022 : 50 000 €" in text


def test_days_are_those_of_paris() -> None:
    late = "2020-12-30T23:30:00+00:00"
    assert french.local_day(late, PROGRAMME.zone).replace("\u00a0", " ") == "31 décembre 2020"
    assert french.day("2021-01-01").replace("\u00a0", " ") == "1er janvier 2021"


def test_each_closed_gate_comes_with_what_the_holder_can_do() -> None:
    gates = (
        "agreement-missing bank-details-missing bank-details-unverified bank-details-unconfirmed cooling-off "
        "not-due-yet report-missing state-aid-above-ceiling state-aid-refused suspended"
    ).split()
    advice = [sentences.remedies([gate]) for gate in gates]
    assert all(len(found) == 1 for found in advice)
    assert len({found[0] for found in advice}) == len(gates)
    assert sentences.remedies(["never-heard-of"]) == []


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
