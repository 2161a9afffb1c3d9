"""The door of officers and reviewers: who signs a challenge of theirs is in, once, here, and nobody else."""

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from nacl.signing import SigningKey

from deploy.portal.limits import ENTERING, READING, Rate
from deploy.portal.pages import keys
from deploy.portal.portal import Portal
from deploy.portal.staff import CHALLENGE_SECONDS, KEPT_MAX, Entrances, Person, entry_bytes, proves
from shared.contract.people import PersonRevoked
from shared.kit.people.signatures import public_key_of
from tests.people import key_of
from tests.platform import Platform, until
from tests.portal.browsing import ADDRESS, Browser, browser_of, enter
from tests.portal.conftest import STAFFED, Served, serving

ANNA = Person("anna", ("reviewer",), public_key_of(key_of("anna")), "fabriques/production/abc")
ORIGIN = "https://pages.example"


def signed(person: Person, key: SigningKey, origin: str = ORIGIN, challenge: str = "c") -> str:
    return b64encode(key.sign(entry_bytes(person, origin, challenge)).signature).decode()


def test_a_challenge_is_proven_by_its_persons_key_for_these_pages_and_this_platform_alone() -> None:
    mine = key_of("anna")
    assert proves(ANNA, ORIGIN, "c", signed(ANNA, mine)), "the control"
    assert not proves(ANNA, ORIGIN, "c", signed(ANNA, key_of("bela"))), "another key"
    assert not proves(ANNA, ORIGIN, "d", signed(ANNA, mine)), "another challenge"
    assert not proves(ANNA, ORIGIN, "c", signed(ANNA, mine, "https://other.example")), "other pages"
    elsewhere = replace(ANNA, platform="fabriques/rehearsal/abc")
    assert not proves(ANNA, ORIGIN, "c", signed(elsewhere, mine)), "another platform"
    namesake = replace(ANNA, person_id="bela")
    assert not proves(namesake, ORIGIN, "c", signed(ANNA, mine)), "another name"
    for nothing in ("", "é", "AAAA"):
        assert not proves(ANNA, ORIGIN, "c", nothing)


def test_a_challenge_counts_once_and_for_its_own_session() -> None:
    entrances = Entrances()
    made = entrances.challenge("mine")
    assert not entrances.spend(made, "another's")
    assert not entrances.spend(made, "mine"), "whoever tries it spends it"
    again = entrances.challenge("mine")
    assert entrances.spend(again, "mine")
    assert not entrances.spend(again, "mine")
    assert not entrances.spend("made up", "mine")
    assert not entrances.spend("made up", "")


@pytest.fixture
async def staffed(platform: Platform) -> AsyncIterator[Served]:
    async with platform.running("eligibility"), serving(platform, STAFFED) as found:
        yield found


async def test_whoever_holds_a_registered_key_enters_until_it_is_revoked(staffed: Served) -> None:
    browser = staffed.browser
    assert (await browser.open("/espace")).address == "/entrer?vers=/espace"
    before = browser.client.cookies["fabriques"]
    await enter(browser, "anna", key_of("thief"))
    assert (browser.status, "L'entrée est refusée" in browser.text) == (403, True)
    await enter(browser, "nobody", key_of("nobody"))
    assert browser.status == 403
    sent = await enter(browser, "anna")
    assert (browser.status, browser.address) == (200, "/espace")
    assert "évaluateur" in browser.text
    assert browser.client.cookies["fabriques"] != before, "who enters gets another session"
    await browser.open("/entrer")
    assert (await browser.send("/entrer", **sent)).status == 403, (
        "a challenge that was signed is spent"
    )

    async with browser_of(staffed.portal) as other:
        assert (await other.open("/espace")).address == "/entrer?vers=/espace"
    for name in ("administrator-1", "administrator-2"):
        body = {
            "actor": {"id": name, "role": "administrator"},
            "reason": "départ",
            "person_id": "anna",
        }
        await staffed.platform.publish("officers", PersonRevoked, "anna", body)

    async def is_out() -> bool:
        return (await browser.open("/espace")).address.startswith("/entrer")

    await until(is_out, "a revoked key opens nothing")


async def test_who_leaves_is_out_and_an_address_leads_to_no_other_site(staffed: Served) -> None:
    browser = staffed.browser
    await browser.open("/entrer?vers=//elsewhere.example")
    await enter(browser, "anna", opened=True)
    assert browser.address == "/espace"
    await browser.send("/sortir")
    assert (await browser.open("/espace")).address == "/entrer?vers=/espace"


async def test_leaving_by_either_door_closes_both_and_entering_keeps_what_was_typed(
    staffed: Served,
) -> None:
    browser, cookies = staffed.browser, staffed.browser.client.cookies
    await browser.open("/candidature")
    await browser.send("/candidature")
    draft = browser.address
    await enter(browser, "anna")
    assert (await browser.open(draft)).status == 200, "who enters keeps the drafts of this browser"
    await browser.open("/espace")
    inside = cookies["fabriques"]
    await browser.send("/quitter")
    cookies.clear()
    cookies.set("fabriques", inside, domain="127.0.0.1")
    assert (await browser.open("/espace")).address == "/entrer?vers=/espace", (
        "an old cookie opens nothing"
    )


async def test_one_network_is_given_so_many_challenges_and_no_more(
    staffed: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for more would push out those that officers are signing."""
    monkeypatch.setattr(keys, "ENTERING", Rate(burst=2, seconds=600.0))
    browser = staffed.browser
    assert [(await browser.open("/entrer")).status for _ in range(3)] == [200, 200, 429]
    assert (await browser.open("/cle")).status == 200, "the rest of the pages is open"


def test_no_network_alone_fills_the_room_of_the_challenges() -> None:
    kept = ENTERING.burst + CHALLENGE_SECONDS / ENTERING.seconds
    assert kept * 200 < KEPT_MAX
    assert READING.burst + CHALLENGE_SECONDS / READING.seconds > KEPT_MAX / 2, (
        "the control: what a page may"
    )


async def test_without_an_identity_of_their_own_the_pages_have_no_such_door(
    browser: Browser, alone: Portal
) -> None:
    assert alone.own.address == ADDRESS
    for path in ("/entrer", "/cle", "/espace"):
        assert (await browser.open(path)).status == 404
    assert "/espace" not in (await browser.open("/")).page
