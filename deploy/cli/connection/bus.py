"""How a command acts and reads: it publishes events under an identity, and asks by request and reply."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from nats.aio.client import Client

from deploy.cli.connection.signing import Sign, signer_of
from deploy.cli.connection.whereabouts import platform_is_watched, programme_of, running_platform
from deploy.cli.terminal.failures import CommandFailed, bus_failures
from deploy.cli.terminal.options import Officer
from shared.contract.asked import DocumentAsked, DossierAsked
from shared.contract.backoffice import OfficerAct
from shared.contract.event import Event
from shared.contract.front_ends import OPERATORS
from shared.contract.people import MAY
from shared.contract.questions import kind_of
from shared.contract.subjects import ask_subject, subject_of
from shared.contract.topology import Durable, all_durables
from shared.kit.bus.connection import connect
from shared.kit.bus.reaching import NotConnected
from shared.kit.delivery import REHEARSAL_HEADER
from shared.kit.ids import unstamped_id
from shared.kit.settings import Settings
from shared.programme import Programme

T = TypeVar("T")
DEAD_LETTERED = "dead-lettered"
REFUSED = "refused"
RESTART_SECONDS = 3.0
ANSWER_SECONDS_MAX = 5.0
VERDICT_SECONDS_MAX = 15.0
POLL_SECONDS = 0.02
RECEIPT = re.compile(r"([A-Z]{2,6}-\S+?)(-T[1-9])?")  # of a dossier, or with a tranche of it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one service made of an act. An act that is a dead letter has changed nothing yet."""

    service: str
    result: str
    changed: bool
    reasons: list[str]

    @classmethod
    def of(cls, service: str, answer: dict[str, Any]) -> "Verdict":
        """A service's answer to the question `decided`."""
        letter = answer["result"] == DEAD_LETTERED
        told = [reason["message"] for reason in answer["reasons"]]
        return cls(service, answer["result"], answer["changed"] and not letter, told)

    def as_line(self) -> str:
        word = REFUSED if self.result == DEAD_LETTERED else self.result
        if not self.reasons:
            return f"{self.service} {word}"
        return f"{self.service} {word}: {' · '.join(self.reasons)}"


