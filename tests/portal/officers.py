"""Officers of a test: a wave with something to decide, their browser with their key in it, a signature."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, expect

from deploy.local.home.plan import HOST
from deploy.local.server.nats_server import free_port
from deploy.portal.app import build
from deploy.portal.portal import open_portal
from deploy.portal.settings import PortalSettings
from deploy.rehearsal.test_bank import Behaviour, answer
from services.funding.tools.annual_job import Wanted, publish_tranches
from shared.contract.backoffice import GatheringAnnounced, PaymentDeclared, PaymentsApproved
from shared.contract.eligibility import EligibilityChecked, InstructionRequested
from shared.contract.frontdesk import (
    AppealFiled,
    CommonShared,
    ReportSubmitted,
    WithdrawalRequested,
)
from shared.contract.funding import AppealReceived, GrantAwarded, ReportReceived, TrancheOrdered
from shared.contract.intake import CandidatureWithdrawn
from shared.contract.notify import SupportAdvanced
from shared.kit.people.signatures import public_key_of
from shared.kit.settings import Settings
from tests.people import key_of
from tests.platform import Platform, until
from tests.portal.looking import DESK, chromium_alone, is_wider, pictured, window, zoomed
from tests.service.money.bank_words import reason, word_on_file
from tests.service.selection.ballot import WAVE, approve, state_is
from tests.system.pipeline import season

NEXT_WAVE_DAY = "2021-01-06T10:00:00+01:00"
APPEAL_DAY = "2021-02-20T10:00:00+01:00"
REPORT_DAY = "2022-03-01T10:00:00+01:00"
GROUNDS = "Le budget joint <annexe 3> n'a pas été lu."
LETTER = "2022-114 du 3 mars 2022"
REASON = "Conforme à l'avis du comité."
# What stands before the seed of an Ed25519 key.
PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
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


async def ranked_wave(platform: Platform) -> tuple[str, str]:
    """Three dossiers. Returns the ids of the best, and of one that is too weak."""
    best = await season.submit(platform, holder__legal_name="Le <Phare>")
    others = [await season.submit(platform) for _ in range(2)]
    await platform.fact(EligibilityChecked, others[-1])
    for candidature, mark in ((best, 5), (others[0], 4), (others[1], 1)):
        await season.review(platform, candidature, mark)
    await state_is(platform, "ranked")
    return best, others[1]


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


async def told_of_territory(platform: Platform, candidature_id: str) -> None:
    """Funding hears of it after the officer's act is decided: it tells the zones of a dossier."""
    await platform.fact(EligibilityChecked, candidature_id)
    await platform.idle("funding")


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
async def opened_pages(settings: Settings, **said: Any) -> AsyncIterator[str]:
    """Pages that a browser reaches, with these settings of their own. Gives their address."""
    port = free_port(HOST)
    own = PortalSettings(url=f"http://{HOST}:{port}", **said)
    config = uvicorn.Config(build(open_portal(settings, own)), HOST, port, log_level="warning")
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
    with chromium_alone() as browser:
        page = entered(browser, url, name, width, "/bureau")
        expect(page.get_by_role("heading", name="Ce qui attend votre décision")).to_be_visible()
        yield page


def entered(browser: Browser, url: str, name: str, width: int, towards: str) -> Page:
    """Whose browser holds their key, and who entered with it, on their way to a page."""
    key = key_of(name)
    page = window(browser, url, width).new_page()
    page.goto("/cle")
    written = b64encode(PKCS8 + bytes(key)).decode()
    page.evaluate(KEEP_KEY, [name, public_key_of(key), written])
    page.goto(f"/entrer?vers={towards}")
    page.get_by_role("button", name="Signer et entrer").click()
    # The whole address: the door's own ends as that of the page does.
    page.wait_for_url(towards)
    return page


def sign(page: Page, follows: str, button: str = "Relire et signer") -> None:
    """Writes the reason beside this button, reads what will follow, signs, and reads what came of it."""
    form = page.locator("form.act").filter(has=page.get_by_role("button", name=button))
    form.get_by_role("textbox", name="Pourquoi").fill(REASON)
    form.get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(follows)
    expect(dialog).to_contain_text("Empreinte de ce que vous signez")
    with zoomed(page):
        assert not is_wider(page), page.url
    exact = dialog.locator("[data-part=body]").text_content() or ""
    digest = (dialog.locator("[data-part=digest]").text_content() or "").replace(" ", "")
    assert sha256(exact.encode()).hexdigest() == digest, "what is shown is what the digest is of"
    page.get_by_role("button", name="Signer et envoyer").click()
    expect(dialog).to_contain_text("C'est fait")
    # The page is read anew: what is opened meanwhile would be given up.
    with page.expect_navigation():
        page.get_by_role("button", name="Fermer").click()


