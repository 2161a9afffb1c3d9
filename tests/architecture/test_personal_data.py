"""Every text that could hold a person's data is erased, or is told why it stays: in facts and in tables."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from deploy.loading import part_of
from shared.contract import EVENTS
from shared.contract.personal import ERASED, KEPT
from shared.contract.topology import SERVICES
from shared.kit.storage.columns import JsonColumn
from shared.kit.storage.state_tables import StateTable
from tests.architecture.sources import ROOT
from tests.contracts.texts import open_texts

PAGE = (ROOT / "docs" / "personal-data.md").read_text(encoding="utf-8")
NAME_CHARACTERS = 45  # what is shorter holds a number or a word of ours
STAYS = {
    "said",  # a label of before the platform: the same
    "legal_name", "place_name",  # the legal person and the place, which the law has published
    "address",  # of a reviewer, as an officer registered it: the page says how it goes
    "kinds",
    "departments", "title", "place",  # of a meeting
    "agreed_by", "ended_by", "helped", "helper",
    "needs", "offers", "steps", "done", "peers", "told", "template", "mailbox",
    "zones", "declared_zones", "marks", "ties", "reviewers", "loads", "missing", "decided", "grid", "seed",
    "requested_cents", "awarded_cents", "cents_before", "due_before", "criteria", "reviews", "tie_break",
    "reasons", "ineligible_because", "reason", "gates", "places", "policy", "quotas_left", "approvals",
    "words", "files", "indicators", "detail", "examined_because", "aids", "reopening", "tranches", "due_on",
    "project_key", "key",
    "bank_reference", "reference", "digest", "template_digest", "inputs_digest", "policy_digest",
    "accepted_id", "cause_id", "heard_id", "sending_id", "statement_id", "reviewer_id", "run_id",
    "strengths", "weaknesses", "reader_id", "reading_id", "moderated_by",
    "person_id", "released", "listed",
    "assigned_by", "by", "confirmed_by", "decided_by", "examined_by", "officer", "verified_by", "regime",
}  # fmt: skip


def tables() -> Iterator[tuple[str, StateTable]]:
    for service in SERVICES:
        yield from ((service, table) for table in part_of(service, "tables").STATE_TABLES.values())


def may_hold_a_name(column: Any) -> bool:
    if isinstance(column.type, JsonColumn):
        return True
    kind = column.type.python_type if not isinstance(column.type, JsonColumn) else str
    longest = getattr(column.type, "length", None)
    return kind in (str, bytes) and (longest is None or longest > NAME_CHARACTERS)


def named_in(heading: str) -> set[str]:
    part = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("| ")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.rpartition(" | ")[0])}


def test_every_text_of_a_fact_that_stays_is_told_why() -> None:
    untold = [
        f"{kind.__name__}.{path}"
        for kind in EVENTS.values()
        if kind not in ERASED
        for path in open_texts(kind)
        if path not in KEPT
    ]
    assert untold == []


def test_every_reason_to_stay_is_of_a_text_that_is_there() -> None:
    told = {path for kind in EVENTS.values() if kind not in ERASED for path in open_texts(kind)}
    assert set(KEPT) - told - {"public_key"} == set()


@pytest.mark.parametrize("kind", ERASED, ids=lambda kind: kind.__name__)
def test_what_a_fact_is_personal_by_is_in_it(kind: type[BaseModel]) -> None:
    assert {path.partition(".")[0] for path in ERASED[kind]} <= set(kind.model_fields)  # type: ignore[index]


def test_every_column_that_could_hold_a_name_is_erased_or_is_known_to_hold_none() -> None:
    unknown = [
        f"{service}: {table.table.name}.{column.name}"
        for service, table in tables()
        for column in table.table.columns
        if may_hold_a_name(column) and column.name not in {*table.personal, *STAYS}
    ]
    assert unknown == []


def test_the_page_names_every_fact_and_every_column_that_is_erased() -> None:
    assert named_in("In the log") == {kind.__name__ for kind in ERASED}
    columns = {f"{table.table.name}.{name}" for _, table in tables() for name in table.personal}
    assert named_in("In the databases") == columns


def test_control_a_new_text_would_be_seen() -> None:
    class Sent(BaseModel):
        nickname: str
        ids: tuple[int, ...]

    assert list(open_texts(Sent)) == ["nickname"]
