"""`python -m tests.incidents`: seeds each incident, and tells who noticed it and after how many seconds."""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import structlog
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tests.faults.experiment import Skipped
from tests.incidents import catalogue, stages
from tests.incidents.incident import Incident, Noticed, Stage, noticed

RESULTS = Path("var/incidents/results.json")
WIDTH = 150
Open = Callable[[Path], AbstractAsyncContextManager[Stage]]
PROGRAMME: dict[str, tuple[Open, Sequence[Incident]]] = {
    "platform": (stages.ordinary, catalogue.OF_A_PLATFORM),
    "slow": (stages.slow_rules, catalogue.OF_SLOW_RULES),
    "clock": (stages.wrong_clock, catalogue.OF_A_WRONG_CLOCK),
    "season": (stages.season, catalogue.OF_A_SEASON),
    "disk": (stages.small_disk, catalogue.OF_A_DISK),
    "postgresql": (stages.on_postgresql, catalogue.OF_POSTGRESQL),
    "cluster": (stages.three_servers, catalogue.OF_A_CLUSTER),
}


def main() -> int:
    """Returns 0 where each incident was told by every source that should tell it."""
    parser = argparse.ArgumentParser(prog="python -m tests.incidents", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=list(PROGRAMME), help="this platform alone"
    )
    chosen = parser.parse_args().only or list(PROGRAMME)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    results: list[Noticed] = []
    for name in chosen:
        results += _played(name, console)
    _write(results)
    _show(console, results)
    return 0 if all(result.good for result in results) else 1


def _played(name: str, console: Console) -> list[Noticed]:
    opened, incidents = PROGRAMME[name]
    console.print(f"{name}: {len(incidents)} incidents", markup=False)
    found: list[Noticed] = []
    with tempfile.TemporaryDirectory(prefix="incidents-", ignore_cleanup_errors=True) as folder:
        try:
            asyncio.run(_seeded(opened(Path(folder)), incidents, found, console))
        except Skipped as reason:
            console.print(f"  skipped: {reason}", markup=False)
        except Exception as failure:  # the next platform is played all the same
            wrong = f"{type(failure).__name__}: {failure}"
            found.append(Noticed(f"{name}, after {len(found)}", wrong=wrong))
            console.print(f"  {wrong}", markup=False, style="bold red")
    return found


async def _seeded(
    opened: AbstractAsyncContextManager[Stage],
    incidents: Sequence[Incident],
    found: list[Noticed],
    console: Console,
) -> None:
    async with opened as stage:
        if stage.alerts is None:
            console.print(
                "  no Prometheus: no alert is played (apt-get install prometheus)", markup=False
            )
        for incident in incidents:
            result = await noticed(incident, stage)
            found.append(result)
            console.print(
                f"  {result.name}: {result.wrong or result.finding or 'told'}", markup=False
            )


def _write(results: list[Noticed]) -> None:
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps([result.as_row() for result in results], indent=2, ensure_ascii=False)
    RESULTS.write_text(text + "\n", encoding="utf-8")


def _show(console: Console, results: list[Noticed]) -> None:
    """Seconds; a dash where that source tells nothing of it."""
    incidents = {incident.name: incident for incident in catalogue.INCIDENTS}
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("incident", "log line", "s", "check", "s", "watch", "alert", "s"):
        table.add_column(name, justify="right" if name in ("s", "watch") else "left")
    for result in results:
        table.add_row(
            *_cells(result, incidents.get(result.name)), style="" if result.good else "bold red"
        )
    console.print(table)


def _cells(result: Noticed, incident: Incident | None) -> list[str]:
    if incident is None:
        return [result.name, result.wrong[:60]]
    seconds = [_seconds(one) for one in (result.line, result.doctor, result.watch, result.alert)]
    return [
        result.name,
        incident.line,
        seconds[0],
        incident.check,
        seconds[1],
        seconds[2],
        incident.alert,
        seconds[3],
    ]


def _seconds(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f}"


if __name__ == "__main__":
    sys.exit(main())
