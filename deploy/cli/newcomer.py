"""A newcomer's round: what a front-end is for works, and what it must not do is refused."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.contract.documents import example_of
from shared.contract.front_ends import HOLDERS, FrontEnd
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureWithdrawn
from shared.contract.permissions import OWN_RIGHTS
from shared.contract.questions import questions_for
from shared.contract.subjects import ask_subject, subject_pattern
from shared.kit.connection import connect
from shared.kit.settings import Settings

SECONDS_MAX = 5.0
QUIET_SECONDS = 0.5
NOBODY = "99999"  # no commune has this code: the file is refused, and nothing is kept of it
Work = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Step:
    """`result` is done, refused as it should be, left out, or failed."""

    name: str
    result: str
    told: str


async def play_round(settings: Settings, front_end: FrontEnd) -> list[Step]:
    client = await connect(settings, front_end.name)
    programme = settings.programme().id
    try:
        steps = [await _asked(client, programme, q.service, q.name, q.request) for q in questions_for(front_end.kind)]
        if front_end.kind == HOLDERS:
            steps.append(await _submitted(client, programme, settings.rehearsal))
        steps.append(await _forbidden(client, subject_pattern(programme, CandidatureWithdrawn, str(uuid4()))))
        steps.append(await _forbidden(client, OWN_RIGHTS))
    finally:
        await client.close()
    return steps


async def _asked(client: Client, programme: str, service: str, question: str, body: dict[str, Any]) -> Step:
    name = f"ask {service} {question}"
    try:
        reply = await client.request(ask_subject(programme, service, question), _bytes(body), timeout=SECONDS_MAX)
    except (NatsError, TimeoutError) as error:
        return Step(name, "failed", type(error).__name__)
    answer = json.loads(reply.data)
    return Step(name, "done", str(answer.get("message", ", ".join(answer))) if isinstance(answer, dict) else "")


async def _submitted(client: Client, programme: str, rehearsal: bool) -> Step:
    """A file that is refused with its reason: the whole way there and back, and nothing stays."""
    name = "submit a file that is refused"
    if not rehearsal:
        return Step(name, "left out", "on a rehearsal platform alone: it writes a letter")
    dossier = str(uuid4())
    body = {**example_of(CandidatureSubmitted), "candidature_id": dossier}
    body["place"] = {**body["place"], "commune_code": NOBODY}
    answers = await client.subscribe(f"{programme}.intake.candidature.*.v1.{dossier}")
    await client.flush()
    try:
        await client.jetstream().publish(subject_pattern(programme, CandidatureSubmitted, dossier), _bytes(body))
        answer = await answers.next_msg(timeout=SECONDS_MAX)
    except (NatsError, TimeoutError) as error:
        return Step(name, "failed", type(error).__name__)
    verb = answer.subject.split(".")[3]
    return Step(name, "done" if verb == "refused" else "failed", verb)


async def _forbidden(client: Client, subject: str) -> Step:
    """Where nothing was refused, somebody could speak in another's name."""
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error))

    client._error_cb = note
    await client.publish(subject, b"{}")
    await client.flush()
    await asyncio.sleep(QUIET_SECONDS)
    name = f"publish {subject.rpartition('.')[0]}"
    if any("permissions violation" in told.lower() for told in refused):
        return Step(name, "refused", "as it should be")
    return Step(name, "failed", "the server let it through")


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
