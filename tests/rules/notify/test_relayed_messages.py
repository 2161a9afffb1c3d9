"""A message to a laureate of the directory: who can be reached, how many a day, what the log is told."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.notify.domain.contact import Contact
from services.notify.domain.pairs import Member, member_of
from services.notify.domain.peers import Laureate
from services.notify.domain.relay import (
    MESSAGES_A_DAY,
    READ_A_DAY,
    objection,
    pass_on,
    reader_of,
    was_passed_on,
)
from shared.contract.frontdesk import CommunityDeclared, MessageSent
from shared.contract.notify import MessageRelayed
from tests.rules.notify.given import SUPPORT, letter
from tests.rules.notify.given_peers import A, B, a_plan
from tests.rules.notify.given_steps import DAY, on
from tests.rules.notify.notify_samples import AT, a_contact

TOMORROW = DAY + timedelta(days=1)
READER = a_contact(candidature_id=B, email="reader@moulin.example", receipt_number="FABT-B")
WRITER = a_contact(candidature_id=A, email="writer@a.example", proven=("writer@a.example",))
LISTED = Member(B, (), listed=True)


def message(words: str = "Bonjour") -> MessageSent:
    return MessageSent(candidature_id=A, addressee="FABT-2020-4-00012", said=words)


def wrote(times: int, day: date = DAY) -> Contact:
    """The writer after so many messages of one day."""
    writer = WRITER
    for number in range(times):
        decision = pass_on(writer, READER, message(f"n° {number}"), on(day))
        [writer] = [c for c in decision.changes if isinstance(c, Contact) and c.candidature_id == A]
    return writer


def read(times: int, day: date = DAY) -> Contact:
    """The reader after so many messages of one day, each from somebody else."""
    reader = READER
    for number in range(times):
        decision = pass_on(WRITER, reader, message(f"n° {number}"), on(day))
        [reader] = [c for c in decision.changes if isinstance(c, Contact) and c.candidature_id == B]
    return reader


def code(sender: Contact, reader: Contact | None, today: date = DAY) -> str | None:
    why = objection(sender, reader, today)
    return why.code if why else None


@pytest.mark.parametrize(
    ("member", "contact", "is_reached"),
    [
        (LISTED, READER, True),
        (replace(LISTED, listed=False), READER, False),
        (None, READER, False),
        (LISTED, replace(READER, erased=True), False),
        (LISTED, replace(READER, email=""), False),
        (LISTED, replace(READER, receipt_number="FABT-C"), False),
    ],
    ids=["listed", "not listed", "said nothing", "erased", "without an address", "another"],
)
def test_a_message_reaches_who_is_in_the_directory_and_nobody_else(
    member: Member | None, contact: Contact, is_reached: bool
) -> None:
    found = reader_of("FABT-B", [Laureate(a_plan(B), contact, member)])
    assert (found == contact) is is_reached
    assert (found is None) is not is_reached


def test_the_reader_gets_the_words_and_where_to_answer_and_the_log_gets_neither() -> None:
    decision = pass_on(WRITER, READER, message("Comment faites-vous ?"), on())
    notice = letter(decision)
    assert (decision.result, notice.candidature_id, notice.template) == (
        "message-relayed",
        B,
        "relayed",
    )
    assert (notice.context["said"], notice.context["answers_to"]) == (
        "Comment faites-vous ?",
        "writer@a.example",
    )
    assert notice.context["peer_name"] == WRITER.representative
    assert decision.facts == (MessageRelayed(candidature_id=A, addressee="FABT-2020-4-00012"),)


def test_given_an_address_that_nobody_proved_then_nothing_is_passed_on() -> None:
    assert code(replace(WRITER, proven=()), READER) == "address-unproven"


def test_nobody_writes_to_themselves_or_to_who_is_not_in_the_directory() -> None:
    assert code(WRITER, WRITER) == "not-in-directory"
    assert code(WRITER, None) == "not-in-directory"


def test_a_writer_has_so_many_messages_a_day_and_as_many_the_next() -> None:
    assert code(wrote(MESSAGES_A_DAY - 1), READER) is None
    assert code(wrote(MESSAGES_A_DAY), READER) == "messages-enough"
    assert code(wrote(MESSAGES_A_DAY), READER, TOMORROW) is None


def test_a_reader_gets_so_many_messages_a_day_whoever_writes() -> None:
    assert code(WRITER, read(READ_A_DAY - 1)) is None
    assert code(WRITER, read(READ_A_DAY)) == "addressee-rested"
    assert code(WRITER, read(READ_A_DAY), TOMORROW) is None


def test_given_a_day_that_another_front_end_has_begun_then_the_day_before_starts_no_new_count() -> (
    None
):
    ahead = wrote(MESSAGES_A_DAY, TOMORROW)
    assert code(ahead, READER, DAY) == "messages-enough"


def test_the_same_words_to_the_same_reader_are_known_that_day_alone() -> None:
    writer = wrote(1)
    assert was_passed_on(writer, message("n° 0"), DAY)
    assert not was_passed_on(writer, message("n° 1"), DAY)
    assert not was_passed_on(writer, message("n° 0"), TOMORROW)


def test_of_its_offers_a_laureate_is_kept_with_those_that_the_programme_names() -> None:
    named = next(iter(SUPPORT.owners), "governance")
    said = CommunityDeclared(
        candidature_id=A, offers=(named, "own-words"), peers=False, listed=True
    )
    assert member_of(said, SUPPORT, AT) == Member(A, (named,), False, True, AT)
