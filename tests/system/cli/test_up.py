"""`fabriques up`: it starts, survives, goes on where it stopped, and leaves nobody behind."""

import json
import os
import re
import shutil
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.home.plan import PlatformNotStarted, PlatformPlan
from deploy.local.keys.identities import make_keys
from deploy.local.running.log_files import BoundedLog
from deploy.local.running.platform import LocalPlatform
from deploy.local.server.nats_server import free_port
from shared.contract.topology import PROCESSES
from shared.programme import load_programme
from tests.platform import PATIENCE_SECONDS
from tests.store import on_postgres
from tests.submissions import submission
from tests.system.cli.conftest import Fabriques, Up, run_command
from tests.system.cli.test_operators import written
from tests.waiting import wait_restarted

SHIPPED = "deploy/programmes/fabriques-de-territoire.toml"
OTHERS = 0o077
pytestmark = [pytest.mark.long, pytest.mark.skipif(os.name != "posix", reason="forks")]


def running(pid: int) -> bool:
    """A zombie has ended: only its parent has not looked yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        return state != "Z"
    except FileNotFoundError:
        return False


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS:.0f} s: {what}"
        time.sleep(0.01)


@dataclass(frozen=True)
class Stopped:
    """What a platform said, published and kept before Ctrl-C; `copy` is its folder as it was then.

    `sessions` are those of its processes, by pid.
    """

    up: Up
    pids: dict[str, int]
    sessions: dict[int, int]
    found: str
    receipt: str
    public: Path
    code: int
    copy: Path


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    """With a shell's own umask: what is made without a thought may be read by everybody."""
    folder = tmp_path_factory.mktemp("first")
    found, body = submission()
    before = os.umask(0o022)
    try:
        up = Up(folder / "var")
        assert up.ready_line.startswith("Ready"), up.said_on_error()
        pids = {**up.record.pids, "supervisor": up.record.pid}
        sessions = {pid: os.getsid(pid) for pid in pids.values()}
        run_command(up.home, "submit", written(folder, body))
        run_command(up.home, "open-data", "export", folder / "subventions.csv")
        receipt = receipt_of(up.home, found)
        code = up.stop(signal.SIGINT)
    finally:
        os.umask(before)
    copy = Path(shutil.copytree(up.home, folder / "copy"))
    return Stopped(up, pids, sessions, found, receipt, folder / "subventions.csv", code, copy)


@pytest.fixture(scope="module")
def up(first: Stopped) -> Iterator[Up]:
    """The next start on the same folder; it is told to stop in the other way."""
    second = Up(first.up.home)
    assert second.ready_line.startswith("Ready"), second.said_on_error()
    yield second
    assert second.stop(signal.SIGTERM) == 0


def receipt_of(home: Path, found: str) -> str:
    return str(json.loads(run_command(home, "status", found, "--json"))["receipt_number"])


def test_ctrl_c_leaves_nobody_behind(first: Stopped) -> None:
    assert "wave 2020-4 is open" in first.up.first_line
    assert set(first.pids) == {"nats-server", "supervisor", *PROCESSES}
    assert len(set(first.sessions.values())) == len(first.pids), (
        "a terminal's Ctrl-C is the supervisor's alone"
    )
    assert first.code == 0
    assert not [name for name, pid in first.pids.items() if running(pid)]
    assert not (first.copy / "platform.json").exists()


def test_it_goes_on_where_it_stopped(first: Stopped, up: Up) -> None:
    assert up.first_line == first.up.first_line
    assert (up.home / "programme.toml").read_bytes() == (first.copy / "programme.toml").read_bytes()
    assert receipt_of(up.home, first.found) == first.receipt


def test_nobody_else_reads_what_a_platform_keeps_and_everybody_what_it_publishes(
    first: Stopped,
) -> None:
    kinds = {path.suffix for path in first.copy.rglob("*")}
    assert {".log", ".nk", ".blk"} <= kinds
    assert ".db" in kinds or on_postgres()
    paths = [path for path in (first.copy, *first.copy.rglob("*")) if not path.is_symlink()]
    assert [path for path in paths if path.stat().st_mode & OTHERS] == []
    assert first.public.stat().st_mode & OTHERS == 0o044


def test_a_production_platform_never_becomes_a_rehearsal(first: Stopped) -> None:
    with pytest.raises(PlatformNotStarted, match=r"provisioned for production.*FABRIQUES_HOME"):
        LocalPlatform(PlatformPlan(first.copy, rehearsal=True)).start()


