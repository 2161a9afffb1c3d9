"""The container files name what exists, give each process its own secrets, and open nothing to strangers."""

import subprocess
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.installation.preparing import Hosts, prepare
from shared.contract.permissions import IDENTITIES
from shared.contract.topology import KEEPER, PROCESSES, SERVICES
from shared.kit.key_files import LISTENERS, tls_file
from shared.kit.settings import Settings, SettingsInvalid
from tests.containers.stack import Stack, compose_command
from tests.servers import NATS_IMAGE, POSTGRES_IMAGE

FOLDER = Path(__file__).parents[2] / "deploy" / "container"
NODES = ("nats-0", "nats-1", "nats-2")
OWN_KEYS = {
    "funding": {"funding-sealing.nk", "funding-fields.nk"},
    "notify": {"notify-proof.nk"},
    KEEPER: {"keeper-seal.nk"},
}
RELAY = "fabriques_smtp_url"
OWN_SECRETS = {"notify": {RELAY}}


def file_of(name: str = "compose.yaml") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found


COMPOSE = file_of()
CONTAINERS = COMPOSE["services"]
STAYING = [name for name, one in CONTAINERS.items() if one.get("restart") == "unless-stopped"]
OURS = [
    name
    for name, one in CONTAINERS.items()
    if one["image"] == "${IMAGE:-fabriques}" and name != "prepare"
]


def mounted(container: dict[str, Any]) -> tuple[set[str], set[str]]:
    """The keys and the files of settings that a container is given."""
    secrets = container.get("secrets", [])
    keys = {Path(one["target"]).name for one in secrets if isinstance(one, dict)}
    return keys, {one for one in secrets if isinstance(one, str)}


def made(home: Path) -> Path:
    """What `prepare` makes."""
    prepare(Settings(home=home), Hosts(("nats-0",), NODES, "postgres"), datetime.now(UTC))
    return home


@pytest.mark.parametrize("name", PROCESSES)
def test_a_service_and_the_keeper_are_given_their_own_key_and_database_and_no_others(
    name: str,
) -> None:
    container = CONTAINERS[name]
    assert container["command"] == ["python", "-m", "deploy.service", name]
    assert mounted(container) == (
        {f"{name}.nk", *OWN_KEYS.get(name, ())},
        {f"fabriques_{name}_database_url", *OWN_SECRETS.get(name, ())},
    )
    assert container["depends_on"]["bus"]["condition"] == "service_completed_successfully"
    assert container.get("deploy", {}).get("replicas", 1) == (2 if name in SERVICES else 1)


def test_the_pages_metrics_and_the_annual_job_are_given_the_keys_they_speak_with() -> None:
    assert mounted(CONTAINERS["pages"]) == (
        {"holders.nk", "reviewers.nk", "officers.nk", "association.nk"},
        {RELAY},
    )
    assert mounted(CONTAINERS["metrics"]) == ({"operators.nk"}, set())
    assert mounted(CONTAINERS["tranches"]) == (
        {"tranche-job.nk"},
        {"fabriques_funding_database_url"},
    )


def test_what_serves_is_started_again_after_a_reboot_too() -> None:
    assert set(STAYING) == {
        *NODES,
        "postgres",
        *PROCESSES,
        "pages",
        "mail",
        "metrics",
        "prometheus",
        "grafana",
    }


def test_nothing_listens_beyond_this_machine_unless_it_is_asked_for() -> None:
    ports = [port for one in CONTAINERS.values() for port in one.get("ports", ())]
    assert len(ports) == 5
    assert [port for port in ports if not port.startswith("${LISTEN:-127.0.0.1}:")] == []


@pytest.mark.parametrize("name", [*OURS, *NODES])
def test_a_container_of_ours_may_do_and_write_no_more_than_it_needs(name: str) -> None:
    container = CONTAINERS[name]
    assert (container["read_only"], container["cap_drop"]) == (True, ["ALL"])
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["logging"]["options"]


def test_no_secret_is_told_by_an_environment() -> None:
    told = [
        value for one in CONTAINERS.values() for value in (one.get("environment") or {}).values()
    ]
    assert [
        value for value in told if "postgresql" in str(value) or "nkey" in str(value).lower()
    ] == []
    assert CONTAINERS["postgres"]["environment"] == {
        "POSTGRES_PASSWORD_FILE": "/run/secrets/postgres_password"
    }


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("platform"))


def test_prepare_makes_every_file_that_is_mounted(prepared: Path) -> None:
    files = [
        secret["file"]
        for name in ("compose.yaml", "compose.tls.yaml")
        for secret in file_of(name)["secrets"].values()
    ]
    files += [
        volume.rpartition(":/")[0]
        for one in CONTAINERS.values()
        for volume in one.get("volumes", ())
        if "PLATFORM" in volume
    ]
    inside = {file.partition("}/")[2] for file in files} - {"", "document-templates"}
    assert [name for name in sorted(inside) if not (prepared / name).exists()] == []
    assert all(
        (prepared / "secrets" / name).stat().st_mode & 0o077 == 0
        for name in COMPOSE["secrets"]
        if "_" in name
    )


