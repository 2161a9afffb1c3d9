"""The annual job at a country's size: every tranche published and decided, against the stage's own limit."""

import asyncio
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from services.funding.domain.money.ledger import MovementBook
from services.funding.domain.states import Account, Grant, Movement, Tranche
from services.funding.tables import STATE_TABLES
from shared.contract.funding import GrantTrancheDue, TrancheOrdered
from shared.kit.settings import Settings
from shared.kit.storage.bulk import insert_many
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from shared.programme import Programme
from tests.bench.backlog import memory_growth
from tests.bench.figures import Findings, at_least, at_most, of_runs, ratios, serial_limit
from tests.bench.files import candidature_id, siret
from tests.bench.ground import MEGABYTE, BenchFailed, client, last_sequence, platform, process
from tests.bench.sizes import Progress, Sizes
from tests.bench.stage import Stage, bare_pieces

FUNDING = Stage(
    GrantTrancheDue,
    TrancheOrdered,
    "TRANCHES",
    "FUNDING",
    "funding",
    {
        "inbox": "",
        "tranches": "",
        "orders": "",
        "movements": "kind = 'order'",
        "balances": "owner <> '*'",
        "outbox": "",
    },
)
CHUNK = 5_000
AMOUNT_CENTS = 5_000_000
LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 300.0


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    rates = []
    limits = []
    grown = []
    largest = []
    for _ in range(sizes.tranche_runs):
        with platform(folder / "tranches", services=()) as running:
            rate, memory = asyncio.run(_run(running.settings, sizes.tranches))
            limits.append(
                serial_limit(asyncio.run(bare_pieces(running.settings, FUNDING, sizes.tranches)))
            )
        rates.append(rate)
        grown.append(memory_growth(memory))
        largest.append(max(max(sample.values()) for sample in memory))
        progress()
    how = f"{sizes.tranches} due, from the job's first to funding's last, over 1/Σ(1/piece) of the same stage"
    return Findings(
        [
            of_runs("tranches_over_limit", ratios(rates, limits), bar=at_least(0.65), detail=how),
            of_runs("tranches_per_s", rates, "/s"),
            of_runs("tranches_limit_per_s", limits, "/s"),
            of_runs(
                "tranches_memory_growth",
                grown,
                "×",
                at_most(1.2),
                "PSS late over PSS early, funding and the job",
            ),
            of_runs(
                "pss_mb.tranches",
                largest,
                "MB",
                detail="the larger of funding and the job, each started alone",
            ),
        ]
    )


async def _run(settings: Settings, count: int) -> tuple[float, list[dict[str, float]]]:
    """Tranches/s by the broker's stamps, and the memory of funding and of the job meanwhile."""
    programme = settings.programme()
    now = datetime.now(UTC)
    fill(settings, programme, count, now)
    today = programme.local_day(now).isoformat()
    command = ("tranches", "publish", "--as-of", today, "--json")
    with process(settings, "tests.bench.replica", "funding") as funding:
        async with client(settings, "provisioner") as watcher:
            js = watcher.jetstream()
            await asyncio.sleep(1)  # the service has started before the job does, as on any day
            with process(settings, "deploy.cli.main", *command) as job:
                memory = await _watched(js, count, {"funding": funding, "job": job})
            first = (await js.get_msg("TRANCHES", 1)).time
            last = (await js.get_msg("FUNDING", count)).time
    if first is None or last is None:
        raise BenchFailed("the broker gives no stamps")
    return count / (last - first).total_seconds(), memory


async def _watched(
    js: Any, count: int, watched: dict[str, "subprocess.Popen[bytes]"]
) -> list[dict[str, float]]:
    samples: list[dict[str, float]] = []
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while await last_sequence(js, "FUNDING") < count:
        if await last_sequence(js, "TRANCHES"):
            samples.append(
                {name: _pss(one.pid) for name, one in watched.items() if one.poll() is None}
            )
        if watched["funding"].poll() is not None or asyncio.get_running_loop().time() > deadline:
            raise BenchFailed(
                f"funding did not decide {count} tranches within {PATIENCE_SECONDS:.0f} s"
            )
        await asyncio.sleep(LOOK_SECONDS)
    return samples


def _pss(pid: int) -> float:
    return float(psutil.Process(pid).memory_full_info().pss / MEGABYTE)


def fill(settings: Settings, programme: Programme, count: int, now: datetime) -> None:
    """As many grants, agreed and with a verified account, each with its first tranche due today."""
    engine = open_engine(settings.database_url("funding"))
    migrate(engine, "funding")
    state_tables = STATE_TABLES
    files = _files(programme, count, now)
    while chunk := list(islice(files, CHUNK)):
        with engine.begin() as connection:
            for kind, states in zip(
                (Grant, Account, Tranche, Movement), zip(*chunk, strict=True), strict=True
            ):
                table = state_tables[kind]
                insert_many(connection, table.table, [table.row_of(state) for state in states])
    engine.dispose()


def _files(
    programme: Programme, count: int, now: datetime
) -> Iterator[tuple[Grant, Account, Tranche, Movement]]:
    before = now - timedelta(days=programme.payment.cooling_off_days + 30)
    wave = programme.waves[0].id
    due = programme.local_day(now)
    for number in range(count):
        key = candidature_id(number)
        grant = _grant(programme, key, number, wave, before)
        ledger = MovementBook(f"award-{key}", before)
        ledger.commit_award(grant)
        yield grant, _account(key, number, before), _tranche(key, due, before), ledger.lines[0]


def _grant(programme: Programme, key: str, number: int, wave: str, before: datetime) -> Grant:
    return Grant(
        candidature_id=key,
        wave=wave,
        receipt_number=f"{programme.receipt_prefix}-{wave}-{number:06d}",
        legal_name=f"Association La Passerelle {number}",
        siret=siret(number),
        zone="outside-urban",
        rank=number + 1,
        awarded_cents=(AMOUNT_CENTS,),
        promoted=False,
        state="agreed",
        awarded_at=before,
        agreed_at=before,
    )


def _account(key: str, number: int, before: datetime) -> Account:
    return Account(key, f"{number:016x}", b"\0" * 60, number, before, before, "bench")


def _tranche(key: str, due: date, before: datetime) -> Tranche:
    return Tranche(f"{key}-T1", key, 1, due, AMOUNT_CENTS, "scheduled", before)
