"""`fabriques submit`: sends candidatures as a front-end of holders does, and waits for the answers."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from nats.aio.msg import Msg
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.cli.connection.attachment import KINDS, LocalFile, local_files, upload_files
from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson, At
from deploy.cli.terminal.printing import console, print_json, print_line
from shared.contract.frontdesk import CandidatureSubmitted
from shared.kit.errors import Unreadable
from shared.kit.strict_json import parse_strictly, read_event

app = typer.Typer()
IN_FLIGHT_MAX = 64
FEW = 5
GOOD = ("registered", "already-registered", "pieces-requested")


@dataclass
class Sending:
    """One file on its way. `answer` is the counter's."""

    file: str
    event: CandidatureSubmitted
    answer: dict[str, Any] = field(default_factory=dict)
    result: str = ""


@app.command()
def submit(
    files: Annotated[
        list[Path], typer.Argument(help="JSON files in the wire contract; - reads standard input.")
    ],
    attach: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[KIND:]FILE", help=f"A file to add, such as budget:budget.ods: {KINDS}."
        ),
    ] = None,
    at: At = None,
    wait_seconds: Annotated[
        float, typer.Option(min=0.1, help="How long to wait for answers.")
    ] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Submit candidatures; print the receipt, or every reason of a refusal.

    Fails where one is not registered.
    """
    attached = local_files(attach or [])
    if attached and len(files) > 1:
        raise CommandFailed("--attach is for one candidature: name one JSON file")
    sendings = read_files(files, attached)

    async def work(bus: Bus) -> None:
        for sending in sendings:
            await upload_files(bus, sending.event, attached)
        await send_all(bus, sendings, at, wait_seconds, quiet=as_json)

    with_bus(work, identity="holders")
    if as_json:
        print_json([{"file": s.file, "result": s.result, **s.answer} for s in sendings])
    else:
        for sending in sendings:
            tell(sending)
    if not all(sending.result in GOOD for sending in sendings):
        raise typer.Exit(1)


def read_files(files: list[Path], attached: list[LocalFile]) -> list[Sending]:
    """Raises CommandFailed with every mistake of every file: nothing is sent then."""
    sendings = []
    wrong = []
    for file in files:
        try:
            body = (
                typer.get_binary_stream("stdin").read() if str(file) == "-" else file.read_bytes()
            )
            sendings.append(
                Sending(str(file), read_event(CandidatureSubmitted, _naming(body, attached)))
            )
        except OSError as error:
            wrong.append(f"{file}: {error.strerror}")
        except Unreadable as error:
            where = _not_json(body)
            told = [f"{f'{r.field}: ' if r.field else ''}{r.message}" for r in error.reasons]
            wrong += [f"{file}: {mistake}" for mistake in ([where] if where else told)]
    if wrong:
        raise CommandFailed(*wrong)
    return sendings


def _naming(body: bytes, attached: list[LocalFile]) -> bytes:
    """The body with these files beside those that it names. What is of another form stays as it is."""
    if not attached:
        return body
    data = parse_strictly(body)
    before = data.get("attachments", []) if isinstance(data, dict) else None
    if not isinstance(before, list):
        return body
    return json.dumps(
        {**data, "attachments": [*before, *(file.said for file in attached)]}
    ).encode()


def _not_json(body: bytes) -> str:
    """Where the text stops being JSON; empty where it is JSON."""
    try:
        json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        return f"not JSON: not UTF-8 text at byte {error.start + 1}"
    except json.JSONDecodeError as error:
        return f"not JSON: line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError):
        return ""
    return ""


async def send_all(
    bus: Bus, sendings: list[Sending], at: str | None, wait_seconds: float, quiet: bool
) -> None:
    waiting = {sending.event.candidature_id: sending for sending in sendings}
    all_answered = asyncio.Event()
    with _progress(len(waiting), quiet) as advance:

        async def answered(message: Msg) -> None:
            verb = message.subject.split(".")[3]
            dossier = message.subject.rpartition(".")[2]
            if sending := waiting.pop(dossier, None):
                sending.result = verb
                sending.answer = json.loads(message.data)
                advance()
            if not waiting:
                all_answered.set()

        await bus.client.subscribe(f"{bus.programme.id}.intake.candidature.*.v1.*", cb=answered)
        await bus.client.flush()
        turn = asyncio.Semaphore(IN_FLIGHT_MAX)

        async def send(sending: Sending) -> None:
            async with turn:
                await bus.publish(sending.event, at)

        await asyncio.gather(*(send(sending) for sending in sendings))
        with suppress(TimeoutError):
            await asyncio.wait_for(all_answered.wait(), wait_seconds)
    for sending in waiting.values():
        sending.result = "unanswered"


def tell(sending: Sending) -> None:
    answer = sending.answer
    place = sending.event.place.name
    receipt = answer.get("receipt_number") or ""
    print_line(f"{sending.file}: {place}: {sending.result} {receipt}".rstrip())
    for reason in answer.get("reasons", ()):
        print_line(
            f"  {reason.get('field') or ''} {reason['message']} [{reason['code']}]".replace(
                "   ", "  "
            )
        )
    for piece in answer.get("missing", ()):
        print_line(f"  missing: {piece}")
    if sending.result == "unanswered":
        print_line(
            "  no answer yet; the event is kept: ask later with `fabriques status "
            + answer_id(sending)
            + "`"
        )


def answer_id(sending: Sending) -> str:
    return sending.event.candidature_id


@contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Any]:
    if quiet or total <= FEW:
        yield lambda: None
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console(), transient=True) as progress:
        task = progress.add_task("Answers", total=total)
        yield lambda: progress.advance(task)
