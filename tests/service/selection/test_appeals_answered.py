"""An appeal is answered once, whichever comes first: a zone that is found, or an officer's answer."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from services.funding.domain.states import Appeal, Entry
from services.funding.handlers.waves import SelectionHandlers
from shared.contract.decision import Decision
from shared.contract.funding import CandidatureReexamined
from shared.kit.errors import Rejected
from shared.kit.storage.states import States
from tests.databases import states_in
from tests.rules.waves import given

HANDLERS = SelectionHandlers(given.programme())
AT = given.at(given.LATER)


@pytest.fixture
def states(tmp_path: Path) -> Iterator[States]:
    """A place in no zone is contested before its wave is ranked."""
    with states_in(tmp_path, "funding") as states:
        states.keep(given.wave(given.out(1)))
        states.keep(given.out(1))
        states.keep(
            Appeal(given.dossier(1), 1, given.NOW, "filed", date(2021, 4, 1), grounds=("Le bail.",))
        )
        yield states


def kept(states: States, decision: Decision) -> Decision:
    for change in decision.changes:
        states.keep(change)
    return decision


def zone_found(states: States) -> Decision:
    found = given.checked("outside-urban", revision=2)
    return kept(states, HANDLERS.on_eligibility_checked(states, found, AT))


def answered(states: States, upheld: bool) -> Decision:
    return kept(states, HANDLERS.on_appeal_decided(states, given.appeal_decided(upheld), AT))


def state_of(states: States) -> str:
    [appeal] = states.of(Appeal, given.dossier(1))
    return appeal.state


@pytest.mark.parametrize("upheld", [True, False])
def test_an_officers_answer_that_comes_after_the_zone_finds_it_answered(
    states: States, upheld: bool
) -> None:
    zone_found(states)
    decision = answered(states, upheld)
    assert (decision.result, decision.changes, decision.facts) == ("already-upheld", (), ())
    assert state_of(states) == "upheld"


def test_a_zone_that_is_found_after_the_answer_counts_and_answers_nothing_again(
    states: States,
) -> None:
    [told] = answered(states, upheld=False).facts
    assert isinstance(told, CandidatureReexamined)
    assert zone_found(states).facts == ()
    entry = states.one(Entry, given.dossier(1))
    assert entry is not None and entry.eligible
    assert state_of(states) == "rejected"


def test_an_appeal_is_decided_once(states: States) -> None:
    answered(states, upheld=False)
    assert answered(states, upheld=False).result == "already-rejected"


def test_before_the_list_an_officer_upholds_by_finding_the_zone(states: States) -> None:
    """The control: nothing has answered it, so the officer is told the way."""
    with pytest.raises(Rejected, match=r"territory\.decided"):
        answered(states, upheld=True)
