"""What a programme keeps: bytes for each candidature of a played season.

The season is the rehearsal: every wave, every year. What one candidature keeps is the measure of any size.
"""

import asyncio
import io
import sqlite3
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

from deploy.local.home.plan import PlatformPlan
from deploy.local.running.platform import LocalPlatform
from deploy.rehearsal.applicants import Mix
from deploy.rehearsal.play import Options, play
from shared.contract.topology import PROCESSES
from tests.bench.figures import Figure, Findings
from tests.bench.ground import BenchFailed, client
from tests.bench.sizes import Progress, Sizes

PLACES = ("mail", "logs", "payments")


def measure(folder: Path, sizes: Sizes, progress: Progress) -> Findings:
    home = (folder / "season").resolve()
    _play(home, sizes.season)
    progress()
    return Findings(weigh(home))


def _play(home: Path, mix: Mix) -> None:
    """A small season fails checks of the full one, such as its number of labels: more files are laureates."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        play(Options(home, as_json=True, mix=mix))
    if not (home / "summary.json").exists():
        raise BenchFailed(f"the season did not end: {said.getvalue()[-300:]}")


def weigh(home: Path) -> list[Figure]:
    """Bytes and events of a season that was played in this folder, over the candidatures in it."""
    tables = {name: _rows(home, name) for name in PROCESSES}
    candidatures = tables["intake"]["dossiers"]
    streams = asyncio.run(_streams(home))
    events = sum(count for count, _ in streams.values())
    how = f"of the {candidatures:.0f} candidatures and {events} events of a played season"
    figures = [
        Figure("season.candidatures", candidatures),
        Figure("season.events_per_candidature", events / candidatures, detail=how),
        Figure(
            "kb_per_candidature.streams", _kb(sum(b for _, b in streams.values()), candidatures)
        ),
    ]
    for name, (_, size) in sorted(streams.items(), key=lambda stream: -stream[1][1]):
        figures.append(Figure(f"kb_per_candidature.stream.{name}", _kb(size, candidatures)))
    for name, found in tables.items():
        figures.append(Figure(f"kb_per_candidature.database.{name}", _kb(found[""], candidatures)))
    for place in PLACES:
        size = sum(path.stat().st_size for path in (home / place).rglob("*") if path.is_file())
        figures.append(Figure(f"kb_per_candidature.{place}", _kb(size, candidatures)))
    return figures


def _kb(size: float, candidatures: float) -> float:
    return size / candidatures / 1000


def _rows(home: Path, name: str) -> dict[str, float]:
    """Rows of each table of a database; under no name the bytes of its pages in use."""
    with closing(sqlite3.connect(f"file:{home}/data/{name}.db?mode=ro", uri=True)) as connection:
        listed = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        found = {
            table: float(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for (table,) in listed
        }
        pages, free, size = (
            connection.execute(f"PRAGMA {word}").fetchone()[0]
            for word in ("page_count", "freelist_count", "page_size")
        )
        return found | {"": float((pages - free) * size)}


async def _streams(home: Path) -> dict[str, tuple[int, int]]:
    """Messages and bytes of each stream, as the server counts them."""
    plan = PlatformPlan(home, programme_file=home / "programme.toml", rehearsal=True, services=())
    with LocalPlatform(plan) as running:
        async with client(running.settings, "provisioner") as watcher:
            infos = await watcher.jetstream().streams_info()
    return {str(info.config.name): (info.state.messages, info.state.bytes) for info in infos}
