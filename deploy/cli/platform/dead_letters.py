"""`fabriques dead-letters`: events that nobody could handle, until they are retried or discarded."""

import json
import sys
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import typer
from nats.errors import Error as NatsError

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.connection.log_messages import logged
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson, By
from deploy.cli.terminal.printing import print_json, print_line, print_pairs, print_table
from shared.contract.event import Event
from shared.contract.front_ends import OPERATORS
from shared.contract.notify import EventDeadLettered, EventDiscarded, EventRedriven
from shared.contract.subjects import ask_subject
from shared.contract.topology import DEAD_LETTERS
from shared.kit.delivery import Logged
from shared.kit.handled import DEAD_LETTERED

app = typer.Typer(no_args_is_help=True)
LetterIds = Annotated[
    list[str], typer.Argument(metavar="ID...", help="As `dead-letters list` names them.")
]
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
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, help="At most so many, oldest first.")
    ] = 100,
    service: Annotated[str | None, typer.Option(help="Only those of one service.")] = None,
    as_json: AsJson = False,
) -> None:
    """What lies in the dead letters, and why."""

    async def work(bus: Bus) -> list[dict[str, Any]]:
        found = [letter for letter in await open_letters(bus) if service in (None, letter.service)]
        return [letter.as_row() for letter in found[:limit]]

    rows = with_bus(work, OPERATORS)
    if as_json:
        print_json(rows)
    elif rows:
        print_table(("=letter", "since", "=dossier", "cause"), map(_listed, rows))
    else:
        print_line("There is no dead letter.")


def _listed(row: dict[str, Any]) -> tuple[str, ...]:
    dossier = row["subject"].rpartition(".")[2]
    return row["letter_id"], row["since"][:19], dossier, row["cause"]


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID")],
    body: Annotated[
        bool, typer.Option("--body", help="The event's body too: it may hold personal data.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """One dead letter, and the event it refers to, as it lies in the log."""

    async def work(bus: Bus) -> dict[str, Any]:
        letter = await _letter(bus, letter_id)
        event = await logged(bus, letter.fact.stream, letter.fact.sequence)
        described = _described(event, body) if event else None
        return {**letter.as_row(), **await _acts(bus, letter_id), "event": described}

    found = with_bus(work, OPERATORS)
    if as_json:
        print_json(found)
        return
    event = found.pop("event")
    print_pairs(found, "Dead letter")
    print_pairs(event or {"event": "no longer in the log: it can only be discarded"}, "Event")


@app.command()
def retry(letter_ids: LetterIds, operator: By, as_json: AsJson = False) -> None:
    """Hand each event again to the one consumer that failed; a letter is closed once its event is decided."""
    done = with_bus(lambda bus: _each(bus, "redrive", letter_ids, by=operator), OPERATORS)
    _tell_done(done, as_json)


@app.command()
def discard(
    letter_ids: LetterIds,
    operator: By,
    reason: Annotated[
        str, typer.Option("--reason", help="Why nothing needs to be done: kept, so name nobody.")
    ],
    as_json: AsJson = False,
) -> None:
    """Close letters that need nothing more. Events, letters and reasons stay in the log."""
    done = with_bus(
        lambda bus: _each(bus, "discard", letter_ids, by=operator, reason=reason), OPERATORS
    )
    _tell_done(done, as_json)


async def _each(bus: Bus, act: str, letter_ids: list[str], **fields: str) -> list[dict[str, Any]]:
    letters = [await _letter(bus, letter_id) for letter_id in letter_ids]
    return [await _ask(bus, act, letter, fields) for letter in letters]


async def _ask(bus: Bus, act: str, letter: Letter, fields: dict[str, str]) -> dict[str, Any]:
    subject = ask_subject(bus.programme.id, letter.service, act)
    request = json.dumps({"letter_id": letter.fact.letter_id, **fields}).encode()
    try:
        reply = await bus.client.request(subject, request, timeout=REDRIVE_SECONDS_MAX)
    except (NatsError, TimeoutError) as error:
        why = type(error).__name__
        raise CommandFailed(f"{letter.service} does not answer ({why}): the letter stays") from None
    answer: dict[str, Any] = json.loads(
        reply.data or b'{"error": "the service failed: see its log"}'
    )
    if "error" in answer:
        raise CommandFailed(f"{letter.fact.letter_id}: {answer.get('message', answer['error'])}")
    return answer


def _tell_done(done: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(done)
    else:
        for row in done:
            print_line(f"{row['letter_id']}: {row['result']} {row.get('cause') or ''}".rstrip())
    if not all(row["closed"] for row in done):
        raise typer.Exit(1)


async def _letter(bus: Bus, letter_id: str) -> Letter:
    found = await _last(bus, EventDeadLettered, letter_id)
    if found is None:
        raise CommandFailed(
            f"there is no dead letter {letter_id}: `fabriques dead-letters list` names them"
        )
    return _opened(found)


async def _last(bus: Bus, fact: type[Event], letter_id: str) -> Logged | None:
    return await logged(
        bus, DEAD_LETTERS, subject=f"{bus.programme.id}.{fact.event_type()}.{letter_id}"
    )


async def _acts(bus: Bus, letter_id: str) -> dict[str, Any]:
    """What was done with a letter last, and by whom."""
    done: dict[str, Any] = {}
    for fact in (EventRedriven, EventDiscarded):
        if found := await _last(bus, fact, letter_id):
            told = fact.model_validate_json(found.body).model_dump(exclude={"letter_id"})
            done[fact.verb] = {"at": found.stamped.isoformat(timespec="seconds"), **told}
    return done


@dataclass(slots=True)
class OpenLetters:
    """Those that nobody has closed yet, oldest first. The stream keeps every letter and every act.

    Each look reads on where the one before ended.
    """

    letters: dict[str, Letter] = field(default_factory=dict)
    following: int = 1

    async def read_on(self, bus: Bus, messages_max: int = sys.maxsize) -> list[Letter]:
        pattern = f"{bus.programme.id}.dead-letters.>"
        read = 0
        while read < messages_max and (
            found := await logged(bus, DEAD_LETTERS, self.following, subject=pattern)
        ):
            read += 1
            self.following = found.sequence + 1
            self._note(found)
        return list(self.letters.values())

    def _note(self, found: Logged) -> None:
        if EventDeadLettered.event_type() in found.subject:
            letter = _opened(found)
            self.letters[letter.fact.letter_id] = letter
        elif _closes(found):
            self.letters.pop(found.subject.rpartition(".")[2], None)


async def open_letters(bus: Bus) -> list[Letter]:
    return await OpenLetters().read_on(bus)


def _closes(act: Logged) -> bool:
    result: str | None = json.loads(act.body).get("result")
    return result != DEAD_LETTERED


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
