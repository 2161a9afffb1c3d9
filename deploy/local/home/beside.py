"""Several programmes on one server: each in a folder of its own, beside the one that the server was made for.

A programme that was added lies in `programmes/<id>` of the server's folder, with keys, databases, letters and
files of its own. Every command serves it as any other platform, once it is told this folder.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.home.durable import write_durably

FOLDER = "programmes"
MARK = "beside"  # in the folder of a programme that has no server of its own
LOCK = "accounts.lock"


def folder_of(server: Path, programme: str) -> Path:
    return server / FOLDER / programme


def is_beside(home: Path) -> bool:
    return (home / MARK).exists()


def server_home(home: Path) -> Path:
    """The folder whose server this programme's bus is on: its own, or the one that it lies in."""
    return home.resolve().parents[1] if is_beside(home) else home


def homes_beside(server: Path) -> tuple[Path, ...]:
    """The folders of the programmes that were added to this server, in the order of their ids."""
    return tuple(mark.parent for mark in sorted((server / FOLDER).glob(f"*/{MARK}")))


def mark_beside(home: Path) -> None:
    write_durably(home / MARK, b"its server runs two folders above\n")


@contextmanager
def writing_accounts(server: Path) -> Iterator[None]:
    """One at a time: two programmes that write their accounts at once must both be in the configuration."""
    (server / "nats").mkdir(parents=True, exist_ok=True)
    descriptor = os.open(server / "nats" / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
