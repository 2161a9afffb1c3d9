"""A PostgreSQL of our own: the programs installed here, on a free port, run by the user `postgres`."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from deploy.local.server.nats_server import free_port

FOLDERS = ("/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/15/bin")
PASS = 0o001
STARTS_SECONDS_MAX = 20.0


class NoPostgres(RuntimeError):
    """It is not installed here, or cannot be started; the message says which."""


def programs() -> Path:
    """Where they are. Raises NoPostgres."""
    found = [Path(folder) for folder in FOLDERS if (Path(folder) / "postgres").exists()]
    if not found or os.geteuid() != 0:
        raise NoPostgres("PostgreSQL is not installed here, or this is not root")
    return found[0]


class Postgres:
    """`options` are the server's. Raises NoPostgres."""

    def __init__(self, folder: Path, options: str = "") -> None:
        self.bin = programs()
        self.port = free_port()
        self._data = folder / "postgres"
        self._options = options

    def __enter__(self) -> "Postgres":
        self._data.parent.mkdir(parents=True, exist_ok=True)
        for parent in self._data.parents:
            if not parent.stat().st_mode & PASS:
                # It is on the way to a folder of another user.
                parent.chmod(parent.stat().st_mode | PASS)
        self._data.mkdir()
        shutil.chown(self._data, "postgres")
        self.run("initdb", "-D", str(self._data), "-A", "trust", "-U", "postgres", "--no-sync")
        self.start()
        return self

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {self._options}"
        words = [
            "pg_ctl",
            "-D",
            str(self._data),
            "-w",
            "-o",
            options,
            "-l",
            f"{self._data}/log",
            "start",
        ]
        deadline = time.monotonic() + STARTS_SECONDS_MAX
        while self.run(*words):
            if time.monotonic() > deadline:
                raise NoPostgres("PostgreSQL does not start here")
            time.sleep(0.2)

    def kill(self) -> None:
        """The postmaster and all its children at once."""
        postmaster = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        for pid in [*_children(postmaster), postmaster]:
            with suppress(ProcessLookupError):  # a child may end by itself meanwhile
                os.kill(pid, signal.SIGKILL)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def database(self, name: str) -> str:
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name)
        return self.url(name)

    def run(self, program: str, *words: str) -> int:
        """One of PostgreSQL's programs, as its user. Returns the exit code."""
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        command = [*user, str(self.bin / program), *words]
        return subprocess.run(command, capture_output=True, cwd="/", check=False).returncode

    def __exit__(self, *_: object) -> None:
        self.run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")


def _children(parent: int) -> list[int]:
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []
