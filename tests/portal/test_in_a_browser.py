"""The pages in a real browser: a holder's way without any script on a telephone; axe on every page.

With FABRIQUES_TEST_PICTURES=yes, what the browser showed is kept in `build/pages`, to be looked at. Skipped
where there is no Chromium.
"""

import asyncio
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from deploy.local.home.plan import HOST, PlatformPlan
from deploy.local.running.platform import LocalPlatform
from deploy.local.server.nats_server import free_port
from shared.contract.event import Event
from shared.contract.funding import GrantAgreed, GrantAwarded
from shared.contract.subjects import subject_of
from shared.contract.values import Role
from shared.kit.bus.connection import connect
from shared.kit.people.signatures import digest_of_key
from tests.attached import PDF
from tests.portal.browsing import filled
from tests.portal.looking import (
    CHROMIUM,
    DESK,
    HEIGHT,
    POINTED,
    TELEPHONE,
    Look,
    chromium_alone,
    find_the_menu,
    is_wider,
    pictured,
    violations,
    window,
    zoomed,
)
from tests.portal.registering import Officers
from tests.portal.sharing import READY_SECONDS_MAX, reloaded_until, share_a_common
from tests.portal.trying import recuse_and_forget, tell_what_is_too_long

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: the pages were not looked at"),
]


@dataclass(frozen=True)
class Filed:
    """What one holder left behind: cookies, a draft and a dossier."""

    state: Any
    draft: str
    dossier: str


@dataclass(frozen=True)
class Pages:
    """Pages that a platform of this machine opened."""

    url: str
    operators_url: str
    platform: LocalPlatform

    def says(self, event: Event) -> None:
        """A fact of a service. In a thread: this one has the browser's event loop."""
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self._say(event)).result()

    async def _say(self, event: Event) -> None:
        client = await connect(self.platform.settings, event.publisher)
        headers = {"ce-type": event.event_type(), "ce-source": f"/fabriques/{event.publisher}"}
        body = event.model_dump_json().encode()
        await client.jetstream().publish(subject_of("fabriques", event), body, headers=headers)
        await client.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    home = tmp_path_factory.mktemp("pages") / "var"
    plan = PlatformPlan(home, pages_port=free_port(HOST), metrics_port=free_port(HOST))
    with LocalPlatform(plan) as platform:
        deadline = time.monotonic() + READY_SECONDS_MAX
        for url, name in ((plan.pages_url, "portal"), (plan.operators_url, "monitoring")):
            while not _is_ready(url):
                log = plan.home / "logs" / f"{name}.log"
                assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
                time.sleep(0.05)
        yield Pages(plan.pages_url, plan.operators_url, platform)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_alone() as found:
        yield found


def fill(page: Page, step: str, **changes: str) -> None:
    for name, given in (filled()[step] | changes).items():
        field = page.locator(f'[name="{name}"]')
        if isinstance(given, list):
            for value in given:
                field.and_(page.locator(f'[value="{value}"]')).check()
        elif given in ("oui", "non"):
            field.and_(page.locator(f'[value="{given}"]')).check()
        elif name == "holder.legal_form":
            field.select_option(given)
        else:
            field.fill(given)


def attach(page: Page, name: str, content: bytes) -> None:
    page.get_by_label("Ce qu'il est").select_option("Statuts")
    page.get_by_label("Le fichier").set_input_files(
        {"name": name, "mimeType": "", "buffer": content}
    )
    page.get_by_role("button", name="Joindre ce fichier").click()


