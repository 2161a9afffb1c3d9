"""Whoever is revoked, or holds the reviewer's role no more, is asked to read nothing; their files go on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.eligibility import store
from services.eligibility.domain.states import Draw
from services.eligibility.handlers import Handlers
from shared.contract.backoffice import ReviewAssigned, ReviewOpened, ReviewReassigned
from shared.contract.eligibility import ReviewRequested
from shared.contract.event import Event
from shared.contract.values import Actor, Role
from shared.kit.people.register import Standing
from shared.kit.storage.states import States
from tests.databases import states_in
from tests.rules.eligibility.given import (
    AT,
    PROGRAMME,
    UNDER_REVIEW,
    WAVE,
    asked,
    dossier,
    file,
    in_allier,
    only_change,
    reviewer,
    territory,
)

REVOKED_NS = 1_000
BEFORE, AFTER = replace(AT, stamped_ns=REVOKED_NS - 1), replace(AT, stamped_ns=REVOKED_NS)
HANDLERS = Handlers(PROGRAMME, lambda _: territory("outside-urban"), in_allier)


@pytest.fixture
def states(tmp_path: Path) -> Iterator[States]:
    """Anna is revoked, bela keeps another role, carl and dina review; nobody registered elsa's key yet."""
    with states_in(tmp_path, "eligibility") as found:
        for name in ("anna", "bela", "carl", "dina", "elsa"):
            found.keep(reviewer(name))
            if name != "elsa":
                found.keep(Standing(name, 0, f"key of {name}", ("reviewer",)))
        found.keep(Standing("anna", REVOKED_NS, "", ()))
        found.keep(Standing("bela", REVOKED_NS, "key of bela", ("accountant",)))
        for one in (file(), UNDER_REVIEW):
            found.keep(one)
        yield found


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever is gone"])
def test_who_is_gone_is_neither_drawn_nor_assigned_nor_given_what_another_leaves(
    states: States, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    if not looked_at:
        monkeypatch.setattr(store, "is_gone", lambda *_: False)
    drawn = HANDLERS.on_review_opened(states, said(ReviewOpened, wave=WAVE), AFTER)
    names = {one["reviewer_id"] for one in only_change(drawn, Draw).reviewers}
    assert ({"anna", "bela"} <= names) is not looked_at
    assert {"carl", "dina", "elsa"} <= names

    about = {"candidature_id": dossier()}
    assigned = HANDLERS.on_review_assigned(
        states, said(ReviewAssigned, **about, reviewer_id="anna"), AFTER
    )
    assert assigned.result == ("refused" if looked_at else "assigned")
    earlier = HANDLERS.on_review_assigned(
        states, said(ReviewAssigned, **about, reviewer_id="anna"), BEFORE
    )
    assert earlier.result == "assigned", "what was said before the revocation stands"

    states.keep(asked("anna"))
    given = said(ReviewReassigned, **about, reviewer_id="anna", to="bela")
    decision = HANDLERS.on_review_reassigned(states, given, AFTER)
    assert [one.code for one in decision.reasons] == [
        "reviewer-gone" if looked_at else "review-not-late"
    ]


def test_what_a_revoked_reviewer_has_not_given_is_reassigned_before_it_is_late(
    states: States,
) -> None:
    states.keep(asked("anna"))
    given = said(ReviewReassigned, candidature_id=dossier(), reviewer_id="anna", to="carl")
    assert HANDLERS.on_review_reassigned(states, given, BEFORE).result == "refused"
    decision = HANDLERS.on_review_reassigned(states, given, AFTER)
    assert decision.result == "reassigned"
    assert "carl" in {
        fact.reviewer_id for fact in decision.facts if isinstance(fact, ReviewRequested)
    }


def said(kind: type[Event], **fields: Any) -> Any:
    actor = Actor(id="officer-1", role=Role.INSTRUCTOR)
    return kind.model_validate({"actor": actor, "reason": "selon le dossier", **fields})
