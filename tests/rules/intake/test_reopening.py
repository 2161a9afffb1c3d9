"""A wave that a wrong clock closed is reopened by two officers, while nothing of it is published."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.intake.domain.claims import claim_of
from services.intake.domain.closing import close_wave
from services.intake.domain.dossier import Dossier
from services.intake.domain.reopening import decide_reopening, why_not
from services.intake.domain.waves import WaveState
from shared.contract.backoffice import WaveReopened
from shared.contract.intake import (
    CandidatureDeadlineMoved,
    CandidaturePiecesRequested,
    WaveOpenedAgain,
)
from shared.contract.values import Actor, Role
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected
from tests.rules.intake.given import PROGRAMME, a_dossier, a_file, incomplete

LAST_DAY = date(2021, 1, 15)
NOW = datetime(2021, 1, 2, tzinfo=UTC)
AT = Arrival("an-act", NOW, "BACKOFFICE", 1, "", "an-act")
CLOSED = WaveState("2020-4", registered=3, closed=True)


def act(actor: str = "director-1", **changes: Any) -> WaveReopened:
    said = {"wave": "2020-4", "closes_on": LAST_DAY, "reason": "Horloge fausse."}
    return WaveReopened(actor=Actor(id=actor, role=Role.DIRECTOR), **{**said, **changes})


def test_given_a_closed_wave_when_one_officer_asks_then_it_stays_closed() -> None:
    decision = decide_reopening(PROGRAMME, CLOSED, [], act(), AT)
    assert decision.facts == ()
    [kept] = decision.changes
    assert (decision.result, kept.closed) == ("asked", True)
    assert kept.reopening == {
        "actor": "director-1",
        "role": "director",
        "closes_on": "2021-01-15",
        "stamped_ns": AT.stamped_ns,
    }
    again = decide_reopening(PROGRAMME, kept, [], act(), AT)
    assert (again.result, again.changes) == ("duplicate", ()), "one officer twice is one officer"


def test_given_one_officers_word_when_another_says_the_same_then_the_wave_is_open_again() -> None:
    [asked] = decide_reopening(PROGRAMME, CLOSED, [], act(), AT).changes
    decision = decide_reopening(PROGRAMME, asked, [], act("director-2"), AT)
    [fact] = decision.facts
    assert isinstance(fact, WaveOpenedAgain)
    assert fact.deadline.isoformat() == "2021-01-15T23:00:00+00:00"
    [opened] = decision.changes
    assert (opened.closed, opened.closes_on, opened.registered) == (False, LAST_DAY, 3)
    assert (opened.reopening, opened.reopenings, fact.reopening) == (None, 1, 1)
    assert opened.closing not in (CLOSED.closing, replace(opened, reopenings=2).closing)


def test_given_one_officers_word_when_another_names_another_day_then_it_starts_anew() -> None:
    [asked] = decide_reopening(PROGRAMME, CLOSED, [], act(), AT).changes
    [other] = decide_reopening(
        PROGRAMME, asked, [], act("director-2", closes_on=date(2021, 2, 1)), AT
    ).changes
    assert other.closed
    assert (
        decide_reopening(
            PROGRAMME, other, [], act("director-1", closes_on=date(2021, 2, 1)), AT
        ).result
        == "reopened"
    )


def test_given_a_file_that_closing_refused_then_it_is_awaited_again_under_the_receipt_it_had() -> (
    None
):
    before = a_dossier(incomplete(), status="incomplete", version=0)
    closing = close_wave(PROGRAMME, replace(CLOSED, closed=False), [before], 20)
    [refused] = [change for change in closing.changes if isinstance(change, Dossier)]
    [asked] = decide_reopening(PROGRAMME, CLOSED, [refused], act(), AT).changes
    decision = decide_reopening(PROGRAMME, asked, [refused], act("director-2"), AT)
    assert replace(before, since=NOW) in decision.changes
    assert claim_of(before) in decision.changes
    [request] = [fact for fact in decision.facts if isinstance(fact, CandidaturePiecesRequested)]
    assert (request.missing, request.reopened) == (("governance",), True)
    assert request.received_at == before.received_at, (
        "the day it came, not the one it is awaited again"
    )


def test_whoever_was_told_that_the_wave_was_closed_is_told_that_it_is_open() -> None:
    """Given files of every state and one that came too late, each hears of it once."""
    states = ("registered", "withdrawn", "erased", "refused")
    filed = [a_dossier(a_file(place), status=state) for place, state in enumerate(states, start=1)]
    late = a_file(9).candidature_id
    [asked] = decide_reopening(PROGRAMME, CLOSED, [], act(), AT, filed, [late]).changes
    facts = decide_reopening(PROGRAMME, asked, [], act("director-2"), AT, filed, [late]).facts
    told = [fact for fact in facts if isinstance(fact, CandidatureDeadlineMoved)]
    assert [(fact.candidature_id, fact.complete) for fact in told] == [
        (filed[0].candidature_id, True),
        (late, False),
    ]
    assert {(fact.reopened, fact.answer_due_on) for fact in told} == {(True, date(2021, 3, 15))}


@pytest.mark.parametrize(
    ("state", "said", "why"),
    [
        (replace(CLOSED, published=True), act(), "published"),
        (replace(CLOSED, closed=False), act(), "is open"),
        (CLOSED, act(wave="2031-9"), "no such wave"),
        (CLOSED, act(closes_on=date(2020, 12, 1)), "cannot bring the deadline forward"),
        (replace(CLOSED, closes_on=date(2021, 2, 1)), act(), "cannot bring the deadline forward"),
        (CLOSED, act(closes_on=date(2020, 12, 31)), "is over"),
    ],
)
def test_what_forbids_a_reopening_is_told(state: WaveState, said: WaveReopened, why: str) -> None:
    assert why in why_not(PROGRAMME, state, said, NOW)


def test_given_a_reopening_that_is_forbidden_when_it_is_asked_for_then_it_is_rejected() -> None:
    with pytest.raises(Rejected, match="published"):
        decide_reopening(PROGRAMME, replace(CLOSED, published=True), [], act(), AT)


def test_nothing_else_forbids_it() -> None:
    """The control: the same act on a closed wave whose new last day is to come."""
    assert why_not(PROGRAMME, CLOSED, act(), NOW) == ""
