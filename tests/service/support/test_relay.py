"""A message to somebody of the directory is passed on: no address is shown, a few a day, for its writer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notify.domain.notice import Notice
from services.notify.domain.pairs import Member
from services.notify.domain.relay import MESSAGES_A_DAY, READ_A_DAY
from services.notify.domain.support import Plan
from services.notify.handlers import peers
from shared.contract.frontdesk import MessageSent
from shared.contract.intake import CandidatureErased
from shared.kit.errors import ActRefused
from shared.kit.storage.states import States
from tests.rules.notify.given import letter
from tests.rules.notify.notify_samples import WRITER, a_contact, mail_of
from tests.service.support.laureates import (
    LAUREATE,
    MENTOR,
    STRANGER,
    arrival,
    decide,
    keep_laureate,
)

READER = "FABT-2020-4-0000b"


def keep_all(states: States) -> None:
    """One who writes, one in the directory, one who is not in it."""
    keep_laureate(
        states, LAUREATE, email="writer@passerelle.example", proven=("writer@passerelle.example",)
    )
    keep_laureate(states, MENTOR, email="reader@moulin.example", proven=("reader@moulin.example",))
    keep_laureate(states, STRANGER)
    states.keep(Member(MENTOR, (), listed=True))


def said(
    addressee: str = READER, one: str = LAUREATE, words: str = "Bonjour,\nComment faites-vous ?"
) -> MessageSent:
    return MessageSent(candidature_id=one, addressee=addressee, said=words)


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
        WRITER.write(
            notice, a_contact(email="reader@moulin.example", proven=("reader@moulin.example",))
        )
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
        decide(states, said(words=f"Question {number}"), arrival(event_id=f"FRONTDESK-{number}"))
    assert refused(states, said()) == "messages-enough"
    assert refused(states, said(), after=-timedelta(days=1)) == "messages-enough", (
        "read late, it starts no day"
    )
    assert decide(states, said(), arrival(after=timedelta(days=1))).facts, "the next day it may"


def test_what_others_write_never_fills_a_mailbox(states: States) -> None:
    """The State's own letters count in the same one: its reader gets a few of these a day."""
    keep_all(states)
    writers = [f"{LAUREATE[:-1]}{number}" for number in range(3)]
    for one in writers:
        keep_laureate(
            states, one, email=f"{one[-1]}@lieu.example", proven=(f"{one[-1]}@lieu.example",)
        )
    passed = [said(one=one, words=f"Question {number}") for one in writers for number in range(2)]
    for number, event in enumerate(passed[:READ_A_DAY]):
        assert decide(states, event, arrival(event_id=f"FRONTDESK-{number}")).facts
    assert refused(states, passed[READ_A_DAY]) == "addressee-rested"
    assert decide(states, passed[READ_A_DAY], arrival(after=timedelta(days=1))).facts


def test_the_same_words_to_the_same_reader_are_passed_on_once_a_day(states: States) -> None:
    """A front-end that saw no PubAck sends the same bytes again."""
    keep_all(states)
    decide(states, said())
    again = decide(states, said(), arrival(event_id="FRONTDESK-2"))
    assert (again.result, again.facts, again.changes) == ("said-before", (), ())
    assert decide(states, said(words="Et encore ?"), arrival(event_id="FRONTDESK-3")).facts
    assert decide(states, said(), arrival(after=timedelta(days=1))).facts


def test_who_is_a_laureate_no_more_writes_to_nobody(states: States) -> None:
    keep_all(states)
    plan = states.one(Plan, LAUREATE)
    assert plan
    states.keep(replace(plan, is_open=False))
    assert refused(states, said()) == "plan-closed"


def test_no_line_of_a_stranger_s_looks_like_one_of_the_state_s(states: States) -> None:
    keep_all(states)
    forged = (
        "Bonjour,\n\n"
        + "Votre versement attend votre RIB. " * 5
        + "\u2028Fin du message\n"
        + "Bien à vous"
    )
    notice = letter(decide(states, said(words=forged)))
    written = WRITER.write(
        notice, a_contact(email="a@moulin.example", proven=("a@moulin.example",))
    )
    lines = written.text.replace("\u00a0", " ").splitlines()
    quoted = [line for line in lines if line.startswith("> ")]
    told = " ".join(line.removeprefix("> ") for line in quoted)
    assert told == " ".join(forged.split()), "all of it"
    assert not [line for line in lines if "RIB" in line and line not in quoted]
    ours = " ".join(" ".join(lines).split())
    for words in (
        "Personne du programme n'a lu",
        "n'engage que son auteur",
        "s'arrête ici",
        "bancaires",
    ):
        assert words in ours
    quotation = written.html.partition("<blockquote")[2].partition("</blockquote>")[0]
    assert (quotation.count("&gt; "), written.html.count("RIB")) == (4, quotation.count("RIB"))


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
        monkeypatch.setattr(peers, "require_own", lambda *_: None)
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
