"""Two front-ends of holders on one server, and what each of them hears."""

import json
from typing import Any

from shared.contract.front_ends import EMBEDDED, HOLDERS, FrontEnd
from tests.platform import Platform

PORTAL = "portal"
FRONT_ENDS = (*EMBEDDED, FrontEnd(PORTAL, HOLDERS, code="B"))


class Ears:
    """All that a front-end hears of answers, in the order it came."""

    def __init__(self, platform: Platform, name: str) -> None:
        self._platform, self._name = platform, name
        self.heard: list[tuple[str, dict[str, Any]]] = []

    async def open(self) -> "Ears":
        client = await self._platform.connect(self._name)

        async def hear(message: Any) -> None:
            self.heard.append((message.subject.split(".")[3], json.loads(message.data)))

        await client.subscribe(f"{self._platform.programme}.intake.candidature.*.v1.*", cb=hear)
        await client.flush()
        return self

    async def verbs(self, dossier: str) -> list[str]:
        """What was heard of a dossier, once the broker has given out everything it had."""
        await (await self._platform.connect(self._name)).flush()
        return [verb for verb, said in self.heard if said["candidature_id"] == dossier]
