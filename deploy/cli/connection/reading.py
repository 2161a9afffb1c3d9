"""How a command reads what only a person may: it signs its question, and opens the sealed answer."""

from typing import Any

from deploy.asking import SignedQuestion
from deploy.cli.connection import bus as connection
from deploy.cli.connection.bus import Bus
from deploy.cli.connection.signing import signer_of
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import Officer
from shared.contract.people import MAY_READ


async def read_signed(bus: Bus, question: str, officer: Officer, **said: Any) -> dict[str, Any]:
    """The answer to a question that reads a dossier, such as `intake.file`.

    Raises CommandFailed with the service's own words.
    """
    known = await bus.ask(question.partition(".")[0], "people")
    signer = signer_of(known, bus.settings.home, MAY_READ[question], officer)
    asked = SignedQuestion(
        bus.programme.id, signer.platform, question, signer.key, signer.actor, said
    )
    reply = await bus.client.request(
        asked.subject, asked.body, timeout=connection.ANSWER_SECONDS_MAX, headers=asked.headers
    )
    answer = asked.opened(reply.data)
    if "error" in answer or not answer:
        raise CommandFailed(str(answer.get("message") or f"{question} was not answered"))
    return answer
