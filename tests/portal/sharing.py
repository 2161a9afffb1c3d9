"""A laureate shares something in a browser, and waits for what comes of it."""

import time

from playwright.sync_api import Page, expect

from tests.portal.looking import DESK, HEIGHT, TELEPHONE, Look

READY_SECONDS_MAX = 60


def share_a_common(page: Page, look: Look, dossier: str) -> None:
    """What is typed comes back in this tab, after a refusal too, and is forgotten once it was taken."""
    page.goto(f"{dossier}/accompagnement/commun")
    page.get_by_label("Titre").fill("Guide de l'atelier")
    page.reload()
    expect(page.get_by_label("Titre")).to_have_value("Guide de l'atelier")
    expect(page.get_by_text("Ce que vous aviez écrit ici est revenu")).to_be_visible()
    page.get_by_role("button", name="Proposer ce commun").click()
    expect(page.get_by_role("alert")).to_contain_text("points sont à corriger")
    page.goto(dossier)
    page.goto(f"{dossier}/accompagnement/commun")
    expect(page.get_by_label("Titre")).to_have_value("Guide de l'atelier")
    page.get_by_label("Lien").fill(
        "https://passerelle.example/guide-de-l-atelier-bois-et-metal.pdf"
    )
    page.get_by_label("Licence").select_option("CC-BY-4.0")
    page.get_by_label("De quoi s'agit-il ?").fill("Ce qui a marché.")
    page.get_by_role("button", name="Proposer ce commun").click()
    reloaded_until(page, f"{dossier}/accompagnement", "Guide de l'atelier")
    look.at("support-common", f"{dossier}/accompagnement")
    assert page.evaluate("sessionStorage.length") == 0
    page.set_viewport_size({"width": TELEPHONE, "height": HEIGHT})
    phone = Look(page, TELEPHONE)
    for name in ("", "/message", "/commun/common-1", "/communaute"):
        phone.at(f"support{name.replace('/', '-')}", f"{dossier}/accompagnement{name}")
    page.set_viewport_size({"width": DESK, "height": HEIGHT})
    assert phone.found == []


def reloaded_until(page: Page, path: str, words: str) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    page.goto(path)
    while not page.get_by_role("heading", name=words).is_visible():
        assert time.monotonic() < deadline, f"{words} on {path}"
        page.goto(path)
