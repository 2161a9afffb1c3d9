"""A label of before the platform is of no wave that has a list here: what rests on one finds its way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.funding.domain.states import Appeal, Grant, Turn
from services.funding.domain.waves import takeover
from services.funding.handlers.state_side import state_side
from services.funding.handlers.waves import SelectionHandlers
from shared.contract.decision import Decision
from shared.contract.funding import CandidatureReexamined
from shared.kit.errors import Rejected
from shared.kit.storage.states import States
from tests.databases import states_in
from tests.rules.waves import given
from tests.rules.waves.labels import ACCOUNTANT, label, of, room, said, taken, word


@pytest.fixture
def states(tmp_path: Path) -> Iterator[States]:
    with states_in(tmp_path, "funding") as found:
        yield found


def holding(states: States) -> Grant:
    """A label that two people said, its agreement not signed yet."""
    unsigned = label(agreed_on=None, paid_on=())
    first = word(laureate=unsigned)
    second = takeover.say(room(), first, said(ACCOUNTANT, unsigned), given.at())
    changed = (*taken(unsigned).changes, *second.changes)
    for change in changed:
        states.keep(change)
    [grant] = of(Grant, changed)
    return grant


def answered(
    states: States, grant: Grant, upheld: bool, grounds_read: int | None = None
) -> Decision:
    grounds = ("Le bail.", "Le budget.")
    states.keep(
        Appeal(grant.candidature_id, 1, given.NOW, "filed", date(2021, 4, 1), grounds=grounds)
    )
    named = {"candidature_id": grant.candidature_id, "grounds_read": grounds_read}
    act = given.appeal_decided(upheld).model_copy(update=named)
    return SelectionHandlers(given.programme()).on_appeal_decided(
        states, act, given.at(given.LATER)
    )


@pytest.mark.parametrize("upheld", [True, False])
def test_an_appeal_of_a_label_is_answered_and_commits_no_money_again(
    states: States, upheld: bool
) -> None:
    decision = answered(states, holding(states), upheld)
    told = given.fact(decision, CandidatureReexamined)
    assert (told["upheld"], told["outcome_before"], told["outcome"]) == (
        upheld,
        "laureate",
        "laureate",
    )
    assert [type(fact) for fact in decision.facts] == [CandidatureReexamined]
    assert {type(change) for change in decision.changes} == {Appeal, Turn}


def test_an_answer_to_fewer_grounds_than_there_are_is_refused(states: States) -> None:
    grant = holding(states)
    with pytest.raises(Rejected, match="1 grounds were read, and there are 2"):
        answered(states, grant, upheld=False, grounds_read=1)
    assert answered(states, grant, upheld=False, grounds_read=2).result == "appeal-rejected"


def test_a_label_that_has_ended_is_given_back_by_no_appeal(states: States) -> None:
    grant = replace(holding(states), state="cancelled")
    states.keep(grant)
    with pytest.raises(Rejected, match="gives none back"):
        answered(states, grant, upheld=True)


def test_the_two_who_said_a_label_stand_for_the_state_where_its_agreement_is_signed_here(
    states: States,
) -> None:
    parties = state_side(states, holding(states))
    assert [party.name for party in parties] == ["director-1", "comptable-1"]
