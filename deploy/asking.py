"""A signed question as its asker makes it: `SignedQuestion` has what is sent, and opens what comes back."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from nacl.public import PrivateKey, SealedBox
from nacl.signing import SigningKey

from shared.contract.subjects import ask_subject
from shared.contract.values import Actor
from shared.kit.people.signatures import signed_headers


class SignedQuestion:
    """`question` is its name with the service's, such as `intake.file`; a holder's has no `actor`."""

    def __init__(
        self,
        programme: str,
        platform: str,
        question: str,
        key: SigningKey,
        actor: Actor | None,
        said: dict[str, Any],
        asked_at: datetime | None = None,
    ) -> None:
        self._box = PrivateKey.generate()
        body = {
            **({"actor": actor.model_dump(mode="json")} if actor else {}),
            "asked_at": (asked_at or datetime.now(UTC)).isoformat(),
            "answer_key": base64.b64encode(bytes(self._box.public_key)).decode(),
            **said,
        }
        self.subject = ask_subject(programme, *question.split("."))
        self.body = json.dumps(body).encode()
        self.headers = signed_headers(key, platform, self.subject, str(uuid4()), self.body)

    def opened(self, reply: bytes) -> dict[str, Any]:
        """The answer; or the refusal as it came: `{"error", "message"}`."""
        answer: dict[str, Any] = json.loads(reply or b"{}")
        if "sealed" not in answer:
            return answer
        return dict(json.loads(SealedBox(self._box).decrypt(base64.b64decode(answer["sealed"]))))
