"""A data folder belongs to one platform at a time."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.home.plan import PlatformNotStarted, read_record

OWNED_SECONDS_MAX = 1.5
LEFT_OVER_SECONDS_MAX = 10.0
POLL_SECONDS = 0.02


@contextmanager
def only_one(home: Path) -> Iterator[int]:
    """Holds the folder's lock, and gives its descriptor.

    Raises PlatformNotStarted where another platform runs on it.

    The processes of a killed supervisor hold the lock until the last of them is gone: they are waited for.
    """
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / "platform.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _take(descriptor, home)
        yield descriptor
    finally:
        os.close(descriptor)


def _take(descriptor: int, home: Path) -> None:
    started = time.monotonic()
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            record = read_record(home)
            patience = OWNED_SECONDS_MAX if record and record.alive else LEFT_OVER_SECONDS_MAX
            if time.monotonic() - started > patience:
                owner = f" (process {record.pid}, {record.nats_url})" if record else ""
                raise PlatformNotStarted(
                    f"a platform runs on {home} already{owner}: stop it, "
                    "or name another folder with FABRIQUES_HOME"
                ) from None
            time.sleep(POLL_SECONDS)
