"""`fabriques provision`: what it shows and does on a server of its own, accounts and rights too."""

import json
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.cli.main import main
from deploy.local.home.plan import SERVER, PlatformRecord, programme_copy, write_record
from deploy.local.home.programme_copy import SHIPPED
from deploy.local.keys.people import make_founders
from deploy.local.running.child_process import end
from deploy.local.server.nats_server import free_port, start_server, write_config
from tests.platform import PATIENCE_SECONDS

HOST = "127.0.0.1"
LOST_RIGHT = '"fabriques.intake.>", '  # intake's own facts
LOST_IMPORT = "fabriques.support."  # what officers say of the support of laureates
FORKING = multiprocessing.get_context("fork")  # a process that has to load all of it costs seconds


@dataclass
class Made:
    """A folder whose server runs, on accounts older than the tables; nothing lies on its bus."""

    home: Path
    capsys: pytest.CaptureFixture[str]

    def call(self, *words: str) -> tuple[int, str]:
        code = main(["provision", *words])
        out, err = self.capsys.readouterr()
        return code, out or err


@pytest.fixture
def made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Made]:
    home = tmp_path / "var"
    make_founders(home)
    programme_copy(home).write_bytes(SHIPPED.read_bytes())
    port = free_port()
    config = write_config(home, "fabriques", HOST, port, sync="10s")
    lines = config.read_text(encoding="utf-8").replace(LOST_RIGHT, "").splitlines(keepends=True)
    config.write_text("".join(line for line in lines if LOST_IMPORT not in line), encoding="utf-8")
    server = start_server(config, HOST, port, home / "logs" / "nats.log")
    monkeypatch.setenv("FABRIQUES_HOME", str(home))
    for name in ("FABRIQUES_NATS_URL", "FABRIQUES_PROGRAMME_FILE"):
        monkeypatch.delenv(name, raising=False)
    url = f"nats://{HOST}:{port}"
    write_record(
        home,
        PlatformRecord(
            os.getpid(), url, str(programme_copy(home)), rehearsal=False, pids={SERVER: server.pid}
        ),
    )
    try:
        yield Made(home, capsys)
    finally:
        end(server, 10.0)


def test_a_plan_shows_what_is_missing_or_differs_and_is_done_as_it_was_shown(made: Made) -> None:
    code, out = made.call("plan", "--json")
    plan = json.loads(out)
    found = {
        (row["kind"], row["name"]): row
        for row in plan["rows"]
        if row["state"] in ("made", "changed")
    }
    assert code == 2
    assert {kind for kind, _ in found} == {"stream", "bucket", "consumer", "account", "rights"}
    assert found["rights", "intake"]["wanted"]["publish"] == ["fabriques.intake.>"]
    assert found["account", "officers"]["wanted"]["imports"]
    code, out = made.call("apply", "--plan", "0123456789ab")
    assert code == 1 and f"the plan is {plan['plan']} by now" in out
    code, out = made.call("plan")
    assert code == 2
    assert (
        "bucket" in out and f"none made: `fabriques provision apply --plan {plan['plan']}`" in out
    )
    assert made.call("apply", "--plan", plan["plan"])[0] == 0
    code, out = made.call("plan", "--all")
    assert code == 0
    assert "notify-on-intake" in out and "for ever" in out and "Nothing to do:" in out
    assert made.call("apply", "--allow", "everything")[0] == 2


def apply(said: Path) -> None:
    """In a process of its own."""
    with said.open("w", encoding="utf-8") as out, redirect_stdout(out):
        code = main(["provision", "apply", "--json"])
    os._exit(code)


def test_two_processes_at_the_same_time_make_one_platform(made: Made) -> None:
    both = [
        FORKING.Process(target=apply, args=(made.home / f"{number}.json",)) for number in range(2)
    ]
    for process in both:
        process.start()
    for process in both:
        process.join(PATIENCE_SECONDS)
    assert [process.exitcode for process in both] == [0, 0]
    assert made.call("plan")[0] == 0


def test_where_no_platform_was_made_there_is_nothing_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FABRIQUES_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("FABRIQUES_NATS_URL", raising=False)
    assert main(["provision", "plan"]) == 1
    assert "no platform was made in" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