def test_the_pages_are_opened_with_the_platform_and_brought_back_when_they_die(
    tmp_path: Path,
) -> None:
    port = free_port("127.0.0.1")
    metrics_port = free_port("127.0.0.1")
    metrics = ("--metrics", "--metrics-port", str(metrics_port))
    running = Up(tmp_path / "var", "--pages", "--pages-port", str(port), *metrics)
    url = f"http://127.0.0.1:{port}"
    metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"
    try:
        assert f"pages on {url} (--no-pages leaves them out)" in running.first_line
        assert f"pages on {url}" in running.ready_line
        assert f"metrics on {metrics_url} (--no-metrics leaves them out)" in running.first_line
        until(lambda: "fabriques_broker_up 1.0" in read(metrics_url), "metrics are served")
        operators_url = f"http://127.0.0.1:{metrics_port}/"
        until(lambda: "État de la plateforme" in read(operators_url), "operators have their page")
        until(lambda: serves(url), "the pages serve")
        pid = running.record.pids["portal"]
        os.kill(pid, signal.SIGKILL)
        until(
            lambda: running.record.pids.get("portal", pid) != pid and serves(url), "they are back"
        )
        other = Up(tmp_path / "other", "--pages", "--pages-port", str(port))
        assert not other.ready_line, "another platform cannot have the same port"
        assert other.process.wait(PATIENCE_SECONDS) == 1
        assert f"port {port} is in use" in other.said_on_error()
        assert "--no-pages" in other.said_on_error()
    finally:
        assert running.stop() == 0
    assert not running_on(port) and not running_on(metrics_port)


