"""`fabriques status`: one dossier, or the whole platform."""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, ask_all, with_bus
from deploy.cli.connection.log_messages import logged
from deploy.cli.connection.whereabouts import running_platform
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import named, print_json, print_line, print_pairs, print_table
from deploy.cli.waves.command import WAVE_COLUMNS, wave_row
from shared.contract.front_ends import OPERATORS
from shared.contract.intake import CandidaturePiecesRequested, DossierStatus
from shared.contract.subjects import STATUS_STREAM, filter_of, stream_of
from shared.contract.topology import PROCESSES

app = typer.Typer()
REQUESTED = CandidaturePiecesRequested.event_type()
LISTED = ("reasons", "missing", "tranches")
ONE_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


@app.command()
def status(
    candidature_id: Annotated[
        str | None,
        typer.Argument(help="A dossier's id or receipt number; the whole platform without it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Where a dossier stands, or what each service has done and has left to do."""
    if candidature_id:
        dossier = with_bus(lambda bus: _dossier(bus, candidature_id), OPERATORS)
        if dossier["status"] == "incomplete":
            found_id = dossier["candidature_id"]
            dossier |= {"missing": with_bus(lambda bus: _missing(bus, found_id), OPERATORS)}
        if as_json:
            print_json(dossier)
        else:
            _tell_dossier(dossier)
        return
    found = platform_status()
    if as_json:
        print_json(found)
    else:
        _tell(found)
    if not all(service["ready"] for service in found["services"].values()):
        raise typer.Exit(1)


async def _dossier(bus: Bus, candidature_id: str) -> dict[str, Any]:
    """What the counter knows; of a file it refused, the status its front-end may read.

    Raises CommandFailed.
    """
    answer = await bus.ask_anyway("intake", "dossier", candidature_id=candidature_id)
    kept = await _public_status(bus, answer.get("candidature_id", candidature_id)) or {}
    if "error" not in answer:
        return kept | answer
    if not kept:
        raise CommandFailed(str(answer.get("message") or answer["error"]))
    return kept


async def _public_status(bus: Bus, candidature_id: str) -> dict[str, Any] | None:
    if not ONE_TOKEN.fullmatch(candidature_id):
        return None
    status = filter_of(bus.programme.id, DossierStatus, dossier=candidature_id)
    found = await logged(bus, STATUS_STREAM, subject=status)
    return dict(json.loads(found.body)) if found else None


async def _missing(bus: Bus, candidature_id: str) -> list[str]:
    """The pieces of the latest request, as it lies in the log: operators read it, holders were told."""
    found = await logged(
        bus, stream_of("intake"), subject=f"{bus.programme.id}.{REQUESTED}.{candidature_id}"
    )
    return list(json.loads(found.body)["missing"]) if found else []


def _tell_dossier(dossier: dict[str, Any]) -> None:
    print_pairs({name: value for name, value in dossier.items() if name not in LISTED})
    for reason in dossier.get("reasons") or ():
        print_line(f"{reason.get('field') or ''} {reason['message']} [{reason['code']}]".strip())
    for tranche in dossier.get("tranches") or ():
        print_line(
            f"tranche {tranche['number']}: {tranche['status']} since {tranche['since'][:10]}"
        )
    for piece in dossier.get("missing") or ():
        print_line(f"missing: {piece}")


def platform_status() -> dict[str, Any]:
    settings = running_platform()
    asked: list[tuple[str, str, dict[str, Any]]] = []
    for service in PROCESSES:
        asked += [(service, "ready", {}), (service, "summary", {})]
    answers = ask_all(*asked, ("intake", "calendar", {}))
    *of_services, calendar = answers
    services = {}
    for place, service in enumerate(PROCESSES):
        ready = of_services[2 * place]
        waiting = sum(ready.get("consumers", {}).values())
        services[service] = {
            "ready": bool(ready.get("ready")),
            "waiting": waiting,
            "summary": of_services[2 * place + 1],
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
    rows = [
        (name, told["ready"], told["waiting"], _words(told["summary"]))
        for name, told in found["services"].items()
    ]
    print_table(("service", "ready", "#waiting", "so far"), rows)
    now = datetime.now(UTC)
    print_table(WAVE_COLUMNS, (wave_row(wave, now) for wave in found["waves"]))


def _words(summary: dict[str, Any]) -> str:
    if "error" in summary:
        return str(summary.get("message", summary["error"]))
    return ", ".join(_told(name, value) for name, value in summary.items())


def _told(name: str, value: Any) -> str:
    words, text = named(name, value)
    return f"{words} ({text})" if isinstance(value, dict) and value else f"{words} {text}"
