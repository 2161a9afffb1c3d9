"""When a person's data is erased, nothing of it stays: what waits is dropped, and one last message leaves."""

from dataclasses import replace

from services.notify.domain.contact import Contact, StrayCard
from services.notify.domain.erasure import erase
from services.notify.domain.notice import Notice
from services.notify.domain.retries import Patience, Posted, Result, forgotten, note
from shared.contract.notify import ContactForgotten
from tests.rules.notify.given import CAUSE, kept
from tests.rules.notify.notify_samples import DOSSIER, a_contact, a_notice

STRAY = StrayCard(DOSSIER, "a@b.example", "Camille", "Asso", "Lieu")


def test_given_a_contact_when_it_is_erased_then_its_receipt_alone_stays() -> None:
    decision = erase(DOSSIER, a_contact(), None, [], CAUSE)
    contact = kept(decision, Contact)
    assert (decision.result, contact.candidature_id) == ("erased", DOSSIER)
    assert (contact.erased, contact.email, contact.receipt_number) == (
        True,
        "",
        "FABT-2020-4-00012",
    )
    assert "Camille" not in repr(contact)


def test_given_a_letter_that_waits_when_the_dossier_is_erased_then_it_is_dropped_without_its_words() -> (
    None
):
    decision = erase(DOSSIER, a_contact(), None, [a_notice("receipt")], CAUSE)
    [dropped] = [
        change
        for change in decision.changes
        if isinstance(change, Notice) and change.state == "dropped"
    ]
    assert dropped.context == {}


def test_given_a_contact_when_it_is_erased_then_the_last_message_brings_its_own_address() -> None:
    decision = erase(DOSSIER, a_contact(), None, [], CAUSE)
    [last] = [change for change in decision.changes if isinstance(change, Notice)]
    assert (last.template, last.candidature_id, last.state) == ("erased", DOSSIER, "queued")
    assert last.context == {
        "email": a_contact().email,
        "representative": "Camille Exemple",
        "receipt": "FABT-2020-4-00012",
    }


def test_given_an_address_that_nobody_proved_when_it_is_erased_then_no_name_is_written_to_it() -> (
    None
):
    decision = erase(DOSSIER, a_contact(proven=()), None, [], CAUSE)
    [last] = [change for change in decision.changes if isinstance(change, Notice)]
    assert last.context["representative"] == ""


def test_given_a_file_that_could_not_be_read_when_it_is_erased_then_its_card_is_emptied() -> None:
    assert kept(erase(DOSSIER, None, STRAY, [], CAUSE), StrayCard) == StrayCard(
        DOSSIER, "", "", "", ""
    )


def test_given_an_erased_dossier_when_it_is_erased_again_then_nobody_is_written_to() -> None:
    gone = kept(erase(DOSSIER, a_contact(), None, [], CAUSE), Contact)
    assert (
        erase(DOSSIER, gone, None, [], CAUSE).result
        == erase(DOSSIER, None, None, [], CAUSE).result
        == "erased"
    )
    assert not [
        change
        for change in erase(DOSSIER, gone, None, [], CAUSE).changes
        if isinstance(change, Notice)
    ]


def test_given_the_time_is_over_when_a_dossier_is_erased_then_no_last_message_leaves() -> None:
    decision = erase(DOSSIER, a_contact(), None, [], CAUSE, asked=False)
    assert [change for change in decision.changes if isinstance(change, Notice)] == []
    assert [type(fact) for fact in decision.facts] == [ContactForgotten]


def test_given_a_letter_that_was_sent_when_the_dossier_is_erased_then_its_file_has_to_go() -> None:
    sent = replace(a_notice("receipt"), state="sent")
    erasing = kept(erase(DOSSIER, None, None, [sent], CAUSE), Notice)
    assert (erasing.state, erasing.context) == ("erasing", {})
    [gone] = forgotten([erasing, sent]).changes
    assert (gone.notice_id, gone.state) == (sent.notice_id, "erased")


def test_given_a_letter_that_left_while_its_dossier_was_erased_then_its_file_has_to_go() -> None:
    dropped = kept(erase(DOSSIER, None, None, [a_notice("receipt")], CAUSE), Notice)
    posted = [Posted(dropped.notice_id, Result.SENT)]
    [erasing] = note({dropped.notice_id: dropped}, posted, CAUSE.now, Patience()).changes
    assert (dropped.state, erasing.state) == ("dropped", "erasing")


def test_given_the_last_message_when_it_left_then_its_file_stays_a_day() -> None:
    decision = erase(DOSSIER, a_contact(), None, [], CAUSE)
    [last] = [change for change in decision.changes if isinstance(change, Notice)]
    noted = note(
        {last.notice_id: last}, [Posted(last.notice_id, Result.SENT)], CAUSE.now, Patience()
    )
    [left] = noted.changes
    assert (left.state, left.context, noted.forgets) == ("erasing", {}, DOSSIER)
    assert left.retry_at and (left.retry_at - CAUSE.now).days == 1