def serves(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return bool(json.load(answer)["ready"])
    except OSError:
        return False


def read(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def running_on(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_without_pages_the_first_line_says_so(up: Up) -> None:
    assert up.first_line.endswith("; no metrics; no pages")
    assert not {"portal", "monitoring"} & set(up.record.pids)


def test_what_the_terminal_shows_is_kept_as_json_lines_a_file_for_each_process(
    up: Up, fabriques: Fabriques, tmp_path: Path
) -> None:
    found, body = submission()
    assert fabriques("submit", written(tmp_path, body), home=up.home).code == 0

    def told() -> bool:
        log = (up.home / "logs" / "intake.log").read_text("utf-8")
        # Half of a line may be there, as it is being written.
        lines = [json.loads(line) for line in log[: log.rfind("\n") + 1].splitlines()]
        facts = {line["fact"]: line["result"] for line in lines if line.get("dossier") == found}
        return facts.get("CandidatureSubmitted") == "registered"

    until(told, "the log has the file's closing line")
    until(lambda: f"candidature registered {found}" in up.said_on_error(), "the terminal has it")


def test_a_log_that_is_full_starts_anew_and_keeps_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "intake.log"
    for number in range(5):
        log = BoundedLog(path, bytes_max=20)
        log.write(f"line {number} {number}\n")
        log.flush()
    assert path.read_text() == "line 4 4\n"
    assert (tmp_path / "logs" / "intake.log.1").read_text() == "line 2 2\nline 3 3\n"


def refused(home: Path, *options: str) -> tuple[int, list[str]]:
    """A start that is refused: its exit code and what it says on standard error."""
    attempt = Up(home, *options)
    assert not attempt.ready_line
    code = attempt.process.wait(PATIENCE_SECONDS)
    said = attempt.said_on_error().splitlines()
    attempt.stop()
    return code, said


def test_one_data_folder_has_one_platform(up: Up, fabriques: Fabriques) -> None:
    code, said = refused(up.home)
    assert (code, len(said)) == (1, 1)
    assert said[0].startswith("fabriques: a platform runs on ")
    assert "FABRIQUES_HOME" in said[0]
    assert fabriques("status", home=up.home).code == 0


def test_a_programme_is_taken_as_written_and_a_port_in_use_is_one_clear_line(
    tmp_path: Path,
) -> None:
    text = (
        Path(SHIPPED)
        .read_text(encoding="utf-8")
        .replace('name = "Fabriques de Territoire"', 'name = "Autre appel"')
    )
    given = tmp_path / "given.toml"
    given.write_text(text, encoding="utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        attempt = Up(tmp_path / "var", "--programme", str(given), "--port", str(port))
        assert attempt.process.wait(PATIENCE_SECONDS) == 1
    assert attempt.first_line.startswith(
        "Autre appel (version 1): no wave is open, the last closed on 30/09/2021"
    )
    assert load_programme(tmp_path / "var" / "programme.toml") == load_programme(given)
    [told] = attempt.said_on_error().splitlines()
    assert re.search(rf"port {port} is in use.*--port", told)
    attempt.stop()


def test_a_dataset_that_the_programme_names_and_nobody_imported_is_told_with_its_line(
    tmp_path: Path,
) -> None:
    text = Path(SHIPPED).read_text(encoding="utf-8")
    given = tmp_path / "given.toml"
    given.write_text(
        text.replace('density_dataset = ""', 'density_dataset = "2025"'), encoding="utf-8"
    )
    code, said = refused(tmp_path / "var", "--programme", str(given))
    assert code == 1
    [told] = [line for line in said if line.startswith("fabriques: ")]
    number = text[: text.index("density_dataset")].count("\n") + 1
    assert f"line {number}: territory.density_dataset: no density grid 2025 is imported" in told
    assert "fabriques territory import FILE --version 2025" in told


def test_every_mistake_of_a_programme_is_listed(tmp_path: Path) -> None:
    text = (
        Path(SHIPPED)
        .read_text(encoding="utf-8")
        .replace("laureates_max = 75", "laureates_max = -1")
    )
    given = tmp_path / "wrong.toml"
    given.write_text(text.replace("years = 3", "years = 9"), encoding="utf-8")
    code, said = refused(tmp_path / "var", "--programme", str(given))
    assert code == 1
    assert [line.split(": ")[3] for line in said] == ["award.years", "selection.laureates_max"]
    assert not (tmp_path / "var" / "nats").exists()


def test_another_programme_never_takes_over_a_data_folder(up: Up, tmp_path: Path) -> None:
    text = Path(SHIPPED).read_text(encoding="utf-8").replace('id = "fabriques"', 'id = "another"')
    given = tmp_path / "another.toml"
    given.write_text(text, encoding="utf-8")
    code, said = refused(up.home, "--programme", str(given))
    assert (code, len(said)) == (1, 1)
    assert "this data folder holds programme fabriques" in said[0]


@pytest.mark.sqlite("a file that is no database")
def test_a_database_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    make_keys(tmp_path / "keys")
    written = tmp_path / "data" / "funding.db"
    written.parent.mkdir()
    written.write_text(
        "no database at all, whatever its name says: only a line of text, of more than a hundred bytes."
    )
    code, lines = refused(tmp_path)
    assert (code, lines) == (
        1,
        ["fabriques: the database of funding cannot be used: file is not a database"],
    )


def test_a_server_that_has_no_such_database_is_one_clear_line(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FABRIQUES_FUNDING_DATABASE_URL", f"{postgres_url}_elsewhere")
    code, lines = refused(tmp_path)
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith("fabriques: the database of funding cannot be used: ")
    assert lines[0].endswith('_elsewhere" does not exist')


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[LocalPlatform]:
    with LocalPlatform(PlatformPlan(tmp_path / "var")) as running:
        yield running


def test_whatever_is_killed_comes_back_and_serves_and_a_killed_supervisor_takes_everybody_along(
    platform: LocalPlatform, tmp_path: Path, fabriques: Fabriques
) -> None:
    home = platform.plan.home
    for name in ("intake", "nats-server", "notify", "eligibility", "funding", "keeper"):
        before = platform.kill(name)
        after = wait_restarted(platform, name, before)
        assert after != before
        _, body = submission()
        said = fabriques("submit", written(tmp_path, body), "--json", home=home)
        assert said.data[0]["result"] == "registered", (name, said.err)
    told = [
        json.loads(line)
        for line in (home / "logs" / "supervisor.log").read_text("utf-8").splitlines()
    ]
    assert next(line["process"] for line in told if line["event"] == "process ended") == "intake"

    pids = platform.pids()
    assert len(pids) == 6
    os.kill(platform.supervisor_pid, signal.SIGKILL)
    with LocalPlatform(platform.plan) as again:
        others = again.pids()
        assert set(others) == set(pids)
        until(lambda: not any(running(pid) for pid in pids.values()), "the old processes end")
    assert not [name for name, pid in others.items() if running(pid)]
