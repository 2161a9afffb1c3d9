"""An agreement names who signed for the State by the key that stood then, not by what became of it since."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.funding.domain.states import Turn
from services.funding.handlers.state_side import state_side
from shared.kit.people.register import Standing
from shared.kit.people.signatures import public_key_of
from shared.kit.storage.states import States
from tests.databases import states_in
from tests.people import key_of
from tests.rules.money import given

ANSWERED_NS, REPLACED_NS = 1_000, 2_000
FIRST_KEY, NEW_KEY = public_key_of(key_of("first")), public_key_of(key_of("second"))


@pytest.fixture
def states(tmp_path: Path) -> Iterator[States]:
    with states_in(tmp_path, "funding") as found:
        yield found


@pytest.mark.parametrize(
    "stamped_ns", [ANSWERED_NS, REPLACED_NS], ids=["as it is", "looked up later"]
)
def test_the_officer_who_upheld_an_appeal_is_named_with_the_key_that_signed_it(
    states: States, stamped_ns: int
) -> None:
    """Given a key that was replaced before the holder signed, when the agreement is made."""
    grant = given.grant()
    states.keep(Standing("durand", 0, FIRST_KEY, ("director",)))
    states.keep(Standing("durand", REPLACED_NS, NEW_KEY, ("director",)))
    at = datetime(2021, 3, 1, tzinfo=UTC)
    turn = Turn(
        grant.candidature_id, "cause", at, "reexamined", "declined", "laureate", by="durand"
    )
    states.keep(replace(turn, stamped_ns=stamped_ns))
    [party] = state_side(states, grant)
    assert (party.name, party.signed_at) == ("durand", at)
    assert (party.public_key == FIRST_KEY) is (stamped_ns == ANSWERED_NS)
