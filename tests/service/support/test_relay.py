"""A message to somebody of the directory is passed on: no address is shown, a few a day, for its writer."""

from datetime import timedelta
from typing import Any

import pytest

from services.notify import peer_handlers
from services.notify.domain.notice import Notice
from services.notify.domain.pairs import Member
from services.notify.domain.relay import MESSAGES_A_DAY
from shared.contract.frontdesk import MessageSent
from shared.contract.intake import CandidatureErased
from shared.kit.errors import ActRefused
from shared.kit.storage.states import States
from tests.rules.notify.given import letter
from tests.rules.notify.notify_samples import WRITER, a_contact, mail_of
from tests.service.support.laureates import LAUREATE, MENTOR, STRANGER, arrival, decide, keep_laureate

READER = "FABT-2020-4-0000b"


def keep_all(states: States) -> None:
    """One who writes, one in the directory, one who is not in it."""
    keep_laureate(states, LAUREATE, email="writer@passerelle.example", proven=("writer@passerelle.example",))
    keep_laureate(states, MENTOR, email="reader@moulin.example", proven=("reader@moulin.example",))
    keep_laureate(states, STRANGER)
    states.keep(Member(MENTOR, (), listed=True))


def said(addressee: str = READER, one: str = LAUREATE) -> MessageSent:
    return MessageSent(candidature_id=one, addressee=addressee, said="Bonjour,\nComment faites-vous ?")


def refused(states: States, event: MessageSent, **at: Any) -> str:
    with pytest.raises(ActRefused) as refusal:
        decide(states, event, arrival(**at))
    return refusal.value.reason.code


def test_a_message_reaches_its_reader_and_the_answer_reaches_the_writer(states: States) -> None:
    keep_all(states)
    passed = decide(states, said())
    assert "Comment" not in repr(passed.facts), "no fact of ours holds what was written"
    notice = letter(passed)
    assert notice.candidature_id == MENTOR
    mail = mail_of(
        WRITER.write(notice, a_contact(email="reader@moulin.example", proven=("reader@moulin.example",)))
    )
    assert (mail["To"], mail["Reply-To"]) == ("reader@moulin.example", "writer@passerelle.example")
    text = mail.get_body(("plain",)).get_content()
    assert "Comment faites-vous ?" in text.replace("\u00a0", " ")


def test_nobody_outside_the_directory_is_reached_whoever_they_are(states: States) -> None:
    keep_all(states)
    tries = ("FABT-2020-4-0000c", "FABT-2020-4-99999", "FABT-2020-4-0000a")
    assert {refused(states, said(one)) for one in tries} == {"not-in-directory"}


def test_a_few_messages_a_day_are_passed_on(states: States) -> None:
    keep_all(states)
    for number in range(MESSAGES_A_DAY):
        decide(states, said(), arrival(event_id=f"FRONTDESK-{number}"))
    assert refused(states, said()) == "messages-enough"
    assert decide(states, said(), arrival(after=timedelta(days=1))).facts, "the next day it may"


def test_who_has_not_proven_an_address_writes_to_nobody(states: States) -> None:
    keep_all(states)
    keep_laureate(states, LAUREATE, proven=())
    assert refused(states, said()) == "address-unproven"


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever speaks"])
def test_nobody_writes_in_another_s_name(
    states: States, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    keep_all(states)
    if not looked_at:
        monkeypatch.setattr(peer_handlers, "require_own", lambda *_: None)
        assert decide(states, said(), arrival("portal")).facts
        return
    assert refused(states, said(), front_end="portal") == "not-your-dossier"


def test_what_was_written_goes_when_its_writer_is_erased(states: States) -> None:
    keep_all(states)
    notice = letter(decide(states, said()))
    decide(states, CandidatureErased(candidature_id=LAUREATE))
    left = states.one(Notice, notice.notice_id)
    assert left is not None
    assert (left.state, left.context) == ("dropped", {})
