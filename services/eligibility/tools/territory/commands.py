"""`fabriques territory …`: eligibility's own tools on its reference data.

They open its store, platform up or not.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from sqlalchemy import Engine

from services.eligibility.datasets import store
from services.eligibility.datasets.importing import Description, Imported, import_file
from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.datasets.named import lacking_lines
from services.eligibility.datasets.parsed import ImportRefusedError
from services.eligibility.datasets.perimeters import MAINLAND
from services.eligibility.domain.territory.answer import Answer
from services.eligibility.domain.territory.dataset import Dataset
from services.eligibility.domain.territory.facts import BY_DATA
from services.eligibility.tools.territory.asked import (
    chosen_rule,
    fail,
    read_programme,
    stated_site,
)
from services.eligibility.tools.territory.laureates import read_laureates
from services.eligibility.tools.territory.location import open_store, programme_file
from services.eligibility.tools.territory.map_page import page

territory = typer.Typer(
    name="territory",
    help="Territory data: density grid, urban units, QPV, contours of communes; and answers.",
    no_args_is_help=True,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ProgrammeFile = Annotated[
    Path | None,
    typer.Option("--programme", help="The programme file whose rule applies."),
]
WaveName = Annotated[
    str | None,
    typer.Option("--wave", help="The wave of the programme; by default the last."),
]
Day = Annotated[str, typer.Option(help="A day, YYYY-MM-DD.")]

WIDTH_IN_FILES = 160
OVERSEAS = ("971", "972", "973", "974", "976")
FILES_HELP = "CSV, XLSX, GeoJSON, zip (shapefile), or any of them as .gz."
COVERAGE_HELP = (
    "Departments that are covered whole, such as 31,32, or national; else those present."
)
ZONES = {"outside-urban": "outside the large urban centres", "qpv": "in or near a QPV"}


@territory.command("import")
def import_files(
    files: Annotated[list[Path], typer.Argument(help=FILES_HELP)],
    version: Annotated[
        str, typer.Option(help="What to call the version; by default the file's name.")
    ] = "",
    source: Annotated[str, typer.Option(help="Who publishes it, and as what.")] = "",
    licence: str = "Licence Ouverte 2.0",
    dated: Annotated[str, typer.Option("--date", help="The day of the data, YYYY-MM-DD.")] = "",
    valid_from: Day = "",
    valid_to: Day = "",
    coverage: Annotated[str, typer.Option(help=COVERAGE_HELP)] = "",
    as_json: AsJson = False,
) -> None:
    """Import files as their producers publish them."""
    _check_days(dated, valid_from, valid_to)
    description = Description(
        version,
        source,
        licence,
        dated,
        valid_from,
        valid_to,
        _coverage(coverage),
    )
    engine = open_store()
    done: list[Imported] = []
    refusals: list[str] = []
    with _progress() as progress:
        for path in files:
            advance = _advancing(progress, path.name)
            try:
                done += import_file(engine, path, description, datetime.now(UTC), advance)
            except ImportRefusedError as error:
                refusals += [f"{path.name}: {reason}" for reason in error.reasons]
    if as_json:
        _print_json([{**_described(imported.dataset), "new": imported.new} for imported in done])
    else:
        _tell_imports(done)
    if refusals:
        fail(*refusals)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _advancing(progress: Progress, name: str) -> Callable[[int, int], None]:
    task = progress.add_task(name, total=None)

    def advance(rows: int, total: int) -> None:
        progress.update(task, completed=rows, total=total)

    return advance


def _check_days(*days: str) -> None:
    wrong = [day for day in days if day and not _is_day(day)]
    if wrong:
        fail(*[f"{day} is not a day: write it as 2021-03-30" for day in wrong])


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _coverage(text: str) -> tuple[str, ...]:
    if text == "national":
        return (*MAINLAND, *OVERSEAS)
    departments = tuple(part.strip().upper() for part in text.split(",") if part.strip())
    wrong = [department for department in departments if not _is_department(department)]
    if wrong:
        fail(f"no such departments: {', '.join(wrong)}")
    return departments


def _is_department(text: str) -> bool:
    return text in MAINLAND or (len(text) == 3 and text.startswith(("97", "98")))


def _tell_imports(done: Sequence[Imported]) -> None:
    for imported in done:
        dataset = imported.dataset
        state = "imported" if imported.new else "imported before, nothing has changed"
        content = f"{dataset.row_count} rows"
        if dataset.repaired_count:
            content = f"{content}, {dataset.repaired_count} perimeters repaired"
        typer.echo(f"{dataset.id}: {state} ({content}). {dataset.notes}".strip())


def _print_json(document: object) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _described(dataset: Dataset) -> dict[str, Any]:
    return {name: value for name, value in asdict(dataset).items() if name != "serial"}


@territory.command("list")
def list_datasets(as_json: AsJson = False) -> None:
    """The versions that were imported, and what the platform's programme asks for beside them."""
    engine = open_store()
    with engine.connect() as connection:
        held = store.datasets(connection)
    if as_json:
        _print_json([_described(dataset) for dataset in held])
        return
    _tell_datasets(held)
    if file := programme_file():
        for line in lacking_lines(file, read_programme(file), engine):
            typer.echo(f"{file}: {line}")


def _tell_datasets(held: Sequence[Dataset]) -> None:
    if not held:
        typer.echo("No dataset yet: import one with `fabriques territory import FILE`.")
        return
    console = Console()
    width = console.width if console.is_terminal else WIDTH_IN_FILES
    Console(width=width).print(_table(held))


