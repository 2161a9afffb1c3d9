"""The agenda: a laureate is invited once to what lies ahead, hears what changes, and may answer again."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from services.notify.domain.agenda import (
    Gathering,
    Invitation,
    announce,
    answer,
    department_of,
    invite,
    note_attendance,
)
from services.notify.domain.contact import Contact
from services.notify.domain.notice import Notice
from services.notify.letters.mime import as_mail
from shared.contract.backoffice import AttendanceNoted, GatheringAnnounced
from shared.contract.decision import Decision
from shared.contract.frontdesk import InvitationAnswered
from shared.contract.values import Actor, Role
from tests.rules.notify.given import CAUSE, LATER
from tests.rules.notify.notify_samples import AT, DOSSIER, NOTICE, PROGRAMME, WRITER, a_contact

TODAY = date(2021, 2, 15)
A, B, C = (f"{DOSSIER[:-1]}{letter}" for letter in "abc")
PEOPLE = {one: a_contact(candidature_id=one) for one in (A, B)}
OFFICER = {
    "actor": Actor(id="durand", role=Role.INSTRUCTOR),
    "reason": "Programme de la communauté.",
}


def said(**changes: Any) -> GatheringAnnounced:
    fields: dict[str, Any] = {
        "gathering": "rencontre-2022",
        "title": "Rencontre annuelle",
        "starts_on": "2022-06-16",
        "ends_on": "2022-06-17",
        "place": "Paris",
    }
    return GatheringAnnounced.model_validate(OFFICER | fields | changes)


def announced(
    act: GatheringAnnounced,
    before: Decision | None = None,
    people: dict[str, Contact] | None = None,
    today: date = TODAY,
) -> Decision:
    guests = [one for one in before.changes if isinstance(one, Invitation)] if before else []
    known = meeting(before) if before else None
    return announce(
        known, act, guests, PEOPLE if people is None else people, LATER if before else CAUSE, today
    )


def meeting(decision: Decision) -> Gathering:
    return next(one for one in decision.changes if isinstance(one, Gathering))


def letters(decision: Decision) -> list[Notice]:
    return [one for one in decision.changes if isinstance(one, Notice)]


def entry(notice: Notice) -> tuple[str, Any]:
    """The method of the calendar file, and its one event."""
    letter = WRITER.write(notice, PEOPLE[notice.candidature_id])
    calendar = Calendar.from_ical(letter.calendar)
    [event] = calendar.walk("VEVENT")
    assert (
        f'method="{calendar["method"]}"'.encode() in as_mail(letter, PROGRAMME, NOTICE, AT).content
    )
    return str(calendar["method"]), event


def test_every_laureate_is_invited_once_whoever_says_it_again() -> None:
    first = announced(said())
    assert [(one.template, one.candidature_id) for one in letters(first)] == [
        ("invitation", A),
        ("invitation", B),
    ]
    assert len({one.notice_id for one in letters(first)}) == 2
    again = announced(said(), first)
    assert (again.result, again.changes) == ("announced-before", ())


def test_what_moved_replaces_the_entry_in_the_calendar_and_asks_for_an_answer_again() -> None:
    first = announced(said())
    moved = announced(said(starts_on="2022-06-20", ends_on="2022-06-20"), first)
    before, after = entry(letters(first)[0]), entry(letters(moved)[0])
    assert (before[0], after[0]) == ("REQUEST", "REQUEST")
    assert before[1]["uid"] == after[1]["uid"]
    assert (before[1]["sequence"], after[1]["sequence"]) == (0, 1)
    assert (before[1].decoded("dtend"), after[1].decoded("dtend")) == (
        date(2022, 6, 18),
        date(2022, 6, 21),
    )
    text = WRITER.write(letters(moved)[0], a_contact()).text
    assert "a changé" in text
    assert {one.answer for one in moved.changes if isinstance(one, Invitation)} == {""}


def test_what_is_cancelled_leaves_the_calendar_and_may_come_back() -> None:
    first = announced(said())
    off = announced(said(cancelled=True), first)
    method, event = entry(letters(off)[0])
    assert (method, event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 1)
    assert {one.template for one in letters(off)} == {"invitation_cancelled"}
    back = announced(said(), off)
    method, event = entry(letters(back)[0])
    assert (method, event["status"], event["sequence"]) == ("REQUEST", "CONFIRMED", 2)
    never = announced(said(cancelled=True))
    assert (never.result, never.reasons[0].code) == ("refused", "not-announced")


def test_a_meeting_of_a_region_is_for_its_laureates_and_one_more_department_writes_to_its_own_alone() -> (
    None
):
    people = {A: a_contact(candidature_id=A), B: a_contact(candidature_id=B, commune_code="97411")}
    first = announced(said(departments=["03"]), people=people)
    assert [one.candidature_id for one in letters(first)] == [A]
    wider = announced(said(departments=["03", "974"]), first, people)
    assert [one.candidature_id for one in letters(wider)] == [B]
    assert meeting(wider).revision == 0


@pytest.mark.parametrize(
    ("code", "department"), [("03310", "03"), ("2A004", "2A"), ("97411", "974"), ("98818", "988")]
)
def test_a_department_follows_from_the_code_of_its_commune(code: str, department: str) -> None:
    assert department_of(code) == department


@pytest.mark.parametrize(
    ("act", "code"),
    [(said(starts_on="2021-02-14"), "day-past"), (said(ends_on="2022-06-15"), "ends-before")],
)
def test_a_day_that_cannot_be_is_refused_with_the_reason(
    act: GatheringAnnounced, code: str
) -> None:
    decision = announced(act)
    assert (decision.result, decision.reasons[0].code, decision.changes) == ("refused", code, ())


def test_what_is_over_moves_no_more() -> None:
    first = announced(said())
    late = announced(
        said(starts_on="2022-12-01", ends_on="2022-12-01"), first, today=date(2022, 6, 17)
    )
    assert late.reasons[0].code == "day-past"


def test_who_becomes_a_laureate_is_invited_to_what_lies_ahead() -> None:
    ahead = meeting(announced(said()))
    over, off = (
        replace(ahead, gathering="b", starts_on=TODAY - timedelta(1)),
        replace(ahead, gathering="c", cancelled=True),
    )
    elsewhere = replace(ahead, gathering="d", departments=("31",))
    decision = invite(a_contact(candidature_id=C), [ahead, over, off, elsewhere], CAUSE, TODAY)
    assert [one.context["gathering"] for one in letters(decision)] == ["rencontre-2022"]
    assert letters(invite(a_contact(erased=True), [ahead], CAUSE, TODAY)) == []


def test_who_left_hears_nothing_of_a_change() -> None:
    first = announced(said())
    moved = announced(said(place="Lyon"), first, {A: PEOPLE[A]})
    assert [one.candidature_id for one in letters(moved)] == [A]


def answers(comes: bool, people: int = 1) -> InvitationAnswered:
    return InvitationAnswered(
        candidature_id=A, gathering="rencontre-2022", comes=comes, people=people
    )


def test_the_last_answer_counts_until_the_day_has_come() -> None:
    ahead, guest = meeting(announced(said())), Invitation("rencontre-2022", A)
    first = answer(ahead, guest, answers(True, 3), TODAY)
    yes = first.changes[0]
    assert (yes.answer, yes.people) == ("yes", 3)
    second = answer(ahead, yes, answers(False, 3), TODAY)
    no = second.changes[0]
    assert (no.answer, no.people) == ("no", 0)
    assert [(one.comes, one.people) for one in (*first.facts, *second.facts)] == [
        (True, 3),
        (False, 0),
    ]
    assert answer(ahead, None, answers(True), TODAY).result == "not-invited"
    assert answer(ahead, guest, answers(True), date(2022, 6, 17)).result == "gathering-over"
    assert (
        answer(replace(ahead, cancelled=True), guest, answers(True), TODAY).result
        == "gathering-over"
    )


def test_who_came_is_noted_once_it_has_begun_and_among_its_guests_alone() -> None:
    ahead = meeting(announced(said()))
    guests = [Invitation("rencontre-2022", one) for one in (A, B)]
    act = AttendanceNoted.model_validate(OFFICER | {"gathering": "rencontre-2022", "present": [A]})
    noted = note_attendance(ahead, guests, act, date(2022, 6, 16))
    assert [one.present for one in noted.changes] == [True, False]
    assert note_attendance(ahead, guests, act, TODAY).reasons[0].code == "not-yet"
    assert (
        note_attendance(ahead, guests[1:], act, date(2022, 6, 16)).reasons[0].code == "not-invited"
    )
    assert note_attendance(None, [], act, TODAY).reasons[0].code == "not-announced"


changes = st.lists(
    st.fixed_dictionaries(
        {"place": st.sampled_from(["Paris", "Lyon"]), "cancelled": st.booleans()}
    ),
    max_size=6,
)


@given(changes)
def test_a_guest_s_entry_always_ends_as_the_meeting_was_announced_last(
    moves: list[dict[str, Any]],
) -> None:
    """The entry with the highest sequence is the one a calendar shows; none is sent twice."""
    last = announced(said())
    shown = {0: letters(last)[0]}
    for move in moves:
        decision = announced(said(**move), last)
        if decision.changes:
            last = decision
            notice = letters(decision)[0]
            assert notice.context["revision"] not in shown
            shown[notice.context["revision"]] = notice
    context = shown[max(shown)].context
    assert (context["meeting_place"], context["revision"]) == (
        meeting(last).place,
        meeting(last).revision,
    )
    assert (shown[max(shown)].template == "invitation_cancelled") is meeting(last).cancelled
