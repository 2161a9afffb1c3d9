"""`fabriques why`: what every service knows of a dossier's outcome, in the words its holder may read."""

from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import ask_all
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line, print_pairs

app = typer.Typer()


@app.command()
def why(
    candidature_id: Annotated[str, typer.Argument(help="The dossier's id, or its receipt number.")],
    as_json: AsJson = False,
) -> None:
    """Why a candidature came out as it did: rule, threshold, value, rank, and what would have changed it."""
    body = {"candidature_id": candidature_id}
    dossier, reviews, explanation, support = ask_all(
        ("intake", "dossier", body),
        ("eligibility", "reviews", body),
        ("funding", "why", body),
        ("notify", "support", body),
    )
    if "error" in dossier and "error" in explanation:
        raise CommandFailed(dossier.get("message", "unknown dossier"))
    plan = support.get("plan")
    found = {"dossier": dossier, "reviews": reviews, "explanation": explanation, "support": plan}
    if as_json:
        print_json(found)
        return
    print_pairs(dossier, "Dossier")
    if "error" not in reviews:
        print_pairs(reviews, "Reviews")
    _tell(explanation)
    if plan:
        print_pairs(_told_support(plan), "Support")


def _told_support(plan: dict[str, Any]) -> dict[str, Any]:
    """How far the steps of a laureate are: `fabriques support plan` tells each."""
    steps = plan["steps"]
    return {
        "plan": plan["state"],
        "handed_over": plan["handed_over"],
        "steps": len(steps),
        "done": sum(step["done"] for step in steps),
        "overdue": [step["step"] for step in steps if step["overdue"]],
        "peers": len(plan["peers"]),
    }


def _tell(explanation: dict[str, Any]) -> None:
    if "error" in explanation:
        print_line(str(explanation.get("message", "")))
        return
    for line in str(explanation.get("text", "")).splitlines():
        print_line(line)
    money = explanation.get("money") or {}
    for line in money.get("text", ()):
        print_line(line)
    if aid := money.get("state_aid"):
        print_pairs(aid, "State aid")
    print_pairs(
        {
            key: value
            for key, value in explanation.items()
            if isinstance(value, str | int) and key != "text"
        }
    )
