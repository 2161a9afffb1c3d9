"""`fabriques status`: one dossier, or the whole platform."""

from typing import Annotated, Any

import typer

from deploy.cli.bus import ask_all, with_bus
from deploy.cli.options import AsJson
from deploy.cli.printing import moment, print_json, print_line, print_pairs, print_table
from deploy.cli.whereabouts import running_platform
from shared.contract.topology import SERVICES

app = typer.Typer()


@app.command()
def status(
    candidature_id: Annotated[str | None, typer.Argument(help="A dossier; the whole platform without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Where a dossier stands, or what each service has done and has left to do."""
    if candidature_id:
        dossier = with_bus(lambda bus: bus.ask("intake", "dossier", candidature_id=candidature_id))
        print_json(dossier) if as_json else print_pairs(dossier)
        return
    found = platform_status()
    if as_json:
        print_json(found)
    else:
        _tell(found)
    if not all(service["ready"] for service in found["services"].values()):
        raise typer.Exit(1)


def platform_status() -> dict[str, Any]:
    settings = running_platform()
    asked: list[tuple[str, str, dict[str, Any]]] = [(s, q, {}) for q in ("ready", "summary") for s in SERVICES]
    answers = ask_all(*asked, ("intake", "calendar", {}))
    ready, summaries, calendar = answers[:4], answers[4:8], answers[8]
    services = {
        service: {
            "ready": bool(is_ready.get("ready")),
            "waiting": sum(is_ready.get("consumers", {}).values()),
            "summary": summary,
        }
        for service, is_ready, summary in zip(SERVICES, ready, summaries, strict=True)
    }
    return {
        "nats_url": settings.nats_url,
        "home": str(settings.home),
        "rehearsal": settings.rehearsal,
        "services": services,
        "waves": calendar.get("waves", []),
    }


def _tell(found: dict[str, Any]) -> None:
    mode = "rehearsal platform" if found["rehearsal"] else "platform"
    print_line(f"{mode.capitalize()} at {found['nats_url']}, data in {found['home']}")
    rows = [(name, s["ready"], s["waiting"], _words(s["summary"])) for name, s in found["services"].items()]
    print_table(("service", "ready", "#waiting", "so far"), rows)
    print_table(("wave", "opens", "deadline", "#registered", "closed"), map(_wave, found["waves"]))


def _wave(wave: dict[str, Any]) -> tuple[Any, ...]:
    return wave["wave"], moment(wave["opens_at"]), moment(wave["deadline"]), wave["registered"], wave["closed"]


def _words(summary: dict[str, Any]) -> str:
    if "error" in summary:
        return str(summary.get("message", summary["error"]))
    return ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in summary.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name} {_value(one)}" for name, one in value.items()) + ")"
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
