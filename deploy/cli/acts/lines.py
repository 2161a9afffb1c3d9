"""A CSV file of decisions: every line is checked, and every mistake told, before anything is said."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import UNNAMED, Officer, mistakes
from shared.contract.backoffice import OfficerAct, TerritoryDecided
from shared.contract.event import EVENTS
from shared.contract.people import MAY

LINES_MAX = 2_000
BYTES_MAX = 5_000_000
FACT = "fact"
BETWEEN = "|"  # of the values of a list in one cell
NAMING = ("candidature_id", "tranche_id")
NO_ID = "00000000-0000-7000-8000-000000000000"
# Of a dossier nobody knows: more mistakes show.
NOBODY = {"candidature_id": NO_ID, "tranche_id": f"{NO_ID}-T1"}


@dataclass(frozen=True, slots=True)
class Line:
    """`number` is where a spreadsheet shows it; `cells` are the values that are filled in, as text."""

    number: int
    fact: str
    cells: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        return [self.cells[name] for name in NAMING if name in self.cells]


def officer_facts() -> dict[str, type[OfficerAct]]:
    return {
        f"{kind.aggregate}.{kind.verb}": kind
        for kind in EVENTS.values()
        if issubclass(kind, OfficerAct)
    }


def as_stated(kind: type[OfficerAct], officer: Officer, stated: Mapping[str, Any]) -> OfficerAct:
    """The decision as it was typed: JSON, so that its values are read as those of the wire are.

    Raises ValidationError.
    """
    actor = {"id": officer.name or UNNAMED, "role": officer.role or MAY[kind][0]}
    return kind.model_validate_json(json.dumps({"actor": actor, **stated}))


def json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def read_lines(path: Path, fact: str | None, reason: str) -> list[Line]:
    """`fact` and `reason` stand where a line has none. Raises CommandFailed for what is no such file."""
    lines = []
    for number, row in _rows(_text_of(path), path):
        cells = {name: value.strip() for name, value in row.items() if value.strip()}
        if reason:
            cells.setdefault("reason", reason)
        lines.append(Line(number, cells.pop(FACT, fact or ""), cells))
    if not lines:
        raise CommandFailed(f"{path} has no line under its header")
    if len(lines) > LINES_MAX:
        raise CommandFailed(f"{path} has {len(lines)} lines: {LINES_MAX} at most, split it")
    return lines


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > BYTES_MAX:
        raise CommandFailed(f"{path} has more than {BYTES_MAX // 1_000_000} MB: split it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandFailed(f"{path} is not UTF-8: save it as « CSV UTF-8 »") from None


def _rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its line. A comma stands between cells, or the semicolon of French spreadsheets."""
    header = text.partition("\n")[0]
    between = ";" if header.count(";") > header.count(",") else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    try:
        columns = [name.strip() for name in next(rows, [])]
        if "" in columns or len(set(columns)) < len(columns) or not columns:
            raise CommandFailed(f"{path}: each column has a name of its own in the first line")
        for row in rows:
            if len(row) > len(columns):
                raise CommandFailed(
                    f"{path}, line {rows.line_num}: {len(row)} cells for {len(columns)} columns"
                )
            if any(cell.strip() for cell in row):
                yield rows.line_num, dict(zip(columns, row, strict=False))
    except csv.Error as error:
        raise CommandFailed(f"{path}, line {rows.line_num}: {error}") from None


@dataclass(frozen=True, slots=True)
class Checked:
    """The acts of the lines that hold, by line, and every mistake of the others."""

    acts: Mapping[int, OfficerAct]
    mistakes: list[str]


def checked(lines: Iterable[Line], known: Mapping[str, str], zones: Sequence[str]) -> Checked:
    """`known` are the ids of the dossiers that the lines name, by what they are named with.

    `zones` are those of the programme.
    """
    acts: dict[int, OfficerAct] = {}
    wrong: list[str] = []
    first: dict[str, int] = {}
    facts = officer_facts()
    for line in lines:
        wrong += [
            f"line {line.number}: {name} names no dossier"
            for name in line.names
            if name not in known
        ]
        kind = facts.get(line.fact)
        if kind is None:
            named = (
                f"nothing called {line.fact}" if line.fact else "nothing: there is no column `fact`"
            )
            wrong.append(
                f"line {line.number}: officers decide {named}: `fabriques act` lists what they do"
            )
            continue
        try:
            act = _act_of(line, kind, known)
        except ValidationError as error:
            wrong += [f"line {line.number}: {mistake}" for mistake in mistakes(error)]
            continue
        wrong += [f"line {line.number}: zones: {mistake}" for mistake in _unknown_zones(act, zones)]
        acts[line.number] = act
        before = first.setdefault(f"{line.fact} {act.model_dump_json()}", line.number)
        if before != line.number and not set(line.names) - set(known):
            wrong.append(f"line {line.number} says the same as line {before}")
    return Checked(acts, wrong)


def _unknown_zones(act: OfficerAct, zones: Sequence[str]) -> Iterator[str]:
    if isinstance(act, TerritoryDecided):
        for zone in sorted(set(act.zones) - set(zones)):
            yield f"no zone is called {zone}: the programme has {', '.join(zones)}"


def _act_of(line: Line, kind: type[OfficerAct], known: Mapping[str, str]) -> OfficerAct:
    """Unsigned: who says it is filled in later. Raises ValidationError."""
    schemas = _schemas_of(kind)
    stated = {name: _value(cell, schemas.get(name, {})) for name, cell in line.cells.items()}
    stated |= {
        name: known.get(line.cells[name], NOBODY[name]) for name in NAMING if name in line.cells
    }
    return as_stated(kind, Officer(), stated)


@cache
def _schemas_of(kind: type[OfficerAct]) -> Mapping[str, Mapping[str, Any]]:
    """Of each of its fields; made once, because a file has many lines of one kind."""
    schemas: Mapping[str, Mapping[str, Any]] = kind.model_json_schema()["properties"]
    return schemas


def _value(cell: str, schema: Mapping[str, Any]) -> Any:
    """A cell is what its field is: a text as it stands, a list by `|`, or JSON."""
    kinds = {schema.get("type"), *(one.get("type") for one in schema.get("anyOf", ()))}
    if "string" in kinds:
        return cell
    if "array" in kinds and not cell.startswith("["):
        return [one.strip() for one in cell.split(BETWEEN)]
    return json_or_text(cell)
