"""A season of a hundred files, played out on a real platform: every story and check, nothing left running."""

import json
import os
import random
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from deploy.local.programme_copy import SHIPPED, as_toml
from deploy.rehearsal.applicants import Mix
from deploy.rehearsal.play import Options, play
from shared.contract.values import Zone
from shared.programme import load_programme

LAUREATES_A_WAVE, QUOTA = 8, 16
PARTS = ("nats-server", "intake", "eligibility", "funding", "notify")


def small_season(folder: Path) -> Options:
    """The shipped programme with room for 32 labels, and an envelope that is just enough for them."""
    shipped = load_programme(SHIPPED)
    small = shipped.model_copy(
        update={
            "quotas": dict.fromkeys(Zone, QUOTA),
            "envelope_cents": 2 * QUOTA * shipped.award.ceiling_cents,
            "selection": shipped.selection.model_copy(update={"laureates_max": LAUREATES_A_WAVE}),
        }
    )
    file = folder / "small.toml"
    file.write_text(as_toml(small), encoding="utf-8")
    return Options(folder / "run", "small", as_json=True, programme_file=file, mix=Mix(12, 12, 2, 1))


def summary_of(options: Options) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((options.home / "summary.json").read_text(encoding="utf-8"))
    del data["seconds"]
    return data


def test_a_season_is_played_to_its_end_and_every_check_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = small_season(tmp_path)
    assert play(options) == 0, capsys.readouterr().err
    said = json.loads(capsys.readouterr().out)
    assert said["failed"] == []
    assert said["laureates"] == {"outside-urban": QUOTA, "qpv": QUOTA}
    assert said["promoted"] == 2
    assert said["tranches"] == {"settled": 3 * 2 * QUOTA - 1, "withheld": 1, "rejected": 1}
    assert said["support"]["introductions"] == said["support"]["plans"] == 2 * QUOTA + said["promoted"]
    home = options.home
    assert (home / "open-data" / "subventions.csv").stat().st_size
    assert len(list((home / "mail").glob("*.eml"))) == said["notices"]
    assert len(list((home / "payments").glob("*.xml"))) >= 3
    assert not (home / "platform.json").exists(), "a platform is still running"


@pytest.mark.faults
@pytest.mark.skipif(not os.environ.get("FAULTS"), reason="takes minutes: `make faults-long` runs it")
def test_given_processes_killed_at_random_moments_then_the_same_summary(tmp_path: Path) -> None:
    calm, troubled = (small_season(_made(tmp_path / name)) for name in ("calm", "troubled"))
    assert play(calm) == 0
    saboteur = Saboteur(troubled.home, seed=20)
    saboteur.start()
    try:
        assert play(troubled) == 0
    finally:
        saboteur.stop()
    assert saboteur.killed
    assert summary_of(troubled) == summary_of(calm)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


class Saboteur(threading.Thread):
    """Kills a process of the platform every now and then, the broker included."""

    def __init__(self, home: Path, seed: int, kills_max: int = 8) -> None:
        super().__init__(daemon=True)
        self._home, self._random, self._kills_max = home, random.Random(seed), kills_max
        self._stopped = threading.Event()
        self.killed: list[str] = []

    def run(self) -> None:
        while len(self.killed) < self._kills_max and not self._stopped.wait(self._random.uniform(0.5, 3.0)):
            try:
                pids = json.loads((self._home / "platform.json").read_text(encoding="utf-8"))["pids"]
                name = self._random.choice(PARTS)
                os.kill(pids[name], signal.SIGKILL)
            except (OSError, ValueError, KeyError):
                continue
            self.killed.append(name)

    def stop(self) -> None:
        self._stopped.set()
        self.join(5)
