"""What comes next of a dossier, and until when: as its letters promise it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from deploy.portal.coming import Known, coming, known_of, may_appeal
from deploy.portal.forms.acts import APPEAL, acts_for
from deploy.portal.store import Entry
from shared.programme import load_programme
from shared.programme.promises import appeal_until
from tests.conftest import SHIPPED_PROGRAMME

PROGRAMME = load_programme(SHIPPED_PROGRAMME)
SINCE = datetime(2021, 1, 20, 9, tzinfo=UTC)
TODAY = date(2021, 1, 25)
DUE = date(2021, 2, 28)
CONTESTED = appeal_until(PROGRAMME, date(2021, 1, 20)).isoformat()


def known(word: str, *acts: tuple[str, datetime], deadline: datetime | None = None) -> Known:
    history = [Entry(candidature_id="x", at=at, what=what, told={}) for what, at in acts]
    status = {"since": SINCE.isoformat()}
    return known_of(word, status, {"answer_due_on": DUE.isoformat()}, deadline, history)


def told(what: Known, today: date = TODAY) -> list[tuple[str, str]]:
    return [(one.until, one.last_day.isoformat()) for one in coming(PROGRAMME, what, today)]


@pytest.mark.parametrize(
    ("word", "comes"),
    [
        ("registered", [("Au plus tard le", "2021-02-28")]),
        ("in-instruction", [("Au plus tard le", "2021-02-28")]),
        ("declined", [("Jusqu'au", CONTESTED)]),
        ("waitlisted", [("Jusqu'au", CONTESTED), ("Jusqu'au", "2022-12-31")]),
        ("appeal-rejected", [("Jusqu'au", CONTESTED)]),
        ("withdrawn", []),
        ("sent", []),
    ],
)
def test_each_standing_says_until_when(word: str, comes: list[tuple[str, str]]) -> None:
    assert told(known(word)) == comes


def test_a_deadline_at_midnight_is_the_day_that_ends_with_it() -> None:
    midnight = datetime(2021, 1, 31, 23, tzinfo=UTC)  # the end of the 31st in Paris
    assert told(known("incomplete", deadline=midnight)) == [("Jusqu'au", "2021-01-31")]


def test_once_an_appeal_is_filed_its_answer_is_what_comes() -> None:
    filed = ("act:recours", SINCE + timedelta(days=3))
    assert told(known("declined", filed)) == [("Au plus tard le", "2021-03-23")]
    of_an_earlier_decision = ("act:recours", SINCE - timedelta(days=3))
    assert told(known("declined", of_an_earlier_decision)) == [("Jusqu'au", CONTESTED)]


def test_a_refused_appeal_or_a_late_one_gives_no_day_on_which_silence_answers() -> None:
    filed = ("act:recours", SINCE + timedelta(days=3))
    refused = ("act-refused", SINCE + timedelta(days=3, seconds=1))
    late = (
        "act:recours",
        datetime.fromisoformat(f"{CONTESTED}T12:00:00+00:00") + timedelta(days=1),
    )
    again = ("act:recours", SINCE + timedelta(days=4))

    assert told(known("declined", filed, refused)) == [("Jusqu'au", CONTESTED)]
    assert told(known("declined", late), late[1].date()) == []
    assert told(known("declined", filed, refused, again)) == [("Au plus tard le", "2021-03-24")]


def test_an_appeal_is_offered_until_its_last_day_and_before_any_list_without_one() -> None:
    last_day = date.fromisoformat(CONTESTED)
    after = last_day + timedelta(days=1)

    assert may_appeal(PROGRAMME, "declined", SINCE.isoformat(), last_day)
    assert not may_appeal(PROGRAMME, "declined", SINCE.isoformat(), after)
    assert may_appeal(PROGRAMME, "ineligible", SINCE.isoformat(), after), (
        "its time runs from the list"
    )
    assert may_appeal(PROGRAMME, "agreed", SINCE.isoformat(), after), (
        "its time runs from its last letter"
    )


@pytest.mark.parametrize(
    "word", ["ineligible", "waitlisted", "declined", "laureate", "agreed", "cancelled"]
)
def test_an_appeal_is_offered_wherever_a_letter_promises_it_from_the_space(word: str) -> None:
    assert APPEAL in acts_for(word)


def test_what_is_over_is_not_said() -> None:
    assert told(known("registered"), date(2021, 3, 1)) == []


DAYS = ["2022-02-14", "2023-02-14", "2024-02-14"]


def paid(word: str, *begun: int) -> Known:
    tranches = [{"number": one, "status": "settled", "since": SINCE.isoformat()} for one in begun]
    status = {"since": SINCE.isoformat(), "due_on": DAYS, "tranches": tranches}
    return known_of(word, status, {}, None, [])


@pytest.mark.parametrize(
    ("begun", "comes"),
    [
        ((), [("Le", "2022-02-14")]),
        ((1,), [("Jusqu'au", "2023-01-17"), ("Le", "2023-02-14")]),
        ((1, 2, 3), []),
    ],
)
def test_who_is_paid_reads_the_day_of_the_next_tranche_and_of_the_report_it_waits_for(
    begun: tuple[int, ...], comes: list[tuple[str, str]]
) -> None:
    assert told(paid("tranche-settled", *begun)) == comes


def test_whose_grant_is_over_reads_of_no_tranche() -> None:
    assert told(paid("cancelled", 1)) == []
