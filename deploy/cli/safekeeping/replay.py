"""`fabriques replay SERVICE`: a service's database from the log, an older copy's or one made anew."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

import typer

from deploy.cli.connection.whereabouts import home
from deploy.cli.safekeeping.audit import left_over, tell
from deploy.cli.safekeeping.log_progress import progress, require_service, told_failures
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line
from deploy.local.audit.bring_up_to_date import rebuild_and_audit, replay_and_audit
from deploy.local.rebuilding.decided_again import Tally
from deploy.local.rebuilding.rebuild import Rebuilt

app = typer.Typer()


@app.command()
def replay(
    service: Annotated[
        str, typer.Argument(help="intake, eligibility, funding or notify: the one that is stopped.")
    ],
    from_scratch: Annotated[
        bool,
        typer.Option(
            "--from-scratch", help="Make the database anew; the one before is kept aside."
        ),
    ] = False,
    accept_gaps: Annotated[
        bool,
        typer.Option(
            "--accept-gaps", help="Take it although the log has lost what some facts came from."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide again what the log holds after an older copy of a database: nothing is said, paid or sent twice.

    The service is stopped meanwhile. What the log does not hold is said at the service's next start.
    """
    require_service(service)
    if accept_gaps and not from_scratch:
        raise CommandFailed("--accept-gaps goes with --from-scratch")
    if from_scratch:
        return _rebuild(service, accept_gaps, as_json)
    with told_failures(), progress(f"replaying {service}") as telling:
        tally, report = asyncio.run(replay_and_audit(home(), service, telling))
    if as_json:
        print_json({"service": service, **_said(tally), "audit": asdict(report)})
    else:
        _tell(service, tally)
        tell(report)
    if tally.unexplained or left_over(report):
        raise typer.Exit(1)
    return None


def _rebuild(service: str, accept_gaps: bool, as_json: bool) -> None:
    with told_failures(), progress(f"rebuilding {service}") as telling:
        rebuilt, report = asyncio.run(rebuild_and_audit(home(), service, telling, accept_gaps))
    if as_json:
        audit = asdict(report) if report else None
        print_json({**vars(rebuilt), "tally": _said(rebuilt.tally), "audit": audit})
    else:
        _tell_rebuilt(rebuilt)
        _tell(service, rebuilt.tally)
        if report:
            tell(report)
    if not rebuilt.in_place or (report and left_over(report)):
        raise typer.Exit(1)


def _said(tally: Tally) -> dict[str, Any]:
    named = [
        {
            "event_id": fact.event_id,
            "stream": fact.stream,
            "place": fact.place,
            "subject": fact.subject,
        }
        for fact in tally.unexplained
    ]
    return {**asdict(tally), "unexplained": named}


def _tell_rebuilt(rebuilt: Rebuilt) -> None:
    if rebuilt.was_left:
        print_line("An earlier rebuild had not ended: it was thrown away.")
    if rebuilt.in_place:
        kept = (
            f"the one before is kept at {rebuilt.kept}" if rebuilt.kept else "there was none before"
        )
        print_line(
            f"{rebuilt.service}: made anew at {rebuilt.database} in {rebuilt.seconds} s; {kept}."
        )
    else:
        print_line(
            f"{rebuilt.service}: the database in use is as it was; the one made anew is at "
            f"{rebuilt.database}. Look at what is unexplained, then `--accept-gaps`."
        )
    for stream, lost in rebuilt.holes.items():
        print_line(f"{stream} lacks {lost} messages: erased, or damaged.")
    for table, rows in rebuilt.reference.items():
        print_line(f"{table}: {rows} rows brought along; no log holds what was imported.")


def _tell(service: str, tally: Tally) -> None:
    print_line(
        f"{service}: {tally.events} events read, {tally.decided} decided again, {tally.known} known before, "
        f"{tally.said_before} facts were said, {tally.pending} are left to say at the next start."
    )
    if tally.unexplained:
        first = tally.unexplained[0]
        print_line(
            f"{tally.unexplained_count} facts of the log were said by nothing that it holds, "
            f"such as {first.event_id} "
            f"at place {first.place} of {first.stream}: an event that was erased since, or another's words."
        )
