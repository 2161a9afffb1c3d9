"""What reviewers have to read in a wave is asked once, then counted on, as a new question would tell it."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.eligibility import store
from services.eligibility.domain.states import File, Review
from services.eligibility.tables import STATE_TABLES
from shared.kit.storage.states import States
from tests.databases import states_in
from tests.rules.eligibility.given import asked, dossier, file

WAVES = ("2020-1", "2020-2")
NAMES = ("r1", "r2", "r3")


@pytest.fixture
def states(tmp_path: Path) -> Iterator[States]:
    with states_in(tmp_path, "eligibility") as found:
        yield found


def asked_anew(states: States, wave: str) -> dict[str, int]:
    """By a transaction that has counted nothing yet."""
    states.write()
    return store.loads_of(States(states.connection, STATE_TABLES), wave)


def something_happens(states: States, source: random.Random) -> None:
    """A file is new, comes again in some wave, or somebody is asked to read it, or steps aside."""
    number = source.randrange(1, 6)
    wave = source.choice(WAVES)
    known = states.one(File, dossier(number))
    if known is None or source.random() < 0.1:
        states.keep(replace(known, wave=wave) if known else file(number, wave=wave))
        return
    name = source.choice(NAMES)
    before = states.one(Review, dossier(number), name)
    new = replace(asked(name), candidature_id=dossier(number))
    states.keep(replace(before, recused=source.random() < 0.5) if before else new)


def differs(states: States, source: random.Random) -> bool:
    for _ in range(60):
        something_happens(states, source)
        wave = source.choice(WAVES)
        if store.loads_of(states, wave) != asked_anew(states, wave):
            return True
    return False


@pytest.mark.parametrize("seed", range(5))
def test_counted_on_it_is_what_the_database_tells(states: States, seed: int) -> None:
    assert not differs(states, random.Random(seed))


@pytest.mark.parametrize("seed", range(5))
def test_without_following_what_changes_it_is_not(
    states: States, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(States, "follow", lambda *_: None)
    assert differs(states, random.Random(seed))


@pytest.mark.parametrize("forgotten", [File, Review])
def test_following_files_or_reviews_alone_is_not_enough(
    states: States, forgotten: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow = States.follow

    def followed(states: States, kind: type, look: object) -> None:
        if kind is not forgotten:
            follow(states, kind, look)  # type: ignore[arg-type]

    monkeypatch.setattr(States, "follow", followed)
    assert differs(states, random.Random(1))
