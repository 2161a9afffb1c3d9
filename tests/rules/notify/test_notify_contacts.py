"""Whose address is used: the first at once, a newer one only when the counter accepts it."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notify.domain.contact import Card, Contact, nobody
from services.notify.domain.contacts import (
    accepted,
    addresses_of,
    card_of,
    contact_of_stray,
    is_stray,
    keep_card,
    refused,
    stray_card,
    take_over,
)
from services.notify.domain.erasure import erased
from shared.contract.documents import example_of
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.funding import GrantTakenOver
from tests.submissions import submission

DOSSIER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"


def card(place_in_log: int, email: str = "first@a.example") -> Card:
    sending = f"FRONTDESK-{place_in_log:012d}-1"
    return Card(DOSSIER, sending, sending, email, "Camille", "Asso", "Lieu", (), "03310", 46.0, 3.0)


def kept(known: Contact | None, new: Card) -> Contact:
    decision = keep_card(known, new)
    assert known or decision.changes
    return decision.changes[0] if decision.changes else known  # type: ignore[return-value]


def test_who_tried_to_file_under_a_labels_id_gets_none_of_its_letters() -> None:
    fact = GrantTakenOver.model_validate(example_of(GrantTakenOver))
    tried = replace(kept(None, card(1)), candidature_id=fact.candidature_id)
    [contact] = take_over(tried, fact, "heard", "sending").changes
    assert (contact.email, contact.legal_name) == ("", fact.laureate.legal_name)
    assert take_over(contact, fact, "heard", "sending").changes == ()


def test_given_nobody_when_a_file_comes_then_its_contact_is_used_at_once() -> None:
    decision = keep_card(None, card(1))

    contact = decision.changes[0]
    assert (decision.result, contact.email) == ("contact-kept", "first@a.example")
    assert (contact.candidature_id, contact.representative) == (DOSSIER, "Camille")
    assert (contact.legal_name, contact.place_name, contact.commune_code) == (
        "Asso",
        "Lieu",
        "03310",
    )
    assert (contact.heard_id, contact.sending_id, contact.latitude) == (
        card(1).heard_id,
        card(1).sending_id,
        46,
    )


def test_given_a_refused_first_file_when_another_comes_then_its_contact_is_used() -> None:
    decision = keep_card(kept(None, card(1)), card(2, "second@a.example"))

    assert (decision.result, decision.changes[0].email) == ("contact-changed", "second@a.example")


def test_given_an_accepted_file_when_a_change_comes_then_it_waits_for_the_counter() -> None:
    contact = accepted(kept(None, card(1)), card(1).sending_id)
    decision = keep_card(contact, card(2, "second@a.example"))
    assert decision.result == "contact-pending"
    pending = decision.changes[0]
    assert addresses_of(pending) == ("first@a.example", "second@a.example")
    assert keep_card(pending, card(3, "second@a.example")).result == "duplicate"
    assert pending.email == "first@a.example"
    assert accepted(pending, card(2).sending_id).email == "second@a.example"
    assert refused(pending, card(2).sending_id) == contact


def test_given_the_acceptance_came_first_when_the_file_comes_then_it_is_used() -> None:
    contact = accepted(accepted(kept(None, card(1)), card(1).sending_id), card(2).sending_id)
    assert kept(contact, card(2, "second@a.example")).email == "second@a.example"


def test_given_a_contact_when_the_same_comes_again_then_nothing_changes() -> None:
    contact = kept(None, card(1))
    assert keep_card(contact, card(2)).result == "duplicate"


def test_given_a_newer_contact_when_an_older_comes_late_then_nothing_changes() -> None:
    contact = kept(None, card(5))
    assert keep_card(contact, card(3, "older@a.example")).result == "superseded"


def test_given_an_erased_dossier_when_a_file_is_replayed_then_nobody_comes_back() -> None:
    gone = erased(kept(None, card(1)), DOSSIER)
    assert (keep_card(gone, card(2)).result, keep_card(gone, card(2)).changes) == ("erased", ())
    assert "first@a.example" not in repr(gone)
    assert "Camille" not in repr(gone)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a machine under load draws slowly
@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_anything_unreadable_gives_a_card_and_no_error(data: Any) -> None:
    found = stray_card(DOSSIER, {"holder": data, "place": data})
    assert found == stray_card(DOSSIER, {}) or found.representative is not None


def test_a_stray_file_gives_the_address_it_has() -> None:
    holder = {"email": "a@b.example", "representative": "Camille\r\nBcc: x", "legal_name": 7}
    found = stray_card(DOSSIER, {"holder": holder})
    assert found.email == "a@b.example"
    assert found.representative == ""
    assert found.legal_name == ""


def test_a_stray_file_is_answered_under_the_names_that_could_be_read() -> None:
    said = {"holder": {"email": "a@b.example", "legal_name": "Asso"}, "place": {"name": "Lieu"}}
    contact = contact_of_stray(stray_card(DOSSIER, said))
    assert (contact.candidature_id, contact.email) == (DOSSIER, "a@b.example")
    assert (contact.legal_name, contact.place_name, contact.representative) == ("Asso", "Lieu", "")
    assert (contact.needs, contact.commune_code, contact.latitude) == ((), "", 0.0)
    assert is_stray(contact)


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_the_last_accepted_sending_is_in_use_however_the_two_streams_interleave(
    files_first: list[bool],
) -> None:
    """Files come in their order, acceptances in theirs; `files_first` tells which stream is heard next."""
    contact = accepted(kept(None, card(1)), card(1).sending_id)
    files, verdicts = (
        [card(2, "n2@a.example"), card(3, "n3@a.example")],
        [card(2).sending_id, card(3).sending_id],
    )
    for file_first in [*files_first, True, True, False, False]:
        if file_first and files:
            contact = kept(contact, files.pop(0))
        elif not file_first and verdicts:
            contact = accepted(contact, verdicts.pop(0))
    assert contact.email == "n3@a.example"


def test_given_a_file_then_its_card_has_what_letters_and_peers_are_made_from() -> None:
    file = CandidatureSubmitted.model_validate(submission(1)[1])
    holder, place = file.holder, file.place
    assert card_of(file, "a-place", "a-sending") == Card(
        file.candidature_id,
        heard_id="a-place",
        sending_id="a-sending",
        email=holder.email,
        representative=holder.representative,
        legal_name=holder.legal_name,
        place_name=place.name,
        needs=file.project.support_needs,
        commune_code=place.commune_code,
        latitude=place.latitude,
        longitude=place.longitude,
        kinds=place.kinds,
    )


def test_a_contact_that_is_nobodys_says_nothing_of_anybody() -> None:
    contact = nobody("a-dossier")
    said = [
        contact.email,
        contact.representative,
        contact.legal_name,
        contact.place_name,
        contact.commune_code,
    ]
    assert said == [""] * len(said)
