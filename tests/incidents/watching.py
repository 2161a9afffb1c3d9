"""What whoever watches has at hand: log lines, the doctor, the live view, and alerts of a real Prometheus."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.cli.connection.bus import Bus
from deploy.cli.doctor.examination import examine
from deploy.cli.doctor.finding import Finding
from deploy.cli.platform.dead_letters import OpenLetters
from deploy.cli.watch.frame import frame
from deploy.cli.watch.seeing import ask, look
from deploy.local.running.child_process import end
from deploy.local.server.nats_server import free_port
from deploy.monitoring.gathering import FAILURES
from shared.contract.front_ends import OPERATORS
from shared.kit.bus.connection import connect
from shared.kit.settings import Settings
from tests.architecture.sources import ROOT

ALERTS = ROOT / "deploy" / "monitoring" / "alerts.yml"
STARTS_WITHIN_SECONDS = 60
LEVELS = ("warning", "error", "critical")


class Log:
    """Lines that were written since it was opened; of each file from where it ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starts = {path: path.stat().st_size for path in folder.glob("*.log")}

    def warnings(self) -> set[str]:
        """What happened, of every line that is a warning or worse."""
        return {event for path in self._folder.glob("*.log") for event in self._of(path)}

    def _of(self, path: Path) -> Iterator[str]:
        with path.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._starts.get(path, 0))
            for line in file:
                with suppress(ValueError):
                    told = json.loads(line)
                    if told.get("level") in LEVELS:
                        yield told["event"]


async def findings(settings: Settings) -> list[Finding]:
    return await examine(settings)


async def live_view(settings: Settings) -> str:
    """One frame of `fabriques watch` on a terminal of 80 columns and 24 lines."""
    try:
        client = await connect(settings, OPERATORS, attempts=0)
    except FAILURES as failure:
        return str(failure)
    try:
        bus = Bus(client, settings.programme(), settings)
        seen = await look(bus, await ask(bus, OpenLetters()))
        return "\n".join(line.plain for line in frame(seen, None, "", datetime.now(UTC), 80, 24))
    except FAILURES as failure:
        return str(failure)
    finally:
        await client.close()


class Alerts:
    """A Prometheus of our own: it looks every two seconds, and its rules wait for nothing (`for: 0s`)."""

    def __init__(self, url: str) -> None:
        self._url = url

    def firing(self) -> set[str]:
        answer = self._ask("/api/v1/alerts")
        alerts = answer["data"]["alerts"] if answer else []
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def looks(self) -> bool:
        """Whether it has seen the platform."""
        answer = self._ask("/api/v1/query?query=fabriques_broker_up")
        return bool(answer and answer["data"]["result"])

    def _ask(self, path: str) -> dict[str, Any] | None:
        try:
            with urllib.request.urlopen(self._url + path, timeout=5) as answered:
                found: dict[str, Any] = json.load(answered)
                return found
        except OSError:
            return None


def hasty(rules: str) -> str:
    """The shipped rules, told at the first look; ten minutes of waiting become five seconds."""
    rules = re.sub(r"^( +for): \S+$", r"\1: 0s", rules, flags=re.MULTILINE)
    return rules.replace("fabriques_early_age_seconds > 600", "fabriques_early_age_seconds > 5")


@contextmanager
def alerts_of(settings: Settings, folder: Path) -> Iterator[Alerts | None]:
    """None where Prometheus is not installed."""
    prometheus = shutil.which("prometheus")
    if prometheus is None:
        yield None
        return
    folder.mkdir(exist_ok=True)
    served, asked = free_port(), free_port()
    (folder / "alerts.yml").write_text(hasty(ALERTS.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s}\n"
        "rule_files: [alerts.yml]\n"
        "scrape_configs:\n"
        f'  - {{job_name: fabriques, static_configs: [{{targets: ["127.0.0.1:{served}"]}}]}}\n',
        encoding="utf-8",
    )
    told = {
        "FABRIQUES_HOME": settings.home,
        "FABRIQUES_NATS_URL": settings.nats_url,
        "FABRIQUES_PROGRAMME_FILE": settings.programme_file,
        "FABRIQUES_MONITORING_PORT": served,
        "PYTHONPATH": ROOT,
    }
    environment = os.environ | {name: str(value) for name, value in told.items()}
    with (folder / "prometheus.log").open("wb") as log:
        monitoring = subprocess.Popen(
            [sys.executable, "-m", "deploy.monitoring"], env=environment, stdout=log, stderr=log
        )
        watching = subprocess.Popen(
            [
                prometheus,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{asked}",
            ],
            stdout=log,
            stderr=log,
        )
        try:
            alerts = Alerts(f"http://127.0.0.1:{asked}")
            deadline = time.monotonic() + STARTS_WITHIN_SECONDS
            while not alerts.looks() and time.monotonic() < deadline:
                time.sleep(0.2)
            yield alerts
        finally:
            end(watching, 10.0)
            end(monitoring, 10.0)


async def firing(alerts: Alerts | None) -> set[str]:
    return await asyncio.to_thread(alerts.firing) if alerts else set()
