"""Questions that a person signs, as a front-end puts them."""

from datetime import datetime
from typing import Any

from nacl.signing import SigningKey

from deploy.asking import SignedQuestion
from shared.contract.values import Actor, Role
from tests.people import key_of
from tests.platform import PATIENCE_SECONDS, Platform


class Asking:
    """One question, which may be put again as it is. Without a role it is a holder's."""

    def __init__(
        self, platform: Platform, question: str, person: str = "", role: str = "",
        key: SigningKey | None = None, asked_at: datetime | None = None, platform_name: str = "", **said: Any,
    ) -> None:  # fmt: skip
        self._platform = platform
        actor = Actor(id=person, role=Role(role)) if role else None
        name = platform_name or platform.roots.platform
        key = key or key_of(person)
        self.asked = SignedQuestion(platform.programme, name, question, key, actor, said, asked_at)
        self.headers = self.asked.headers

    async def put(self, identity: str = "officers") -> dict[str, Any]:
        """The answer, opened; or the refusal."""
        client = await self._platform.connect(identity)
        reply = await client.request(
            self.asked.subject,
            self.asked.body,
            timeout=PATIENCE_SECONDS,
            headers=self.headers,
        )
        return self.asked.opened(reply.data)


async def read_as(
    platform: Platform,
    question: str,
    person: str,
    role: str,
    identity: str = "officers",
    **said: Any,
) -> dict[str, Any]:
    """Signed now by this person."""
    return await Asking(platform, question, person, role, **said).put(identity)
