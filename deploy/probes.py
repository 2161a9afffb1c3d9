"""What an orchestrator asks a service over HTTP: is it alive, is it ready, what are its figures."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from shared.kit.service import Service

READY_SECONDS_MAX = 5.0
BACKLOG = Gauge(
    "fabriques_backlog_events",
    "Events that wait at a durable consumer, taken but not acked included",
    ["durable"],
)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
Answer = tuple[int, str, bytes]


class Probes:
    """A small ASGI application.

    Ready means: the broker and the database answered, and every consumer is there.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._answers = {"/health": self.health, "/ready": self.ready, "/metrics": self.metrics}

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = self._answers.get(scope["path"])
        status, kind, body = await answer() if answer else (404, "text/plain", b"/health, /ready, /metrics\n")
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def health(self) -> Answer:
        """The process runs and its event loop turns."""
        return 200, "application/json", json.dumps({"service": self._service.name, "alive": True}).encode()

    async def ready(self) -> Answer:
        try:
            found = await self._readiness()
        except Exception as error:
            found = {"service": self._service.name, "ready": False, "cause": type(error).__name__}
        return 200 if found["ready"] else 503, "application/json", json.dumps(found).encode()

    async def metrics(self) -> Answer:
        """The process's figures even where it is not ready: that is when they are wanted."""
        try:
            for durable, waiting in (await self._readiness()).get("consumers", {}).items():
                BACKLOG.labels(durable).set(waiting)
        except Exception:
            BACKLOG.clear()
        return 200, CONTENT_TYPE_LATEST, generate_latest()

    async def _readiness(self) -> dict[str, Any]:
        async with asyncio.timeout(READY_SECONDS_MAX):
            return await self._service.ready()


class ProbeServer(uvicorn.Server):
    """Signals are the service's: it stops first, then its probes."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_probes(service: Service, port: int) -> None:
    config = uvicorn.Config(
        Probes(service),
        host="0.0.0.0",  # noqa: S104 - an orchestrator asks from outside the container
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        log_config=None,
    )
    await ProbeServer(config).serve()