@pytest.fixture(scope="module")
def filed(chromium: Browser, pages: Pages) -> Filed:
    """A holder files with a telephone and without any script, and begins another dossier."""
    with window(chromium, pages.url, TELEPHONE, java_script_enabled=False) as telephone:
        page = telephone.new_page()
        page.goto("/")
        page.get_by_role("link", name="Suis-je éligible ?").first.click()
        page.get_by_label("Commune").fill("Vichy")
        page.get_by_role("button", name="Vérifier").click()
        expect(page.get_by_role("heading", name="Oui, ce lieu est dans une zone")).to_be_visible()
        pictured(page, "telephone-eligible")
        page.get_by_role("link", name="Déposer une candidature").click()
        page.get_by_role("button", name="Commencer un dossier").click()
        page.get_by_role("button", name="Enregistrer et continuer").click()
        expect(page.get_by_role("alert")).to_contain_text("5 points sont à corriger")
        pictured(page, "telephone-mistakes")
        for step in filled():
            fill(page, step)
            pictured(page, f"telephone-{step}")
            page.get_by_role("button", name="Enregistrer et continuer").click()
        attach(page, "statuts.pdf", PDF)
        expect(page.get_by_text("Le fichier est joint")).to_be_visible()
        pictured(page, "telephone-files")
        page.get_by_role("link", name="Continuer vers la relecture").click()
        expect(page.get_by_text("Le guichet n'a rien à y redire")).to_be_visible()
        pictured(page, "telephone-review")
        page.get_by_role("button", name="Envoyer la candidature").click()
        expect(page.get_by_text("Votre dossier est enregistré.")).to_be_visible()
        pictured(page, "telephone-filed")
        dossier = page.url.rpartition("/")[2].partition("?")[0]
        page.goto("/candidature")
        page.get_by_role("button", name="Commencer un dossier").click()
        page.wait_for_url("/candidature/*/porteur")
        return Filed(telephone.storage_state(), page.url.split("/")[4], dossier)


def shown(pages: Pages, filed: Filed) -> dict[str, str]:
    """Each kind of page, by the name of its picture."""
    dossier = f"/dossier/{filed.dossier}"
    draft = f"/candidature/{filed.draft}"
    return {
        "call": "/",
        "eligibility": "/eligibilite",
        "which-commune": "/eligibilite?place.commune_code=Saint-Denis",
        **POINTED,
        "calendar": "/calendrier",
        "results": "/resultats",
        "directory": "/annuaire",
        "impact": "/impact",
        "data": "/donnees",
        "accessibility": "/accessibilite",
        "begin": "/candidature",
        "holder": f"{draft}/porteur",
        "place": f"{draft}/lieu",
        "project": f"{draft}/projet",
        "budget": f"{draft}/budget",
        "files": f"{draft}/fichiers",
        "files-filed": f"/candidature/{filed.dossier}/fichiers",
        "review-blank": f"{draft}/relecture",
        "review-filed": f"/candidature/{filed.dossier}/relecture",
        "mine": "/dossiers",
        "dossier": dossier,
        "receipt": f"{dossier}/recepisse",
        "withdraw": f"{dossier}/retrait",
        "enter": "/acces",
        "link-gone": "/acces/nothing",
        "proof": "/adresse/code?dossier=x",
        "nowhere": "/nowhere",
        "operators": pages.operators_url,
    }


@pytest.mark.parametrize("width", [TELEPHONE, DESK])
def test_nothing_is_cut_off_on_any_page_and_axe_finds_nothing(
    width: int, chromium: Browser, pages: Pages, filed: Filed
) -> None:
    with window(chromium, pages.url, width, storage_state=filed.state) as context:
        look = Look(context.new_page(), width)
        for name, path in shown(pages, filed).items():
            look.at(name, path)
        assert look.found == []


