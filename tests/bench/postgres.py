"""A PostgreSQL of the benchmark's own, where its programs are installed."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import psycopg

from deploy.local.home.plan import HOST
from deploy.local.server.nats_server import free_port
from tests.bench.ground import START_SECONDS_MAX, wait_for


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's server programs, where they are installed: often not on PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    known = [path for path in versions if (path / "initdb").exists()]
    found = shutil.which("initdb")
    return known[0] if known else Path(found).resolve().parent if found else None


def _accepts(port: int) -> bool:
    """It listens some time before it lets anybody in."""
    try:
        psycopg.connect(host=HOST, port=port, user="bench", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def postgres(home: Path, programs: Path) -> Iterator[str]:
    """A fresh server with its usual durability.

    It refuses to run as root: then it runs as the user `postgres`, under /var/tmp.
    """
    home = home.resolve()  # the server runs inside
    owner = "postgres" if os.geteuid() == 0 else None
    port = free_port()
    if owner:
        # It cannot look into a folder of ours, not even at what is its own.
        home = Path(mkdtemp(prefix="bench-", dir="/var/tmp"))
        shutil.chown(home, owner)
    else:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
    log = (home / "log").open("wb")
    initdb = [
        str(programs / "initdb"),
        "-D",
        str(home / "data"),
        "-U",
        "bench",
        "-A",
        "trust",
        "-E",
        "UTF8",
    ]
    subprocess.run(initdb, check=True, stdout=log, stderr=log, user=owner, cwd=home)
    command = [
        str(programs / "postgres"),
        "-D",
        str(home / "data"),
        "-p",
        str(port),
        "-h",
        HOST,
        "-k",
        str(home),
    ]
    server = subprocess.Popen(command, stdout=log, stderr=log, user=owner, cwd=home)
    try:
        wait_for(lambda: _accepts(port), "PostgreSQL")
        yield f"postgresql+psycopg://bench@{HOST}:{port}/postgres"
    finally:
        server.terminate()
        server.wait(START_SECONDS_MAX)
        log.close()
        shutil.rmtree(home, ignore_errors=True)
