"""When a wave closes, opens again, and may be ranked."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.funding.domain.states import WaveState
from services.funding.domain.waves import waves
from shared.contract.intake import WaveClosed
from tests.rules.waves import given

CLOSED = WaveClosed(
    wave=given.FIRST,
    deadline=datetime(2020, 12, 30, 23, tzinfo=UTC),
    registered=2,
    frontdesk_sequence=2,
)


def known(stage: str = "closed", earlier: str = "published", **changed) -> dict[str, WaveState]:
    """The second wave, after one that is `earlier`."""
    found = given.waves(first=earlier, second=stage)
    complete = {"registered": 1, "entries": 1, "ready": 1}
    found[given.SECOND] = replace(found[given.SECOND], **(complete | changed))
    return found


def test_a_wave_closes_once_and_is_told_how_many_it_waits_for():
    decision = waves.close(WaveState(given.FIRST, entries=1, ready=1), CLOSED)
    wave = given.one(decision, WaveState)

    assert decision.result == "closed"
    assert (wave.state, wave.registered, wave.complete) == ("closed", 2, False)
    assert waves.close(wave, CLOSED).result == "duplicate"


def test_a_complete_wave_is_ranked_when_every_earlier_one_is_published():
    assert waves.may_rank(given.programme(), given.SECOND, known())


@pytest.mark.parametrize("earlier", ["open", "closed", "ranked"])
def test_no_wave_is_ranked_before_an_earlier_one_is_published(earlier: str):
    assert not waves.may_rank(given.programme(), given.SECOND, known(earlier=earlier))


@pytest.mark.parametrize("stage", ["open", "published"])
def test_a_wave_that_is_open_or_published_is_not_ranked(stage: str):
    assert not waves.may_rank(given.programme(), given.SECOND, known(stage))


@pytest.mark.parametrize(
    "lacking", [{"entries": 0}, {"ready": 0}, {"registered": None}, {"registered": 2}]
)
def test_a_wave_waits_for_every_candidature_that_was_registered(lacking):
    assert not waves.may_rank(given.programme(), given.SECOND, known(**lacking))


def test_a_wave_that_is_ranked_is_ranked_again_when_an_entry_changes():
    assert waves.may_rank(given.programme(), given.SECOND, known("ranked"))


def test_the_first_wave_waits_for_no_other():
    found = given.waves(first="closed")
    found[given.FIRST] = replace(found[given.FIRST], registered=0)

    assert waves.may_rank(given.programme(), given.FIRST, found)


def test_a_reopened_wave_is_as_before_its_closing_but_for_the_number_of_its_proposals():
    word = {"actor": "director-1", "role": "director", "at": "2021-01-20", "stamped_ns": 1}
    ranked = replace(given.ranked(given.entry()).wave, approvals=(word,))

    decision = waves.reopen(ranked)

    opened = given.one(decision, WaveState)
    assert decision.result == "reopened"
    assert opened == WaveState(given.FIRST, entries=1, ready=1, proposal=1)


def test_what_is_published_is_not_reopened():
    decision = waves.reopen(given.published(given.entry()).wave)

    assert (decision.result, decision.changes) == ("already-published", ())


def test_the_waves_of_a_programme_follow_each_other():
    rules = given.programme()

    assert waves.wave_before(rules, given.FIRST) is None
    assert waves.wave_before(rules, given.SECOND) == given.FIRST
    assert waves.wave_after(rules, given.FIRST) == given.SECOND
    assert waves.wave_after(rules, given.LAST) is None


def test_the_reserve_that_lives_is_that_of_the_latest_published_wave():
    assert waves.with_living_reserve(given.waves()) is None
    found = waves.with_living_reserve(given.waves(first="published", second="published"))
    assert found and found.wave == given.SECOND
    found = waves.with_living_reserve(given.waves(first="published", second="closed"))
    assert found and found.wave == given.FIRST


def test_no_reserve_lives_while_the_next_wave_is_being_decided():
    found = given.waves(first="published", second="ranked")

    assert waves.with_living_reserve(found) is None
    decided = waves.being_decided(found)
    assert decided and decided.wave == given.SECOND


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (given.empty(), given.entry(), (1, 1)),
        (given.entry(score=None), given.entry(), (0, 1)),
        (given.entry(), given.entry(score=None), (0, -1)),
        (given.empty(), given.out(), (1, 1)),
        (given.empty(), given.entry(eligible=None), (1, 0)),
        (given.entry(), given.entry(withdrawn=True), (0, 0)),
    ],
)
def test_a_wave_counts_what_is_registered_and_what_is_ready(before, after, expected):
    wave = waves.counted(WaveState(given.FIRST, entries=5, ready=5), before, after)

    assert (wave.entries - 5, wave.ready - 5) == expected


def test_a_proposal_outlives_a_change_that_leaves_the_wave_complete():
    wave = given.ranked(given.entry()).wave

    assert waves.counted(wave, given.entry(), given.entry(mark=2)).state == "ranked"
    assert waves.counted(wave, given.entry(), given.entry(score=None)).state == "closed"
