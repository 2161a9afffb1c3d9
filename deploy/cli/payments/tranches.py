"""`fabriques tranches`: the annual job, made for cron."""

from contextlib import nullcontext
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.cli.connection.whereabouts import data_of, running_platform
from deploy.cli.terminal.failures import CommandFailed, bus_failures
from deploy.cli.terminal.options import AsJson, day
from deploy.cli.terminal.printing import as_data, console, print_json, print_pairs
from services.funding.tools.annual_job import Wanted, publish_tranches
from shared.kit.settings import Settings
from shared.kit.traces.opening import TracesInvalid

app = typer.Typer(no_args_is_help=True)
TOLD_MAX = 20


@app.callback()
def tranches() -> None:
    """The annual job: publish the tranches that fall due."""


@app.command()
def publish(
    as_of: Annotated[
        str, typer.Option(help="Every tranche due on or before this day, YYYY-MM-DD.")
    ],
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Publish nothing; count what would be ordered, and what not."
        ),
    ] = False,
    ahead: Annotated[
        bool,
        typer.Option(
            "--ahead", help="Say a day to come today: its tranches wait for it, withheld."
        ),
    ] = False,
    wait_seconds: Annotated[
        float, typer.Option(min=0, help="How long to wait for the next decision; 0 waits for none.")
    ] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Publish one GrantTrancheDue for each tranche due, and tell which were ordered, which withheld, and why.

    A second run for the same day publishes nothing.
    """
    last_day = day(as_of)
    settings = running_platform()
    decided_at = _decided_at(settings, last_day, dry_run, ahead)
    wanted = Wanted(last_day, dry_run, decided_at, wait_seconds)
    spinner = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console(),
        transient=True,
    )
    data = data_of(settings, "funding")
    with bus_failures(settings.nats_url), data, nullcontext() if as_json else spinner:
        task = spinner.add_task("Tranches due", total=None)

        def progress(done: int, total: int) -> None:
            spinner.update(task, completed=done, total=total)

        try:
            report = as_data(publish_tranches(settings, wanted, progress))
        except TracesInvalid as error:
            raise CommandFailed(str(error)) from None
    _tell(report, "Nothing was published" if dry_run else "", as_json)


def _decided_at(settings: Settings, as_of: date, dry_run: bool, ahead: bool) -> datetime | None:
    """Now; None in a rehearsal, whose job tells the time itself, and where a dry run looks ahead.

    Raises CommandFailed for a day to come: a slip in a year would have every later tranche said today.
    """
    now = datetime.now(UTC)
    if settings.rehearsal:
        return None
    if ahead or as_of <= settings.programme().local_day(now):
        return now
    if dry_run:
        return None
    raise CommandFailed(
        f"{as_of} is to come: nothing is due before its day. "
        "--dry-run counts what would be due then; --ahead says it today all the same"
    )


def _tell(report: dict[str, Any], title: str, as_json: bool) -> None:
    letters = report["dead_letters"]
    outcome = report.pop("outcome") or {}
    if as_json:
        print_json({**report, **outcome})
    else:
        print_pairs({**report, "dead_letters": len(letters), **outcome}, title)
    if letters:
        raise CommandFailed(
            f"{len(letters)} tranches were said before and could not be decided: "
            f"`fabriques dead-letters retry {' '.join(letters[:TOLD_MAX])}` once the cause is mended"
        )
    if outcome.get("undecided"):
        raise CommandFailed(
            f"{outcome['undecided']} tranches are said, and funding has not decided them yet: "
            "see `fabriques status` and `fabriques waiting`"
        )
