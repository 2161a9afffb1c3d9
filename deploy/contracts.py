"""Writes the contract's documents from the code, or checks that the committed ones are what the code says.

python -m deploy.contracts            write the golden schemas and asyncapi.json
python -m deploy.contracts --check    change nothing; end with 1 where they differ
python -m deploy.contracts --replace  write even what breaks old events (before a contract is released)
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.contract import EVENTS
from shared.contract.documents import SCHEMAS, as_file, example_file, schema_file, schema_of
from shared.contract.evolution import breaking_changes
from shared.contract.lifecycle import ASYNCAPI_FILE, asyncapi

NEW_MAJOR = "say it as a new major beside the old one, or undo it"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between the code and a committed file. `breaking` ones are not written over."""

    path: Path
    text: str
    breaking: bool = False


def findings() -> Iterator[Finding]:
    """Every difference, and every fact that has no example of its bytes."""
    for event in EVENTS.values():
        path = schema_file(event)
        if not example_file(event).exists():
            yield Finding(
                example_file(event),
                f"{event.__name__} has no example: write one, it is never rewritten",
            )
        if not path.exists():
            yield Finding(
                path,
                f"{event.__name__} has no committed schema: run `make contracts` and commit it",
            )
            continue
        committed = json.loads(path.read_text(encoding="utf-8"))
        generated = schema_of(event)
        for change in breaking_changes(committed, generated):
            yield Finding(
                path,
                f"{event.__name__} breaks old events or readers ({change}): {NEW_MAJOR}",
                breaking=True,
            )
        if path.read_text(encoding="utf-8") != as_file(generated):
            yield Finding(
                path,
                f"{event.__name__} changed: run `make contracts`, look at the difference, commit it",
            )
    for path in sorted(orphans()):
        yield Finding(
            path,
            f"no event is called {path.stem}: a fact that was said once stays readable",
            breaking=True,
        )
    if not ASYNCAPI_FILE.exists() or ASYNCAPI_FILE.read_text(encoding="utf-8") != as_file(
        asyncapi()
    ):
        yield Finding(
            ASYNCAPI_FILE, "the AsyncAPI document is not what the code says: run `make contracts`"
        )


def orphans() -> set[Path]:
    return set(SCHEMAS.glob("*.json")) - {schema_file(event) for event in EVENTS.values()}


def write(replace: bool = False) -> list[str]:
    """Writes the documents. What would break old events is told and left as it is, unless `replace`."""
    breaking = [finding for finding in findings() if finding.breaking]
    if breaking and not replace:
        return [f"{finding.path.name}: {finding.text}" for finding in breaking]
    for orphan in orphans():
        orphan.unlink()
    SCHEMAS.mkdir(exist_ok=True)
    for event in EVENTS.values():
        schema_file(event).write_text(as_file(schema_of(event)), encoding="utf-8")
    ASYNCAPI_FILE.write_text(as_file(asyncapi()), encoding="utf-8")
    return [f"{f.path.name}: {f.text}" for f in findings()]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.contracts", description="the contract's documents"
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; end with 1 where they differ"
    )
    parser.add_argument("--replace", action="store_true", help="write even what breaks old events")
    options = parser.parse_args(arguments)
    if options.check:
        left = [f"{finding.path.name}: {finding.text}" for finding in findings()]
    else:
        left = write(options.replace)
    for line in left:
        print(line, file=sys.stderr)
    if not left:
        print(f"{len(EVENTS)} schemas and {ASYNCAPI_FILE.name} are what the code says")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
