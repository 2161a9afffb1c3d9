"""`python -m tests.containers`: Compose comes up, a candidature goes in, a payment file comes out.

Meanwhile each container is killed once: nothing may be lost, nothing done twice.
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from math import ceil
from pathlib import Path

from nats.errors import Error as NatsError
from nats.js.errors import APIError

from deploy.local.server.nats_server import free_port
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRefused
from shared.contract.topology import KEEPER, SERVICES
from shared.kit.settings import Settings
from tests.containers.stack import PROGRAMME, Stack, compose_command
from tests.people import found, keep_keys
from tests.platform import Platform, until
from tests.servers import Bus
from tests.submissions import submission
from tests.system.pipeline import season
from tests.system.pipeline.test_slice import play_on

STEPS = 5
READY_SECONDS_MAX = 240.0
AWAY = (NatsError, APIError, OSError, TimeoutError)
UID = 10001
WRONG_SIRET = "12345678901234"


class Strikes:
    """Kills containers, some at each step; a candidature is filed meanwhile."""

    def __init__(self, stack: Stack, platform: Platform) -> None:
        self.stack = stack
        self.platform = platform
        self.names = sorted(stack.containers())
        self.left = list(self.names)
        self.filed: list[str] = []

    async def some(self) -> None:
        for _ in range(ceil(len(self.names) / STEPS)):
            if self.left:
                await self.one(self.left.pop())

    async def one(self, name: str) -> None:
        before = self.stack.containers()[name]
        self.stack.kill(before)
        # It is refused, and joins no wave.
        candidature_id, body = submission(holder__siret=WRONG_SIRET)
        await until(
            lambda: self._sent(candidature_id, body), "the broker takes a file", READY_SECONDS_MAX
        )
        self.filed.append(candidature_id)
        await until(
            lambda: self._again(name, before["State"]["Pid"]), f"{name} is back", READY_SECONDS_MAX
        )
        await until(lambda: all_ready(self.platform), "every service is ready", READY_SECONDS_MAX)
        print(f"  killed {name}: back", flush=True)

    async def _sent(self, candidature_id: str, body: object) -> bool:
        with suppress(*AWAY):
            once = {"Nats-Msg-Id": candidature_id}
            await self.platform.publish(
                "holders",
                CandidatureSubmitted,
                candidature_id,
                body,
                at=season.OPEN_DAY,
                headers=once,
            )
            return True
        return False

    async def _again(self, name: str, pid: int) -> bool:
        found = (await asyncio.to_thread(self.stack.containers)).get(name)
        return bool(found and found["State"]["Pid"] not in (0, pid))


async def all_ready(platform: Platform) -> bool:
    try:
        answers = [await platform.ask(name, "ready") for name in (*SERVICES, KEEPER)]
    except AWAY:
        return False
    return all(answer.get("ready") for answer in answers)


def settings_of(stack: Stack) -> Settings:
    """The same records, reached from outside."""
    folder, ports = stack.folder, stack.told
    inside = (folder / "secrets" / "fabriques_funding_database_url").read_text(encoding="utf-8")
    here = inside.replace("@postgres/", f"@127.0.0.1:{ports['POSTGRES_PORT']}/")
    return Settings(
        home=folder,
        nats_url=f"nats://127.0.0.1:{ports['PORT']}",
        programme_file=folder / "programme.toml",
        rehearsal=True,
        funding_database_url=here,
    )


async def play(stack: Stack) -> None:
    settings = settings_of(stack)
    platform = Platform(Bus(settings.nats_url, stack.folder / "keys", True, "compose"), settings)
    try:
        await until(lambda: all_ready(platform), "every service is ready", READY_SECONDS_MAX)
        print("ready", flush=True)
        strikes = Strikes(stack, platform)
        await play_on(platform, strikes.some)
        assert not strikes.left, f"not killed: {strikes.left}"
        for candidature_id in strikes.filed:
            await platform.fact(CandidatureRefused, candidature_id)
            assert len(await platform.facts(CandidatureRefused, candidature_id)) == 1
        [file] = (stack.folder / "payments").glob("*.xml")
        print(
            f"killed {len(strikes.names)} containers in turn; each file sent meanwhile was answered once"
        )
        print(f"payment file: {file.name}, {file.stat().st_size} bytes")
    finally:
        await platform.close()


def prepare(stack: Stack) -> None:
    """Everybody of the tests founds the platform, so that acts may be signed here."""
    found(stack.folder)
    keep_keys(stack.folder)
    for path in (stack.folder, *stack.folder.rglob("*")):
        os.chown(path, UID, UID)
    stack.compose("run", "--rm", "-e", f"FABRIQUES_PROGRAMME_FILE={PROGRAMME}", "prepare")


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m tests.containers")
    options.add_argument(
        "--over", action="append", default=[], help="a Compose file over compose.yaml"
    )
    options.add_argument("--keep", action="store_true", help="leave it running")
    told = options.parse_args(arguments)
    command = compose_command()
    if command is None:
        print(
            "no Compose here: install the plugin of the docker command, or docker-compose",
            file=sys.stderr,
        )
        return 2
    ports = {name: str(free_port()) for name in ("PORT", "PAGES_PORT", "POSTGRES_PORT")}
    folder = Path(tempfile.mkdtemp(prefix="fabriques-containers-"))
    stack = Stack(folder, command, ("drill.yaml", *told.over), {"REHEARSAL": "true", **ports})
    began = time.monotonic()
    try:
        prepare(stack)
        password = (folder / "secrets" / "postgres_password").read_text(encoding="utf-8")
        stack.told["POSTGRES_PASSWORD"] = password
        stack.compose("up", "--detach")
        asyncio.run(play(stack))
        print(f"{time.monotonic() - began:.0f} s in all", flush=True)
        return 0
    except RuntimeError as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        if not told.keep:
            stack.compose("down", "--volumes", "--timeout", "5")
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
