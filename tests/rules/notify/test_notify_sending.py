"""What becomes of a notice after a try; and that only one replica sends."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.notice import DROPPED
from services.notify.domain.retries import (
    Patience,
    Posted,
    Result,
    forgetting_id,
    not_overtaken,
    note,
    noting_id,
    posted_before,
)
from services.notify.mail.sender import _never_held_up
from services.notify.mail.sender_lock import FileLock
from shared.contract.notify import NoticeFailed, NoticeSent, SupportAdvanced
from shared.mail_relay import MailRelay
from tests.rules.notify.notify_samples import DOSSIER, NOTICE, a_notice

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE = Patience(first_seconds=10, delay_seconds_max=100, attempts_max=4)


def test_given_a_queued_notice_when_it_is_sent_then_it_is_said_once() -> None:
    notice, posted = a_notice("receipt"), [Posted(NOTICE, Result.SENT)]
    decision = note({NOTICE: notice}, posted, NOW, PATIENCE)
    assert [type(fact) for fact in decision.facts] == [NoticeSent]
    [sent] = decision.facts
    assert (sent.candidature_id, sent.notice_id) == (notice.candidature_id, NOTICE)
    assert (sent.template, sent.cause_id, sent.short) == ("receipt", "cause", False)
    assert (decision.result, decision.changes[0].state, decision.changes[0].attempts) == (
        "noted",
        "sent",
        1,
    )
    again = note({NOTICE: decision.changes[0]}, posted, NOW, PATIENCE)
    assert (again.facts, again.changes) == ((), ())


def test_given_put_offs_then_delays_grow_until_the_limit_and_then_it_fails() -> None:
    notice, delays = a_notice("receipt"), []
    for _ in range(PATIENCE.attempts_max - 1):
        decision = note({NOTICE: notice}, [Posted(NOTICE, Result.LATER, "smtp-451")], NOW, PATIENCE)
        assert decision.facts == ()
        notice = decision.changes[0]
        delays.append(notice.retry_at - NOW)
    assert delays == [timedelta(seconds=seconds) for seconds in (10, 20, 40)]
    [fact] = note({NOTICE: notice}, [Posted(NOTICE, Result.LATER, "smtp-451")], NOW, PATIENCE).facts
    assert isinstance(fact, NoticeFailed)
    assert (fact.cause, fact.template, fact.cause_id) == ("smtp-451", "receipt", "cause")
    assert (fact.candidature_id, fact.notice_id) == (notice.candidature_id, NOTICE)


def test_a_letter_that_is_not_to_leave_any_more_is_dropped_without_its_words_and_nobody_is_told() -> (
    None
):
    decision = note(
        {NOTICE: a_notice("receipt")}, [Posted(NOTICE, Result.FAILED, DROPPED)], NOW, PATIENCE
    )
    [dropped] = decision.changes
    assert (dropped.notice_id, dropped.state, dropped.context) == (NOTICE, "dropped", {})
    assert decision.facts == ()


def test_a_letter_that_left_short_is_said_to_have_left_short() -> None:
    decision = note(
        {NOTICE: a_notice("receipt")}, [Posted(NOTICE, Result.SENT, short=True)], NOW, PATIENCE
    )
    assert decision.changes[0].short is True
    assert decision.facts[0].short is True


def test_a_letter_that_left_short_while_its_address_was_proven_is_not_noted_and_leaves_again() -> (
    None
):
    short, whole = Posted(NOTICE, Result.SENT, short=True), Posted(NOTICE, Result.SENT)
    known = {NOTICE: a_notice("receipt")}
    assert not_overtaken(known, [short], {DOSSIER}) == []
    assert not_overtaken(known, [short], {"another"}) == [short]
    assert not_overtaken(known, [whole], {DOSSIER}) == [whole]


def test_the_log_says_what_became_of_each_letter() -> None:
    about = {
        "candidature_id": DOSSIER,
        "notice_id": NOTICE,
        "template": "receipt",
        "cause_id": "cause",
    }
    assert posted_before(NoticeSent(**about, short=True)) == Posted(NOTICE, Result.SENT, short=True)
    assert posted_before(NoticeFailed(**about, cause="smtp-550")) == Posted(
        NOTICE, Result.FAILED, "smtp-550"
    )
    assert posted_before(SupportAdvanced(candidature_id=DOSSIER, step="peers")) is None


def test_given_nobody_to_ask_then_nothing_is_counted() -> None:
    decision = note({NOTICE: a_notice("receipt")}, [Posted(NOTICE, Result.AWAY)], NOW, PATIENCE)
    assert (decision.facts, decision.changes) == ((), ())


def test_given_an_erasure_notice_when_it_left_then_its_address_is_gone() -> None:
    notice = a_notice("erased")
    assert "contact@passerelle.example" in repr(notice)
    [after] = note({NOTICE: notice}, [Posted(NOTICE, Result.SENT)], NOW, PATIENCE).changes
    assert "contact@passerelle.example" not in repr(after)


@given(st.lists(st.sampled_from(list(Result)), min_size=1, max_size=6))
def test_a_notice_ends_in_one_fact_at_most(results: list[Result]) -> None:
    notice, facts = a_notice("receipt"), 0
    for result in results:
        decision = note({NOTICE: notice}, [Posted(NOTICE, result)], NOW, PATIENCE)
        facts += len(decision.facts)
        notice = decision.changes[0] if decision.changes else notice
    assert facts <= 1


def test_another_try_is_another_noting() -> None:
    notice, posted = a_notice("receipt"), [Posted(NOTICE, Result.LATER)]
    assert noting_id([notice], posted) == noting_id([notice], posted)
    assert noting_id([notice], posted) != noting_id([replace(notice, attempts=1)], posted)


def test_only_one_sits_on_the_seat_until_it_leaves(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.taken()
    assert not other.taken()
    assert one.taken()
    one.leave()
    assert other.taken()
    other.leave()


def test_a_relay_is_read_from_its_url() -> None:
    relay = MailRelay.of("smtp://user:p%40ss@mail.example:2525?starttls=yes")
    assert (relay.host, relay.port, relay.user, relay.password) == (
        "mail.example",
        2525,
        "user",
        "p@ss",
    )
    assert relay.starttls is True
    assert MailRelay.of("smtps://mail.example").port == 465
    for wrong in ("http://mail.example", "smtp://", "smtp://mail.example?starttls=perhaps"):
        with pytest.raises(ValueError, match="smtp_url"):
            MailRelay.of(wrong)


def test_a_record_that_cannot_be_written_holds_no_mail_up(caplog: pytest.LogCaptureFixture) -> None:
    with _never_held_up():
        raise KeyError("ms")
    assert "KeyError" in caplog.text
    # The control: a stop is still a stop.
    with pytest.raises(asyncio.CancelledError), _never_held_up():
        raise asyncio.CancelledError


def test_letters_are_forgotten_once_for_the_same_letters() -> None:
    assert forgetting_id(["one", "two"]) == forgetting_id(["one", "two"])
    assert forgetting_id(["one", "two"]) != forgetting_id(["one"])
