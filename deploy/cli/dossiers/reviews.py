"""`fabriques reviews`: what a reviewer has to read, and by when; how far a wave is; late ones reassigned."""

from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, Verdict, with_bus
from deploy.cli.connection.reading import read_signed
from deploy.cli.connection.signing import signer_of
from deploy.cli.dossiers.dossier import Named
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, At, InRole, Officer, Why, officer_act
from deploy.cli.terminal.printing import print_json, print_line, print_table
from shared.contract.backoffice import CommentsModerated, ReviewReassigned
from shared.contract.front_ends import OPERATORS, REVIEWERS
from shared.contract.frontdesk import ReviewRecused
from shared.contract.people import MAY
from shared.contract.topology import durables_of

app = typer.Typer(no_args_is_help=True)
BY_REVIEWER = ("reviewer_id", "asked", "late", "given", "recused")


@app.callback()
def reviews() -> None:
    """What reviewers have to read, have read and have said."""


@app.command()
def mine(person: As = "", role: InRole = None, as_json: AsJson = False) -> None:
    """The dossiers that a reviewer was asked to read: by when, and what is given already."""
    officer = Officer(person, role)
    found = with_bus(lambda bus: read_signed(bus, "eligibility.my-reviews", officer))
    if as_json:
        print_json(found)
        return
    rows = [
        (one["candidature_id"], one["wave"], one["due_on"], one["state"])
        for one in found["reviews"]
    ]
    print_table(("=dossier", "wave", "due on", "state"), rows)
    waiting = sum(one["state"] in ("asked", "late") for one in found["reviews"])
    print_line(f"{waiting} to give: read one with `fabriques dossier ID`.")


@app.command()
def progress(
    wave: Annotated[str, typer.Argument(help="Such as 2020-4.")], as_json: AsJson = False
) -> None:
    """How far the reviews of a wave are: the load of each, who is late, which files lack somebody."""
    found = with_bus(lambda bus: bus.ask("eligibility", "reviews-progress", wave=wave), OPERATORS)
    if as_json:
        print_json(found)
        return
    print_table(BY_REVIEWER, ([row[name] for name in BY_REVIEWER] for row in found["reviewers"]))
    for late in found["late"]:
        print_line(f"late since {late['due_on']}: {late['candidature_id']}, {late['reviewer_id']}")
    for waiting in found["to_moderate"]:
        print_line(f"comments to read before publication: {waiting}")
    lacking = len(found["lacking"])
    print_line(
        f"{found['scored']} of {found['files']} files are scored; {lacking} lack a reviewer."
    )


@app.command()
def reassign(
    candidature_id: Named,
    reviewer: Annotated[str, typer.Option("--from", help="Whose review is late.")],
    reason: Why,
    to: Annotated[
        str | None, typer.Option(help="Who reads it now; by default who is drawn.")
    ] = None,
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Take a late review from its reviewer, and give it to another one.

    Their names are told to operators: `fabriques todo`, or `fabriques reviews progress WAVE`.
    """
    said = {"reviewer_id": reviewer, "to": to}
    verdict = _act(ReviewReassigned, candidature_id, Officer(person, role), reason, at, said)
    _tell(candidature_id, verdict, as_json)


@app.command()
def moderate(
    candidature_id: Named,
    reason: Why,
    strengths: Annotated[
        list[str] | None, typer.Option("--strength", help="Again for one more.")
    ] = None,
    weaknesses: Annotated[
        list[str] | None, typer.Option("--weakness", help="Again for one more.")
    ] = None,
    person: As = "",
    role: InRole = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Say what a letter of refusal or waiting tells of the reviewers' comments.

    Read them with `fabriques dossier ID --reviews`; name nobody.
    """
    said = {"strengths": tuple(strengths or ()), "weaknesses": tuple(weaknesses or ())}
    verdict = _act(CommentsModerated, candidature_id, Officer(person, role), reason, at, said)
    _tell(candidature_id, verdict, as_json)


@app.command()
def recuse(
    candidature_id: Named, reason: Why, person: As = "", at: At = None, as_json: AsJson = False
) -> None:
    """As a reviewer, step aside: a conflict of interest is one answer, and another reviewer is drawn."""

    async def known(bus: Bus) -> tuple[dict[str, Any], str]:
        return await bus.ask("intake", "people"), await bus.with_id(candidature_id)

    people, dossier = with_bus(known)

    async def say(bus: Bus) -> tuple[ReviewRecused, int]:
        signer = signer_of(people, bus.settings.home, MAY[ReviewRecused], Officer(person))
        event = ReviewRecused(candidature_id=dossier, reviewer_id=signer.actor.id, reason=reason)
        return event, await bus.publish(event, at, signer.sign)

    event, sequence = with_bus(say, REVIEWERS)
    heard = next(
        durable for durable in durables_of("eligibility") if ReviewRecused in durable.hears
    )
    verdict = with_bus(lambda bus: bus.decided(heard, event, sequence))
    if not verdict.changed:
        raise CommandFailed(verdict.as_line())
    _tell(candidature_id, verdict, as_json)


def _act(
    kind: type[ReviewReassigned | CommentsModerated],
    named: str,
    officer: Officer,
    reason: str,
    at: str | None,
    said: dict[str, Any],
) -> Verdict:
    """What eligibility makes of the act; the dossier may be named by its receipt number."""

    async def work(bus: Bus) -> list[Verdict]:
        fields = {"candidature_id": await bus.with_id(named), **said}
        return await bus.act(officer_act(kind, officer, reason, **fields), officer, at)

    return with_bus(work)[0]


def _tell(named: str, verdict: Verdict, as_json: bool) -> None:
    if as_json:
        print_json(verdict)
        return
    print_line(f"{named}: {verdict.as_line()}")
