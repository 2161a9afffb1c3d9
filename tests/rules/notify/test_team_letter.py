"""The team's letter: one a day, of what waits in every service, and none where nothing waits."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any

from deploy.cli.terminal.examples import EXAMPLES
from services.notify.domain.contact import nobody
from services.notify.domain.notice import Notice
from services.notify.domain.team import LISTING, TEAM, TeamDay, hear_list
from shared.contract.backoffice import AppealDecided, TerritoryDecided, WaveApproved
from shared.contract.decision import Decision
from shared.contract.funding import GrantWorkListed
from shared.contract.topology import HEARS
from shared.contract.work import COMMANDS, Work, listed_on, roles_of
from shared.contract.work_lists import WorkListed
from tests.rules.notify.given import CAUSE, kept, letters
from tests.rules.notify.notify_samples import AT, PROGRAMME, WRITER, as_read

DAY = date(2021, 2, 15)
OLD = Work(
    AppealDecided, "a-dossier", "recours à trancher", AT - timedelta(days=9), "FABT-2020-4-00012"
)
YOUNG = Work(WaveApproved, "2020-4", "classement à approuver", AT)
TIMELESS = Work(TerritoryDecided, "another-dossier", "territoire à trancher")
NOTHING = TeamDay(TEAM)


def listed(*work: Work, day: date = DAY) -> WorkListed:
    return listed_on(day, work, GrantWorkListed)


def heard(*said: tuple[str, WorkListed], before: TeamDay = NOTHING) -> list[Decision]:
    """What each list leads to, one after the other."""
    known, found = before, []
    for service, fact in said:
        decision = hear_list(known, service, fact, CAUSE)
        known = next((one for one in decision.changes if isinstance(one, TeamDay)), known)
        found.append(decision)
    return found


def after(*decisions: Decision) -> TeamDay:
    return kept(decisions[-1], TeamDay)


def of_all(*work: Work, day: date = DAY) -> list[tuple[str, WorkListed]]:
    quiet = listed(day=day)
    return [
        ("intake", quiet),
        ("eligibility", listed(*work, day=day)),
        ("funding", quiet),
        ("notify", quiet),
    ]


def told(decision: Decision) -> str:
    notice = kept(decision, Notice)
    written = WRITER.write(notice, nobody(""))
    assert written.to == PROGRAMME.contact
    return as_read(f"{written.subject} {written.text}")


def test_given_the_lists_of_all_services_then_one_letter_tells_what_waits() -> None:
    found = heard(*of_all(YOUNG))
    assert [letters(decision) for decision in found] == [[], [], [], [("work_waiting", "team")]]
    assert after(*found).decided_on == DAY


def test_given_lists_of_which_one_is_missing_then_the_letter_waits_for_it() -> None:
    assert [letters(decision) for decision in heard(*of_all(YOUNG)[:3])] == [[], [], []]


def test_given_the_lists_in_any_order_then_the_letter_is_the_same() -> None:
    """The services speak in one second: a database that is built anew hears them by their stamps."""
    causes = {
        name: replace(CAUSE, event_id=f"of-{name}", now=AT + timedelta(milliseconds=at))
        for at, name in enumerate(LISTING)
    }
    found: list[Notice] = []
    rows: list[list[str]] = []
    for order in permutations(of_all(YOUNG)):
        known = NOTHING
        for service, fact in order:
            decision = hear_list(known, service, fact, causes[service])
            known = kept(decision, TeamDay)
        found.append(kept(decision, Notice))
        rows.append(list(known.listed))
    assert rows == [rows[0]] * len(rows)
    assert {one.notice_id for one in found} == {found[0].notice_id}
    assert found == [found[0]] * len(found)


def test_given_that_nothing_waits_anywhere_then_there_is_no_letter() -> None:
    found = heard(*of_all())
    assert found[-1].result == "nothing-waits"
    assert after(*found).decided_on == DAY


def test_given_a_list_that_is_heard_again_then_there_is_no_second_letter() -> None:
    found = heard(*of_all(YOUNG))
    for service, fact in of_all(YOUNG, OLD):
        assert hear_list(after(*found), service, fact, CAUSE) == Decision("heard-before")


def test_given_another_day_then_it_has_a_letter_of_its_own() -> None:
    found = heard(*of_all(YOUNG), *of_all(YOUNG, day=DAY + timedelta(days=1)))
    assert [len(letters(decision)) for decision in found] == [0, 0, 0, 1, 0, 0, 0, 1]


def test_given_a_service_that_said_nothing_yesterday_then_the_letter_leaves_and_says_so() -> None:
    """A day is missed before a service is known to be silent: then no more."""
    late = heard(*of_all(YOUNG), *of_all(YOUNG, day=DAY + timedelta(days=1))[:3])
    assert letters(late[-1]) == []
    found = heard(*of_all(YOUNG, day=DAY + timedelta(days=2))[:3], before=after(*late))
    assert letters(found[-1]) == [("work_waiting", "team")]
    text = told(found[-1])
    assert "Cette liste n'est pas complète" in text
    assert "les lettres et l'accompagnement, depuis le 15 février 2021" in text
    assert "pas complète" not in told(heard(*of_all(YOUNG))[-1]), "the control"


def test_given_a_service_that_never_spoke_then_the_second_day_has_its_letter_and_it_says_so() -> (
    None
):
    """It must not take the letter from the others for ever."""
    first = heard(*of_all(YOUNG)[:2])
    assert [letters(decision) for decision in first] == [[], []], (
        "the first day waits for everybody"
    )
    found = heard(*of_all(YOUNG, day=DAY + timedelta(days=1))[:2], before=after(*first))
    assert letters(found[-1]) == [("work_waiting", "team")]
    assert "la sélection et les paiements, depuis le début" in told(found[-1])


def test_given_a_silent_service_that_speaks_after_the_letter_then_there_is_no_second_one() -> None:
    tomorrow, later = DAY + timedelta(days=1), DAY + timedelta(days=2)
    silent = heard(*of_all(YOUNG), *of_all(YOUNG, day=tomorrow)[:3])
    found = heard(*of_all(YOUNG, day=later), before=after(*silent))
    assert [len(letters(decision)) for decision in found] == [0, 0, 1, 0]
    assert after(*found).day_of("notify") == later


def test_given_days_on_which_nobody_spoke_then_the_next_letter_waits_for_all_again() -> None:
    found = heard(*of_all(YOUNG), *of_all(YOUNG, day=DAY + timedelta(days=9)))
    assert [len(letters(decision)) for decision in found] == [0, 0, 0, 1, 0, 0, 0, 1]


def test_given_a_list_of_a_day_that_another_service_has_left_then_it_is_too_late_for_a_letter() -> (
    None
):
    tomorrow = DAY + timedelta(days=1)
    found = heard(
        *of_all(YOUNG)[:3], ("intake", listed(YOUNG, day=tomorrow)), ("notify", listed(YOUNG))
    )
    assert [letters(decision) for decision in found] == [[]] * 5


def test_the_letter_tells_what_waits_since_when_for_whom_and_the_command_oldest_first() -> None:
    text = told(heard(*of_all(TIMELESS, YOUNG, OLD))[-1])
    assert "3 choses attendent une décision" in text
    lines = [
        "FABT-2020-4-00012, depuis le 6 février 2021 : recours à trancher (direction) : "
        "« fabriques appeals decide FABT-2020-4-00012 »",
        "2020-4, depuis le 15 février 2021 : classement à approuver (direction) : "
        "« fabriques wave approve 2020-4 »",
        "another-dossier : territoire à trancher (instruction ou direction) : "
        "« fabriques act territory.decided »",
    ]
    places = [text.index(line) for line in lines]
    assert places == sorted(places)


def test_every_command_that_a_list_can_name_is_one() -> None:
    for command in COMMANDS.values():
        words = command.removeprefix("fabriques ").split()
        assert {" ".join(words[:2]), words[0]} & EXAMPLES.keys(), command
    assert {"act", "todo", "doctor"} <= EXAMPLES.keys()


def test_who_may_do_it_is_known_of_every_act() -> None:
    for act in COMMANDS:
        assert roles_of(act)


def test_every_service_with_work_is_listened_to() -> None:
    said = {event.publisher for event in HEARS["notify"] if issubclass(event, WorkListed)}
    assert said == set(LISTING)


def test_a_list_keeps_its_oldest_lines_and_counts_all() -> None:
    many = [Work(WaveApproved, f"w-{n}", "à voir", _instant(n)) for n in range(60, 0, -1)]
    fact = listed(*many)
    assert (fact.count, len(fact.work), fact.work[0].of) == (60, 50, "w-1")


def _instant(number: int) -> datetime:
    return AT + timedelta(minutes=number)


def test_nothing_of_an_applicant_is_in_a_list() -> None:
    fields: dict[str, Any] = listed(OLD).model_dump()["work"][0]
    assert set(fields) == {"act", "of", "receipt_number", "since", "detail"}