def _table(held: Sequence[Dataset]) -> Table:
    table = Table("id", "kind", "version", "rows", "valid", "coverage", "state")
    for dataset in held:
        table.add_row(
            dataset.id,
            dataset.kind,
            dataset.version,
            str(dataset.row_count),
            _validity(dataset),
            f"{len(dataset.coverage)} departments" if dataset.coverage else "",
            "retired" if dataset.retired_at else "in use",
        )
    return table


def _validity(dataset: Dataset) -> str:
    if not dataset.valid_from and not dataset.valid_to:
        return "always"
    return f"{dataset.valid_from or '…'} → {dataset.valid_to or '…'}"


@territory.command()
def show(dataset_id: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """One version: where it comes from, its digest, validity and coverage, what the import noted."""
    with open_store().begin() as connection:
        found = [
            dataset
            for dataset in store.datasets(connection)
            if dataset_id in (dataset.id, dataset.version)
        ]
    if not found:
        fail(f"{dataset_id} is not imported: see `fabriques territory list`")
    if as_json:
        _print_json(_described(found[-1]))
        return
    for name, value in _described(found[-1]).items():
        told = " ".join(value) if isinstance(value, tuple) else value
        typer.echo(f"{name:15} {told}")


@territory.command()
def retire(dataset_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Retire a version: no answer rests on it any more; for earlier answers it stays readable.

    The version that the platform's programme names is kept: nothing else may answer for it.
    """
    engine = open_store()
    if file := programme_file():
        _require_unnamed(file, dataset_id, engine)
    with engine.begin() as connection:
        done = store.retire(connection, dataset_id, datetime.now(UTC).isoformat())
    if not done:
        fail(f"{dataset_id} is not imported, or is retired already: see `fabriques territory list`")
    typer.echo(f"{dataset_id} is retired.")


def _require_unnamed(file: Path, dataset_id: str, engine: Engine) -> None:
    named = read_programme(file).territory.density_dataset
    with engine.connect() as connection:
        held = [dataset for dataset in store.datasets(connection) if not dataset.retired_at]
    versions = [dataset for dataset in held if named in (dataset.id, dataset.version)]
    if [dataset.id for dataset in versions] == [dataset_id]:
        fail(f"{file} names {named} (territory.density_dataset): name another version there first")


@territory.command()
def check(
    commune: Annotated[str | None, typer.Option(help="The commune's INSEE code.")] = None,
    lat: Annotated[
        float | None, typer.Option(min=-90, max=90, help="Latitude, WGS84 degrees.")
    ] = None,
    lon: Annotated[
        float | None, typer.Option(min=-180, max=180, help="Longitude, WGS84 degrees.")
    ] = None,
    declared_qpv: Annotated[
        str | None, typer.Option(help="The QPV that the holder attests.")
    ] = None,
    address: Annotated[
        str,
        typer.Option(help="The address, whose postal code must be one of the commune's."),
    ] = "",
    programme: ProgrammeFile = None,
    wave: WaveName = None,
    as_json: AsJson = False,
) -> None:
    """Where a place lies, as it would be decided: zones, contradictions with the likely commune, data.

    The rule is that of the platform's programme, unless --programme names a file.
    """
    if (lat is None) != (lon is None):
        fail("--lat and --lon go together")
    if commune is None and lat is None:
        fail("say --commune CODE, or --lat and --lon")
    site = stated_site(
        commune_code=commune,
        address=address or None,
        latitude=lat,
        longitude=lon,
        declared_qpv=declared_qpv,
    )
    index = TerritoryIndex.load(open_store())
    answer = index.classify(site, chosen_rule(index, programme or programme_file(), wave))
    if as_json:
        _print_line_of_json(answer)
    else:
        _tell_answer(answer)


def _print_line_of_json(answer: Answer) -> None:
    reasons = [reason.model_dump() for reason in answer.reasons]
    told = {
        **answer.as_json(),
        "needs_instruction": answer.needs_instruction,
        "reasons": reasons,
    }
    typer.echo(json.dumps(told, ensure_ascii=False))


def _tell_answer(answer: Answer) -> None:
    found = ", ".join(ZONES.get(zone, zone) for zone in answer.zones) or "none"
    if answer.needs_instruction:
        found = f"{found} (an officer must decide)"
    typer.echo(f"Zones: {found}")
    for reason in answer.reasons:
        typer.echo(f"- {reason.message} [{reason.code}]")
    for dataset in answer.datasets:
        typer.echo(f"  data: {dataset['id']} · {dataset['version']} · {dataset['source']}")


@territory.command("map")
def draw_map(
    out: Annotated[Path, typer.Option(help="The HTML file to write.")],
    laureates: Annotated[
        Path | None,
        typer.Option(help="Laureates: CSV or JSON (name, commune_code, …)."),
    ] = None,
    programme: ProgrammeFile = None,
    wave: WaveName = None,
) -> None:
    """Draw laureates, QPV and large urban centres on one map for everybody: in French, fit to print."""
    index = TerritoryIndex.load(open_store())
    try:
        held = read_laureates(laureates.read_bytes()) if laureates else []
        out.write_text(
            page(index, replace(chosen_rule(index, programme, wave), zones=BY_DATA), held),
            encoding="utf-8",
        )
    except ImportRefusedError as error:
        fail(*error.reasons)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    typer.echo(f"{out}: {len(held)} laureates.")
