"""`fabriques dead-letters`: events that nobody could handle, until they are retried or discarded."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from nats.errors import Error as NatsError

from deploy.cli.bus import Bus, with_bus
from deploy.cli.failures import CommandFailed
from deploy.cli.log_messages import Logged, logged
from deploy.cli.options import AsJson
from deploy.cli.printing import print_json, print_line, print_pairs, print_table
from deploy.cli.whereabouts import home
from shared.contract.notify import EventDeadLettered
from shared.contract.subjects import ask_subject

app = typer.Typer(no_args_is_help=True)
STREAM = "DEAD_LETTERS"
LetterIds = Annotated[list[str], typer.Argument(metavar="ID...", help="As `dead-letters list` names them.")]
REDRIVE_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Letter:
    """A reference to an event in the log, and since when it lies here."""

    fact: EventDeadLettered
    since: datetime

    @property
    def service(self) -> str:
        return self.fact.consumer.partition("-on-")[0]

    def as_row(self) -> dict[str, Any]:
        return {"since": self.since.isoformat(timespec="seconds"), **self.fact.model_dump()}


@app.command("list")
def list_letters(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, oldest first.")] = 100,
    service: Annotated[str | None, typer.Option(help="Only those of one service.")] = None,
    as_json: AsJson = False,
) -> None:
    """What lies in the dead letters, and why."""

    async def work(bus: Bus) -> list[dict[str, Any]]:
        latest = {letter.fact.letter_id: letter async for letter in _letters(bus, limit)}
        return [letter.as_row() for letter in latest.values() if service in (None, letter.service)]

    rows = with_bus(work)
    if as_json:
        print_json(rows)
    elif rows:
        listed = ((r["letter_id"], r["since"][:19], r["subject"].rpartition(".")[2], r["cause"]) for r in rows)
        print_table(("=letter", "since", "=dossier", "cause"), listed)
    else:
        print_line("There is no dead letter.")


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID")],
    body: Annotated[bool, typer.Option("--body", help="The event's body too: it may hold personal data.")] = False,
    as_json: AsJson = False,
) -> None:
    """One dead letter, and the event it refers to, as it lies in the log."""

    async def work(bus: Bus) -> dict[str, Any]:
        letter = await _letter(bus, letter_id)
        event = await logged(bus, letter.fact.stream, letter.fact.sequence)
        return {**letter.as_row(), "event": None if event is None else _described(event, body)}

    found = with_bus(work)
    if as_json:
        return print_json(found)
    print_pairs({key: value for key, value in found.items() if key != "event"}, "Dead letter")
    print_pairs(found["event"] or {"event": "no longer in the log: it can only be discarded"}, "Event")
    return None


@app.command()
def retry(letter_ids: LetterIds, as_json: AsJson = False) -> None:
    """Hand each event again to the one consumer that failed; a letter goes once its event is decided."""

    async def work(bus: Bus) -> list[dict[str, Any]]:
        letters = [await _letter(bus, letter_id) for letter_id in letter_ids]
        return [{"letter_id": letter.fact.letter_id, **await _redrive(bus, letter)} for letter in letters]

    _tell_done(with_bus(work), as_json)


@app.command()
def discard(
    letter_ids: LetterIds,
    reason: Annotated[str, typer.Option("--reason", help="Why nothing needs to be done.")],
    as_json: AsJson = False,
) -> None:
    """Clear letters that need nothing more. The events stay in the log, the reasons in <home>/logs/discarded.jsonl."""
    if not reason.strip():
        raise CommandFailed("--reason is empty: say why nothing needs to be done")

    async def work(bus: Bus) -> list[dict[str, Any]]:
        letters = [await _letter(bus, letter_id) for letter_id in letter_ids]
        for letter in letters:
            _note(letter, reason)
            await _purge(bus, letter)
        return [{"letter_id": letter.fact.letter_id, "result": "discarded", "why": reason} for letter in letters]

    _tell_done(with_bus(work), as_json)


def _note(letter: Letter, reason: str) -> None:
    """Written before the letter goes, so that no letter goes without its reason."""
    kept = home() / "logs" / "discarded.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    row = {"discarded": datetime.now(UTC).isoformat(), "reason": reason, **letter.as_row()}
    with kept.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _tell_done(done: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(done)
    else:
        for row in done:
            print_line(f"{row['letter_id']}: {row['result']} {row.get('cause', '')}".rstrip())
    if any(row["result"] == "dead-lettered" for row in done):
        raise typer.Exit(1)


async def _redrive(bus: Bus, letter: Letter) -> dict[str, Any]:
    """A letter whose event fails again stays, with its new cause."""
    fact = letter.fact
    event = await logged(bus, fact.stream, fact.sequence)
    if event is None:
        raise CommandFailed(f"{fact.letter_id}: its event is no longer in the log; it can only be discarded")
    request = {
        "stream": fact.stream,
        "consumer": fact.consumer,
        "sequence": fact.sequence,
        "stamped_ns": event.stamped_ns,
        "subject": event.subject,
        "headers": event.headers,
        "body_base64": base64.b64encode(event.body).decode(),
    }
    subject = ask_subject(bus.programme.id, letter.service, "redrive")
    try:
        reply = await bus.client.request(subject, json.dumps(request).encode(), timeout=REDRIVE_SECONDS_MAX)
    except (NatsError, TimeoutError) as error:
        raise CommandFailed(f"{letter.service} does not answer ({type(error).__name__}): the letter stays") from None
    answer: dict[str, Any] = json.loads(reply.data or b'{"error": "the service failed: see its log"}')
    if "error" in answer:
        raise CommandFailed(f"{fact.letter_id}: {answer.get('message', answer['error'])}")
    if answer["result"] == "dead-lettered":
        return {**answer, "cause": (await _letter(bus, fact.letter_id)).fact.cause}
    await _purge(bus, letter)
    return answer


async def _purge(bus: Bus, letter: Letter) -> None:
    subject = f"{bus.programme.id}.{EventDeadLettered.event_type()}.{letter.fact.letter_id}"
    await bus.client.jetstream().purge_stream(STREAM, subject=subject)


async def _letter(bus: Bus, letter_id: str) -> Letter:
    subject = f"{bus.programme.id}.{EventDeadLettered.event_type()}.{letter_id}"
    found = await logged(bus, STREAM, subject=subject)
    if found is None:
        raise CommandFailed(f"there is no dead letter {letter_id}: `fabriques dead-letters list` names them")
    return _opened(found)


async def _letters(bus: Bus, limit: int) -> AsyncIterator[Letter]:
    sequence = 1
    for _ in range(limit):
        found = await logged(bus, STREAM, sequence, subject=f"{bus.programme.id}.dead-letters.>")
        if found is None:
            return
        sequence = found.sequence + 1
        yield _opened(found)


def _opened(found: Logged) -> Letter:
    return Letter(EventDeadLettered.model_validate_json(found.body), found.stamped)


def _described(event: Logged, body: bool) -> dict[str, Any]:
    described: dict[str, Any] = {
        "subject": event.subject,
        "stamped": event.stamped.isoformat(),
        "bytes": len(event.body),
        "headers": event.headers,
    }
    if body:
        described["body"] = event.body.decode("utf-8", "backslashreplace")
    return described