def test_axe_finds_nothing_on_the_pages_of_a_laureate(
    chromium: Browser, pages: Pages, filed: Filed
) -> None:
    """What funding would say of the dossier is said in its name."""
    dossier = f"/dossier/{filed.dossier}"
    amounts = (5_000_000, 5_000_000, 5_000_000)
    with window(chromium, pages.url, DESK, storage_state=filed.state) as context:
        page = context.new_page()
        look = Look(page, DESK)
        pages.says(
            GrantAwarded(candidature_id=filed.dossier, wave="2020-4", rank=1, zone="outside-urban",
                         awarded_cents=amounts, promoted=False, awarded_at=datetime.now(UTC))
        )  # fmt: skip
        reloaded_until(page, dossier, "Lauréat")
        look.at("laureate", dossier)
        look.at("sign", f"{dossier}/convention")
        days = (date(2027, 6, 1), date(2028, 6, 1), date(2029, 6, 1))
        pages.says(GrantAgreed(candidature_id=filed.dossier, due_on=days, amounts_cents=amounts))
        reloaded_until(page, dossier, "Convention signée")
        reloaded_until(page, f"{dossier}/accompagnement", "Votre accompagnement")
        for name in ("", "/communaute", "/message", "/commun"):
            look.at(f"support{name.replace('/', '-')}", f"{dossier}/accompagnement{name}")
        share_a_common(page, look, dossier)
        look.at("account", f"{dossier}/compte")
        look.at("report", f"{dossier}/bilan")
        page.get_by_role("button", name="Envoyer le bilan").click()
        expect(page.get_by_role("alert")).to_contain_text("points sont à corriger")
        pictured(page, "report-mistakes")
        assert look.found == []


def test_paper_is_white_under_what_is_printed_from_a_dark_screen(
    chromium: Browser, pages: Pages, filed: Filed
) -> None:
    with window(chromium, pages.url, DESK, storage_state=filed.state) as context:
        page = context.new_page()
        page.emulate_media(media="print", color_scheme="dark")
        for path in ("/", POINTED["eligible"], f"/dossier/{filed.dossier}"):
            page.goto(path)
            page.evaluate(AXE_SCRIPT)
            assert violations(page, runOnly=["color-contrast"]) == []


def test_control_axe_finds_what_is_wrong(chromium: Browser, pages: Pages) -> None:
    with window(chromium, pages.url, DESK) as context:
        page = context.new_page()
        page.set_content("<html><body><img src='x'><input></body></html>")
        page.evaluate(AXE_SCRIPT)
        assert {one["id"] for one in violations(page)} >= {"image-alt", "label"}


def test_control_what_is_too_wide_at_400_percent_is_found(chromium: Browser, pages: Pages) -> None:
    with window(chromium, pages.url, TELEPHONE) as context:
        page = context.new_page()
        page.set_content("<body style='margin: 0'><p style='width: 340px'>Trop large.</p></body>")
        assert not is_wider(page)
        with zoomed(page):
            assert is_wider(page)
            page.set_content("<p style='overflow-x: auto'><i style='padding: 200px'>Large.</i></p>")
            assert not is_wider(page), "a table may scroll in its own box"


def test_control_a_page_that_weighs_too_much_is_found(chromium: Browser, pages: Pages) -> None:
    with window(chromium, pages.url, TELEPHONE) as context:
        look = Look(context.new_page(), TELEPHONE, bytes_max=20_000)
        look.at("call", "/")
        assert [found.startswith("call: ") for found in look.found] == [True]


def test_what_is_typed_is_kept_without_a_click_and_counted(
    chromium: Browser, pages: Pages, filed: Filed
) -> None:
    with window(chromium, pages.url, DESK, storage_state=filed.state) as context:
        page = context.new_page()
        page.goto(f"/candidature/{filed.draft}/projet")
        page.get_by_role("textbox", name="Gouvernance").fill("Un conseil.")
        expect(page.get_by_text("11 caractères sur")).to_be_visible()
        expect(page.get_by_text("Gardé.")).to_be_visible()
        page.reload()
        expect(page.get_by_role("textbox", name="Gouvernance")).to_have_value("Un conseil.")
        page.goto(f"/candidature/{filed.draft}/lieu")
        page.get_by_label("Commune").press_sequentially("Vich")
        expect(page.locator("#communes option").first).to_have_attribute("value", "Vichy (03310)")


