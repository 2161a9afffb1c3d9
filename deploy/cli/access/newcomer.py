"""A newcomer's round: what a front-end is for works, and what it must not do is refused."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from shared.contract.documents import example_of
from shared.contract.front_ends import HOLDERS, FrontEnd
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureWithdrawn
from shared.contract.permissions import OWN_RIGHTS
from shared.contract.question import Question
from shared.contract.questions import questions_for
from shared.contract.subjects import ask_subject, subject_pattern
from shared.kit.bus.connection import connect
from shared.kit.settings import Settings

DONE = "done"
REFUSED = "refused"
LEFT_OUT = "left out"
FAILED = "failed"
ANSWER_SECONDS_MAX = 5.0
SILENCE_SECONDS = 0.5
NO_COMMUNE = "99999"  # the file is refused, and nothing is kept of it


@dataclass(frozen=True, slots=True)
class Step:
    """`result` is done, refused (as it should be), left out, or failed."""

    name: str
    result: str
    told: str


async def play_round(settings: Settings, front_end: FrontEnd) -> list[Step]:
    client = await connect(settings, front_end.name)
    programme = settings.programme().id
    withdrawn = subject_pattern(programme, CandidatureWithdrawn, str(uuid4()))
    try:
        steps = [
            await _asked(client, programme, question) for question in questions_for(front_end.kind)
        ]
        if front_end.kind == HOLDERS:
            steps.append(await _submitted(client, programme, settings.rehearsal))
        steps.append(await _forbidden(client, "speak as a service", withdrawn))
        steps.append(await _forbidden(client, "ask the server who is there", OWN_RIGHTS))
    finally:
        await client.close()
    return steps


async def _asked(client: Client, programme: str, question: Question) -> Step:
    name = f"ask {question.service} {question.name}"
    subject = ask_subject(programme, question.service, question.name)
    try:
        reply = await client.request(subject, _bytes(question.request), timeout=ANSWER_SECONDS_MAX)
    except (NatsError, TimeoutError) as error:
        return Step(name, FAILED, _in_words(error))
    answer = json.loads(reply.data)
    return Step(name, DONE, answer.get("message") or ", ".join(answer))


async def _submitted(client: Client, programme: str, rehearsal: bool) -> Step:
    """A file that is refused with its reason: the whole way there and back, and nothing stays."""
    name = "submit a file that is refused"
    if not rehearsal:
        return Step(name, LEFT_OUT, "on a rehearsal platform alone: it writes a letter")
    dossier = str(uuid4())
    answers = await client.subscribe(f"{programme}.intake.candidature.*.v1.{dossier}")
    await client.flush()
    subject = subject_pattern(programme, CandidatureSubmitted, dossier)
    try:
        await client.jetstream().publish(subject, _bytes(_file_of_nowhere(dossier)))
        answer = await answers.next_msg(timeout=ANSWER_SECONDS_MAX)
    except (NatsError, TimeoutError) as error:
        return Step(name, FAILED, _in_words(error))
    verb = answer.subject.split(".")[3]
    codes = ", ".join(reason["code"] for reason in json.loads(answer.data).get("reasons", ()))
    return Step(name, DONE if verb == "refused" else FAILED, f"{verb} {codes}".rstrip())


def _file_of_nowhere(dossier: str) -> dict[str, Any]:
    file = {**example_of(CandidatureSubmitted), "candidature_id": dossier}
    return {**file, "place": {**file["place"], "commune_code": NO_COMMUNE}}


async def _forbidden(client: Client, name: str, subject: str) -> Step:
    """Whatever is let through is answered: by the stream that keeps it, or by the server."""
    try:
        await client.request(subject, b"{}", timeout=SILENCE_SECONDS)
    except (NoRespondersError, TimeoutError):
        return Step(name, REFUSED, "as it should be")
    return Step(name, FAILED, "the server let it through")


def _in_words(error: Exception) -> str:
    if isinstance(error, NoRespondersError):
        return "nobody listens there"
    if isinstance(error, TimeoutError):
        return f"no answer within {ANSWER_SECONDS_MAX:.0f} s"
    return str(error) or type(error).__name__


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
