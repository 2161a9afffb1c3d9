"""`fabriques todo`: what waits for whom, since when, and the command that ends it."""

from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import ask_each
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line, print_table
from shared.contract.asked import PAGE_MAX
from shared.contract.values import Role
from shared.contract.work import as_one, command_of, left_out

app = typer.Typer()
ASKED = ("intake", "eligibility", "funding", "notify")
COLUMNS = ("since", "=of", "what", "for", "command")


@app.command()
def todo(
    role: Annotated[Role | None, typer.Option(help="Only what this role may do.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=PAGE_MAX, help="At most so much of each service.")
    ] = 100,
    as_json: AsJson = False,
) -> None:
    """What waits for an officer, oldest first: on what, since when, who may do it, by which command.

    Dead letters and events that came early are the operators': see `dead-letters list` and `waiting`.
    """
    answers = ask_each(*((service, "todo", {"limit": limit}) for service in ASKED))
    work = [one for one in as_one(answers) if role is None or role in one["roles"]]
    if as_json:
        print_json({"count": sum(answer["count"] for answer in answers), "work": work})
        return
    _tell(work, left_out(answers))


def _tell(work: list[dict[str, Any]], unread: int) -> None:
    if not work:
        print_line("Nothing waits for an officer.")
    else:
        print_table(COLUMNS, map(_row, work))
    if unread:
        print_line(f"and {unread} more: --limit shows them")


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    since = one["since"][:10] if one["since"] else ""
    named = one["receipt_number"] or one["of"]
    command = command_of(one["act"], one["of"], one["receipt_number"])
    return since, named, one["detail"], " or ".join(one["roles"]), command
