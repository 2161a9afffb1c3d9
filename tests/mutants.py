"""Mutation testing of the rules: `python -m tests.mutants [FOLDER…]`.

Each small fault must be seen by some fast test.

mutmut plants one fault at a time in a copy of the sources and runs the tests of `tests/rules` that reach it.
It leaves decorated functions alone, and with them every property. Modules named `sentences` hold
wording alone: no fault is planted there, because a test would have to repeat them letter by letter.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import chdir
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOUND = ROOT / "var" / "mutants"
COPY = FOUND / "copy"
LOG = FOUND / "mutmut.log"
EVERYWHERE = "services/*/domain"
WORDING = "*/sentences.py"
BAR_PERCENT = 85
BARS_PERCENT = {
    "services/funding/domain/money": 90,
    "services/funding/domain/selection": 90,
    "services/funding/domain/waves": 90,
}
NO_FAULT = "none.is.named.so"
SEED = 2026
SURE = 1.96  # standard deviations on both sides hold 95 samples of 100
SURVIVED = 0
NO_TEST = (5, 33)
NOT_TRIED = (None, 2, 34)
SETTINGS = """[mutmut]
source_paths = services
only_mutate =
    {only}
do_not_mutate =
    {wording}
track_dependencies = false
also_copy =
    shared
    deploy
    docs
pytest_add_cli_args =
    -p
    no:cacheprovider
    -p
    no:unraisableexception
    -p
    no:xdist
    --tb=no
pytest_add_cli_args_test_selection =
    {tests}
timeout_multiplier = 10.0
timeout_constant = 2.0
"""


@dataclass(slots=True)
class Score:
    """What came of the faults planted in one package of rules; `count` of them, more than a sample tries."""

    count: int = 0
    killed: int = 0
    survivors: list[str] = field(default_factory=list)
    untested: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        return self.killed + len(self.survivors) + len(self.untested)

    @property
    def percent(self) -> float:
        return 100 * self.killed / self.tried

    def interval_percent(self) -> tuple[float, float]:
        """Where the score of the whole lies, in 95 samples of 100 (Wilson). A whole run leaves no doubt."""
        if self.tried == self.count:
            return self.percent, self.percent
        killed = self.killed / self.tried
        doubt = SURE**2 / self.tried
        middle = (killed + doubt / 2) / (1 + doubt)
        half = (
            SURE * sqrt(killed * (1 - killed) / self.tried + doubt / (4 * self.tried)) / (1 + doubt)
        )
        return 100 * (middle - half), 100 * (middle + half)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.mutants", description=__doc__)
    parser.add_argument(
        "folders", nargs="*", default=[EVERYWHERE], help="where the rules lie; all by default"
    )
    parser.add_argument(
        "--tests", nargs="+", default=["tests/rules"], help="who must see the faults"
    )
    parser.add_argument(
        "--sample", type=int, help="so many faults of each package, the same ones for a seed"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="another one draws another sample")
    parser.add_argument("--processes", type=int, default=1)
    chosen = parser.parse_args()
    copy_sources()
    only = _listed(patterns(chosen.folders))
    settings = SETTINGS.format(only=only, wording=WORDING, tests=_listed(chosen.tests))
    (COPY / "setup.cfg").write_text(settings, encoding="utf-8")
    print(f"planting faults; the course of it: {LOG.relative_to(ROOT)}", flush=True)
    LOG.unlink(missing_ok=True)
    names = sample(chosen.sample, chosen.seed) if chosen.sample else []
    if mutmut(chosen.processes, names):
        sys.exit(
            f"mutants: the tests do not pass without a fault either: see {LOG.relative_to(ROOT)}"
        )
    scores = read_scores(sampled=bool(chosen.sample))
    write_survivors(scores)
    return tell(scores)


def mutmut(processes: int, names: list[str]) -> int:
    """Plants, and tries the faults of these names; all where none is named."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(processes), *names]
    with LOG.open("a", encoding="utf-8") as log:
        return subprocess.run(command, cwd=COPY, stdout=log, stderr=log, check=False).returncode


