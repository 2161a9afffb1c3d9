"""`python -m tests.bench.priced SERVICE EYE FILE`: one service process that is looked into.

The eye `samples` notes, every few milliseconds of its processor time, which piece of the way it is at: the
innermost function that PLACES names. The eye `statements` notes each statement of SQLite and its rows. Both
note when; the file is written when the service stops.
"""

import json
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from time import perf_counter
from types import FrameType
from typing import Any

from sqlalchemy import Engine, event

from deploy.local.running.processes import serve_service
from deploy.local.running.vitals import Pulse
from shared.kit.settings import Settings

SAMPLES, STATEMENTS = "samples", "statements"
# Asked for: the kernel looks at each tick of its own, often four milliseconds.
SAMPLE_SECONDS = 0.001
IN, ROUNDS, READ, STATES_IN, RULES = "wire in", "rounds", "read", "states read", "rules"
INBOX_IN, INBOX, OUTBOX = "inbox read", "inbox rows", "outbox rows"
STATES, NOTED = "state rows", "confirm"
COMMIT, SAY, ACK, TELL, LETTERS = "begin, commit", "publish", "ack", "closing lines", "letters"
FACTS, LOOP, REST = "facts as JSON", "event loop", "the rest"
PIECES = (
    IN, ROUNDS, READ, INBOX_IN, STATES_IN, RULES, FACTS, INBOX, OUTBOX, STATES, NOTED, COMMIT, SAY, ACK, TELL,
    LETTERS, LOOP, REST,
)  # fmt: skip
# Where code lies, and which functions of it; none are all. The first that holds counts.
PLACES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("/nats/protocol/", (), IN),
    ("/nats/aio/subscription.py", (), IN),
    ("/nats/aio/client.py", ("_read_loop",), IN),
    (
        "/asyncio/selector_events.py",
        ("_read_ready", "_read_ready__data_received", "_read_ready__get_buffer"),
        IN,
    ),
    ("/asyncio/base_events.py", ("_run_once",), LOOP),
    ("/services/notify/mail/", (), LETTERS),
    ("/services/notify/letters/", (), LETTERS),
    ("/services/", (), RULES),
    ("/shared/programme/", (), RULES),
    ("/shared/reference/", (), RULES),
    ("/shared/kit/storage/states.py", ("write",), STATES),
    ("/shared/kit/storage/states.py", ("keep",), RULES),
    ("/shared/kit/storage/states.py", (), STATES_IN),
    ("/shared/kit/consumer/prefetch.py", (), STATES_IN),
    ("/shared/kit/storage/inbox_outbox.py", ("write_inbox",), INBOX),
    ("/shared/kit/storage/inbox_outbox.py", ("write_outbox", "_outbox_row", "message"), OUTBOX),
    ("/shared/kit/storage/inbox_outbox.py", ("confirm", "_note", "_say_hidden_again"), NOTED),
    ("/shared/kit/storage/inbox_outbox.py", (), INBOX_IN),
    ("/shared/kit/storage/status_order.py", (), NOTED),
    ("/shared/kit/storage/unit_of_work.py", (), COMMIT),
    ("/shared/kit/bus/publisher.py", (), SAY),
    ("/shared/kit/consumer/relay.py", (), SAY),
    ("/shared/kit/bus/subscriber.py", (), ROUNDS),
    ("/shared/kit/bus/rounds.py", (), ROUNDS),
    ("/shared/kit/consumer/consumer.py", ("_tell",), TELL),
    ("/shared/kit/consumer/consumer.py", ("_acknowledge", "_send"), ACK),
    ("/shared/kit/consumer/closing.py", (), TELL),
    ("/shared/kit/logs/", (), TELL),
    ("/shared/kit/metrics/", (), TELL),
    ("/shared/kit/strict_json.py", (), READ),
    ("/shared/kit/delivery.py", (), READ),
    ("/shared/kit/consumer/decide.py", ("read", "_event"), READ),
    ("/shared/kit/consumer/decide.py", (), RULES),
    ("/shared/kit/handled.py", ("settle",), FACTS),
    ("/shared/kit/consumer/batch.py", ("read",), READ),
    ("/shared/kit/consumer/", (), REST),
)
VERB = re.compile(r"\w+")
TABLE = re.compile(r"\b(?:INTO|FROM|UPDATE)\s+(\w+)")
HEAD = 400  # characters of a statement that name its table
Seen = list[tuple[Any, ...]]


def piece_at(frame: FrameType | None) -> str:
    """Of the innermost function that has a place; what has none is its caller's."""
    while frame is not None:
        if piece := _piece_of(frame.f_code.co_filename, frame.f_code.co_name):
            return piece
        frame = frame.f_back
    return REST


@cache
def _piece_of(path: str, function: str) -> str | None:
    for place, functions, piece in PLACES:
        if place in path and (not functions or function in functions):
            return piece
    return None


def watch_samples(seen: Seen) -> None:
    """(when, piece) for each tick of the process's time. A loop that sleeps leaves it to other threads."""
    own = threading.get_ident()

    def look(_signal: int, frame: FrameType | None) -> None:
        piece = piece_at(frame)
        if piece == LOOP:
            others = (piece_at(at) for ident, at in sys._current_frames().items() if ident != own)
            piece = next((other for other in others if other != REST), LOOP)
        seen.append((perf_counter(), piece))

    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)


def watch_statements(seen: Seen) -> None:
    """(when, verb, table, rows written) for each statement of every connection that is opened."""

    def on_connect(connection: Any, _record: Any) -> None:
        connection.set_trace_callback(traced(connection, seen))

    event.listen(Engine, "connect", on_connect)


def traced(connection: Any, seen: Seen) -> Callable[[str], None]:
    """A statement is told as it begins: the rows that were written since belong to the one before."""
    before: list[Any] = [perf_counter(), "", ""]
    changes = 0

    def trace(sql: str) -> None:
        nonlocal changes
        if sql.startswith("--"):  # a trigger's
            return
        if before[1]:
            seen.append((*before, connection.total_changes - changes))
        changes = connection.total_changes
        before[:] = [perf_counter(), *verb_and_table(sql)]

    return trace


def verb_and_table(sql: str) -> tuple[str, str]:
    """`INSERT INTO inbox (…` → INSERT, inbox."""
    head = sql[:HEAD]
    verb, table = VERB.search(head), TABLE.search(head)
    return verb[0].upper() if verb else "", table[1] if table else ""


EYES: dict[str, Callable[[Seen], None]] = {SAMPLES: watch_samples, STATEMENTS: watch_statements}


def between(seen: Seen, started: float, ended: float) -> Iterator[Any]:
    """What was noted within a window, without when."""
    return (note for when, *note in seen if started <= when < ended)


def main(service: str, eye: str, path: str) -> int:
    seen: Seen = []
    EYES[eye](seen)
    code = serve_service(service, Settings(), Pulse())()
    signal.setitimer(signal.ITIMER_PROF, 0)
    Path(path).write_text(json.dumps(seen), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
