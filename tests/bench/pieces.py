"""The bare pieces of a durable stage, without our code: what one core does at best with the same bytes.

Four pieces, each alone: messages fetched and acked, parsed and answered, rows written, facts published.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, StorageType, StreamConfig
from pydantic import BaseModel

from shared.contract.topology import all_durables

# As many as a round of a service takes: else the limit would pay for more commits and publishes.
BATCH = max(durable.batch_max for durable in all_durables())
PAGE_BYTES = 8192
EXPIRES_SECONDS = 2.0
ANSWER_SECONDS = 10.0
SCRATCH = "BENCH"
DURABLE = "bench-limit"
CONSUMER = ConsumerConfig(name=DURABLE, durable_name=DURABLE, ack_wait=30, max_ack_pending=2_048)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stream, as it lies there."""

    subject: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that one stage wrote into one table, and the SQL that makes the table and its indexes."""

    table: str
    schema: tuple[str, ...]
    rows: list[tuple[Any, ...]]


async def fetch_and_ack(js: JetStreamContext, stream: str, count: int) -> tuple[float, list[Msg]]:
    """Seconds to take `count` messages on a consumer of its own and ack them; and the messages."""
    await js.add_consumer(stream, CONSUMER)
    taken: list[Msg] = []
    seconds = await take(js, stream, DURABLE, count, taken.extend)
    await js.delete_consumer(stream, DURABLE)
    return seconds, taken


async def take(
    js: JetStreamContext,
    stream: str,
    durable: str,
    count: int,
    keep: Callable[[list[Msg]], None] = lambda _: None,
) -> float:
    """The quickest way known: requests kept outstanding, the subscription's own queue drained directly."""
    subscription = await js.pull_subscribe_bind(durable=durable, stream=stream)
    inner: Any = subscription._sub
    queue = inner._pending_queue
    connection = js._nc
    request = json.dumps({"batch": BATCH, "expires": int(EXPIRES_SECONDS * 1e9)}).encode()
    credit = 0
    taken = 0
    started = perf_counter()
    while taken < count:
        while credit <= BATCH:
            await connection.publish(subscription._nms, request, subscription._deliver)
            credit += BATCH
        batch = [await asyncio.wait_for(queue.get(), ANSWER_SECONDS)]
        while not queue.empty() and len(batch) < BATCH:
            batch.append(queue.get_nowait())
        inner._pending_size -= sum(len(message.data) for message in batch)
        batch = [message for message in batch if message.reply]
        credit -= len(batch)
        await _write(
            connection,
            b"".join([f"PUB {message.reply} 4\r\n+ACK\r\n".encode() for message in batch]),
        )
        taken += len(batch)
        keep(batch)
    await connection.flush()
    seconds = perf_counter() - started
    await subscription.unsubscribe()
    return seconds


def as_messages(found: Sequence[Msg]) -> list[Message]:
    """Without the marks of the batch they came in."""
    return [
        Message(message.subject, _own(message.headers or {}), message.data) for message in found
    ]


def _own(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if not name.startswith("Nats-Batch-")}


def validate(
    heard: type[BaseModel], said: type[BaseModel], ins: Sequence[bytes], outs: Sequence[bytes]
) -> float:
    """Seconds to read and check each event heard, and to build and write each fact said."""
    fields = [dict(said.model_validate_json(body)) for body in outs]
    started = perf_counter()
    for body in ins:
        heard.model_validate_json(body)
    for values in fields:
        said(**values).model_dump_json().encode()
    return perf_counter() - started


def rows_of(database: Path, tables: Mapping[str, str]) -> list[Rows]:
    """What lies in these tables of a service's SQLite file, each with a condition, or none."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return [_rows(connection, table, which) for table, which in tables.items()]


def _rows(connection: sqlite3.Connection, table: str, which: str) -> Rows:
    made = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type = ? AND sql <> ''"
    schema = tuple(
        sql for kind in ("table", "index") for (sql,) in connection.execute(made, (table, kind))
    )
    query = f"SELECT * FROM {table} WHERE {which or 1} ORDER BY rowid"
    return Rows(table, schema, connection.execute(query).fetchall())


def write_rows(folder: Path, tables: Sequence[Rows], events: int) -> float:
    """Seconds to write the same rows into empty tables, SQLite FULL, one transaction per batch of events."""
    path = folder / "limit.db"
    for left in folder.glob("limit.db*"):
        left.unlink()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        for sql in [sql for table in tables for sql in table.schema]:
            connection.execute(sql)
        started = perf_counter()
        for start in range(0, events, BATCH):
            connection.execute("BEGIN IMMEDIATE")
            for table in tables:
                share = len(table.rows) / events
                part = table.rows[round(start * share) : round((start + BATCH) * share)]
                if part:
                    marks = ", ".join("?" * len(part[0]))
                    connection.executemany(f"INSERT INTO {table.table} VALUES ({marks})", part)
            connection.execute("COMMIT")
        return perf_counter() - started


async def publish_in_batches(js: JetStreamContext, letters: Sequence[Message]) -> float:
    """Seconds to publish the same facts to a stream of the same kind, one atomic batch after the other."""
    await js.add_stream(
        StreamConfig(
            name=SCRATCH,
            subjects=["bench.>"],
            storage=StorageType.FILE,
            allow_atomic=True,
            duplicate_window=3600,
        )
    )
    connection = js._nc
    answers: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = connection.new_inbox()
    subscription = await connection.subscribe(inbox, cb=answers.put)
    batches = [
        _batch(letters[start : start + BATCH], start, inbox)
        for start in range(0, len(letters), BATCH)
    ]
    started = perf_counter()
    for batch in batches:
        await _write(connection, batch)
        answer = json.loads((await asyncio.wait_for(answers.get(), ANSWER_SECONDS)).data)
        if "error" in answer:
            raise RuntimeError(f"the broker refused a batch: {answer['error']}")
    seconds = perf_counter() - started
    await subscription.unsubscribe()
    await js.delete_stream(SCRATCH)
    return seconds


def _batch(letters: Sequence[Message], number: int, inbox: str) -> bytes:
    lines = []
    for place, letter in enumerate(letters, start=1):
        headers = letter.headers | {
            "Nats-Batch-Id": f"bench-{number}",
            "Nats-Batch-Sequence": str(place),
        }
        last = place == len(letters)
        if last:
            headers["Nats-Batch-Commit"] = "1"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        block = f"NATS/1.0\r\n{head}\r\n".encode()
        reply = inbox if last else ""
        sizes = f"{len(block)} {len(block) + len(letter.body)}"
        lines.append(
            f"HPUB bench.{letter.subject} {reply} {sizes}\r\n".encode()
            + block
            + letter.body
            + b"\r\n"
        )
    return b"".join(lines)


async def _write(connection: Client, data: bytes) -> None:
    client: Any = connection
    await client._send_command(data)
    await client._flush_pending()