def sample(size: int, seed: int) -> list[str]:
    """`size` faults of each package, or all of a smaller one; mutmut plants before it knows their names."""
    mutmut(1, [NO_FAULT])
    chosen: list[str] = []
    for names in planted().values():
        drawn = random.Random(seed)
        chosen += drawn.sample(sorted(names), min(size, len(names)))
    return chosen


def _listed(lines: list[str]) -> str:
    """As a setting of several values is written."""
    return "\n    ".join(lines)


def copy_sources() -> None:
    """What git knows of this tree, as it lies here: a fault never touches the sources themselves."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, COPY / name)


def patterns(folders: list[str]) -> list[str]:
    """`only_mutate` takes files: a folder stands for all below it."""
    return [folder if folder.endswith(".py") else f"{folder.rstrip('/')}/*" for folder in folders]


def planted() -> dict[str, dict[str, int | None]]:
    """By package: the exit code of the tests for each fault, None where it was not tried."""
    mutants = COPY / "mutants"
    packages: dict[str, dict[str, int | None]] = {}
    for results in sorted(mutants.rglob("*.py.meta")):
        codes = json.loads(results.read_text(encoding="utf-8"))["exit_code_by_key"]
        packages.setdefault(str(results.parent.relative_to(mutants)), {}).update(codes)
    return {package: codes for package, codes in packages.items() if codes}


def read_scores(sampled: bool) -> dict[str, Score]:
    """By package. A fault that no test reaches has survived too; one that makes a test hang is killed."""
    scores: dict[str, Score] = {}
    for package, codes in planted().items():
        score = scores.setdefault(package, Score(count=len(codes)))
        for name, code in codes.items():
            if code in NOT_TRIED:
                if not sampled:
                    sys.exit(f"mutants: {name} was not tried: the run is not whole")
            elif code == SURVIVED:
                score.survivors.append(name)
            elif code in NO_TEST:
                score.untested.append(name)
            else:
                score.killed += 1
    return scores


def write_survivors(scores: dict[str, Score]) -> None:
    """One file a package in var/mutants: the changes that no test saw, the functions that none reaches."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # noqa: PLC0415  # settings are read where it runs

    with chdir(COPY):
        for package, score in scores.items():
            changes = [get_diff_for_mutant(name) for name in score.survivors]
            unreached = Counter(name.partition("__mutmut_")[0] for name in score.untested)
            lines = [
                f"# no test reaches {function}: {count} faults"
                for function, count in unreached.items()
            ]
            target = FOUND / f"{package.replace('/', '.')}.diff"
            target.write_text("\n".join([*changes, *lines, ""]), encoding="utf-8")


def bar_percent(package: str) -> int:
    """Of the package, or of the one that it is a part of."""
    for folder, bar in BARS_PERCENT.items():
        if package == folder or package.startswith(f"{folder}/"):
            return bar
    return BAR_PERCENT


def tell(scores: dict[str, Score]) -> int:
    """1 where a package is below its bar."""
    below = 0
    heads = f"{'faults':>7} {'tried':>6} {'killed':>7} {'survived':>9} {'no test':>8} {'score':>7}"
    print(f"{'package':45} {heads} {'of the whole':>15} {'bar':>5}")
    for package, score in scores.items():
        bar = bar_percent(package)
        below += score.percent < bar
        tried = f"{score.count:7} {score.tried:6} {score.killed:7}"
        left = f"{len(score.survivors):9} {len(score.untested):8}"
        least, most = score.interval_percent()
        whole = "all tried" if score.tried == score.count else f"{least:.1f} to {most:.1f}%"
        print(f"{package:45} {tried} {left} {score.percent:6.1f}% {whole:>15} {bar:4}%")
    print(
        f"no fault is planted in wording: {WORDING}; of a sample, 95 in 100 hold the score of the whole"
    )
    print(f"what survives: {FOUND.relative_to(ROOT)}/*.diff")
    return int(below > 0)


if __name__ == "__main__":
    sys.exit(main())
