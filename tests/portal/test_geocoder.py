"""An address is found by a service that a setting names: here a real small server, which also fails."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import pytest
from pydantic import HttpUrl, ValidationError

from deploy.portal import geocoder
from deploy.portal.limits import LOOKING_UP
from deploy.portal.portal import open_portal
from deploy.portal.settings import PortalSettings
from shared.kit.settings import Settings
from tests.platform import Platform
from tests.portal.browsing import Browser, browser_of
from tests.portal.conftest import OWN, open_today, serving

ASKED = "/eligibilite?place.address=1+place+du+March%C3%A9%2C+Vichy&trouver=adresse"
WAYS_OUT = "Indiquez la commune, ou montrez le lieu sur la carte."
SENT_BY_US = {"host", "accept", "connection"}


def feature(label: str, score: float, code: str = "03310", at: Any = (3.4258, 46.1268)) -> Any:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": at},
        "properties": {"label": label, "score": score, "citycode": code, "type": "housenumber"},
    }


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


VICHY = feature("1 Place du Marché 03200 Vichy", 0.93)


class Handler(BaseHTTPRequestHandler):
    """As its server was told."""

    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.seen.append(self)
        self.server.answers(self)

    def give(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, told in headers.items():
            self.send_header(name, told)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[Handler] = []
        self.answers: Callable[[Handler], None] = lambda asked: asked.give(collection(VICHY))

    @property
    def url(self) -> HttpUrl:
        return HttpUrl(f"http://127.0.0.1:{self.server_port}/geocodage/search")


@contextmanager
def running() -> Iterator[Server]:
    with Server() as found:
        thread = Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as found:
        yield found


@asynccontextmanager
async def pages_alone(folder: Path, url: HttpUrl | None) -> AsyncIterator[Browser]:
    own = OWN.model_copy(update={"geocoder": url}) if url else OWN
    settings = Settings(home=folder / "var", programme_file=open_today(folder))
    portal = open_portal(settings, own)
    async with browser_of(portal) as browser:
        yield browser
    portal.store.dispose()


async def test_an_address_is_found_chosen_by_a_click_and_answered_for_its_commune_and_point(
    production: Platform, server: Server
) -> None:
    own = OWN.model_copy(update={"geocoder": server.url})
    less_likely = feature("Place du Marché 75113 <b>Paris</b>", 0.4, "75113", (2.36, 48.83))
    server.answers = lambda asked: asked.give(collection(less_likely, VICHY))
    async with production.running("eligibility"), serving(production, own) as served:
        browser = served.browser
        await browser.open(ASKED)
        assert browser.text.index("1 Place du Marché 03200 Vichy") < browser.text.index("75113")
        assert "<b>Paris" not in browser.page
        assert "D'après 127.0.0.1" in browser.text
        links = [part.split('"')[0] for part in browser.page.split('href="')]
        first, second, *_ = [link for link in links if link.startswith("/eligibilite?place.")]
        assert "Paris (75056)" in unquote_plus(second), "an arrondissement is its commune"
        await browser.open(first.replace("&amp;", "&"))
        assert "Oui, ce lieu est dans une zone" in browser.text
        assert "Commune : Vichy (03310)" in browser.text
        assert "Point : 46,1268, 3,4258" in browser.text
        (filing,) = re.findall(r'href="(/candidature\?[^"]+)"', browser.page)
        await browser.open(unescape(filing))
        await browser.send("/candidature", **place_in_form(browser))
        await browser.open(browser.address.replace("/porteur", "/lieu"))
        for typed in ("1 Place du Marché 03200 Vichy", "Vichy (03310)", "46,1268", "3,4258"):
            assert f'value="{typed}"' in browser.page


async def test_nothing_but_the_address_that_was_typed_leaves_the_pages(
    tmp_path: Path, server: Server
) -> None:
    async with pages_alone(tmp_path, server.url) as browser:
        await browser.open("/candidature")
        assert browser.client.cookies, "a session, which stays here"
        await browser.open("/eligibilite")
        assert "envoie à 127.0.0.1 ce que vous avez écrit comme adresse" in browser.text
        assert server.seen == [], "only a button sends it"
        await browser.open(f"{ASKED}&place.commune_code=Lyon&place.declared_qpv=QP003001")
        assert "'unsafe" not in browser.headers["content-security-policy"]
        assert "127.0.0.1" not in browser.headers["content-security-policy"]
        await browser.open("/donnees")
        assert "ces pages l'envoient à 127.0.0.1" in browser.text
    (asked,) = server.seen
    url = urlsplit(asked.path)
    assert url.path == "/geocodage/search"
    assert parse_qs(url.query) == {"q": ["1 place du Marché, Vichy"], "limit": ["6"]}
    assert {name.lower() for name in asked.headers} == SENT_BY_US


async def test_nobody_is_asked_where_no_service_is_named(tmp_path: Path, server: Server) -> None:
    async with pages_alone(tmp_path, None) as browser:
        await browser.open("/eligibilite")
        assert "Trouver cette adresse" not in browser.text
        await browser.open(ASKED)
        assert "Indiquez la commune." in browser.text
    assert server.seen == []


def place_in_form(browser: Browser) -> dict[str, str]:
    """The hidden fields of a place, as a browser sends them."""
    return dict(re.findall(r'name="(place\.[^"]+)" value="([^"]+)"', browser.page))


def drips(asked: Handler) -> None:
    """A byte now and then, for as long as somebody listens."""
    asked.send_response(200)
    asked.end_headers()
    pause = Event()
    try:
        while True:
            asked.wfile.write(b" ")
            asked.wfile.flush()
            pause.wait(0.02)
    except OSError:
        return


BROKEN: dict[str, Callable[[Handler], None]] = {
    "fails": lambda asked: asked.give(b"", 500),
    "is asked too often": lambda asked: asked.give(b"", 429),
    "says what is no JSON": lambda asked: asked.give(b"<html>"),
    "says another kind of JSON": lambda asked: asked.give(b"[]"),
    "shows a place that is none": lambda asked: asked.give(
        collection(feature("Nulle part", 1, at=(3.4, 146)))
    ),
    "names a commune by no code": lambda asked: asked.give(collection(feature("Ici", 1, "Vichy"))),
    "says too much": lambda asked: asked.give(b" " * (geocoder.ANSWER_BYTES_MAX + 1)),
    "hangs up": lambda asked: asked.connection.close(),
    "never ends": drips,
}


@pytest.mark.parametrize("how", BROKEN)
async def test_a_service_that_is_broken_is_told_with_the_ways_out(
    how: str, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geocoder, "ANSWER_SECONDS_MAX", 1.0)
    server.answers = BROKEN[how]
    async with pages_alone(tmp_path, server.url) as browser:
        await browser.open(ASKED)
        assert browser.status == 422
        assert f"127.0.0.1 ne répond pas pour l'instant. {WAYS_OUT}" in browser.text
        assert 'value="1 place du Marché, Vichy"' in browser.page, "what was typed is still there"


async def test_a_redirection_leads_nowhere(tmp_path: Path, server: Server) -> None:
    with running() as inside:
        server.answers = lambda asked: asked.give(b"", 302, Location=f"{inside.url}?q=x")
        async with pages_alone(tmp_path, server.url) as browser:
            await browser.open(ASKED)
            assert "ne répond pas" in browser.text
        assert inside.seen == []


async def test_an_address_that_nobody_knows_is_told_and_a_blank_one_is_not_sent(
    tmp_path: Path, server: Server
) -> None:
    server.answers = lambda asked: asked.give(collection())
    async with pages_alone(tmp_path, server.url) as browser:
        await browser.open(ASKED)
        assert f"127.0.0.1 ne trouve pas cette adresse. {WAYS_OUT}" in browser.text
        await browser.open("/eligibilite?place.address=+&trouver=adresse")
        assert "Écrivez l'adresse à trouver" in browser.text
    assert len(server.seen) == 1


async def test_nobody_asks_another_service_through_us_without_end(
    tmp_path: Path, server: Server
) -> None:
    async with pages_alone(tmp_path, server.url) as browser:
        for _ in range(LOOKING_UP.burst):
            await browser.open(ASKED)
            assert browser.status == 200
        await browser.open(ASKED)
        assert browser.status == 429
    assert len(server.seen) == LOOKING_UP.burst


def test_an_empty_setting_names_no_service_and_a_file_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FABRIQUES_PORTAL_GEOCODER", "")
    assert not PortalSettings().geocoder
    monkeypatch.setenv("FABRIQUES_PORTAL_GEOCODER", "file:///etc/passwd")
    with pytest.raises(ValidationError):
        PortalSettings()