def accept_common(page: Page, receipt: str) -> None:
    page.goto(f"/bureau/communs/{receipt}/common-1")
    sign(page, "Il paraît dans l'annuaire public", "Accepter")
    expect(page.get_by_role("button", name="Le retirer de l'annuaire")).to_be_visible()
    page.goto("/annuaire")
    expect(page.get_by_role("link", name="Guide de l'atelier")).to_be_visible()
    pictured(page, f"{DESK}-directory-common")


async def laureate_supported(platform: Platform, laureate: str) -> None:
    """Handed over, as the agreement says; invited to a meeting that is over, and to one that is not.

    It shares something, and waits for an officer.
    """
    for name, year in (("rencontre-2022", 2022), ("rencontre-2098", 2098)):
        meeting = {
            "gathering": name,
            "title": f"Rencontre annuelle {year}",
            "starts_on": f"{year}-06-16",
            "ends_on": f"{year}-06-17",
            "place": "Paris",
        }
        body = season.act("officer-1", **meeting)
        await platform.publish("officers", GatheringAnnounced, name, body, at=REPORT_DAY)
    shared = {
        "candidature_id": laureate,
        "common": "common-1",
        "title": "Guide de l'atelier",
        "url": "https://phare.example/communs/guide-de-l-atelier-bois-et-metal-2021.pdf",
        "licence": "CC-BY-SA-4.0",
        "about": "Ouvrir un atelier partagé : règles, machines, assurances.",
    }
    await platform.publish("holders", CommonShared, laureate, shared, at=REPORT_DAY)
    await platform.fact(SupportAdvanced, laureate)
    await platform.idle("notify")


async def report_and_appeal(
    platform: Platform, laureate: str, declined: str, year: int = 1, grounds: str = GROUNDS
) -> None:
    """A report of the laureate, an appeal of whom the list left out; after the first year they come now."""
    report_day, appeal_day = (REPORT_DAY, APPEAL_DAY) if year == 1 else (None, None)
    report = {
        "candidature_id": laureate,
        "year": year,
        "activity": "Ouvert à 210 habitants.\nDeux salariés <formés>.",
        "lines": [
            {"label": "Salaires", "planned_cents": 3_000_000, "spent_cents": 3_150_050},
            {"label": "Loyer", "planned_cents": 2_000_000, "spent_cents": 1_800_000},
        ],
        "indicators": {},
    }
    await platform.publish("holders", ReportSubmitted, laureate, report, at=report_day)
    await platform.fact(ReportReceived, laureate, year)
    appeal = {"candidature_id": declined, "grounds": grounds}
    await platform.publish("holders", AppealFiled, declined, appeal, at=appeal_day)
    await platform.fact(AppealReceived, declined, year)


async def withdraw(platform: Platform, candidature_id: str) -> None:
    body = {"candidature_id": candidature_id, "reason": "Le bail est perdu."}
    await platform.publish("holders", WithdrawalRequested, candidature_id, body, at=NEXT_WAVE_DAY)
    await platform.fact(CandidatureWithdrawn, candidature_id)


async def bank_answers(platform: Platform, right: str, wrong: str) -> None:
    """The accountant approves too and exports; the bank answers, and once more on an order of nobody."""
    run = (await platform.ask("funding", "payments"))["run"]
    seen = {name: run[name] for name in ("run_id", "orders", "total_cents", "digest")}
    body = season.act("comptable-1", "accountant", **seen)
    await platform.publish("officers", PaymentsApproved, run["run_id"], body, at=REPORT_DAY)
    await platform.fact(PaymentsApproved, run["run_id"])
    [file] = await season.export_run(platform, run["run_id"], REPORT_DAY)
    said = answer(file.read_bytes(), Behaviour(at=datetime.fromisoformat(REPORT_DAY))).statement
    doubt = word_on_file(file.stem, "RJCT", reason("AM05"))
    await asyncio.to_thread(Path(right).with_stem("doubt").write_bytes, doubt)
    await asyncio.to_thread(Path(right).write_bytes, said)
    await asyncio.to_thread(Path(wrong).write_bytes, said.replace(b"-T1-A1", b"-T9-A9"))


async def declare_paid(platform: Platform, order: str) -> None:
    """By the accountant, who has the same letter."""
    said = season.act("comptable-1", "accountant", order_id=order, fate="paid", reference=LETTER)
    await platform.publish("officers", PaymentDeclared, order, said)
    await platform.idle("funding")
