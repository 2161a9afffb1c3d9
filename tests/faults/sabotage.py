"""The controls: each takes one protection away. `python -m tests.faults.sabotage NAME PLAN` runs a platform with it."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from typing import Any

from deploy.local import children
from deploy.local.__main__ import main
from shared.kit import database, desk
from shared.kit.desk import Desk

NONE = "none"
ATTEMPTS_FOR_EVER = 10**9


def ack_first() -> None:
    """An event is acked before it is decided and committed."""
    take = Desk.take

    async def acking(self: Desk, batch: Sequence[Any]) -> None:
        for delivery in batch:
            await self._ack(delivery)
        assert self._connection
        await self._connection.flush()
        await asyncio.sleep(0.05)
        await take(self, batch)

    Desk.take = acking  # type: ignore[method-assign]


def no_outbox() -> None:
    """What was decided is published once, by the process that decided it, or never."""

    async def nothing(_self: Desk) -> None:
        return None

    say = Desk._say

    async def slowly(self: Desk, said: Any) -> None:
        await asyncio.sleep(0.05)
        await say(self, said)

    Desk.sweep, Desk._say = nothing, slowly  # type: ignore[method-assign]


def no_disk_sync() -> None:
    """SQLite does not wait for the disk. The broker's part is the plan's `sync`."""
    prepare = database._prepare_sqlite

    def hasty(connection: Any, record: Any) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    database._prepare_sqlite = hasty


def no_letter_limit() -> None:
    """A rule that always fails may drain everything into the dead letters."""
    desk.UNEXPECTED_MAX = ATTEMPTS_FOR_EVER


SABOTAGES: dict[str, Callable[[], None]] = {
    NONE: lambda: None,
    "ack-first": ack_first,
    "no-outbox": no_outbox,
    "no-disk-sync": no_disk_sync,
    "no-letter-limit": no_letter_limit,
}


def hasten() -> None:
    """So that many faults fit in a run: a process that is killed again and again comes back within a second."""
    children.STEADY_SECONDS = 0.5
    children.RESTART_DELAY_SECONDS_MAX = 1.0


if __name__ == "__main__":
    hasten()
    SABOTAGES[sys.argv[1]]()
    sys.exit(main(sys.argv[2]))
