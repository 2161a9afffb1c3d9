"""`fabriques programme`: a call as a file, before any platform runs it; added beside one that does."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.connection.whereabouts import home, read_programme, refused_programme
from deploy.cli.programme import beginning
from deploy.cli.programme.difference import Change, Difference, difference_of
from deploy.cli.programme.opportunity import opportunity_of
from deploy.cli.programme.page import page_of
from deploy.cli.programme.remarks import remarks_on
from deploy.cli.programme.summary import tell_summary
from deploy.cli.terminal.failures import CommandFailed, bus_failures
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import NOTHING, print_json, print_line, print_table
from deploy.local.home.plan import programme_copy, running_record
from deploy.local.home.programme_copy import SHIPPED
from shared.programme import Programme, ProgrammeInvalid, load_programme
from shared.programme.loading import Told, placed_in

app = typer.Typer(no_args_is_help=True)
File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]", help="By default that of the data folder, or the shipped one."
    ),
]


@app.callback()
def programme() -> None:
    """A call as a file: check it, show it as people will read it, begin one, compare two."""


@app.command()
def check(file: File = None, as_json: AsJson = False) -> None:
    """Tell every mistake of a programme file at once, each with its line; exit 1 where there is one."""
    path = file or _kept()
    try:
        found = load_programme(path)
    except ProgrammeInvalid as refused:
        if not as_json:
            raise refused_programme(refused) from None
        print_json(
            {"file": str(path), "valid": False, "mistakes": _mistakes(refused), "remarks": []}
        )
        raise typer.Exit(1) from None
    remarks = placed_in(path, remarks_on(found))
    if as_json:
        print_json({"file": str(path), "valid": True, "mistakes": [], "remarks": remarks})
        return
    print_line(f"{path}: {found.name}, version {found.version}: no mistake.")
    _tell_remarks(path, remarks)


@app.command()
def show(
    file: File = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The page to write; by default FILE's name with .html, here."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the call as people will read it, one page to print or to send, and sum it up here."""
    path = file or _kept()
    found = read_programme(path)
    page = out or Path(f"{path.stem}.html")
    _write(page, page_of(found))
    if as_json:
        print_json({"page": str(page), "programme": found.model_dump(mode="json")})
        return
    tell_summary(found)
    print_line(f"Written: {page}")


@app.command()
def opportunity(
    file: File = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file to write; by default it is printed."),
    ] = None,
) -> None:
    """Tell the call as a CommonGrants opportunity, JSON; docs/open-data.md tells what does not fit."""
    found = opportunity_of(read_programme(file or _kept()), datetime.now(UTC))
    if out is None:
        return print_json(found)
    _write(out, json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    return print_line(f"Written: {out}")


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="FILE", help="What a platform runs.")],
    after: Annotated[Path, typer.Argument(metavar="OTHER", help="What it would run.")],
    as_json: AsJson = False,
) -> None:
    """Tell what a change of the file would touch; exit 1 where a platform that runs FILE refuses OTHER."""
    now, new = _both(before, after)
    found = difference_of(before, now, new)
    if as_json:
        print_json(found)
    else:
        _tell(found)
    if found.refused:
        raise typer.Exit(1)


@app.command()
def new(
    file: Annotated[
        Path, typer.Argument(help="The file to write; one that is there is never overwritten.")
    ],
    name: beginning.Name,
    code: beginning.Code,
    prefix: beginning.Prefix,
    contact: beginning.Contact,
    envelope: beginning.Envelope,
    floor: beginning.Floor,
    ceiling: beginning.Ceiling,
    years: beginning.Years,
    places: beginning.Places,
    opens_on: beginning.OpensOn,
    closes_on: beginning.ClosesOn,
    as_json: AsJson = False,
) -> None:
    """Begin a programme file: what no option gives is asked for, the rest is there to be changed."""
    answers = beginning.Answers(
        name,
        code,
        prefix,
        contact,
        envelope,
        floor,
        ceiling,
        years,
        places,
        opens_on.date(),
        closes_on.date(),
    )
    begun = beginning.write(file, answers)
    remarks = placed_in(file, remarks_on(begun))
    if as_json:
        print_json({"written": str(file), "remarks": remarks})
        return
    print_line(
        f"Written: {file}. What is in it may be changed; then `fabriques programme check {file}`."
    )
    _tell_remarks(file, remarks)


@app.command()
def add(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The programme's file; its id is new here.")
    ],
    rehearsal: Annotated[
        bool, typer.Option(help="Let events tell the time (Fabriques-Time).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a programme on the server of this data folder, beside what runs there; nothing of that is touched.

    It gets a folder of its own, with keys, accounts, streams, databases, letters. Start it with `up` there.
    """
    # Loaded here: a file is checked without what runs a platform.
    from deploy.local.running.adding import FAILURES, add_programme  # noqa: PLC0415

    server = home()
    try:
        with bus_failures(f"the server of {server}"):
            folder, added = add_programme(server, file, datetime.now(UTC), rehearsal)
    except ProgrammeInvalid as error:
        raise refused_programme(error) from None
    except FAILURES as error:
        raise CommandFailed(str(error)) from None
    start = f"fabriques --home {folder} up{' --rehearsal' if rehearsal else ''}"
    if as_json:
        return print_json({"id": added.id, "home": str(folder), "start": start})
    print_line(f"{added.name} was added as {added.id}, in {folder}: {_what_was_made(server)}.")
    print_line(f"Start it: {start}; see all: fabriques programmes")
    return None


def _what_was_made(server: Path) -> str:
    if running_record(server):
        return (
            "its keys, two administrators, accounts and streams were made;"
            " its databases are when it starts"
        )
    return "its keys and two administrators were made; accounts, streams and databases are when it starts"


def _kept() -> Path:
    kept = programme_copy(home())
    return kept if kept.exists() else SHIPPED


def _write(file: Path, text: str) -> None:
    """Raises CommandFailed."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from None


def _tell_remarks(file: Path, remarks: list[Told]) -> None:
    for remark in remarks:
        print_line(f"{file}: {remark}")


def _mistakes(refused: ProgrammeInvalid) -> list[Told]:
    """Of a file that could not be read there is no line to show."""
    return refused.placed or [Told(None, "file", mistake) for mistake in refused.mistakes]


def _both(*files: Path) -> list[Programme]:
    """Raises CommandFailed with the mistakes of both."""
    found, wrong = [], []
    for file in files:
        try:
            found.append(load_programme(file))
        except ProgrammeInvalid as refused:
            wrong += [f"{file}: {mistake}" for mistake in refused.mistakes]
    if wrong:
        raise CommandFailed(*wrong)
    return found


def _tell(found: Difference) -> None:
    if not found.touched:
        print_line("Both say the same.")
    for touched in found.touched:
        print_table(("place", "before", "after"), map(_row, touched.changes), touched.part)
        print_line(touched.told)
    if found.days:
        print_table(("day", "before", "after"), map(_row, found.days), "Promised days")
    print_line(
        f"Refused: {found.refused}"
        if found.refused
        else "A platform that runs the first takes the second."
    )


def _row(change: Change) -> tuple[Any, Any, Any]:
    return change.place, _shown(change.before), _shown(change.after)


def _shown(value: Any) -> Any:
    return NOTHING if value is None or value == "" else value
