"""The controls: each takes one protection away.

`python -m tests.faults.sabotage NAME PLAN` runs a platform with it.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from deploy.local.running import child_process, processes, supervisor, vitals
from deploy.local.running.owned_supervisor import main
from shared.contract.intake import CandidatureRegistered
from shared.contract.topology import Durable
from shared.kit import clock, service
from shared.kit.bus import frames, subscriber
from shared.kit.bus.publisher import Publisher
from shared.kit.consumer import batch
from shared.kit.consumer.batch import Decider
from shared.kit.consumer.consumer import Consumer
from shared.kit.consumer.relay import Relay
from shared.kit.errors import Rejected
from shared.kit.storage import database
from shared.kit.storage.inbox_outbox import InboxOutbox

NONE = "none"
SHIPPED_DELAYS = "shipped-delays"
ATTEMPTS_FOR_EVER = 10**9
SLOW_RULE_SECONDS, SMALL_FETCH_BYTES = 0.004, 40 * 1024
STARTED_SECONDS = 10.0  # a service that is never ready would keep the platform from starting
SLOWER_RULE_SECONDS = 0.05


def ack_first() -> None:
    """An event is acked before it is decided and committed."""
    take = Consumer.take

    async def acking(self: Consumer, batch: Sequence[Any]) -> None:
        assert self._connection
        await self._connection.send([frames.ack(delivery.message.reply) for delivery in batch])
        await self._connection.flush()
        await asyncio.sleep(0.05)
        await take(self, batch)

    Consumer.take = acking  # type: ignore[method-assign]


def no_outbox() -> None:
    """What was decided is published once, by the process that decided it, or never."""

    async def nothing(_self: Consumer, _last_id: int | None = None) -> None:
        return None

    say = Relay.say

    async def slowly(self: Relay, pending: Any) -> None:
        await asyncio.sleep(0.05)
        await say(self, pending)

    Consumer.sweep = nothing  # type: ignore[method-assign]
    Relay.say = slowly  # type: ignore[method-assign]


def no_disk_sync() -> None:
    """SQLite does not wait for the disk. The broker's part is the plan's `sync`."""
    prepare = database._prepare_sqlite

    def hasty(connection: Any, record: Any) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    database._prepare_sqlite = hasty


def no_letter_limit() -> None:
    """A rule that always fails may drain everything into the dead letters."""
    batch.UNEXPECTED_MAX = ATTEMPTS_FOR_EVER


def short_ack_wait() -> None:
    """No control: so that a pause longer than the ack wait is a short one."""
    batch_max, _, deliveries, pending = Durable.__init__.__defaults__ or ()
    Durable.__init__.__defaults__ = (batch_max, 2, deliveries, pending)


def slow() -> None:
    """No control: slow rules, short ack wait, small fetches, a server that keeps little for late readers."""
    short_ack_wait()
    subscriber.FETCH_BYTES_MAX = SMALL_FETCH_BYTES
    decide = Decider.decide_one

    def slowly(self: Decider, states: Any, handled: Any) -> Any:
        time.sleep(SLOW_RULE_SECONDS)
        return decide(self, states, handled)

    Decider.decide_one = slowly  # type: ignore[method-assign]
    write = supervisor.write_config

    def write_impatient(*arguments: Any, **options: Any) -> Path:
        config = write(*arguments, **options)
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace("max_payload: 1MB", "max_payload: 32KB\nmax_pending: 128KB"))
        return config

    supervisor.write_config = write_impatient


def slow_rules() -> None:
    """No control: rules so slow that a burst takes longer than operators like."""
    decide = Decider.decide_one

    def slowly(self: Decider, states: Any, handled: Any) -> Any:
        time.sleep(SLOWER_RULE_SECONDS)
        return decide(self, states, handled)

    Decider.decide_one = slowly  # type: ignore[method-assign]


def short_silence() -> None:
    """No control: so that what hangs is found sooner."""
    vitals.SILENT_SECONDS_MAX = 1.5
    vitals.ASK_SECONDS = vitals.LOOK_SECONDS = supervisor.LOOK_SECONDS = 0.5


def clock_ahead() -> None:
    """No control: once the service runs, this machine's clock is days ahead of the broker's."""
    right_until = time.monotonic() + STARTED_SECONDS

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Ahead":
            ahead_days = 100 if time.monotonic() > right_until else 0
            return super().now(tz) + timedelta(days=ahead_days)

    clock.datetime = Ahead  # type: ignore[misc]


def slow_and_greedy() -> None:
    """A fetch asks for all it can get, whatever the server keeps for it."""
    slow()
    subscriber.FETCH_BYTES_MAX = 2**30


def no_inbox() -> None:
    """An event that comes twice is decided twice, and nobody notices."""
    short_ack_wait()
    heard, write = InboxOutbox.heard, InboxOutbox.write_inbox

    def write_new(self: InboxOutbox, decided: Iterable[Any]) -> None:
        decided = list(decided)
        known = heard(self, [handled.event_id for handled in decided])
        write(self, [handled for handled in decided if handled.event_id not in known])

    InboxOutbox.heard = lambda _self, _ids: set()  # type: ignore[method-assign]
    InboxOutbox.write_inbox = write_new  # type: ignore[method-assign]


def publish_blindly() -> None:
    """Facts are published without waiting for the broker to confirm."""

    async def blindly(self: Publisher, letters: Sequence[Any]) -> list[int]:
        for letter in letters:
            await self._connection.publish(
                letter.subject, letter.body, headers=self._headers(letter)
            )
        return [1] * len(letters)

    Publisher.publish = blindly  # type: ignore[method-assign]


def no_restart_limit() -> None:
    """A service that dies again and again waits twice as long each time, for ever."""
    child_process.RESTART_DELAY_SECONDS_MAX = 60.0


def strict_inside() -> None:
    """An internal fact with a field that this version does not know is refused."""
    CandidatureRegistered.model_config["extra"] = "forbid"
    CandidatureRegistered.model_rebuild(force=True)


def keep_tracebacks() -> None:
    """What is wrong with an event keeps the frames it went through, and they the event."""
    Rejected.with_traceback = lambda self, _frames: self  # type: ignore[method-assign,assignment]


def serve_older_copies() -> None:
    """A database that knows nothing of what the log holds is served from."""

    async def look_away(*_: Any) -> None:
        return None

    processes.check_known_stores = processes.check_databases = look_away  # type: ignore[assignment]
    service.check_continuity = look_away  # type: ignore[assignment]


SABOTAGES: dict[str, Callable[[], None]] = {
    NONE: lambda: None,
    "ack-first": ack_first,
    "no-outbox": no_outbox,
    "no-disk-sync": no_disk_sync,
    "no-letter-limit": no_letter_limit,
    "short-ack-wait": short_ack_wait,
    "short-ack-wait-no-inbox": no_inbox,
    "slow": slow,
    "slow-rules": slow_rules,
    "short-silence": short_silence,
    "clock-ahead": clock_ahead,
    "slow-and-greedy": slow_and_greedy,
    "publish-blindly": publish_blindly,
    "strict-inside": strict_inside,
    "keep-tracebacks": keep_tracebacks,
    "older-copies-served": serve_older_copies,
    SHIPPED_DELAYS: lambda: None,
    "shipped-delays-no-limit": no_restart_limit,
}


def hasten() -> None:
    """So that many faults fit in a run, a process killed again and again is back within a second."""
    child_process.STEADY_SECONDS = 0.5
    child_process.RESTART_DELAY_SECONDS_MAX = 1.0


if __name__ == "__main__":
    if not sys.argv[1].startswith(SHIPPED_DELAYS):
        hasten()
    SABOTAGES[sys.argv[1]]()
    sys.exit(main(sys.argv[2]))
