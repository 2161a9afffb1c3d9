"""An address gets so many letters a day: more wait for the days after, told in the record, never dropped."""

from datetime import timedelta

from services.notify.domain.contact import Contact
from services.notify.domain.notice import Notice
from services.notify.domain.pace import Mailbox, contact_after, new_letters, pace
from shared.contract.decision import Decision
from tests.rules.notify.notify_samples import AT, PROGRAMME, a_contact, a_notice

ZONE = PROGRAMME.zone
TODAY = PROGRAMME.local_day(AT)


def queued(number: int) -> Notice:
    notice = a_notice("receipt")
    return Notice(
        f"{notice.notice_id[:-1]}{number}",
        *[getattr(notice, name) for name in Notice.__slots__[1:]],
    )


def paced(count: int, before: int = 0, a_day: int = 2) -> Decision:
    notices = tuple(queued(number) for number in range(count))
    box = Mailbox("a-mailbox", TODAY, before)
    boxes = {notice.notice_id: box for notice in notices}
    return pace(Decision("told", changes=notices), boxes, a_day, ZONE)


def waiting(decision: Decision) -> list[Notice]:
    return [change for change in decision.changes if isinstance(change, Notice) and change.retry_at]


def test_given_room_for_the_day_then_letters_leave_at_once_and_are_counted() -> None:
    decision = paced(2)
    assert (waiting(decision), decision.reasons) == ([], ())
    assert decision.changes[-1] == Mailbox("a-mailbox", TODAY, 2)


def test_given_a_full_day_then_the_next_letter_waits_for_tomorrow_and_the_record_says_so() -> None:
    decision = paced(3)
    [late] = waiting(decision)
    assert late.retry_at and PROGRAMME.local_day(late.retry_at) == TODAY + timedelta(days=1)
    assert [reason.code for reason in decision.reasons] == ["letters-delayed"]


def test_given_days_that_are_full_then_letters_wait_for_the_first_one_that_is_not() -> None:
    [late] = waiting(paced(1, before=5))
    assert late.retry_at and PROGRAMME.local_day(late.retry_at) == TODAY + timedelta(days=2)


def test_given_two_letters_of_one_decision_then_they_count_in_one_mailbox() -> None:
    boxes = [change for change in paced(4).changes if isinstance(change, Mailbox)]
    assert boxes == [Mailbox("a-mailbox", TODAY, 4)]


def test_what_goes_to_the_association_or_has_failed_is_not_counted() -> None:
    failed = Decision("told", changes=(a_notice("introduction"), a_contact()))
    assert new_letters(failed) == []
    assert new_letters(Decision("told", changes=(a_notice("receipt"),))) == [a_notice("receipt")]


def test_a_letter_goes_to_the_address_that_its_own_decision_leaves() -> None:
    older, newer = a_contact(email="old@a.example"), a_contact(email="new@a.example")
    decision = Decision("told", changes=(older, newer))
    found = contact_after(decision, older.candidature_id)
    assert isinstance(found, Contact)
    assert found.email == "new@a.example"
    assert contact_after(decision, "another") is None
