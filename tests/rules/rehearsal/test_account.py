"""The end of a season: a failed check says so, the clock never goes back, only our own folder is wiped."""

from datetime import date
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.rehearsal.checks import arithmetic, promises, unplayed
from deploy.rehearsal.clock import SeasonClock
from deploy.rehearsal.folder import HomeRefused, wipe
from deploy.rehearsal.summary import euros
from shared.contract.support import StepOwner

PARIS = ZoneInfo("Europe/Paris")
ANSWERED = {
    "submitted": 10,
    "registered": 6,
    "already_registered": 1,
    "refused": {"a": 1, "b": 1},
    "duplicates": 1,
}


def test_given_every_sending_answered_once_then_nothing_is_reported() -> None:
    assert list(arithmetic(ANSWERED)) == []


@pytest.mark.parametrize("name", ["submitted", "registered", "already_registered", "duplicates"])
@pytest.mark.parametrize("difference", [-1, 1])
def test_given_one_answer_too_many_or_too_few_then_it_is_reported(
    name: str, difference: int
) -> None:
    assert len(list(arithmetic({**ANSWERED, name: ANSWERED[name] + difference}))) == 1  # type: ignore[operator]


@given(st.lists(st.dates(date(2020, 1, 1), date(2030, 1, 1)), max_size=20))
def test_the_season_never_goes_back(days: list[date]) -> None:
    clock = SeasonClock(date(2020, 1, 1), PARIS)
    told = [clock.now]
    for day in days:
        if day < clock.today:
            with pytest.raises(ValueError, match="cannot go back"):
                clock.move_to(day)
        else:
            clock.move_to(day)
        told.append(clock.tick())
    assert told == sorted(told)
    assert len(set(told)) == len(told)


def test_a_tranche_that_no_job_decided_on_its_day_breaks_the_promise_of_its_letter() -> None:
    tranche = {"tranche_id": "T1", "due_on": "2021-05-15", "state": "settled"}
    grants = [{"tranches": [tranche, {**tranche, "state": "cancelled", "due_on": "2030-01-01"}]}]
    assert list(promises(grants, {"2021-05-15"})) == []
    assert len(list(promises(grants, {"2022-02-14"}))) == 1


def test_a_missing_or_empty_folder_is_taken(tmp_path: Path) -> None:
    wipe(tmp_path / "nowhere")
    wipe(tmp_path)
    assert not tmp_path.exists()


def test_a_folder_that_a_rehearsal_left_is_wiped(tmp_path: Path) -> None:
    home = tmp_path / "run"
    home.mkdir()
    (home / "programme.toml").write_text("")
    (home / "payments").mkdir()
    wipe(home)
    assert not home.exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(HomeRefused, match="another folder"):
        wipe(tmp_path)
    assert (tmp_path / "letters.txt").read_text() == "dear"


def test_money_is_shown_in_euros_with_narrow_groups() -> None:
    assert euros(4_500_000_000) == "45 000 000 €"


def test_a_season_without_a_late_step_of_each_owner_or_without_a_silent_peer_is_told() -> None:
    rows = [{"owner": owner, "done": 3, "late": 1} for owner in get_args(StepOwner)]
    community = {"called off": 1, "no": 1, "agreed": 1, "ended": 1, "unanswered": 1}
    whole = {"rows": rows, "total": {"dropped": 1}}
    assert list(unplayed(whole, community)) == []
    all_late = {**whole, "rows": [one | {"late": 3} for one in rows]}
    assert list(unplayed(all_late, community | {"unanswered": 0})) == [
        "of the steps of association 3 are done and 3 are late", "the community has nothing unanswered"
    ]  # fmt: skip
