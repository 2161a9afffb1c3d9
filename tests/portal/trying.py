"""What people do in a browser: mistakes of who signs, a recusal, other rules for a list, its approval."""

import re

from playwright.sync_api import Page, expect

from tests.portal.looking import DESK, HEIGHT, TELEPHONE, pictured, window
from tests.portal.officers import sign
from tests.service.selection.ballot import WAVE

README_WIDTH, README_HEIGHT = 1100, 760
# The weak one enters, the best gets less.
OTHER_RULES = (
    "pass_mark=2&laureates_max=3&floor_cents=60000&ceiling_cents=120000&yearly_cap_cents=45000"
    "&when_short_of_money=skip"
)


def tell_what_is_too_long(page: Page) -> None:
    """What the contract does not take is told in French by the name of its field, there and in a summary."""
    opinion = page.get_by_label("Votre avis d'ensemble")
    opinion.evaluate("field => field.removeAttribute('maxlength')")
    opinion.fill("a" * 10_001)
    page.get_by_role("button", name="Relire et signer mon avis").press("Enter")
    page.get_by_role("button", name="Signer et envoyer").press("Enter")
    told = "Votre avis d'ensemble : Ce texte est trop long."
    expect(page.get_by_role("dialog")).to_contain_text(told)
    page.get_by_role("button", name="Fermer").press("Enter")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("1 point est à corriger")
    expect(summary).to_contain_text(told)
    expect(opinion).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field .mistake")).to_have_text("Ce texte est trop long.")
    pictured(page, "reviewing-too-long")


def simulate(page: Page, home: str) -> None:
    """By the keyboard alone, on a telephone, without a script; nothing of the wave is another then."""
    browser = page.context.browser
    assert browser
    state = page.context.storage_state()
    telephone = window(browser, home, TELEPHONE, storage_state=state, java_script_enabled=False)
    plain = telephone.new_page()
    plain.goto(f"/bureau/vague/{WAVE}")
    plain.get_by_role("link", name="Simuler d'autres règles").press("Enter")
    expect(plain.get_by_label("Subvention, au moins")).to_have_value(re.compile("75.000"))
    plain.get_by_label("Note minimale").first.fill("17,5")
    plain.keyboard.press("Enter")
    expect(plain.locator("main")).to_contain_text("Note minimale : 10,00 →")
    expect(plain.locator("section[aria-labelledby=leaves] tbody tr")).to_have_count(1)
    expect(plain.locator(".figures")).to_contain_text("de moins que la liste")
    plain.get_by_label("Subvention, au plus").fill("10")
    plain.keyboard.press("Enter")
    expect(plain.get_by_role("alert")).to_contain_text("C'est moins que le plancher")
    assert plain.get_by_label("Note minimale").first.input_value() == "17,5", "what was typed stays"
    telephone.close()


def recuse_and_forget(page: Page, dossier: str) -> None:
    """What was typed goes with the review that it was for, and with the key."""
    page.goto(f"/evaluations/{dossier}")
    expect(page.get_by_text("Porté depuis 2015 par des habitants.")).to_be_visible()
    page.get_by_label("Votre avis d'ensemble").fill("Encore un mot.")
    expect(page.get_by_text("Gardé dans ce navigateur.")).to_be_visible()
    assert page.evaluate("localStorage.length") == 1
    page.get_by_text("Je ne peux pas évaluer ce dossier").click()
    page.get_by_role("button", name="Me récuser").click()
    expect(page.get_by_role("alert")).to_contain_text("Pourquoi : Dites en une phrase pourquoi.")
    page.get_by_label("Pourquoi", exact=True).fill("Un lien avec le porteur.")
    page.get_by_role("button", name="Me récuser").click()
    page.get_by_role("button", name="Signer et envoyer").click()
    page.get_by_role("button", name="Fermer").click()
    expect(page.locator("#dossier-state")).to_contain_text("Récusé")
    assert page.evaluate("localStorage.length") == 0
    page.evaluate("localStorage.setItem('fabriques acte anna', '[]')")
    page.goto("/cle")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Effacer la clé de ce navigateur").click()
    expect(page.get_by_role("button", name="Faire ma clé")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0


def approve_wave(page: Page) -> None:
    page.set_viewport_size({"width": README_WIDTH, "height": README_HEIGHT})
    page.goto(f"/bureau/vague/{WAVE}")
    pictured(page, "readme-officers", whole=False)
    page.set_viewport_size({"width": DESK, "height": HEIGHT})
    sign(page, "La dernière approbation la publie")
    expect(page.locator(".figures")).to_contain_text("director-1, directeur")
    expect(page.locator("form.act")).to_have_count(0)