def test_the_operators_page_draws_itself_anew_until_it_is_held_and_by_reload_without_a_script(
    chromium: Browser, pages: Pages, filed: Filed
) -> None:
    """A dossier was filed: its fact is seen, or what the counter lists at each full hour."""
    assert filed.dossier
    with window(chromium, pages.url, DESK) as context:
        page = context.new_page()
        page.goto(pages.operators_url)
        seen = page.get_by_text("Vu à")
        expect(seen).not_to_have_text(seen.inner_text())
        expect(page.locator("#vue")).to_contain_text(re.compile(r"intake\.[a-z.]+\.v1"))
        page.get_by_role("button", name="Figer la page").click()
        expect(page.get_by_role("button", name="Reprendre")).to_be_visible()
    with window(chromium, pages.url, TELEPHONE, java_script_enabled=False) as telephone:
        page = telephone.new_page()
        page.goto(pages.operators_url)
        expect(page.get_by_text("Vu à")).to_be_visible()
        expect(page.get_by_role("button", name="Figer la page")).to_be_hidden()


def test_the_keyboard_alone_reaches_what_a_mouse_does(chromium: Browser, pages: Pages) -> None:
    with window(chromium, pages.url, DESK) as context:
        page = context.new_page()
        page.goto("/eligibilite")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_label("Adresse, avec le code postal")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.type("Vichy")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Oui, ce lieu est dans une zone")).to_be_visible()


def test_a_reviewer_makes_a_key_enters_reads_and_signs_a_review(
    chromium: Browser, pages: Pages, filed: Filed
) -> None:
    """On a desk, then each page on a telephone: answers are opened and acts signed in the browser."""
    with window(chromium, pages.url, DESK) as context:
        page = context.new_page()
        looks = {DESK: Look(page, DESK), TELEPHONE: Look(page, TELEPHONE)}
        looks[DESK].at("key-none", "/cle", "Faire une clé", in_the_dark=False)
        page.get_by_label("Votre identifiant").fill("anna")
        page.get_by_role("button", name="Faire ma clé").press("Enter")
        expect(page.locator("#key-digest")).not_to_be_empty()
        key = page.locator("#key-public").text_content() or ""
        expect(page.locator("#key-digest")).to_have_text(digest_of_key(key))
        officers = Officers(pages.platform)
        officers.register("anna", key, Role.REVIEWER)
        officers.assign(filed.dossier, "anna")

        page.goto("/evaluations")
        page.get_by_role("button", name="Signer et entrer").press("Enter")
        page.wait_for_url("/evaluations")
        page.get_by_role("link", name=f"Dossier …{filed.dossier[-6:]}").press("Enter")
        expect(page.get_by_role("heading", name="La Passerelle", exact=True)).to_be_visible()
        expect(page.get_by_text("Porté depuis 2015 par des habitants.")).to_be_visible()
        page.get_by_role("button", name="Relire et signer mon avis").press("Enter")
        expect(page.get_by_role("alert")).to_be_focused()
        pictured(page, "reviewing-mistakes")
        for name in ("ambition", "anchoring", "governance", "business_model"):
            page.locator(f'[name="marks.{name}"][value="4"]').press("Space")
        tell_what_is_too_long(page)
        page.get_by_label("Votre avis d'ensemble").fill("Un projet solide, « ancré ».")
        page.reload()
        expect(page.get_by_label("Votre avis d'ensemble")).to_have_value(
            "Un projet solide, « ancré »."
        )
        page.get_by_role("button", name="Relire et signer mon avis").press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text("Empreinte de ce que vous signez")
        pictured(page, "reviewing-signing")
        page.get_by_role("button", name="Signer et envoyer").press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text("la plateforme l'a pris en compte")
        pictured(page, "reviewing-signed")
        page.get_by_role("button", name="Fermer").press("Enter")
        expect(page.locator("#dossier-state")).to_contain_text("Rendu")

        for width, look in looks.items():
            page.set_viewport_size({"width": width, "height": HEIGHT})
            look.at("key", "/cle", key)
            look.at("door", "/entrer", "anna", in_the_dark=False)
            look.at("space", "/espace", in_the_dark=False)
            look.at("reviews", "/evaluations", "0 sur 1 à rendre.", in_the_dark=False)
            look.at("reviewing", f"/evaluations/{filed.dossier}", "Porté depuis 2015")
        assert [wrong for look in looks.values() for wrong in look.found] == []
        find_the_menu(chromium, pages.url, context.storage_state())
        recuse_and_forget(page, filed.dossier)
