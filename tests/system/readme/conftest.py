"""One platform for what the pages show, and the npm packages of their JavaScript."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.home.plan import PlatformPlan
from deploy.local.installation.front_ends import keep_front_ends
from deploy.local.running.platform import LocalPlatform
from shared.contract.front_ends import EMBEDDED, HOLDERS, FrontEnd
from tests.system.cli.conftest import run_command

ROOT = Path(__file__).parents[3]
SMALL = FrontEnd("small", HOLDERS, code="S", bytes_max=64 * 1024)
PACKAGES = ("nats", "libsodium-wrappers")
INSTALL_SECONDS_MAX = 120
RUN_SECONDS_MAX = 60


def run(command: list[str], folder: Path = ROOT) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def adapted(source: str, platform: LocalPlatform) -> str:
    """A page's own client, on the port and the folder of this test."""
    address = platform.settings.nats_url.removeprefix("nats://")
    return source.replace("127.0.0.1:4222", address).replace(
        "var/keys", str(platform.settings.home / "keys")
    )


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    """With durand, a director who reviews too, and a front-end whose quota is soon full."""
    home = tmp_path_factory.mktemp("pages") / "var"
    keep_front_ends(home, (*EMBEDDED, SMALL))
    with LocalPlatform(PlatformPlan(home=home)) as running:
        run_command(home, "people", "add", "durand", "--role", "director", "--role", "reviewer")
        yield running


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Node.js, and a folder with the packages that the pages name."""
    found = shutil.which("node")
    npm = shutil.which("npm")
    if not found or not npm:
        pytest.skip("Node.js is not installed: the pages' JavaScript was not tried")
    folder = tmp_path_factory.mktemp("node")
    install = [npm, "install", "--silent", "--no-audit", "--no-fund", *PACKAGES]
    try:
        subprocess.run(
            install, cwd=folder, capture_output=True, timeout=INSTALL_SECONDS_MAX, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("the npm registry cannot be reached: the pages' JavaScript was not tried")
    return found, folder
