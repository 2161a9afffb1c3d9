"""Keys are made where a platform is made, and never again: a second pair would answer beside the first."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.cli.main import main
from deploy.local.installation.key_kinds import kinds
from deploy.local.keys.identities import identities_of, key_names, make_keys
from shared.contract.front_ends import EMBEDDED, FrontEnd
from shared.kit.front_ends import TAKEN, FrontEndsInvalid, check_new
from tests.system.cli.conftest import QUIET, environment, run_module

Provision = Callable[[Path], tuple[int, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a platform was made."""
    folder = tmp_path_factory.mktemp("made") / "var"
    assert run_module(environment(folder), "deploy.cli.main", "provision", "keys").returncode == 0
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """The same, of this test alone."""
    return Path(shutil.copytree(made, tmp_path / "var"))


@pytest.fixture
def provision_keys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Provision:
    """`fabriques provision keys`: its exit code, and what it says of a mistake."""
    for name in QUIET:
        monkeypatch.delenv(name, raising=False)

    def call(home: Path) -> tuple[int, str]:
        monkeypatch.setenv("FABRIQUES_HOME", str(home))
        code = main(["provision", "keys"])
        return code, capsys.readouterr().err

    return call


@pytest.mark.parametrize("name", ["holders", "provisioner", "funding-sealing", "funding-fields"])
def test_where_the_platform_has_spoken_a_missing_key_is_an_error_that_names_it(
    home: Path, provision_keys: Provision, name: str
) -> None:
    gone = home / "keys" / f"{name}.nk"
    gone.unlink()
    code, said = provision_keys(home)
    assert code == 1
    [line] = said.splitlines()
    assert name in line and str(home / "keys") in line
    assert not gone.exists()


def test_up_starts_nothing_where_keys_are_missing(home: Path) -> None:
    (home / "keys" / "funding-sealing.nk").unlink()
    alone = ("--port", "0", "--no-pages", "--no-metrics")
    said = run_module(environment(home), "deploy.cli.main", "up", *alone)
    assert said.returncode == 1
    assert "funding-sealing" in said.stderr
    assert not (home / "data").exists()


def test_a_replica_of_funding_without_its_keys_ends_and_makes_none(home: Path) -> None:
    own = ("funding-sealing.nk", "funding-fields.nk")
    for name in own:
        (home / "keys" / name).unlink()
    nobody = {"FABRIQUES_NATS_URL": "nats://127.0.0.1:1"}
    env = environment(home) | nobody | {"FABRIQUES_PROGRAMME_FILE": str(home / "programme.toml")}
    said = run_module(env, "deploy.service", "funding")
    assert said.returncode == 4
    assert "funding-sealing.nk is not there" in said.stderr
    assert not any((home / "keys" / name).exists() for name in own)


def test_keys_that_are_there_are_left_as_they_are(home: Path, provision_keys: Provision) -> None:
    """A folder that is mounted read-only can be given no mode and no file."""
    keys = home / "keys"
    keys.chmod(0o755)
    before = [
        (path.name, path.stat().st_mtime_ns, path.stat().st_mode) for path in sorted(keys.iterdir())
    ]
    folder = keys.stat()
    made = make_keys(keys)
    assert make_keys(keys) == made
    assert provision_keys(home) == (0, "")
    assert [
        (path.name, path.stat().st_mtime_ns, path.stat().st_mode) for path in sorted(keys.iterdir())
    ] == before
    assert (keys.stat().st_mode, keys.stat().st_mtime_ns) == (folder.st_mode, folder.st_mtime_ns)


def test_a_platform_that_was_not_finished_is_made_whole(tmp_path: Path) -> None:
    """Given a power cut between two keys, the others are made: nobody has spoken yet."""
    keys = tmp_path / "var" / "keys"
    first = make_keys(keys)
    for name in ("notify.nk", "funding-fields.nk"):
        (keys / name).unlink()
    again = make_keys(keys)
    assert {name for name in first if again[name] != first[name]} == {"notify"}
    assert (keys / "funding-fields.nk").exists()


@pytest.mark.parametrize("name", ["ca", "listeners", "cluster-routes", "notify-proof", "sessions"])
def test_no_front_end_has_the_name_of_another_key_which_its_own_would_replace(name: str) -> None:
    with pytest.raises(FrontEndsInvalid, match="choose another name"):
        check_new(FrontEnd(name, "holders"))


def test_each_key_that_is_not_an_identitys_is_a_name_that_is_taken(tmp_path: Path) -> None:
    identities = {*identities_of(EMBEDDED)}
    files = {name.removesuffix(".nk") for name in key_names(EMBEDDED)}
    assert {*kinds(tmp_path)} | files <= TAKEN | identities