def test_prepared_again_nothing_is_drawn_anew(prepared: Path) -> None:
    before = {path: path.read_bytes() for path in (prepared / "secrets").iterdir()}
    made(prepared)
    assert {path: path.read_bytes() for path in (prepared / "secrets").iterdir()} == before


def test_secrets_are_read_from_files_and_an_environment_goes_before(
    prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FABRIQUES_SECRETS", str(prepared / "secrets"))
    monkeypatch.setenv("FABRIQUES_NOTIFY_DATABASE_URL", "sqlite:///other.db")
    monkeypatch.setenv("FABRIQUES_KEEPER_DATABASE_URL", "")
    settings = Settings()
    assert settings.funding_database_url.startswith("postgresql+psycopg://fabriques_funding:")
    assert settings.notify_database_url == "sqlite:///other.db"
    assert settings.keeper_database_url.endswith("@postgres/fabriques_keeper")
    assert settings.smtp_url == ""
    (prepared / "secrets" / RELAY).write_text(
        "smtps://user:password@relay.example.org\n", encoding="utf-8"
    )
    assert Settings().smtp_url == "smtps://user:password@relay.example.org"
    monkeypatch.setenv("FABRIQUES_SECRETS", str(prepared / "nowhere"))
    with pytest.raises(SettingsInvalid, match="there is no such folder"):
        Settings()


def test_every_module_that_is_run_exists() -> None:
    commands = [one.get("command", [""]) for one in CONTAINERS.values()]
    modules = {command[2] for command in commands if command[:2] == ["python", "-m"]}
    assert modules == {"deploy.service", "deploy.portal", "deploy.monitoring"}
    assert all(find_spec(module) for module in modules)


def test_what_is_made_once_is_made_by_the_command() -> None:
    assert CONTAINERS["databases"]["command"] == ["fabriques", "provision", "databases"]
    assert CONTAINERS["bus"]["command"] == ["fabriques", "provision", "apply", "--replicas", "3"]
    assert "fabriques provision keys" in CONTAINERS["prepare"]["command"][-1]


def test_the_servers_are_those_that_the_tests_run_on() -> None:
    assert {CONTAINERS[name]["image"] for name in NODES} == {f"${{NATS_IMAGE:-{NATS_IMAGE}}}"}
    assert CONTAINERS["postgres"]["image"] == f"${{POSTGRES_IMAGE:-{POSTGRES_IMAGE}}}"


def test_over_tls_everyone_of_the_platform_has_its_certificate_and_nobody_is_asked_in_clear() -> (
    None
):
    over = file_of("compose.tls.yaml")["services"]
    for name in (*PROCESSES, "pages", "bus", "metrics", "tranches"):
        keys, _ = mounted(CONTAINERS[name])
        speaking = {
            key.replace(".nk", ".pem") for key in keys if key.removesuffix(".nk") in IDENTITIES
        }
        certificates = {Path(one["target"]).name for one in over[name]["secrets"]}
        assert {"ca.pem", *speaking} == certificates - {"listeners.pem"}
        assert over[name]["environment"]["FABRIQUES_NATS_URL"] == ",".join(
            f"tls://{node}:4222" for node in NODES
        )
    for name in (*PROCESSES, "pages"):
        told = over[name]["environment"]["FABRIQUES_HTTP_CERTIFICATE"]
        assert told.endswith(str(tls_file(Path("/"), LISTENERS)))
    assert "http://" not in (FOLDER / "compose.tls.yaml").read_text(encoding="utf-8")


def test_compose_understands_the_files(prepared: Path) -> None:
    command = compose_command()
    if command is None:
        pytest.skip("no Compose here: install the plugin of the docker command, or docker-compose")
    understood = yaml.safe_load(Stack(prepared, command, ("compose.tls.yaml",)).compose("config"))
    assert set(PROCESSES) <= set(understood["services"])


def test_the_image_is_built_from_the_hashed_lock_and_runs_as_nobody_special() -> None:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r ${LOCK}.txt" in text
    assert "ARG LOCK=runtime" in text.splitlines()
    assert "USER 10001:10001" in text.splitlines()
    assert "HEALTHCHECK" in text


def test_a_container_that_listens_to_nobody_is_well_and_one_that_does_not_answer_is_not() -> None:
    script = str(FOLDER / "ready.py")
    assert subprocess.run(["python3", script], env={}, check=False).returncode == 0
    asked = subprocess.run(
        ["python3", script, "1", "/ready"], env={}, check=False, capture_output=True
    )
    assert (asked.returncode, asked.stderr[:9]) == (1, b"not ready")
