"""Mutation testing of the rules: `python -m tests.mutants [FOLDER…]`.

Each small fault must be seen by some fast test.

mutmut plants one fault at a time in a copy of the sources and runs the tests of `tests/rules` that reach it.
It leaves decorated functions alone, and with them every property.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOUND = ROOT / "var" / "mutants"
COPY = FOUND / "copy"
LOG = FOUND / "mutmut.log"
EVERYWHERE = "services/*/domain"
BAR_PERCENT = 85
BARS_PERCENT = {"services/funding/domain/money": 90, "services/funding/domain/selection": 90}
SURVIVED = 0
NO_TEST = (5, 33)
NOT_TRIED = (None, 2, 34)
SETTINGS = """[mutmut]
source_paths = services
only_mutate =
    {only}
also_copy =
    shared
    deploy
    docs
pytest_add_cli_args =
    -p
    no:cacheprovider
pytest_add_cli_args_test_selection =
    {tests}
timeout_multiplier = 10.0
timeout_constant = 2.0
"""


@dataclass(slots=True)
class Score:
    """What came of the faults planted in one package of rules."""

    killed: int = 0
    survivors: list[str] = field(default_factory=list)
    untested: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.killed + len(self.survivors) + len(self.untested)

    @property
    def percent(self) -> float:
        return 100 * self.killed / self.count if self.count else 100.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.mutants", description=__doc__)
    parser.add_argument(
        "folders", nargs="*", default=[EVERYWHERE], help="where the rules lie; all by default"
    )
    parser.add_argument("--tests", nargs="+", default=["tests/rules"], help="who must see the faults")
    parser.add_argument("--processes", type=int, default=1)
    chosen = parser.parse_args()
    copy_sources()
    settings = SETTINGS.format(only=_listed(patterns(chosen.folders)), tests=_listed(chosen.tests))
    (COPY / "setup.cfg").write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(chosen.processes)]
    print(f"planting faults; the course of it: {LOG.relative_to(ROOT)}", flush=True)
    with LOG.open("w", encoding="utf-8") as log:
        done = subprocess.run(command, cwd=COPY, stdout=log, stderr=log, check=False)
    if done.returncode:
        sys.exit(f"mutants: the tests do not pass without a fault either: see {LOG.relative_to(ROOT)}")
    scores = read_scores()
    write_survivors(scores)
    return tell(scores)


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


def read_scores() -> dict[str, Score]:
    """By package. A fault that no test reaches has survived too; one that makes a test hang is killed."""
    mutants = COPY / "mutants"
    scores: dict[str, Score] = {}
    for results in sorted(mutants.rglob("*.py.meta")):
        score = scores.setdefault(str(results.parent.relative_to(mutants)), Score())
        for name, code in json.loads(results.read_text(encoding="utf-8"))["exit_code_by_key"].items():
            if code in NOT_TRIED:
                sys.exit(f"mutants: {name} was not tried: the run is not whole")
            if code == SURVIVED:
                score.survivors.append(name)
            elif code in NO_TEST:
                score.untested.append(name)
            else:
                score.killed += 1
    return {package: score for package, score in scores.items() if score.count}


def write_survivors(scores: dict[str, Score]) -> None:
    """One file a package in var/mutants: the changes that no test saw, the functions that none reaches."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # noqa: PLC0415  # settings are read where it runs

    with chdir(COPY):
        for package, score in scores.items():
            changes = [get_diff_for_mutant(name) for name in score.survivors]
            unreached = Counter(name.partition("__mutmut_")[0] for name in score.untested)
            lines = [f"# no test reaches {function}: {count} faults" for function, count in unreached.items()]
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
    print(
        f"{'package':45} {'faults':>7} {'killed':>7} {'survived':>9} {'no test':>8} {'score':>7} {'bar':>5}"
    )
    for package, score in scores.items():
        bar = bar_percent(package)
        below += score.percent < bar
        numbers = f"{score.count:7} {score.killed:7} {len(score.survivors):9} {len(score.untested):8}"
        print(f"{package:45} {numbers} {score.percent:6.1f}% {bar:4}%")
    print(f"what survives: {FOUND.relative_to(ROOT)}/*.diff")
    return int(below > 0)


if __name__ == "__main__":
    sys.exit(main())
