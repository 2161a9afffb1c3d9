"""Who asks a question: the name stands in the subject that a service hears, as the server wrote it."""

from collections.abc import Awaitable, Callable
from typing import Any

ASKER = "asker"
Decode = Callable[[Any], Awaitable[dict[str, Any]]]


async def with_asker(message: Any, decode: Decode) -> dict[str, Any]:
    """The question with the name of who asks it, whatever its body says of that."""
    question = await decode(message)
    _programme, _ask, asker, _rest = message.raw_message.subject.split(".", 3)
    return {**question, ASKER: asker}