@dataclass(frozen=True, slots=True)
class Bus:
    client: Client
    programme: Programme
    settings: Settings

    async def ask(
        self, service: str, question: str, seconds_max: float | None = None, /, **body: Any
    ) -> dict[str, Any]:
        """The answer to a question. Raises CommandFailed with the service's own words where it is refused."""
        return granted(await self.ask_anyway(service, question, seconds_max, **body))

    async def ask_anyway(
        self, service: str, question: str, seconds_max: float | None = None, /, **body: Any
    ) -> dict[str, Any]:
        """The same, with a refusal as it came: `{"error": …, "message": …}`."""
        if service != "intake" and kind_of(service, question) in (DossierAsked, DocumentAsked):
            body["candidature_id"] = await self.with_id(body["candidature_id"])
        subject = ask_subject(self.programme.id, service, question)
        data, waits_seconds = json.dumps(body).encode(), seconds_max or ANSWER_SECONDS_MAX
        reply = await self.client.request(subject, data, timeout=waits_seconds)
        answer = json.loads(reply.data or b"{}")
        if not isinstance(answer, dict):
            return {"error": "unreadable", "message": f"{service} failed to answer"}
        return answer

    async def pages(
        self, service: str, question: str, /, **body: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """Each page of a long answer, from the first. Raises CommandFailed as `ask` does."""
        page = await self.ask(service, question, **body)
        yield page
        while page["next"]:
            page = await self.ask(service, question, **body, after=page["next"])
            yield page

    async def with_id(self, name: str) -> str:
        """A receipt number, or that of a tranche, becomes the dossier's id; what is none stays as it is.

        Raises CommandFailed for a receipt that nobody has.
        """
        found = RECEIPT.fullmatch(name)
        if found is None:
            return name
        dossier = await self.ask_anyway("intake", "dossier", candidature_id=found[1])
        if dossier.get("error") == "unknown":
            raise CommandFailed(
                f"no dossier has the receipt {found[1]}: `fabriques find` looks for others"
            )
        return f"{granted(dossier)['candidature_id']}{found[2] or ''}"

    async def publish(self, event: Event, at: str | None = None, sign: Sign | None = None) -> int:
        """Publishes a fact under this identity. Returns its place in its stream."""
        if at and not self.settings.rehearsal:
            why = "on this one events bear the time they arrive at"
            raise CommandFailed(f"--at is for a rehearsal platform: {why}")
        headers = {"Nats-Msg-Id": str(uuid4())}
        if at:
            headers[REHEARSAL_HEADER] = at
        subject = subject_of(self.programme.id, event)
        body = event.model_dump_json().encode()
        if sign:
            headers |= sign(subject, body)
        ack = await self.client.jetstream().publish(subject, body, headers=headers)
        return ack.seq

    async def act(
        self, event: OfficerAct, officer: Officer, at: str | None = None, *, again: bool = False
    ) -> list[Verdict]:
        """Publishes an officer's signed decision, and waits for what each service that hears it makes of it.

        Raises CommandFailed with the reasons where it changed nothing. What is said `again` may change
        nothing, as long as nobody refuses it.
        """
        known = await self.ask(hearing(event)[0].service, "people")
        signer = signer_of(known, self.settings.home, MAY[type(event)], officer)
        event = event.model_copy(update={"actor": signer.actor})
        verdicts = await self.said(event, signer.sign, at)
        refused = any(verdict.result in (REFUSED, DEAD_LETTERED) for verdict in verdicts)
        changed = any(verdict.changed for verdict in verdicts)
        if refused if again else not changed:
            raise CommandFailed(*dict.fromkeys(verdict.as_line() for verdict in verdicts))
        return verdicts

    async def said(self, event: OfficerAct, sign: Sign, at: str | None = None) -> list[Verdict]:
        """Publishes a decision with this signature. Returns what each service that hears it makes of it."""
        sequence = await self.publish(event, at, sign)
        return [await self.decided(durable, event, sequence) for durable in hearing(event)]

    async def decided(self, durable: Durable, event: Event, sequence: int) -> Verdict:
        """What one service made of an event."""
        place = {"event_id": unstamped_id(durable.stream, sequence), "dossier": event.dossier[:64]}
        deadline = time.monotonic() + VERDICT_SECONDS_MAX
        answer = dict[str, Any]()
        while time.monotonic() < deadline:
            answer = await self.ask(durable.service, "decided", **place)
            if answer["decided"]:
                return Verdict.of(durable.service, answer)
            await asyncio.sleep(POLL_SECONDS)
        waits = f", waits for {answer['waits_for']}" if answer.get("waits_for") else ""
        raise CommandFailed(
            f"{durable.service} has not decided yet{waits} "
            f"(event {sequence} of {durable.stream} is kept and will be tried again): see `fabriques waiting`"
        )


def granted(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer as it is. Raises CommandFailed with the service's own words where it is a refusal."""
    if "error" in answer:
        raise CommandFailed(str(answer.get("message") or answer["error"]))
    return answer


def hearing(event: Event) -> list[Durable]:
    return [durable for durable in all_durables() if type(event) in durable.hears]


def with_bus(work: Callable[[Bus], Awaitable[T]], identity: str = "officers") -> T:
    """Runs `work` on a connection under one identity, closed at its end. Raises CommandFailed."""
    settings = running_platform()
    programme = programme_of(settings)

    async def connected() -> T:
        client = await _connected(settings, identity)
        try:
            return await work(Bus(client, programme, settings))
        finally:
            await client.close()

    with bus_failures(settings.nats_url):
        return asyncio.run(connected())


async def _connected(settings: Settings, identity: str) -> Client:
    """A server that died is waited for where somebody brings it back within moments."""
    deadline = time.monotonic() + (RESTART_SECONDS if platform_is_watched() else 0)
    while True:
        try:
            return await connect(settings, identity, attempts=1)
        except NotConnected as failure:
            if failure.hopeless or time.monotonic() >= deadline:
                raise
            await asyncio.sleep(POLL_SECONDS)


def ask_all(*questions: tuple[str, str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Several questions at once, on one connection; a refusal or a silence is an answer with `error`.

    As operators, who are told people by their names.
    """

    async def work(bus: Bus) -> list[dict[str, Any]]:
        async def one(service: str, question: str, body: dict[str, Any]) -> dict[str, Any]:
            try:
                with bus_failures(bus.settings.nats_url):
                    return await bus.ask_anyway(service, question, **body)
            except CommandFailed as failure:
                return {"error": "silent", "message": f"{service}: {failure}"}

        return list(await asyncio.gather(*(one(*question) for question in questions)))

    return with_bus(work, OPERATORS)


def ask_each(*questions: tuple[str, str, dict[str, Any]]) -> list[dict[str, Any]]:
    """As `ask_all`, where half of it would pass for the whole. Raises CommandFailed with what is silent."""
    answers = ask_all(*questions)
    silent = [str(answer.get("message")) for answer in answers if "error" in answer]
    if silent:
        raise CommandFailed(*silent)
    return answers
