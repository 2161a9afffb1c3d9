"""What a service answers: a request is validated first, and a wrong one is told its mistakes."""

from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from faststream.nats import NatsBroker
from pydantic import ValidationError

from shared.contract.asked import Asked
from shared.contract.questions import kind_of
from shared.contract.subjects import asker_of, question_subject
from shared.contract.values import Reason
from shared.kit.errors import Unreadable
from shared.kit.strict_json import parse_strictly, reasons_of

A = TypeVar("A", bound=Asked)
Reply = dict[str, Any]
Answering = Callable[[A], Awaitable[Reply]]

NOT_JSON = Reason(code="not-json", message="Ce n'est pas du JSON.")
NOT_AN_OBJECT = Reason(code="not-an-object", message="Un objet est attendu.")
NO_TIME = Reason(
    code="no-time", message="Le guichet n'a pas encore l'heure : demandez dans un instant."
)


@dataclass(frozen=True, slots=True)
class Came:
    """A question as it came. `asker` is the front-end or tool that asks, as the server wrote it."""

    asker: str
    body: bytes
    headers: Mapping[str, str]


class Questions:
    def __init__(self, broker: NatsBroker, programme: str, service: str) -> None:
        self._broker = broker
        self._programme = programme
        self._service = service

    def answers(self, name: str, kind: type[A]) -> Callable[[Answering[A]], Answering[A]]:
        """Declares the function under this as the answer to one question.

        Raises ValueError where the table of questions says that it is asked with something else.
        """

        def declare(answer: Answering[A]) -> Answering[A]:
            async def told(asked: A, _came: Came) -> Reply:
                return await answer(asked)

            self.hear(name, kind, told)
            return answer

        return declare

    def hear(self, name: str, kind: type[A], answer: Callable[[A, Came], Awaitable[Reply]]) -> None:
        """The same for what is asked with headers. Raises ValueError."""
        if kind is not kind_of(self._service, name):
            raise ValueError(f"{self._service}.{name} is not asked with {kind.__name__}")

        async def hear(came: Came) -> Reply:
            try:
                asked = read_question(kind, came.body, came.asker)
            except Unreadable as unreadable:
                return refusal(unreadable)
            return await answer(asked, came)

        self._broker.subscriber(
            question_subject(self._programme, self._service, name),
            queue=self._service,  # of several replicas, one answers
            decoder=_as_it_came,
            include_in_schema=False,
        )(hear)


async def _as_it_came(message: Any) -> Came:
    raw = message.raw_message
    return Came(asker_of(raw.subject), message.body, raw.headers or {})


def read_question(kind: type[A], body: bytes, asker: str) -> A:
    """An empty body asks with nothing. Raises Unreadable with every mistake."""
    body = body.removeprefix(BOM_UTF8).strip()
    try:
        asked = parse_strictly(body) if body else {}
    except Unreadable:
        raise Unreadable((NOT_JSON,)) from None
    if not isinstance(asked, dict):
        raise Unreadable((NOT_AN_OBJECT,))
    try:
        return kind.model_validate({**asked, "asker": asker})
    except ValidationError as error:
        reasons = reasons_of(kind, error)
    raise Unreadable(reasons)


def refused(why: Reason) -> Reply:
    """A question that is well written, and is not answered."""
    return {"error": why.code, "message": why.message}


def refusal(unreadable: Unreadable) -> Reply:
    """Each field and what is wrong with it; nothing of what stood there."""
    told = [
        f"{reason.field} : {reason.message}" if reason.field else reason.message
        for reason in unreadable.reasons
    ]
    return {
        "error": "request-invalid",
        "message": f"Demande illisible. {' '.join(told)}",
        "reasons": [reason.model_dump() for reason in unreadable.reasons],
    }
