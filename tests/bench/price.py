"""The price of one candidature: what each process works for it, by piece, and what is said and written.

In bulk, where all files come at once and share transactions; and alone, forty a second. Each service has an
eye on it, which costs less than a hundredth of what it sees.
"""

import asyncio
import json
import re
import urllib.request
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psutil
from rich.box import SIMPLE
from rich.table import Table

from deploy.local.home.plan import SERVER
from deploy.local.server.nats_server import CONFIG
from shared.contract.topology import SERVICES
from shared.kit.settings import Settings
from tests.bench.figures import Findings, of_runs, rounded
from tests.bench.files import submissions
from tests.bench.ground import client, last_sequence, platform, process, processor_seconds, until
from tests.bench.latency import send_paced
from tests.bench.pipeline import REAL, all_through, drained
from tests.bench.priced import PIECES, SAMPLES, STATEMENTS, between
from tests.bench.sizes import Progress, Sizes

BULK, ALONE = "bulk", "alone"
ALONE_RATE = 40
WARM_UP = 200  # files that are not counted: what a process does once
LETTERS = "NOTIFY"
LETTERS_REST_SECONDS = 3.0
READS = ("SELECT", "PRAGMA", "WITH")
ENDS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
OF_PROCESS = ("write_chars", "write_count", "write_bytes")
Counts = Counter[str]


@dataclass(frozen=True, slots=True)
class Way:
    """Files that went the whole way, what their processes used meanwhile, and what the eyes saw."""

    count: int
    cpu_seconds: Mapping[str, float]
    counts: Mapping[str, int]
    seen: Mapping[str, Sequence[Sequence[Any]]]


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    alone = round(ALONE_RATE * sizes.latency_seconds)
    findings = Findings()
    for how, count in ((BULK, sizes.pipeline_candidatures), (ALONE, alone)):
        ways = []
        for _ in range(sizes.price_runs):
            ways.append(_gone(folder / "price", how, count, SAMPLES))
            progress()
        counted = _gone(folder / "price", how, count, STATEMENTS)
        progress()
        findings.add(_found(how, ways, counted))
    return findings


def steps(sizes: Sizes) -> int:
    return 2 * (sizes.price_runs + 1)


def _gone(home: Path, how: str, count: int, eye: str) -> Way:
    with platform(home, services=()) as running:
        settings = running.settings
        notes = {service: home / f"{service}.{eye}" for service in SERVICES}
        pids = {SERVER: running.pids()[SERVER]}
        with ExitStack() as stack:
            for service in SERVICES:
                words = (service, eye, str(notes[service].resolve()))
                served = stack.enter_context(process(settings, "tests.bench.priced", *words))
                pids[service] = served.pid
            asyncio.run(drained(settings, REAL, 0, WARM_UP))
            asyncio.run(_until_letters_are_sent(settings))
            before, started = _read(settings, pids), perf_counter()
            go = drained if how == BULK else _paced
            asyncio.run(go(settings, REAL, WARM_UP, count))
            ended, after = perf_counter(), _read(settings, pids)
        seen = {
            service: list(between(json.loads(path.read_text()), started, ended))
            for service, path in notes.items()
        }
    cpu = {name: after[0][name] - before[0][name] for name in pids}
    return Way(count, cpu, after[1] - before[1], seen)


async def _paced(
    settings: Settings, durables: tuple[tuple[str, str], ...], first: int, count: int
) -> None:
    """One file after the other on a fixed beat, until the last is through."""
    letters = list(submissions(settings.programme(), first, count))
    async with client(settings, "provisioner") as watcher, client(settings, "holders") as front_end:
        await send_paced(front_end, letters, ALONE_RATE)
        js = watcher.jetstream()
        through = f"{count} candidatures that came alone"
        await until(lambda: all_through(js, durables, first + count), through)


async def _until_letters_are_sent(settings: Settings) -> None:
    """Those of the warm-up are nobody's price: until none has been sent for longer than the sender rests."""
    async with client(settings, "provisioner") as watcher:
        js = watcher.jetstream()
        sent = (-1, perf_counter())

        async def still() -> bool:
            nonlocal sent
            if (count := await last_sequence(js, LETTERS)) != sent[0]:
                sent = count, perf_counter()
            return perf_counter() - sent[1] > LETTERS_REST_SECONDS

        await until(still, "the letters of the first candidatures")


def _read(settings: Settings, pids: Mapping[str, int]) -> tuple[dict[str, float], Counts]:
    """Processor seconds of each process, and every counter there is, as they stand."""
    cpu = {name: processor_seconds([pid]) for name, pid in pids.items()}
    counts = asyncio.run(_of_the_bus(settings))
    for name, pid in pids.items():
        written = psutil.Process(pid).io_counters()
        counts.update({f"{word} · {name}": getattr(written, word) for word in OF_PROCESS})
    for connection in _monitored(settings, "connz")["connections"]:
        if (name := connection.get("name")) in SERVICES:
            words = ("in_msgs", "out_msgs", "in_bytes", "out_bytes")
            counts.update({f"{word} · {name}": connection[word] for word in words})
    return cpu, counts


