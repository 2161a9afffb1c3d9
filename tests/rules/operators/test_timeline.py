"""What a timeline tells of what lies in the log, and what it never tells."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.cli.timeline.telling import SHOWN, erased_on, rows_of
from deploy.local.log.reading import Stored
from shared.contract.event import EVENTS, Event
from shared.contract.frontdesk import ReviewSubmitted, WithdrawalRequested
from shared.contract.intake import AttachmentsExamined, CandidatureErased, CandidatureRefused
from shared.contract.notify import NoticeSent, SupportAdvanced
from shared.contract.subjects import filter_of
from shared.contract.values import Holder, Line, Place, Project, Text

DOSSIER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
EXAMPLES = Path(__file__).parents[3] / "shared/contract/schemas/examples"
SECRET = "Camille Exemple, 12 rue des Lilas"
AT = "2020-11-03T10:00:00+01:00"


def given(
    kind: type[Event], body: dict[str, Any] | bytes, sequence: int = 1, **headers: str
) -> Stored:
    data = (
        body
        if isinstance(body, bytes)
        else json.dumps({"candidature_id": DOSSIER, **body}).encode()
    )
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    subject = filter_of("fabriques", kind, "holders", DOSSIER)
    return Stored(kind.publisher.upper(), sequence, sequence * 10**9, subject, told, data)


def ours(kind: type[Event], event_id: str, after: str, sequence: int, **body: Any) -> Stored:
    source = {
        "ce_source": f"/fabriques/{kind.publisher}",
        "ce_id": event_id,
        "ce_causationid": after,
    }
    return given(kind, body, sequence, **source)


def test_what_follows_from_an_event_stands_one_deeper_and_a_notice_under_what_it_is_about() -> None:
    asked = given(WithdrawalRequested, {"reason": SECRET})
    refusal = {"reasons": [{"code": "not-yours", "message": "Ce dossier n'est pas le vôtre."}]}
    refused = ours(CandidatureRefused, "a", asked.event_id, 2, **refusal)
    notice = ours(NoticeSent, "b", "timer-9", 3, notice_id="n", template="refused", cause_id="a")
    elsewhere = ours(CandidatureErased, "c", "of-another-dossier", 4)
    rows = rows_of([asked, refused, notice, elsewhere], rehearsal=False)
    assert [(row.words, row.depth, row.who) for row in rows] == [
        ("withdrawal requested", 0, "holders"),
        ("refused", 1, "intake"),
        ("notice sent", 2, "notify"),
        ("erased", 0, "intake"),
    ]
    assert rows[1].reasons[0]["code"] == "not-yours"
    assert SECRET not in json.dumps([row.as_data() for row in rows])


def test_a_reviewer_is_told_and_the_marks_and_words_are_not() -> None:
    review = {"reviewer_id": "martin", "marks": {"anchoring": 17}, "comment": SECRET}
    [row] = rows_of([given(ReviewSubmitted, review)], rehearsal=False)
    assert (row.who, row.role, row.told) == ("martin", "reviewer", {})


def test_the_time_of_a_rehearsal_is_the_events_own_and_nobodys_word_in_production() -> None:
    asked = given(WithdrawalRequested, {"reason": SECRET}, Fabriques_Time=AT)
    [played], [real] = rows_of([asked], rehearsal=True), rows_of([asked], rehearsal=False)
    assert (played.at.year, real.at) == (2020, real.stamped)


def test_of_what_cannot_be_read_nothing_is_told_even_under_names_that_are_shown() -> None:
    """The control: a body that can be read tells its field of this name."""
    garbage = json.dumps({"candidature_id": DOSSIER, "year": SECRET, "wave": SECRET}).encode()
    rows = rows_of(
        [given(ReviewSubmitted, body) for body in (garbage, b"\xff\xfe", b"[]")], rehearsal=False
    )
    assert [row.told for row in rows] == [{"unreadable": True}] * 3
    [kept] = rows_of(
        [ours(NoticeSent, "n", "", 1, notice_id="n", template="receipt", cause_id="")], False
    )
    assert kept.told["template"] == "receipt"


def test_no_field_that_a_person_fills_with_words_is_shown() -> None:
    """A bank's reference is the bank's. `kind` and such are lists of words that we wrote."""
    written = {*Holder.model_fields, *Place.model_fields, *Project.model_fields} - {"kinds"}
    for event in EVENTS.values():
        written |= {name for name, field in event.model_fields.items() if _is_free(field)}
    assert {"reason", "comment", "grounds", "signatory", "email", "representative"} <= written
    assert written & set(SHOWN) <= {"bank_reference", "cause"}


def _is_free(field: Any) -> bool:
    """Whether it is a `Line` or a `Text`: their length tells them from codes and ids."""
    free = [next(iter(kind.__metadata__)).metadata for kind in (Line, Text)]  # type: ignore[attr-defined]
    return field.annotation is str and any(field.metadata[: len(one)] == one for one in free)


NEW = {
    "notify.support.opened": ("needs", "steps"),
    "support.step.opened": ("need", "owner"),
    "support.step.assigned": ("step", "owner"),
    "support.interview.held": ("needs",),
    "support.consent.noted": ("agreed",),
    "frontdesk.agreement.signed": ("association_consent",),
    "notify.peer.proposed": ("peer", "asked_to_help", "met", "distance_km"),
    "notify.peer.ended": ("peer", "because"),
    "frontdesk.peer.answered": ("peer", "accepts"),
    "frontdesk.community.declared": ("offers", "peers", "listed"),
    "frontdesk.invitation.answered": ("gathering", "comes", "people"),
    "backoffice.gathering.announced": ("gathering", "starts_on", "ends_on"),
    "intake.attachments.examined": ("files",),
    "funding.grant.taken-over": (
        "receipt_number",
        "wave",
        "zone",
        "awarded_cents",
        "awarded_on",
        "paid_on",
    ),
    "backoffice.laureate.imported": ("wave", "awarded_cents"),
}


@pytest.mark.parametrize("name", NEW)
def test_support_community_files_and_labels_taken_over_are_told_by_what_they_are_about(
    name: str,
) -> None:
    kind = EVENTS[f"{name}.v1"]
    [row] = rows_of([given(kind, example_of(kind).encode())], rehearsal=False)
    assert set(NEW[name]) <= row.told.keys()
    assert not {"laureate", "legal_name", "place_name", "siret", "title", "place"} & row.told.keys()


def test_files_are_counted_by_what_was_found_of_them() -> None:
    [row] = rows_of(
        [given(AttachmentsExamined, example_of(AttachmentsExamined).encode())], rehearsal=False
    )
    assert row.told["files"] == {"found": 1, "missing": 1}


def test_a_step_is_told_with_whose_it_is_by_when_and_how_far() -> None:
    step = {"step": "need-legal", "state": "agreed", "owner": "holder", "due_on": "2021-06-30"}
    [row] = rows_of([ours(SupportAdvanced, "s", "", 1, **step)], rehearsal=False)
    assert row.told == step


def example_of(kind: type[Event]) -> str:
    return (EXAMPLES / f"{kind.event_type()}.json").read_text(encoding="utf-8")


def test_an_erasure_is_found() -> None:
    erased = rows_of([ours(CandidatureErased, "c", "", 1)], rehearsal=False)
    assert erased_on(erased) == erased[0].at
    assert erased_on([]) is None
