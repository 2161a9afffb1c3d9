"""Officers at the pages, on a real broker and in a real browser: what waits, a wave approved, a dossier read.

What the browser showed is kept in `build/pages`, to be looked at. Skipped where there is no Chromium.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from deploy.local.nats_server import free_port
from deploy.local.plan import HOST
from deploy.portal.app import build
from deploy.portal.limits import LOOKING
from deploy.portal.portal import open_portal
from deploy.portal.settings import PortalSettings
from services.funding.tools.annual_job import Wanted, publish_tranches
from shared.contract.backoffice import TerritoryDecided, WaveApproved
from shared.contract.eligibility import EligibilityChecked, InstructionRequested
from shared.contract.funding import GrantAwarded, TrancheOrdered
from shared.contract.intake import CandidatureRegistered
from shared.kit.people.signatures import public_key_of
from tests.people import key_of
from tests.platform import Platform, until
from tests.portal.browsing import browser_of, enter, session_of
from tests.portal.conftest import STAFFED, serving
from tests.portal.looking import CHROMIUM, DESK, HEIGHT, TELEPHONE, Look, chromium_alone, pictured, window
from tests.service.selection.ballot import WAVE, approve, state_is
from tests.system.pipeline import season

NEXT_WAVE_DAY = "2021-01-06T10:00:00+01:00"
REASON = "Conforme à l'avis du comité."
WIDE = ("office-todo", "office-wave", "office-dossier")  # the others are narrower than these
COLOURED = "office-wave"  # the others have no colour that it has not
PKCS8 = bytes.fromhex("302e020100300506032b657004220420")  # what stands before the seed of an Ed25519 key
KEEP_KEY = """async ([person, publicKey, pkcs8]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const privateKey = await crypto.subtle.importKey("pkcs8", bytes(pkcs8), "Ed25519", false, ["sign"]);
  await new Promise((done) => {
    const opening = indexedDB.open("fabriques", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onsuccess = () => {
      const deal = opening.result.transaction("keys", "readwrite");
      deal.objectStore("keys").put({ person, publicKey, pair: { privateKey } }, "own");
      deal.oncomplete = () => { opening.result.close(); done(); };
    };
  });
}"""


async def ranked_wave(platform: Platform) -> str:
    """Three dossiers, of which one is weak. Returns the id of the best."""
    best = await season.submit(platform, holder__legal_name="Le <Phare>")
    others = [await season.submit(platform) for _ in range(2)]
    await platform.fact(EligibilityChecked, others[-1])
    for candidature, mark in ((best, 5), (others[0], 4), (others[1], 1)):
        await season.review(platform, candidature, mark)
    await state_is(platform, "ranked")
    return best


async def doubtful_place(platform: Platform) -> str:
    """In the next wave: its address does not say which commune it is in."""
    found = await season.submit(
        platform,
        NEXT_WAVE_DAY,
        place__commune_code="69001",
        place__address="1 place des Terreaux",
        place__latitude=45.769,
        place__longitude=4.8345,
    )
    await platform.fact(InstructionRequested, found)
    return found


async def pay(platform: Platform, laureate: str) -> None:
    """The second director approves too; then all that a tranche waits for comes, until it is ordered."""
    digest = (await platform.ask("funding", "wave", wave=WAVE))["proposal"]["digest"]
    await approve(platform, digest, "director-2")
    await platform.fact(GrantAwarded, laureate)
    await season.sign(platform, laureate)
    fingerprint = await season.give_account(platform, laureate, 1)
    await season.verify_account(platform, laureate, fingerprint)
    await asyncio.to_thread(publish_tranches, platform.settings, Wanted(season.FIRST_DUE))
    await platform.fact(TrancheOrdered, f"{laureate}-T1")


@asynccontextmanager
async def opened_pages(platform: Platform) -> AsyncIterator[str]:
    port = free_port(HOST)
    own = PortalSettings(url=f"http://{HOST}:{port}", officers="officers")
    config = uvicorn.Config(build(open_portal(platform.settings, own)), HOST, port, log_level="warning")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:

        async def started() -> bool:
            return server.started

        await until(started, "the pages serve")
        yield own.address
    finally:
        server.should_exit = True
        await serving


@contextmanager
def officer(url: str, name: str, width: int) -> Iterator[Page]:
    """Whose browser holds their key, and who entered with it."""
    key = key_of(name)
    with chromium_alone() as browser:
        page = window(browser, url, width).new_page()
        page.goto("/cle")
        written = b64encode(PKCS8 + bytes(key)).decode()
        page.evaluate(KEEP_KEY, [name, public_key_of(key), written])
        page.goto("/entrer?vers=/bureau")
        page.get_by_role("button", name="Signer et entrer").click()
        expect(page.get_by_role("heading", name="Ce qui attend votre décision")).to_be_visible()
        yield page


def shown(receipt: str, doubtful: str) -> dict[str, str]:
    return {
        "office-todo": "/bureau?pour=tous",
        "office-waves": "/bureau/vagues",
        "office-wave": f"/bureau/vague/{WAVE}",
        "office-find": "/bureau/dossiers?q=FABT-2020-4",
        "office-dossier": f"/bureau/dossier/{receipt}",
        "office-territory": f"/bureau/dossier/{doubtful}",
    }


def look_around(url: str, receipt: str, doubtful: str, paid: Callable[[], None]) -> list[str]:
    """Looks at every page of officers, reads a dossier, and signs; `paid` waits until money is ordered."""
    with officer(url, "director-1", DESK) as page:
        look = Look(page, DESK)
        for name, path in shown(receipt, doubtful).items():
            look.at(name, path, in_the_dark=name == COLOURED)
        page.goto(f"/bureau/dossier/{receipt}")
        page.get_by_role("button", name="Lire la version 1").click()
        expect(page.locator("#read-file")).to_contain_text("Le <Phare>")
        pictured(page, f"{DESK}-office-read")
        page.reload()
        expect(page.locator(".timeline")).to_contain_text("lu par director-1")
        _approve_wave(page)
        _decide_territory(page, doubtful)
        paid()
        look.at("office-run", "/bureau/paiements", in_the_dark=False)
        _sign(page, "Le lot est alors fermé")
        expect(page.get_by_text("Approuvé par director-1, ordonnateur")).to_be_visible()
        expect(page.locator("form.act")).to_have_count(0)
        phone = Look(page, TELEPHONE)
        page.set_viewport_size({"width": TELEPHONE, "height": HEIGHT})
        for name in WIDE:
            phone.at(name, shown(receipt, doubtful)[name])
        return [*look.found, *phone.found]


def _approve_wave(page: Page) -> None:
    page.goto(f"/bureau/vague/{WAVE}")
    _sign(page, "La dernière approbation la publie")
    expect(page.locator(".figures")).to_contain_text("director-1, directeur")
    expect(page.locator("form.act")).to_have_count(0)


def _decide_territory(page: Page, doubtful: str) -> None:
    page.goto(f"/bureau/dossier/{doubtful}")
    page.get_by_label("hors des grands centres urbains").check()
    _sign(page, "Le dossier est dit éligible")
    expect(page.locator(".facts")).to_contain_text("Hors grands centres")
    expect(page.locator("form.act")).to_have_count(0)


def _sign(page: Page, follows: str) -> None:
    page.get_by_role("textbox", name="Pourquoi").fill(REASON)
    page.get_by_role("button", name="Relire et signer").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(follows)
    expect(dialog).to_contain_text("Empreinte de ce que vous signez")
    exact = dialog.locator("[data-part=body]").text_content() or ""
    digest = (dialog.locator("[data-part=digest]").text_content() or "").replace(" ", "")
    assert sha256(exact.encode()).hexdigest() == digest, "what is shown is what the digest is of"
    page.get_by_role("button", name="Signer et envoyer").click()
    expect(dialog).to_contain_text("C'est fait")
    page.get_by_role("button", name="Fermer").click()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: the officers' pages were not looked at")
async def test_an_officer_reads_a_dossier_and_signs_a_wave_a_territory_and_a_run_as_they_were_seen(
    platform: Platform,
) -> None:
    async with platform.running("intake", "eligibility", "funding"), opened_pages(platform) as url:
        best = await ranked_wave(platform)
        doubtful = await doubtful_place(platform)
        told = await platform.ask("intake", "dossier", candidature_id=best)
        loop = asyncio.get_running_loop()

        def paid() -> None:
            asyncio.run_coroutine_threadsafe(pay(platform, best), loop).result()

        found = await asyncio.to_thread(look_around, url, told["receipt_number"], doubtful, paid)
        assert found == []
        proposal = (await platform.ask("funding", "wave", wave=WAVE))["proposal"]
        [approved, _] = await platform.facts(WaveApproved, WAVE)
        assert (approved.data["digest"], approved.data["reason"]) == (proposal["digest"], REASON)
        decided = await platform.fact(TerritoryDecided, doubtful)
        assert (decided.data["zones"], decided.data["qpv_code"]) == (["outside-urban"], None)
        run = (await platform.ask("funding", "payments"))["run"]
        assert (run["state"], run["total_cents"]) == ("opened", 5_000_000)


async def test_officers_pages_open_to_officers_alone_and_show_what_people_wrote_as_text(
    platform: Platform,
) -> None:
    async with platform.running("intake", "eligibility", "funding"), serving(platform, STAFFED) as served:
        best = await season.submit(platform, place__name="<b>Phare</b>")
        await platform.fact(CandidatureRegistered, best)
        browser = served.browser
        for path in ("/bureau", f"/bureau/vague/{WAVE}", f"/bureau/dossier/{best}", "/bureau/paiements"):
            assert (await browser.open(path)).address.startswith("/entrer"), path
        await enter(browser, "director-1")
        await browser.open("/bureau/dossiers?q=phare")
        assert "&lt;b&gt;Phare&lt;/b&gt;" in browser.page
        assert (await browser.open("/bureau/vague/1999-9")).status == 404
        assert (await browser.open("/bureau/dossier/nobody")).status == 404
        session = session_of(browser, served.portal)
        for _ in range(LOOKING.burst):
            served.portal.limits.wait_seconds(session, LOOKING)
        assert (await browser.open("/bureau")).status == 429, "what costs the services much has a bound"
        async with browser_of(served.portal) as reviewer:
            await enter(reviewer, "nobody")
            assert (await reviewer.open("/bureau")).address.startswith("/entrer"), "who is not registered"
