"""`fabriques tranches`: the annual job, made for cron."""

from contextlib import nullcontext
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.cli.failures import CommandFailed, bus_failures
from deploy.cli.options import AsJson
from deploy.cli.printing import as_data, console, print_json, print_pairs
from deploy.cli.wave import day
from deploy.cli.whereabouts import data_of, running_platform
from services.funding.tools.annual_job import publish_tranches

app = typer.Typer(no_args_is_help=True)
TOLD_MAX = 20


@app.callback()
def tranches() -> None:
    """The annual job: publish the tranches that fall due."""


@app.command()
def publish(
    as_of: Annotated[str, typer.Option(help="Every tranche due on or before this day, YYYY-MM-DD.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish one GrantTrancheDue for each tranche due; a second run for the same day publishes nothing."""
    last_day = day(as_of)
    settings = running_platform()
    spinner = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console(), transient=True
    )
    data = data_of(settings, "funding")
    with bus_failures(settings.nats_url), data, nullcontext() if as_json else spinner:
        task = spinner.add_task("Tranches due", total=None)

        def progress(done: int, total: int) -> None:
            spinner.update(task, completed=done, total=total)

        report = as_data(publish_tranches(settings, last_day, dry_run, progress))
    _tell(report, "Nothing was published" if dry_run else "", as_json)


def _tell(report: dict[str, Any], title: str, as_json: bool) -> None:
    letters = report["dead_letters"]
    if as_json:
        print_json(report)
    else:
        print_pairs({**report, "dead_letters": len(letters)}, title)
    if letters:
        raise CommandFailed(
            f"{len(letters)} tranches were said before and could not be decided: "
            f"`fabriques dead-letters retry {' '.join(letters[:TOLD_MAX])}` once the cause is mended"
        )
