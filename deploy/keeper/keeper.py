"""The keeper at work: it reads each stream in order, chains what came, and says checkpoints."""

import asyncio
import os
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import structlog
from nats.aio.client import Client

from deploy.erasures import ErasureList
from deploy.keeper.checkpoints import Scene, digest_of, is_ours
from deploy.keeper.erasing import Eraser
from deploy.keeper.keys import load_seals
from deploy.keeper.saying import answer_questions, last_said, say
from deploy.keeper.store import Store
from shared.contract.keeper import LogSealed
from shared.contract.subjects import STATUS_STREAM
from shared.contract.topology import KEEPER, streams_of
from shared.kit.bus.connection import connect
from shared.kit.bus.drift import check_platform
from shared.kit.bus.log_places import BATCH_BYTES_MAX, messages_from
from shared.kit.bus.rights import check_rights
from shared.kit.delivery import Logged
from shared.kit.logs.causes import cause_of
from shared.kit.logs.chain import tell_repeated
from shared.kit.metrics.figures import Figure
from shared.kit.service import open_database
from shared.kit.settings import Settings

log = structlog.get_logger()
BATCH = 512
PAUSE_SECONDS = 2.0
FAILED_SECONDS = 5.0
NICENESS = 10  # whoever answers people comes first
# The first keeps the latest alone; checkpoints are a chain by themselves.
APART = (STATUS_STREAM, "KEEPER")


def chained_streams(settings: Settings) -> list[str]:
    """Every stream of facts, those of revoked front-ends too."""
    names = [stream.name for stream in streams_of(settings.front_ends())]
    return [name for name in names if name not in APART]


def is_cut(messages: Sequence[Logged]) -> bool:
    """Whether the server may have had more: it stops at so many, or before the message that is too much."""
    return len(messages) == BATCH or sum(len(one.body) for one in messages) > BATCH_BYTES_MAX // 2


