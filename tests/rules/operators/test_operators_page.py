"""The operators' page: to whom it opens, what it says without a bus, and what it finds in one look."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from deploy.cli.watch.seeing import DurableSeen, Seen, StreamSeen
from deploy.local.home.beside import mark_beside
from deploy.local.home.plan import programme_copy
from deploy.local.home.programme_copy import SHIPPED
from deploy.local.server.nats_server import free_port
from deploy.monitoring.findings import findings_in
from deploy.monitoring.gathering import Platform
from deploy.monitoring.operators_page import page_of
from deploy.monitoring.pages import WATCHERS_MAX, Pages
from deploy.monitoring.sight import Asked, LastFact, Machine, Sight
from shared.kit.settings import Settings
from tests.rules.operators.test_watch import NOW, WELL, durable

HERE, ELSEWHERE = ("127.0.0.1", 1), ("192.0.2.7", 1)


def asked(*durables: DurableSeen, **told: object) -> Asked:
    streams = (StreamSeen("INTAKE", 10, 10, 900, 1_000), StreamSeen("FUNDING", 5, 5, 10, -1))
    seen = Seen(2.0, streams, durables, replace(WELL, **told))
    before = Seen(1.0, (replace(streams[0], last=4),), (), WELL)
    last = LastFact("INTAKE", 10, "intake.candidature.registered.v1", NOW)
    return Asked(seen, before, (), (), (last,), broker_at=NOW, at=NOW)


def sight(found: Asked | None, **machine: int) -> Sight:
    return Sight(NOW, Machine(**machine), found, "" if found else "no key")


def found_in(looked: Sight) -> list[tuple[str, str]]:
    return [(one.level, one.check) for one in findings_in(looked, "var")]


def test_the_doctors_judges_look_at_what_was_seen_and_errors_come_first() -> None:
    well = asked(DurableSeen(durable("intake-on-frontdesk_holders")))
    assert found_in(sight(replace(well, seen=replace(well.seen, streams=())))) == []
    late = DurableSeen(durable("funding-on-intake"), True, 7, 1, NOW - timedelta(minutes=6))
    looked = asked(
        DurableSeen(durable("notify-on-intake"), there=False),
        late,
        ready={"notify": "its database takes no write"},
        letters=Counter({("intake", "a cause"): 2}),
    )
    apart = replace(looked, at=NOW + timedelta(seconds=90))
    found = found_in(sight(apart, free_bytes=1))
    assert found[:5] == [
        ("error", "disk"),
        ("error", "clocks"),
        ("error", "consumers"),
        ("error", "consumers"),
        ("error", "services"),
    ]
    assert found[5:] == [("warning", "streams"), ("warning", "dead-letters")]


def test_a_durable_of_a_front_end_that_was_registered_after_the_page_opened_is_judged_too() -> None:
    later = DurableSeen(durable("intake-on-frontdesk_later"), there=False)
    gone = findings_in(sight(asked(later)), "var")[0]
    assert (gone.check, "hears nothing of FRONTDESK_LATER" in gone.what) == ("consumers", True)


def test_what_lags_comes_before_what_rests_and_the_stream_that_spoke_last_before_the_silent() -> (
    None
):
    late = DurableSeen(durable("funding-on-intake"), True, 7, 1, NOW - timedelta(minutes=1))
    gone = DurableSeen(durable("notify-on-intake"), there=False)
    page = page_of(sight(asked(DurableSeen(durable("intake-on-eligibility")), late, gone)), [])
    assert [one.tone for one in page["lags"]] == ["bad", "waiting", "idle"]
    assert [(one.stream.name, one.rate) for one in page["streams"]] == [
        ("INTAKE", 6.0),
        ("FUNDING", None),
    ]


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    """Nobody answers on its bus."""
    return Pages(Platform(Settings(home=tmp_path, nats_url=f"nats://127.0.0.1:{free_port()}")))


@pytest.fixture
async def browser(pages: Pages) -> AsyncIterator[AsyncClient]:
    async with browser_from(HERE, pages) as found:
        yield found


def browser_from(visitor: tuple[str, int], pages: Pages) -> AsyncClient:
    return AsyncClient(
        transport=ASGITransport(app=pages.app(), client=visitor), base_url="http://127.0.0.1:9464"
    )


async def test_without_a_bus_or_its_key_the_page_says_why_and_how_it_opens(
    browser: AsyncClient,
) -> None:
    answer = await browser.get("/")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "1\u00a0panne" in answer.text
    assert "keys/operators.nk" in answer.text and "python -m deploy.monitoring" in answer.text
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_a_server_of_several_programmes_lists_them_all(tmp_path: Path) -> None:
    for home in (tmp_path, tmp_path / "programmes" / "manufactures"):
        home.mkdir(exist_ok=True, parents=True)
        programme_copy(home).write_bytes(SHIPPED.read_bytes())
    bus_away = Settings(home=tmp_path, nats_url=f"nats://127.0.0.1:{free_port()}")
    async with browser_from(HERE, Pages(Platform(bus_away))) as browser:
        assert "Programmes de ce serveur" not in (await browser.get("/")).text, (
            "the control: it has one"
        )
    mark_beside(tmp_path / "programmes" / "manufactures")
    async with browser_from(HERE, Pages(Platform(bus_away))) as browser:
        text = (await browser.get("/")).text
    assert text.count("arrêté") == 2
    assert str(tmp_path / "programmes" / "manufactures") in text
    assert "its server does not run" in text


async def test_the_page_opens_on_its_machine_alone_and_metrics_to_whoever_reaches_the_port(
    pages: Pages, browser: AsyncClient
) -> None:
    """A stranger's name may lead a browser of this machine here: it is no name of ours."""
    async with browser_from(ELSEWHERE, pages) as other:
        for path in ("/", "/live"):
            refused = await other.get(path)
            assert (refused.status_code, "ssh -L 9464" in refused.text) == (403, True)
            assert (await browser.get(path, headers={"Host": "rebound.example"})).status_code == 403
        assert (await other.get("/metrics")).status_code == 200
        assert (await other.get("/health")).json()["alive"]
    assert (await browser.get("/", headers={"Host": "localhost:9464"})).status_code == 200, (
        "the control"
    )


async def test_a_page_that_is_watched_ends_when_the_process_is_told_to_stop(
    pages: Pages, browser: AsyncClient
) -> None:
    looks = pages.looks()
    first = await anext(looks)
    assert first.startswith("data: <section") and first.endswith("\n\n")
    pages.stopping.set()
    assert [look async for look in looks] == []


async def test_more_watchers_than_there_is_room_for_are_told(
    pages: Pages, browser: AsyncClient
) -> None:
    """A place is taken when it is asked for: those who all come at one moment are counted too."""
    headers = [(b"host", b"127.0.0.1:9464")]
    scope = {"type": "http", "method": "GET", "path": "/live", "headers": headers, "client": HERE}
    watching = [await pages.live(Request(scope)) for _ in range(WATCHERS_MAX)]
    with pytest.raises(HTTPException) as refused:
        await pages.live(Request(scope))
    assert refused.value.status_code == 503
    for one in watching:
        await one(scope, _gone, _unread)
    pages.stopping.set()
    assert (await browser.get("/live")).status_code == 200, (
        "the control: who left gave their place back"
    )


async def _gone() -> Message:
    return {"type": "http.disconnect"}


async def _unread(_message: Message) -> None:
    """Nobody reads it."""
