"""One session of the benchmark: everything in turn on this machine, then the table and the results."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import (
    backlog,
    calm,
    capacity,
    flat,
    latency,
    pipeline,
    price,
    replicas,
    report,
    rival,
    stage,
    telling,
    tranches,
    variants,
    visits,
)
from tests.bench.figures import Figure, Findings, at_most
from tests.bench.ground import BenchFailed
from tests.bench.sizes import FULL, QUICK, Sizes
from tests.bench.sizes import Progress as Step

Measure = Callable[[Path, Sizes, Step], Findings]
MEMORY = "pss_mb."
MEMORY_MB_MAX = 85


@dataclass(frozen=True, slots=True)
class Measurement:
    """`steps` is how often it tells that it has come further.

    What takes hours, `by_name_only`, is no part of a whole session.
    """

    measure: Measure
    steps: Callable[[Sizes], int]
    what: str
    by_name_only: bool = False


MEASUREMENTS = {
    "stage": Measurement(stage.measure, lambda sizes: sizes.runs, "one stage against the limit"),
    "pipeline": Measurement(
        pipeline.measure, lambda sizes: 3 * sizes.runs, "the pipeline against the usual way"
    ),
    "price": Measurement(price.measure, price.steps, "the price of one candidature"),
    "rival": Measurement(rival.measure, rival.steps, "the strongest rival on the same work"),
    "latency": Measurement(latency.measure, latency.steps, "from publish to answer"),
    "telling": Measurement(
        telling.measure, lambda sizes: 2 * sizes.runs, "logs and metrics, beside none"
    ),
    "calm": Measurement(calm.measure, lambda sizes: sizes.runs, "start, idle, memory"),
    "tranches": Measurement(tranches.measure, lambda sizes: sizes.tranche_runs, "the annual job"),
    "flat": Measurement(flat.measure, lambda sizes: sizes.runs + 2, "on a full system"),
    "long": Measurement(
        flat.measure_long,
        lambda sizes: sizes.long_runs + 1,
        "ten million events",
        by_name_only=True,
    ),
    "backlog": Measurement(backlog.measure, lambda sizes: sizes.backlog_runs, "a deadline night"),
    "pages": Measurement(
        visits.measure, lambda sizes: 2 * sizes.runs, "the first page beside submissions"
    ),
    "replicas": Measurement(replicas.measure, replicas.steps, "two of a service against one"),
    "capacity": Measurement(capacity.measure, lambda _: 1, "bytes for each candidature"),
    "variants": Measurement(variants.measure, variants.steps, "PostgreSQL, two replicas, far away"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """`only` names measurements; empty means all.

    `home` is wiped where the benchmark works, and keeps the results.
    """

    home: Path
    only: tuple[str, ...] = ()
    quick: bool = False

    @property
    def results(self) -> Path:
        """A part of a session never takes the place of a whole one."""
        name = "-".join(["results", *self.only, *(["quick"] if self.quick and self.only else [])])
        return self.home / f"{name}.json"


def run(options: Options, console: Console) -> dict[str, object]:
    """Measures, prints, and keeps the results. What could not be is a note.

    Raises ValueError for an unknown name.
    """
    if unknown := sorted(set(options.only) - set(MEASUREMENTS)):
        raise ValueError(f"unknown: {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    sizes = QUICK if options.quick else FULL
    started = perf_counter()
    whole = tuple(name for name, one in MEASUREMENTS.items() if not one.by_name_only)
    findings = _measured(options.only or whole, options.home / "work", sizes, console)
    if memory := largest_memory(findings.figures):
        findings.figures.append(memory)
    data = report.results(findings, options.quick, perf_counter() - started)
    report.write(options.results, data)
    report.show(console, findings)
    console.print(f"{perf_counter() - started:.0f} s; kept in {options.results}", highlight=False)
    return data


def largest_memory(figures: Sequence[Figure]) -> Figure | None:
    """The largest service process that any measurement saw, idle or under load."""
    seen = [
        value
        for figure in figures
        if figure.name.startswith(MEMORY)
        for value in (*figure.runs, figure.value)
    ]
    if not seen:
        return None
    return Figure(
        "pss_mb_max",
        max(seen),
        "MB",
        at_most(MEMORY_MB_MAX),
        detail="the largest service process, idle or loaded",
    )


def _measured(names: Sequence[str], folder: Path, sizes: Sizes, console: Console) -> Findings:
    findings = Findings()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        for name in names:
            measurement = MEASUREMENTS[name]
            task = bars.add_task(f"{name}: {measurement.what}", total=measurement.steps(sizes))
            try:
                found = measurement.measure(folder, sizes, lambda task=task: bars.advance(task))  # type: ignore[misc]
            except BenchFailed as failure:  # the others took their time, and hold
                found = Findings(notes=[f"{name} was not measured: {failure}"])
            findings.add(found)
    shutil.rmtree(folder, ignore_errors=True)
    return findings
