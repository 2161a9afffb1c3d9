"""A letter says what its reader can do, and when: never to mend what is closed, nor what the office lacks."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.intake.domain.counter import Counter
from services.intake.domain.mistakes import mistakes
from services.intake.domain.stated import Stated
from services.intake.domain.waves import WaveState
from services.notify.domain import sentences
from services.notify.letters.views import next_wave
from services.notify.letters.writer import french
from shared.contract.eligibility import OFFICE_CODES, for_the_holder
from shared.contract.values import Reason
from tests.rules.notify.notify_samples import PROGRAMME, WRITER, a_contact, a_notice, as_read

PARIS = ZoneInfo("Europe/Paris")


def refused(*codes: str, at: datetime = datetime(2021, 2, 15, 9, tzinfo=UTC)) -> str:
    notice = replace(
        a_notice("refused", reasons=[[code, f"Motif {code}."] for code in codes]), at=at
    )
    return as_read(WRITER.write(notice, a_contact()).text)


@pytest.mark.parametrize("code", sorted(sentences.CLOSED))
def test_what_no_correction_mends_is_not_answered_with_correct_it(code: str) -> None:
    text = refused(code, "siret-invalid")
    assert "Corrigez" not in text
    assert as_read(sentences.CLOSED[code]) in text


@pytest.mark.parametrize("code", sorted(sentences.KEPT))
def test_another_wave_is_not_offered_where_it_is_no_way_out(code: str) -> None:
    assert "2021-1" not in refused(code)


def test_what_can_be_mended_is_to_be_mended_while_the_wave_is_open() -> None:
    text = refused("siret-invalid")
    assert "Corrigez ce point" in text
    assert "tant que la vague est ouverte" in text


@pytest.mark.parametrize(
    ("day", "wave", "named"),
    [
        (date(2020, 9, 1), None, "2020-4"),
        (date(2020, 11, 3), None, "2020-4"),
        (date(2021, 2, 15), None, "2021-1"),
        (date(2021, 2, 15), "2020-4", "2021-1"),
        (date(2021, 4, 15), "2020-4", "2021-2"),
        (date(2021, 2, 15), "2021-1", "2021-2"),
        (date(2021, 10, 1), None, None),
        (date(2021, 8, 1), "2021-3", None),
    ],
)
def test_the_wave_that_is_named_is_the_one_that_is_open_or_opens_next(
    day: date, wave: str | None, named: str | None
) -> None:
    found = next_wave(PROGRAMME, wave, datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    assert (found.id if found else None) == named


def test_every_deadline_is_told_in_the_time_it_is_counted_in() -> None:
    assert as_read(french.last_moment("2020-12-31T00:00:00+01:00", PARIS)).endswith(
        "à minuit (heure de Paris)"
    )
    assert as_read(french.last_moment("2021-01-02T11:30:00+01:00", PARIS)).endswith(
        "à 11 h 30 (heure de Paris)"
    )
    assert french.city_time(ZoneInfo("Indian/Reunion")) == "heure de Reunion"


@pytest.mark.parametrize(
    ("now", "code", "told"),
    [
        (
            "2020-09-01T12:00:00+02:00",
            "not-open-yet",
            "la vague 2020-4 ouvre le 1er\u00a0octobre\u00a02020 à 0 h, heure de Paris",
        ),
        (
            "2021-10-03T12:00:00+02:00",
            "programme-closed",
            "le 2\u00a0octobre\u00a02021 à minuit, heure de Paris",
        ),
        (
            "2020-12-01T12:00:00+01:00",
            "no-open-wave",
            "la vague 2021-1 ouvre le 31\u00a0décembre\u00a02020 à 0 h, heure de Paris",
        ),
    ],
)
def test_the_counter_tells_the_hour_of_a_deadline_and_the_day_it_was_extended_to(
    now: str, code: str, told: str
) -> None:
    waves = {wave.id: WaveState(wave.id) for wave in PROGRAMME.waves}
    waves["2021-3"] = WaveState("2021-3", closes_on=date(2021, 10, 2))
    counter = Counter(PROGRAMME, waves, None, None, None, None, None, None, None)
    [reason] = mistakes(counter, Stated("x"), datetime.fromisoformat(now))
    assert reason.code == code
    assert told in reason.message


def test_an_ineligible_place_is_to_be_put_right_only_while_its_wave_is_open() -> None:
    """The wave 2020-4 is over in February 2021."""
    assert "corrigez-la" not in WRITER.write(a_notice("ineligible"), a_contact()).text
    assert "corrigez-la" in WRITER.write(a_notice("ineligible", wave="2021-1"), a_contact()).text


@pytest.mark.parametrize("code", sorted(OFFICE_CODES))
def test_what_the_office_lacks_is_not_told_to_a_candidate(code: str) -> None:
    told = for_the_holder((Reason(code=code, message="x"), Reason(code="in-qpv", message="y")))
    assert [reason.code for reason in told] == ["in-qpv"]


@pytest.mark.parametrize(("year", "opens_on"), [(1, "2023-02-14"), (PROGRAMME.award.years, None)])
def test_a_report_that_opens_no_payment_promises_none(year: int, opens_on: str | None) -> None:
    told = {"year": year, "due_on": "2023-01-17", "days_left": -3, "opens_on": opens_on}
    late = WRITER.write(a_notice("report_expected", **told), a_contact())
    why = [["report-returned", "Les écarts ne sont pas expliqués."]]
    sent_back = WRITER.write(a_notice("report_sent_back", year=year, reasons=why), a_contact())
    for letter in (late, sent_back):
        assert ("versement" in as_read(letter.text)) == (opens_on is not None)