def _monitored(settings: Settings, what: str) -> Any:
    """What the server tells of itself: its configuration alone says where."""
    written = (settings.home / "nats" / CONFIG).read_text(encoding="utf-8")
    place = re.search(r'^http: "(.+)"\nhttp_base_path: "(.+)"', written, re.MULTILINE)
    assert place
    with urllib.request.urlopen(f"http://{place[1]}{place[2]}/{what}") as answer:
        return json.load(answer)


async def _of_the_bus(settings: Settings) -> Counts:
    """What was published, and its bytes as they lie; what each durable was brought, and acked."""
    counts: Counts = Counter()
    async with client(settings, "provisioner") as watcher:
        js = watcher.jetstream()
        for stream in await js.streams_info():
            name = str(stream.config.name)
            counts[f"published · {name}"] = stream.state.last_seq
            counts[f"bytes kept · {name}"] = stream.state.bytes
            for durable in await js.consumers_info(name):
                if durable.delivered and durable.ack_floor:
                    counts[f"delivered · {durable.name}"] = durable.delivered.consumer_seq
                    counts[f"acked · {durable.name}"] = durable.ack_floor.consumer_seq
    return counts


def of_statements(seen: Mapping[str, Sequence[Sequence[Any]]]) -> Counts:
    """Statements, transactions, commits that wrote (each waits for the disk); rows and questions by table."""
    counts: Counts = Counter()
    for service, statements in seen.items():
        wrote = 0
        for verb, table, rows in statements:
            if verb == "COMMIT":
                counts[f"transactions · {service}"] += 1
                counts[f"commits that wrote · {service}"] += wrote > 0
                wrote = 0
            elif verb not in ENDS:
                counts[f"statements · {service}"] += 1
            if verb in READS:
                counts[f"asked · {service}.{table}"] += 1
            elif verb not in ENDS:
                wrote += rows
                counts[f"rows · {service}.{table}"] += rows
    return counts


def in_pieces(ways: Sequence[Way], cpu_us: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """µs of each piece by service: its share of the samples of all runs, of what the process worked."""
    found = {}
    for service in SERVICES:
        samples = Counter(piece for way in ways for (piece,) in way.seen[service])
        whole = samples.total() or 1
        found[service] = {
            piece: cpu_us[service] * samples[piece] / whole for piece in PIECES if samples[piece]
        }
    return found


def _found(how: str, ways: Sequence[Way], counted: Way) -> Findings:
    runs = {
        name: [1e6 * way.cpu_seconds[name] / way.count for way in ways]
        for name in ways[0].cpu_seconds
    }
    runs["all"] = [sum(one) for one in zip(*runs.values(), strict=True)]
    cpu_us = {name: median(found) for name, found in runs.items()}
    pieces = in_pieces(ways, cpu_us)
    counts = per_candidature({**counted.counts, **of_statements(counted.seen)}, counted.count)
    told = {
        BULK: f"{ways[0].count} files at once, to the last ack",
        ALONE: f"{ALONE_RATE} files a second, {ways[0].count} in all",
    }[how]
    return Findings(
        [
            of_runs(f"price.{how}.cpu_us.{name}", found, "µs", detail=f"processor, {told}")
            for name, found in runs.items()
        ],
        data={
            f"price_{how}": {
                "pieces_us": {
                    name: {piece: rounded(us) for piece, us in one.items()}
                    for name, one in pieces.items()
                },
                "counts": counts,
            }
        },
        tables=[table_of_pieces(how, pieces, cpu_us), table_of_counts(how, counts)],
    )


def per_candidature(counts: Mapping[str, int], count: int) -> dict[str, float]:
    """What was counted at all, for one candidature."""
    return {name: rounded(total / count) for name, total in sorted(counts.items()) if total}


def table_of_pieces(
    how: str, pieces: Mapping[str, Mapping[str, float]], cpu_us: Mapping[str, float]
) -> Table:
    table = Table(box=SIMPLE, pad_edge=False, title=f"price of a candidature, {how}: µs by piece")
    for column in ("piece", *SERVICES, "all"):
        table.add_column(column, justify="left" if column == "piece" else "right")
    for piece in PIECES:
        found = [pieces[service].get(piece, 0.0) for service in SERVICES]
        if any(found):
            table.add_row(piece, *(f"{us:.1f}" for us in (*found, sum(found))))
    services = [cpu_us[service] for service in SERVICES]
    table.add_row("services", *(f"{us:.1f}" for us in (*services, sum(services))), style="bold")
    table.add_row(SERVER, *[""] * len(SERVICES), f"{cpu_us[SERVER]:.1f}", style="bold")
    return table


def table_of_counts(how: str, counts: Mapping[str, float]) -> Table:
    """A line for each kind of count: of whom, how many."""
    table = Table(box=SIMPLE, pad_edge=False, title=f"counted for a candidature, {how}")
    for column in ("counted", "sum", "of which"):
        table.add_column(column, justify="right" if column == "sum" else "left", overflow="fold")
    kinds: dict[str, dict[str, float]] = {}
    for name, value in counts.items():
        kind, _, whose = name.partition(" · ")
        kinds.setdefault(kind, {})[whose] = value
    for kind, values in kinds.items():
        parts = sorted(values.items(), key=lambda part: -part[1])
        of_which = ", ".join(f"{whose} {value:.4g}" for whose, value in parts if value >= 0.005)
        table.add_row(kind, f"{sum(values.values()):.4g}", of_which)
    return table
