"""The port of a platform's figures: metrics for machines, and a page for operators that draws itself anew.

Metrics are for whoever reaches the port. The page is for whoever is on this machine.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.cli.watch.warnings import last_warnings
from deploy.exposition import CONTENT_TYPE, exposition
from deploy.monitoring import wording
from deploy.monitoring.findings import findings_in
from deploy.monitoring.gathering import Platform
from deploy.monitoring.operators_page import page_of
from deploy.portal.drawing import STATIC, TEMPLATES, environment
from deploy.portal.headers import SecurityHeaders
from shared.kit.bus.reaching import without_secrets

NAME = "monitoring"
OWN_TEMPLATES = Path(__file__).parent / "templates"
LOOK_SECONDS = 2.0
WATCHERS_MAX = 20
WARNINGS_SHOWN = 12
ELSEWHERE = """Cette page ne s'ouvre que depuis la machine de la plateforme, à l'adresse 127.0.0.1.
Depuis un autre poste, faites un tunnel : ssh -L 9464:127.0.0.1:9464 MACHINE, puis http://127.0.0.1:9464/
"""
FULL = "Cette page est déjà suivie par trop de fenêtres : fermez-en une, ou rechargez celle-ci.\n"


class Watching(StreamingResponse):
    """Gives its place back however it ends, also where its reader left before the first look."""

    def __init__(self, looks: AsyncIterator[str], left: Callable[[], None]) -> None:
        super().__init__(
            looks, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )
        self._left = left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._left()


class Pages:
    """`stopping` ends the pages that are watched, so that nobody waits for them."""

    def __init__(self, platform: Platform) -> None:
        self.stopping = asyncio.Event()
        self._platform = platform
        self._watchers = 0
        self._templates = _templates(platform)

    def app(self) -> ASGIApp:
        app = Starlette(
            routes=[
                Route("/", self.page),
                Route("/live", self.live),
                Route("/metrics", self.metrics),
                Route("/health", self.health),
                Mount("/static", StaticFiles(directory=STATIC)),
            ],
            exception_handlers={HTTPException: _refused},
        )
        return SecurityHeaders(app, encrypted=False)

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"service": NAME, "alive": True})

    async def metrics(self, _request: Request) -> Response:
        return Response(exposition(await self._platform.figures()), media_type=CONTENT_TYPE)

    async def page(self, request: Request) -> Response:
        _require_here(request)
        text = await self._drawn("operators.html")
        return Response(text, media_type="text/html", headers={"Cache-Control": "no-store"})

    async def live(self, request: Request) -> Response:
        """Server-sent events: each is what the page shows, drawn anew."""
        _require_here(request)
        if self._watchers >= WATCHERS_MAX:
            raise HTTPException(503, FULL)
        self._watchers += 1
        return Watching(self.looks(), self._left)

    def _left(self) -> None:
        self._watchers -= 1

    async def looks(self) -> AsyncIterator[str]:
        while not self.stopping.is_set():
            lines = (await self._drawn("look.html")).splitlines()
            yield "".join(f"data: {line}\n" for line in lines) + "\n"
            await self._pause()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), LOOK_SECONDS)
        except TimeoutError:
            return

    async def _drawn(self, template: str) -> str:
        sight = await self._platform.sight()
        home = self._platform.settings.home
        shown = page_of(sight, findings_in(sight, str(home)))
        warned = last_warnings(home / "logs", WARNINGS_SHOWN)
        return self._templates.get_template(template).render(shown | {"warned": warned})


def _require_here(request: Request) -> None:
    """Raises HTTPException for another machine, and for a name that a stranger may have made ours."""
    host = request.url.hostname or ""
    if not (_is_local(request.client.host if request.client else "") and _is_local(host)):
        raise HTTPException(403, ELSEWHERE)


def _is_local(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(error.detail, error.status_code)


def _templates(platform: Platform) -> Environment:
    """In the frame that the portal's pages have."""
    found = environment(platform.programme, OWN_TEMPLATES, TEMPLATES)
    zone = platform.programme.zone
    found.filters["size"] = wording.size
    found.filters["duration"] = wording.duration
    found.filters["a_second"] = wording.a_second
    found.filters["clock"] = partial(wording.clock, zone=zone)
    found.filters["lately"] = partial(wording.lately, zone=zone)
    settings = platform.settings
    found.globals |= {
        "rehearsal": settings.rehearsal,
        "where": ", ".join(without_secrets(url) for url in settings.nats_urls),
    }
    return found
