"""The command on the platform of a test, as an officer calls it."""

import asyncio
import json
import re
from typing import Any

import pytest

from deploy.cli.main import main
from tests.platform import Platform

LOGGED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[")


class Command:
    """`fabriques …`: its exit code, and what it said."""

    def __init__(
        self,
        platform: Platform,
        monkeypatch: pytest.MonkeyPatch,
        output: pytest.CaptureFixture[str],
    ) -> None:
        self._output = output
        monkeypatch.setenv("FABRIQUES_HOME", str(platform.home))
        monkeypatch.setenv("FABRIQUES_NATS_URL", platform.settings.nats_url)
        monkeypatch.setenv("FABRIQUES_PROGRAMME_FILE", str(platform.settings.programme_file))

    async def __call__(self, *arguments: str) -> tuple[int, str]:
        self._output.readouterr()
        code = await asyncio.to_thread(main, list(arguments))
        said = self._output.readouterr()
        # A service of this process logs to stdout; a verdict that is no failure stands there alone.
        return code, (said.err or said.out) if code else said.out

    async def data(self, *arguments: str) -> Any:
        """What it said as JSON, without what a service of this process logged meanwhile."""
        _, said = await self(*arguments, "--json")
        return json.loads("\n".join(line for line in said.splitlines() if not LOGGED.match(line)))
