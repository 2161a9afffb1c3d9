"""A fact that this release does not hear is left to a newer one, and nobody outside fills a consumer so."""

import pytest
from sqlalchemy import create_engine

from shared.kit.clock import Clock
from shared.kit.consumer.decide import decide, read
from shared.kit.delivery import Delivery
from shared.kit.handled import ATTEMPTS_MAX, DEAD_LETTERED, Handled
from shared.kit.storage.states import States
from tests.service.kit.counting import TALLIES, Tally, reactions
from tests.submissions import candidature_id

OURS = "fabriques.eligibility.candidature.scored.v2"
OUTSIDE = "fabriques.frontdesk.holders.candidature.withdrawal-requested.v2"


def decided(subject: str, attempt: int, brought: bool = True) -> Handled:
    """`brought` by the broker, or taken from what waits."""
    message = object() if brought else None
    said = f"{subject}.{candidature_id()}"
    delivery = Delivery(message, said, {}, b"{}", "LOG", "intake-on-log", attempt, 1, 10**18)
    with create_engine("sqlite://").connect() as connection:
        states = States(connection, {Tally: TALLIES})
        return decide(read(delivery, reactions(), Clock(False), "here"), states)


@pytest.mark.parametrize("subject", [OURS, OUTSIDE])
def test_it_is_left_to_a_newer_replica(subject: str) -> None:
    assert decided(subject, ATTEMPTS_MAX - 1).verdict == "later"


def test_what_a_front_end_says_is_a_dead_letter_in_the_end() -> None:
    handled = decided(OUTSIDE, ATTEMPTS_MAX)
    assert handled.decision.result == DEAD_LETTERED
    assert "newer replica" in handled.cause
    assert not handled.unexpected, "it would stop the service"


@pytest.mark.parametrize("subject", [OURS, OUTSIDE])
def test_ours_and_what_no_broker_brings_is_left_for_as_long_as_it_takes(subject: str) -> None:
    assert decided(subject, ATTEMPTS_MAX, brought=False).verdict == "later"
    assert decided(OURS, 1_000).verdict == "later"
