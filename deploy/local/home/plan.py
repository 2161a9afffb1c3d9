"""What a local platform is asked to be, and the files of its data folder."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from shared.contract.topology import PROCESSES
from shared.kit.settings import Settings

HOST = "127.0.0.1"
PORT = 4222
PAGES_PORT = 8080
METRICS_PORT = 9464
SERVER = "nats-server"
SUPERVISOR = "supervisor"


class PlatformNotStarted(RuntimeError):
    """The platform could not be started; the message is one line that says why and what to do."""


@dataclass(frozen=True, slots=True)
class PlatformPlan:
    """`port` 0 is any free one. `programme_file` is None for the shipped programme, moved in time.

    `shown`: lines go to the terminal, too. `sync` is JetStream's `sync_interval`: "always" survives a power
    cut. `pages_port` 0 opens no pages, `metrics_port` 0 serves no metrics. `tls`: on every listener, with
    certificates that were made before.
    """

    home: Path
    port: int = 0
    programme_file: Path | None = None
    rehearsal: bool = False
    shown: bool = False
    sync: str = "always"
    services: tuple[str, ...] = PROCESSES
    pages_port: int = 0
    metrics_port: int = 0
    tls: bool = False

    @property
    def http(self) -> str:
        return "https" if self.tls else "http"

    @property
    def pages_url(self) -> str:
        """Empty for a platform without pages."""
        return f"{self.http}://{HOST}:{self.pages_port}" if self.pages_port else ""

    @property
    def metrics_url(self) -> str:
        """Empty for a platform that serves none."""
        return f"{self.operators_url}/metrics" if self.metrics_port else ""

    @property
    def operators_url(self) -> str:
        """The operators' page stands where the metrics are; empty for a platform without."""
        return f"{self.http}://{HOST}:{self.metrics_port}" if self.metrics_port else ""

    def to_json(self) -> str:
        return json.dumps(
            {**asdict(self), "home": str(self.home), "programme_file": _text(self.programme_file)}
        )

    @classmethod
    def from_json(cls, text: str) -> "PlatformPlan":
        data = json.loads(text)
        given = data["programme_file"]
        data |= {"home": Path(data["home"]), "programme_file": Path(given) if given else None}
        return cls(**{**data, "services": tuple(data["services"])})


@dataclass(frozen=True, slots=True)
class Ending:
    """When a process ended last, by which signal or exit code, and its last words.

    `again`: it has ended several times, each time soon after its start.
    """

    at: str
    result: str
    cause: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class PlatformRecord:
    """What `<home>/platform.json` tells the commands. `pids` are those of the processes that run now.

    `starts` tells how often each was started, `endings` how one ended that had to be started again."""

    pid: int
    nats_url: str
    programme_file: str
    rehearsal: bool
    ready: bool = False
    pids: dict[str, int] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    endings: dict[str, Ending] = field(default_factory=dict)

    @classmethod
    def of(cls, data: dict[str, Any]) -> "PlatformRecord":
        """As it was written. Raises TypeError for what is none."""
        endings = {name: Ending(**told) for name, told in data.get("endings", {}).items()}
        return cls(**{**data, "endings": endings})

    def settings(self, home: Path) -> Settings:
        return Settings(
            home=home,
            nats_url=self.nats_url,
            programme_file=Path(self.programme_file),
            rehearsal=self.rehearsal,
        )

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def record_file(home: Path) -> Path:
    return home / "platform.json"


def programme_copy(home: Path) -> Path:
    return home / "programme.toml"


def log_file(home: Path, process: str) -> Path:
    return home / "logs" / f"{process}.log"


def write_record(home: Path, record: PlatformRecord) -> None:
    """Readers see the old record or the new one, never half of it."""
    fresh = record_file(home).with_suffix(".new")
    fresh.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    fresh.replace(record_file(home))


def read_record(home: Path) -> PlatformRecord | None:
    """None where no platform has run, or the record cannot be read."""
    try:
        data: dict[str, Any] = json.loads(record_file(home).read_text(encoding="utf-8"))
        return PlatformRecord.of(data)
    except (OSError, ValueError, TypeError):
        return None


def running_record(home: Path) -> PlatformRecord | None:
    """Of the platform that runs on this folder; None where none does."""
    record = read_record(home)
    return record if record and record.alive else None


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
