"""The container files name what exists: services, entry modules, databases, and the images of the tests."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from deploy.cli import provision
from shared.contract.topology import PROCESSES
from shared.kit.key_files import LISTENERS, tls_file
from tests.servers import NATS_IMAGE, POSTGRES_IMAGE

FOLDER = Path(__file__).parents[2] / "deploy" / "container"


def compose(name: str = "compose.yaml") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found["services"]


def test_every_service_and_the_keeper_runs_alone_with_a_database_of_its_own() -> None:
    containers = compose()
    for name in PROCESSES:
        container = containers[name]
        assert container["command"] == ["python", "-m", "deploy.service", name]
        own = {key for key in container["environment"] if key.endswith("_DATABASE_URL")}
        assert own == {f"FABRIQUES_{name.upper()}_DATABASE_URL"}
        assert f"@{name}-db/" in container["environment"][own.pop()]
        assert containers[f"{name}-db"]["image"] == POSTGRES_IMAGE
        assert container["depends_on"]["bus"]["condition"] == "service_completed_successfully"


def test_over_tls_everyone_of_the_platform_has_its_certificate_and_nobody_is_asked_in_clear() -> None:
    containers, over_tls = compose(), compose("compose.tls.yaml")
    assert set(over_tls) == {"keys", "nats", "bus", *PROCESSES}
    assert over_tls["keys"]["command"] == [*containers["keys"]["command"], "--tls", "nats"]
    for name in ("bus", *PROCESSES):
        told = over_tls[name]["environment"]
        plain = {key for key, value in containers[name]["environment"].items() if "://nats" in value}
        assert plain == {key for key, value in told.items() if value.startswith(("tls://", "https://"))}
        assert told["FABRIQUES_HTTP_CERTIFICATE"].endswith(str(tls_file(Path("/"), LISTENERS)))
    assert "http://" not in (FOLDER / "compose.tls.yaml").read_text(encoding="utf-8")


def test_every_module_that_is_run_exists() -> None:
    modules = {c["command"][2] for c in compose().values() if c.get("command", [""])[0] == "python"}
    assert modules == {"deploy.service"}
    assert all(find_spec(module) for module in modules)


def test_the_platform_is_provisioned_before_its_services_start_by_the_command() -> None:
    ours = {
        name: c["command"][1:] for name, c in compose().items() if c.get("command", [""])[0] == "fabriques"
    }
    assert ours == {"keys": ["provision", "keys"], "bus": ["provision", "apply"]}
    commands = {
        command.callback.__name__ for command in provision.app.registered_commands if command.callback
    }
    assert {words[1] for words in ours.values()} < commands


def test_the_server_is_the_one_the_tests_run_on() -> None:
    assert compose()["nats"]["image"] == NATS_IMAGE


def test_the_tranche_job_runs_the_operators_command_as_nobody_special() -> None:
    job = yaml.safe_load((FOLDER / "tranche-job.yaml").read_text(encoding="utf-8"))
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert "fabriques tranches publish --as-of" in pod["containers"][0]["command"][-1]
    assert pod["securityContext"]["runAsNonRoot"]
    assert job["spec"]["concurrencyPolicy"] == "Forbid"


def test_the_image_is_built_from_the_hashed_lock_and_runs_as_nobody_special() -> None:
    lines = (FOLDER / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert any("--require-hashes -r ${LOCK}.txt" in line for line in lines)
    assert "ARG LOCK=runtime" in lines
    assert "USER fabriques" in lines
