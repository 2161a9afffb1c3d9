"""What a person is handed over of the log: all that is theirs, in words, and nothing of anybody else."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.cli.export.collecting import A_REVIEWER, SEALED, entries_of, section_of, sections_of
from deploy.cli.export.keeping import keeping_of
from deploy.cli.export.page import page_of
from deploy.cli.export.words import LABELS, TITLES
from deploy.local.home.programme_copy import SHIPPED
from shared.contract.backoffice import BankStatementReceived, ReviewAssigned
from shared.contract.event import EVENTS, Event
from shared.contract.frontdesk import BankDetailsProvided, CandidatureSubmitted, ReviewSubmitted
from shared.contract.funding import TrancheOrdered, WaveVerificationFailed
from shared.contract.intake import FileRead
from shared.programme import Programme, load_programme
from tests.conftest import PROGRAMMES
from tests.rules.operators.test_timeline import DOSSIER, given
from tests.submissions import submission

OTHER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c99"
ORDER, OTHERS_ORDER = "FABT-2020-4-00012-T1-A1", "FABT-2020-4-00013-T1-A1"
OF_DOSSIERS = ("candidature_id", "tranche_id", "order_id", "letter_id")
ACTOR = {"actor": {"id": "durand", "role": "instructor"}, "reason": "Anna est libre."}


def entries(*found: Any) -> list[dict[str, Any]]:
    return entries_of(found, DOSSIER, rehearsal=False)


def test_every_fact_that_may_be_of_a_dossier_and_each_of_its_fields_has_a_french_name() -> None:
    kinds = [kind for kind in EVENTS.values() if kind.dossier_field in OF_DOSSIERS]
    kinds = [kind for kind in kinds if kind.publisher != "status"]
    assert [one.event_type() for one in kinds if name_of(one) not in TITLES] == []
    assert {field for kind in kinds for field in kind.model_fields} - set(LABELS) <= {
        "comment", "comments", "peer", "peers", "token", "reviewer_id", "reviewers",
    }  # fmt: skip
    assert {section_of(name_of(kind)) for kind in kinds} >= {
        "sent",
        "decisions",
        "money",
        "letters",
    }


def name_of(kind: type[Event]) -> str:
    return kind.event_type().rpartition(".v")[0]


def test_reviewers_and_what_they_wrote_for_the_committee_are_left_out_and_marks_are_told() -> None:
    said = {
        "reviewer_id": "anna",
        "marks": {"ambition": 2},
        "comment": "Anna doute.",
        "comments": {},
    }
    read = {"reader_id": "anna", "role": "reviewer", "read_at": "2021-01-05T10:00:00+01:00"}
    told = entries(
        given(ReviewAssigned, {**ACTOR, "reviewer_id": "anna"}),
        given(ReviewSubmitted, said, 2),
        given(FileRead, read, 3),
    )
    assert "anna" not in json.dumps(told).lower()
    assert [told[1]["who"], told[1]["data"]["marks"]] == [A_REVIEWER, {"ambition": 2}]
    assert told[2]["data"]["reader_id"] == A_REVIEWER


def test_an_account_stays_sealed() -> None:
    [told] = entries(given(BankDetailsProvided, {"sealed": "U0VDUkVU"}))
    assert told["data"]["sealed"] == SEALED
    assert told["erased_with_the_person"]


def test_of_a_banks_message_and_of_a_wave_only_ones_own_is_told() -> None:
    ordered = given(
        TrancheOrdered, {"tranche_id": f"{DOSSIER}-T1", "order_id": ORDER, "amount_cents": 5}
    )
    lines = [
        {"end_to_end_id": order, "status": "settled", "amount_cents": 5, "bank_reference": order}
        for order in (ORDER, OTHERS_ORDER)
    ]
    statement = {"statement_id": "S-1", "part": 1, "lines": lines, **ACTOR}
    bank = _of(BankStatementReceived, "S-1", statement)
    failed = {"wave": "2020-4", "digest": "0" * 64, "reasons": [{"code": "rank", "message": OTHER}]}
    wave = _of(WaveVerificationFailed, "2020-4", failed)
    told = json.dumps(entries(ordered, bank, wave))
    assert ORDER in told
    assert OTHERS_ORDER not in told
    assert OTHER not in told
    assert entries(bank) == [], "no line of it is about this dossier"


def _of(kind: type[Event], dossier: str, body: dict[str, Any]) -> Any:
    one = given(kind, {})
    subject = one.subject.replace(DOSSIER, dossier)
    return type(one)(
        one.stream, one.sequence, one.stamped_ns, subject, {}, json.dumps(body).encode()
    )


@pytest.mark.parametrize(
    ("due", "said"), [("2031-02-15T00:00:00+01:00", "15\u00a0février"), (None, "10 ans")]
)
def test_until_when_it_is_kept_is_told_by_the_counter_or_else_by_the_programme(
    due: str | None, said: str
) -> None:
    found = keeping_of({"due_at": due, "kept_because": None}, load_programme(SHIPPED))
    assert said in found["rule"]
    assert found["until"] == (due and due[:10])


def page_with(programme: Programme, *found: Any) -> str:
    sent = [{**one, "letter": None} for one in entries(*found)]
    document = {
        "made_at": datetime.now(UTC).isoformat(), "made_by": "durand", "dossier": {}, "erased": None,
        "programme": {"name": "P", "service": "S", "contact": "c@example.org"}, "why": "", "reviews": [],
        "keeping": {"rule": "", "kept_because": None}, "where": [], "not_here": [],
        "sections": sections_of(sent),
    }  # fmt: skip
    return page_of(document, programme)


def test_zones_have_the_names_of_the_programme_on_the_page() -> None:
    programme = load_programme(PROGRAMMES / "fabriques-de-territoire-2023.toml")
    [zone] = programme.zones
    _, body = submission(candidature_id=DOSSIER, place__declared_zones=[zone.id])
    page = page_with(programme, given(CandidatureSubmitted, body))
    assert (zone.name in page, zone.id in page) == (True, False)


def test_what_a_person_wrote_is_text_on_the_page_and_never_markup() -> None:
    _, body = submission(candidature_id=DOSSIER, project__summary="<script>alert(1)</script>")
    page = page_with(load_programme(SHIPPED), given(CandidatureSubmitted, body))
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "http" not in page.replace("https://", "http").partition("<body>")[0], (
        "it needs no other file"
    )
    for words in (
        "projet · médiation numérique",
        "projet · résumé",
        "Camille Exemple",
        "50\u00a0000\u00a0€",
        "siret",
    ):
        assert words in page.replace("SIRET", "siret")
