"""How the keeper speaks: checkpoints on the bus, and answers to operators."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError

from shared.contract.event import Event
from shared.contract.keeper import LogSealed
from shared.contract.subjects import question_subject, stream_of, subject_of, subject_pattern
from shared.contract.topology import KEEPER
from shared.kit.bus.log_places import last_message
from shared.kit.ids import derived_id

STREAM = stream_of(KEEPER)
Answer = Callable[[], Awaitable[dict[str, Any]]]


async def say(client: Client, programme: str, sealed: LogSealed) -> int:
    """Says a checkpoint, unless the log has it. Returns its place. Raises nats errors."""
    event_id = derived_id(f"{sealed.platform}/checkpoint/{sealed.number}", 0, sealed.sealed_at)
    return await say_once(client, programme, sealed, event_id, sealed.sealed_at)


async def say_once(client: Client, programme: str, fact: Event, event_id: str, at: datetime) -> int:
    """Says a fact, unless it is the newest of its subject. Returns its place. Raises nats errors."""
    subject = subject_of(programme, fact)
    body = fact.model_dump_json().encode()
    there = await last_message(client, STREAM, subject)
    if there and there.body == body:
        return there.sequence
    headers = {
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-type": fact.event_type(),
        "ce-source": f"/{programme}/{KEEPER}",
        "ce-time": at.isoformat(),
        "ce-correlationid": event_id,
        "Nats-Msg-Id": event_id,
        # Of two keepers that looked before either spoke, however long ago, one is refused.
        "Nats-Expected-Last-Subject-Sequence": str(there.sequence if there else 0),
    }
    ack = await client.jetstream().publish(subject, body, headers=headers, stream=STREAM)
    return ack.seq


async def last_said(client: Client, programme: str) -> tuple[LogSealed, int] | None:
    """The newest checkpoint that lies in the log, and its place; None where none can be read."""
    found = await last_message(client, STREAM, subject_pattern(programme, LogSealed))
    if found is None:
        return None
    try:
        return LogSealed.model_validate_json(found.body), found.sequence
    except ValidationError:
        return None


async def answer_questions(client: Client, programme: str, answers: Mapping[str, Answer]) -> None:
    """`answers` has a function for each question, by its name."""
    for name, answer in answers.items():
        subject = question_subject(programme, KEEPER, name)
        await client.subscribe(subject, queue=KEEPER, cb=_answering(answer))


def _answering(answer: Answer) -> Callable[[Msg], Awaitable[None]]:
    async def hear(asked: Msg) -> None:
        try:
            told = await answer()
        except Exception as error:  # whatever it is, it is the answer
            told = {"service": KEEPER, "ready": False, "cause": type(error).__name__}
        await asked.respond(json.dumps(told).encode())

    return hear
