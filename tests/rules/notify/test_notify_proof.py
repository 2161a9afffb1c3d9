"""A stranger's address gets no word of who named it; and no address more letters in a day than it may."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.contact import Contact
from services.notify.domain.notice import SENT, Cause, Notice
from services.notify.domain.pace import Mailbox, paced
from services.notify.domain.proof import Proof, confirm
from tests.rules.notify.notify_samples import (
    CONTEXTS,
    DIGESTS,
    DOSSIER,
    NOTICE,
    PROOF,
    WRITER,
    a_contact,
    a_notice,
)

PARIS = ZoneInfo("Europe/Paris")
WORDS = ("Passez sur https://evil.example", "Arnaque SARL", "Votre colis vous attend")
NOON = datetime(2021, 2, 15, 12, tzinfo=UTC)
HOLDERS = sorted(set(CONTEXTS) - {"introduction", "erased", *DIGESTS})


def a_stranger(**changes: object) -> Contact:
    representative, legal_name, place_name = WORDS
    chosen = {
        "representative": representative,
        "legal_name": legal_name,
        "place_name": place_name,
        "proven": (),
    }
    return a_contact(**chosen | changes)


@pytest.mark.parametrize("template", HOLDERS)
def test_a_letter_to_an_address_that_nobody_proved_has_receipt_wave_and_code_and_none_of_its_senders_words(
    template: str,
) -> None:
    notice = a_notice(template)
    notice = replace(notice, context={**notice.context, "reasons": [["x", WORDS[0]]]})
    letter = WRITER.write(notice, a_stranger())
    for said in (letter.subject, letter.text, letter.html):
        assert not any(word in said for word in (*WORDS, "evil", "colis"))
    assert "FABT-2020-4-00012" in letter.text
    assert PROOF.code(DOSSIER, "contact@passerelle.example") in letter.text
    assert not letter.calendar
    assert ("2020-4\n" in letter.text) == ("wave" in CONTEXTS[template])


@pytest.mark.parametrize("template", HOLDERS)
def test_once_it_is_proven_the_letter_is_whole(template: str) -> None:
    """The control."""
    proven = a_stranger(proven=("contact@passerelle.example",))
    assert PROOF.code(DOSSIER, proven.email) not in WRITER.write(a_notice(template), proven).text


def test_a_stranger_is_not_copied_on_the_letter_to_the_association() -> None:
    assert WRITER.write(a_notice("introduction"), a_stranger()).cc == ""
    assert WRITER.write(a_notice("introduction"), a_contact()).cc == "contact@passerelle.example"


def test_a_code_is_of_one_dossier_and_one_address_under_one_key() -> None:
    code = PROOF.code(DOSSIER, "a@b.example")
    others = (PROOF.code(DOSSIER, "c@b.example"), PROOF.code(DOSSIER[:-1] + "2", "a@b.example"))
    assert code not in (*others, Proof(b"1" * 32).code(DOSSIER, "a@b.example"))
    assert PROOF.proven(code, DOSSIER, ("c@b.example", "a@b.example"), NOON) == "a@b.example"
    assert PROOF.proven(code, DOSSIER, ("c@b.example",), NOON) is None


def test_a_code_of_an_earlier_key_counts_until_that_was_retired_and_mailboxes_keep_their_names() -> (
    None
):
    code = PROOF.code(DOSSIER, "a@b.example")
    rotated = Proof(b"1" * 32, [(bytes(32), NOON)])
    assert (
        rotated.proven(code, DOSSIER, ("a@b.example",), NOON - timedelta(seconds=1))
        == "a@b.example"
    )
    assert rotated.proven(code, DOSSIER, ("a@b.example",), NOON) is None
    assert rotated.proven(rotated.code(DOSSIER, "a@b.example"), DOSSIER, ("a@b.example",), NOON)
    assert rotated.mailbox("a@b.example") == PROOF.mailbox("a@b.example")


def test_what_left_short_leaves_again_whole_when_the_address_is_proven() -> None:
    short = replace(a_notice("receipt"), state=SENT, short=True)
    decision = confirm(
        a_stranger(), "contact@passerelle.example", [short], Cause("code-came-back", NOON)
    )
    [again] = [
        change for change in decision.changes if isinstance(change, Notice) and change.state != SENT
    ]
    [kept] = [change for change in decision.changes if isinstance(change, Contact)]
    assert (again.template, again.context["receipt_number"]) == ("receipt", "FABT-2020-4-00012")
    assert again.notice_id != NOTICE
    assert (decision.result, again.recipient, again.state) == ("address-proven", "holder", "queued")
    assert [change.short for change in decision.changes if isinstance(change, Notice)] == [
        False,
        False,
    ]
    assert kept.is_proven


def test_a_pending_address_that_is_proven_changes_nothing_of_the_one_in_use() -> None:
    short = replace(a_notice("receipt"), state=SENT, short=True)
    decision = confirm(
        a_stranger(), "new@passerelle.example", [short], Cause("code-came-back", NOON)
    )
    assert (decision.result, [type(change) for change in decision.changes]) == (
        "address-proven",
        [Contact],
    )
    assert decision.changes[0].proven == ("new@passerelle.example",)


def test_a_code_that_is_none_or_that_came_back_before_changes_nothing() -> None:
    cause = Cause("code-came-back", NOON)
    unknown = confirm(a_stranger(), None, [], cause)
    before = confirm(a_contact(), "contact@passerelle.example", [], cause)
    assert (unknown.result, unknown.changes) == ("no-such-code", ())
    assert (before.result, before.changes) == ("proven-before", ())


@given(st.lists(st.integers(0, 20), min_size=1, max_size=120), st.integers(1, 5))
def test_no_day_has_more_letters_than_it_may_and_none_is_dropped(
    days: list[int], letters_a_day: int
) -> None:
    box = Mailbox("m", date(2021, 1, 1))
    leaving: dict[date, int] = {}
    for day in sorted(days):
        notice = replace(
            a_notice("receipt"), at=datetime(2021, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
        )
        box, notice = paced(box, notice, letters_a_day, PARIS)
        leaves = (notice.retry_at or notice.at).astimezone(PARIS).date()
        leaving[leaves] = leaving.get(leaves, 0) + 1
    assert max(leaving.values()) <= letters_a_day
    assert sum(leaving.values()) == len(days)


def test_letters_are_counted_under_a_name_that_does_not_tell_the_address_however_it_is_written() -> (
    None
):
    name = PROOF.mailbox("contact@passerelle.example")
    assert name == PROOF.mailbox("Contact@Passerelle.example")
    assert name != PROOF.mailbox("other@passerelle.example")
    assert "passerelle" not in name
    assert name != Proof(b"another key").mailbox("contact@passerelle.example"), (
        "nobody can guess it"
    )
