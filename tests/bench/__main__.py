"""`python -m tests.bench`: how fast the platform is on this machine, against what the machine could do.

Each figure is measured on a platform of its own, set beside what it has to reach, and kept in the data
folder's bench/results.json.
"""

import argparse
import sys

from rich.console import Console

from deploy.cli.connection.whereabouts import home
from deploy.cli.terminal.printing import console, print_json
from deploy.privacy import keep_to_ourselves
from tests.bench.session import MEASUREMENTS, Options, run


def main(arguments: list[str]) -> int:
    """Returns 1 where nothing could be measured."""
    keep_to_ourselves()
    given = _given(arguments)
    out = Console(stderr=True, quiet=True) if given.json else console()
    try:
        found = run(Options(home() / "bench", tuple(given.only), given.quick), out)
    except (RuntimeError, ValueError) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    if given.json:
        print_json(found)
    return 0


def _given(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure the speed on this machine."
    )
    names = ", ".join(MEASUREMENTS)
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help=f"again for one more of {names}"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: shows that it works, not how fast"
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
