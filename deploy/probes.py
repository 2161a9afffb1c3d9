"""What an orchestrator asks a service over HTTP: is it alive, is it ready, what are its figures."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn

from deploy.exposition import CONTENT_TYPE, exposition
from deploy.process import Process
from shared.kit.metrics.catalogue import BACKLOG
from shared.kit.metrics.figures import Figure

READY_SECONDS_MAX = 5.0
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
Answer = tuple[int, str, bytes]


class Probes:
    """A small ASGI application. Ready means: broker and database answered, and every consumer is there."""

    def __init__(self, service: Process) -> None:
        self._service = service
        self._answers = {"/health": self.health, "/ready": self.ready, "/metrics": self.metrics}

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = self._answers.get(scope["path"])
        unknown = (404, "text/plain", f"{', '.join(self._answers)}\n".encode())
        status, kind, body = await answer() if answer else unknown
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def health(self) -> Answer:
        """The process runs and its event loop turns."""
        return (
            200,
            "application/json",
            json.dumps({"service": self._service.name, "alive": True}).encode(),
        )

    async def ready(self) -> Answer:
        try:
            found = await self._readiness()
        except Exception as error:
            found = {"service": self._service.name, "ready": False, "cause": type(error).__name__}
        return 200 if found["ready"] else 503, "application/json", json.dumps(found).encode()

    async def metrics(self) -> Answer:
        """The process's figures even where it is not ready: that is when they are wanted."""
        figures = self._service.counted()
        with suppress(Exception):  # what cannot be read now is left out
            async with asyncio.timeout(READY_SECONDS_MAX):
                figures = await self._service.figures()
        with suppress(Exception):
            waiting = (await self._readiness()).get("consumers", {})
            figures += [Figure(BACKLOG, (durable,), count) for durable, count in waiting.items()]
        return 200, CONTENT_TYPE, exposition(figures)

    async def _readiness(self) -> dict[str, Any]:
        async with asyncio.timeout(READY_SECONDS_MAX):
            return await self._service.ready()


class ProbeServer(uvicorn.Server):
    """Signals are the service's: it stops first, then its probes."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_probes(service: Process, port: int, certificate: Path | None = None) -> None:
    config = uvicorn.Config(
        Probes(service),
        host="0.0.0.0",  # noqa: S104 - an orchestrator asks from outside the container
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        log_config=None,
        ssl_certfile=certificate,
    )
    await ProbeServer(config).serve()