class Keeper:
    """One keeper process. `told_to_stop` ends it after the batch it is at."""

    def __init__(self, settings: Settings) -> None:
        self.name = KEEPER
        self.settings = settings
        self.programme = settings.programme().id
        self.told_to_stop = asyncio.Event()
        self.asked = 0  # so many times for a checkpoint; and so many of these are served
        self.served = 0
        self.failure = "it has not read the log yet"
        self.client: Client | None = None
        self.store: Store | None = None
        self.eraser: Eraser | None = None

    async def run(self) -> int:
        """Runs until told to stop. Returns the exit code."""
        os.nice(NICENESS)
        loop = asyncio.get_running_loop()
        for told in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(told, self.told_to_stop.set)
        serving = asyncio.create_task(self.serve())
        stopping = asyncio.create_task(self.told_to_stop.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        # The broker is away: there is nothing to finish.
        if self.client is None and not serving.done():
            serving.cancel()
            return 0
        await serving
        return 0

    async def serve(self) -> None:
        """Raises PlatformDrift, KeyFileInvalid, NotConnected."""
        engine = await asyncio.to_thread(open_database, self.settings, KEEPER)
        client = await connect(self.settings, KEEPER, attempts=-1)
        try:
            known = self.settings.front_ends()
            mode = "rehearsal" if self.settings.rehearsal else "production"
            structlog.contextvars.bind_contextvars(
                service=KEEPER, programme=self.programme, mode=mode
            )
            await check_rights(client, KEEPER, self.programme, known)
            rehearsal = self.settings.rehearsal
            roots = await check_platform(
                client.jetstream(), KEEPER, self.programme, rehearsal, known
            )
            self.store = Store(engine, roots.platform)
            self.client = client
            scene = self._scene(roots.platform)
            kept = ErasureList(self.settings.erasure_list)
            self.eraser = Eraser(client, self.store, self.programme, kept, self.settings.front_ends)
            await self._compare_with_log(scene)
            answers = {"ready": self.ready, "summary": self.summary, "seal": self.seal}
            await answer_questions(client, self.programme, answers)
            log.info("service started")
            await self._keep_on(scene)
            log.info("service stopped")
        finally:
            await client.close()
            engine.dispose()

    def _scene(self, platform: str) -> Scene:
        programme = sha256(self.settings.programme_file.read_bytes()).hexdigest()
        return Scene(platform, programme, *load_seals(self.settings.home / "keys"))

    async def _keep_on(self, scene: Scene) -> None:
        """A broker or a database that is away is waited for."""
        while not self.told_to_stop.is_set():
            try:
                pause_seconds = 0.0 if await self.round(scene) else PAUSE_SECONDS
                self.failure = ""
            except Exception as error:
                self.failure = cause_of(error)
                log.warning("log not read", cause=self.failure)
                pause_seconds = FAILED_SECONDS
            tell_repeated()
            await self._pause(pause_seconds)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.told_to_stop.wait(), seconds)
        except TimeoutError:
            return

    async def round(self, scene: Scene) -> bool:
        """Reads a batch of each stream. Returns whether more is waiting somewhere.

        A checkpoint that was due when the round began covers all that it has read: causes and consequences.
        """
        assert self.client and self.store
        names = chained_streams(self.settings)
        asked = self.asked
        due = await asyncio.to_thread(self.store.due, scene, datetime.now(UTC))
        more = False
        for name in names:
            more |= await self._read(name)
        # Whoever asks means all that lay there as they asked.
        wanted = asked > self.served and not more
        if due or wanted:
            sealed = await asyncio.to_thread(
                self.store.seal, scene, names, datetime.now(UTC), wanted
            )
            if sealed and wanted:
                self.served = asked
        if unsaid := await asyncio.to_thread(self.store.unsaid):
            place = await say(self.client, self.programme, unsaid)
            await asyncio.to_thread(self.store.said, unsaid.number, place)
            log.info("log sealed", sequence=unsaid.number, result=unsaid.reason, count=unsaid.facts)
        if self.eraser:  # last: what cannot be erased keeps no checkpoint from being said
            await self.eraser.round()
        return more

    async def _read(self, stream: str) -> bool:
        """Whether more may lie there."""
        assert self.client and self.store
        end = await asyncio.to_thread(self.store.end_of, stream)
        messages = await messages_from(self.client, stream, end.through + 1, BATCH)
        if messages:
            await asyncio.to_thread(self.store.append, stream, messages)
        return is_cut(messages)

    async def _compare_with_log(self, scene: Scene) -> None:
        """A database that is older than the log has lost salts: earlier checkpoints cannot be shown any more.

        Numbers go on after the log's last one, and `fabriques-verify` names what cannot be proven.
        """
        assert self.client and self.store
        found = await last_said(self.client, self.programme)
        if found is None:
            return
        sealed, place = found
        if not is_ours(sealed, scene):
            log.error("checkpoint not ours", sequence=sealed.number)
            return
        last = self.store.last()
        if last is None or last.number < sealed.number:
            lost = sealed.number - (last.number if last else 0)
            log.error("memory lost", sequence=sealed.number, count=lost)
            self.store.adopt(sealed, place)
        elif last.number == sealed.number and digest_of(last) != digest_of(sealed):
            log.error("checkpoint not ours", sequence=sealed.number)

    async def ready(self) -> dict[str, Any]:
        """Its word on how many messages each stream is ahead of its chain."""
        if self.failure:
            return {"service": KEEPER, "ready": False, "cause": self.failure}
        waiting = await self._waiting()
        short = [stream for stream, count in waiting.items() if count < 0]
        if short:
            cause = f"the log of {', '.join(short)} ends before what was chained of it"
            return {"service": KEEPER, "ready": False, "cause": cause}
        consumers = {f"{KEEPER}-on-{stream.lower()}": count for stream, count in waiting.items()}
        return {"service": KEEPER, "ready": True, "consumers": consumers}

    async def seal(self) -> dict[str, Any]:
        """Its readiness; the checkpoint is said once this process has read what lies there."""
        self.asked += 1
        return await self.ready()

    def counted(self) -> list[Figure]:
        return []

    async def figures(self) -> list[Figure]:
        """How far it is behind stands in its readiness."""
        return []

    async def summary(self) -> dict[str, Any]:
        assert self.store
        last: LogSealed | None = await asyncio.to_thread(self.store.last)
        facts = await asyncio.to_thread(self.store.facts)
        sealed_at = last.sealed_at.isoformat() if last else None
        return {"facts": facts, "checkpoints": last.number if last else 0, "sealed_at": sealed_at}

    async def _waiting(self) -> dict[str, int]:
        assert self.client and self.store
        js = self.client.jetstream()
        found = {}
        for name in chained_streams(self.settings):
            end = await asyncio.to_thread(self.store.end_of, name)
            found[name] = (await js.stream_info(name)).state.last_seq - end.through
        return found
