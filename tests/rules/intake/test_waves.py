"""When a wave takes files: opening, deadline in the programme's time zone, grace, extension, publication."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from services.intake.domain.extending import told_of_extension
from services.intake.domain.waves import (
    CLOCKS_APART,
    WaveState,
    deadline_of,
    extend,
    is_over,
    may_be_extended,
    publish,
    wave_at,
)
from shared.contract.backoffice import WaveExtended
from shared.kit.errors import Rejected
from tests.rules.intake.given import (
    DEADLINE,
    DIRECTOR,
    NEXT_WAVE,
    NOW,
    PROGRAMME,
    REASON,
    SECOND,
    WAVE,
    WAVES,
    a_dossier,
    a_file,
    kept,
)

EXTENDED = WAVES | {WAVE.id: WaveState(WAVE.id, closes_on=date(2021, 1, 5))}
CLOSED = WAVES | {WAVE.id: WaveState(WAVE.id, closed=True)}


def name_at(instant: datetime, waves: dict[str, WaveState] = WAVES) -> str | None:
    wave = wave_at(PROGRAMME, waves, instant)
    return wave.id if wave else None


def act(closes_on: date, wave: str = WAVE.id) -> WaveExtended:
    return WaveExtended(wave=wave, closes_on=closes_on, actor=DIRECTOR, reason=REASON)


def test_the_last_instant_of_the_last_day_in_paris_is_in_time_and_midnight_is_in_the_next_wave() -> (
    None
):
    assert name_at(DEADLINE - timedelta(microseconds=1)) == WAVE.id
    assert name_at(DEADLINE) == NEXT_WAVE.id


def test_the_deadline_is_midnight_where_the_programme_is_not_where_the_server_is() -> None:
    assert deadline_of(PROGRAMME, WAVES, WAVE) == datetime.fromisoformat(
        "2020-12-30T23:00:00+00:00"
    )


def test_a_wave_takes_files_from_the_midnight_of_its_first_day() -> None:
    opening = datetime.fromisoformat("2020-10-01T00:00:00+02:00")
    assert name_at(opening - SECOND) is None
    assert name_at(opening) == WAVE.id


def test_the_minutes_of_grace_are_added_to_the_deadline() -> None:
    graceful = PROGRAMME.intake.model_copy(update={"grace_minutes": 90})
    programme = PROGRAMME.model_copy(update={"intake": graceful})
    assert deadline_of(programme, WAVES, WAVE) == DEADLINE + timedelta(minutes=90)
    assert deadline_of(programme, EXTENDED, WAVE) == deadline_of(
        PROGRAMME, EXTENDED, WAVE
    ) + timedelta(minutes=90)


def test_given_an_extension_when_a_file_comes_after_the_first_deadline_then_it_is_in_time() -> None:
    assert name_at(DEADLINE + SECOND, EXTENDED) == WAVE.id


def test_given_a_closed_wave_when_a_file_of_before_is_read_then_the_wave_takes_it_no_more() -> None:
    assert name_at(NOW, CLOSED) is None


@pytest.mark.parametrize(
    ("waves", "now", "waits"),
    [
        (WAVES, DEADLINE - SECOND, False),
        (WAVES, DEADLINE, True),
        (EXTENDED, DEADLINE, False),
        (CLOSED, DEADLINE, False),
    ],
)
def test_from_a_deadline_until_the_wave_is_closed_a_file_waits_for_the_extensions(
    waves: dict[str, WaveState], now: datetime, waits: bool
) -> None:
    assert may_be_extended(PROGRAMME, waves, now) is waits


def test_once_every_wave_is_closed_no_file_waits() -> None:
    all_closed = {wave.id: WaveState(wave.id, closed=True) for wave in PROGRAMME.waves}
    assert not may_be_extended(PROGRAMME, all_closed, DEADLINE + timedelta(days=900))


def test_a_wave_is_over_once_its_deadline_has_passed_on_every_servers_clock() -> None:
    assert not is_over(PROGRAMME, WAVES, WAVE, DEADLINE + CLOCKS_APART - SECOND)
    assert is_over(PROGRAMME, WAVES, WAVE, DEADLINE + CLOCKS_APART)
    assert not is_over(PROGRAMME, CLOSED, WAVE, DEADLINE + CLOCKS_APART)


def test_given_an_open_wave_when_an_officer_extends_it_then_it_closes_later() -> None:
    decision = extend(PROGRAMME, WAVES[WAVE.id], act(date(2021, 1, 5)))
    state = kept(decision, WaveState)
    assert decision.result == "extended"
    assert deadline_of(PROGRAMME, {WAVE.id: state}, WAVE) == datetime.fromisoformat(
        "2021-01-06T00:00:00+01:00"
    )


@pytest.mark.parametrize(
    ("state", "said", "why"),
    [
        (WAVES[WAVE.id], act(WAVE.closes_on - timedelta(days=1)), "bring the deadline forward"),
        (EXTENDED[WAVE.id], act(date(2021, 1, 4)), "bring the deadline forward"),
        (CLOSED[WAVE.id], act(date(2021, 1, 5)), "closed already"),
        (None, act(date(2021, 1, 5), "2031-1"), "no such wave"),
    ],
)
def test_an_extension_that_cannot_be_is_rejected(
    state: WaveState | None, said: WaveExtended, why: str
) -> None:
    with pytest.raises(Rejected, match=why):
        extend(PROGRAMME, state, said)


def test_the_same_day_again_is_no_step_back() -> None:
    assert extend(PROGRAMME, EXTENDED[WAVE.id], act(date(2021, 1, 5))).result == "extended"


def test_whoever_filed_in_a_wave_that_closes_later_is_told_and_nobody_where_the_day_stays() -> None:
    states = ("registered", "incomplete", "withdrawn", "refused", "erased")
    filed = [a_dossier(a_file(number), status=state) for number, state in enumerate(states, 1)]
    told = told_of_extension(PROGRAMME, WAVES[WAVE.id], EXTENDED[WAVE.id], filed)
    assert [(fact.candidature_id, fact.complete) for fact in told] == [
        (filed[0].candidature_id, True),
        (filed[1].candidature_id, False),
    ]
    assert told[0].answer_due_on == date(2021, 3, 5)
    assert told[0].deadline == datetime.fromisoformat("2021-01-06T00:00:00+01:00")
    for never_moved in (EXTENDED[WAVE.id], WAVES[WAVE.id]):
        assert told_of_extension(PROGRAMME, never_moved, never_moved, filed) == ()


def test_given_a_publication_when_a_reopening_was_asked_for_then_that_is_over() -> None:
    asked = {"actor": "director-1", "role": "director", "closes_on": "2021-01-15", "stamped_ns": 1}
    state = replace(CLOSED[WAVE.id], reopening=asked)
    published = kept(publish(state), WaveState)
    assert (published.published, published.closed, published.reopening) == (True, True, None)


def test_given_a_reopening_that_crossed_the_publication_then_the_wave_is_closed() -> None:
    reopened = replace(WAVES[WAVE.id], reopenings=1)
    assert kept(publish(reopened), WaveState).closed


def test_given_a_publication_that_is_read_before_the_files_then_the_wave_still_takes_them() -> None:
    assert not kept(publish(WAVES[WAVE.id]), WaveState).closed


def test_a_publication_of_a_wave_that_is_unknown_is_rejected() -> None:
    with pytest.raises(Rejected, match="no such wave"):
        publish(None)
