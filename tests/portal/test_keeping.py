"""What somebody typed is kept, or given back: limits of saving, a form too many, drafts without room."""

import pytest

from deploy.portal import store as stores
from deploy.portal.bus import Heard
from deploy.portal.limits import SAVING, SENDING
from deploy.portal.portal import Portal
from tests.portal.browsing import Browser, browser_of, draft, filled, session_of
from tests.rawfiles import holding

IBAN = "FR76 3000 6000 0112 3456 7890 189"
NETWORK = "127.0.0.1"


def spend(portal: Portal, asker: str) -> None:
    rate = SENDING if asker == NETWORK else SAVING
    while not portal.limits.wait_seconds(asker, rate):
        pass


async def test_saving_takes_nothing_of_what_sending_may_take(
    browser: Browser, alone: Portal
) -> None:
    found = await draft(browser)
    await browser.open(f"/candidature/{found}/lieu")
    save = {"form-token": browser.token, "place.name": "Le Phare"}
    spend(alone, NETWORK)
    answer = await browser.client.post(f"/candidature/{found}/lieu/garder", data=save)
    assert answer.json() == {"kept": True}
    spend(alone, session_of(browser, alone))
    answer = await browser.client.post(f"/candidature/{found}/lieu/garder", data=save)
    assert answer.status_code == 429
    async with browser_of(alone) as neighbour:
        await neighbour.open("/candidature")
        theirs = {"form-token": neighbour.token, "place.name": "Le Port"}
        answer = await neighbour.client.post(f"/candidature/{found}/lieu/garder", data=theirs)
        assert answer.status_code == 404, (
            "another session behind the same address is not slowed down"
        )


async def test_a_form_too_many_is_given_back_to_be_sent_again(
    browser: Browser, alone: Portal
) -> None:
    found = await draft(browser)
    await browser.open(f"/candidature/{found}/lieu")
    spend(alone, NETWORK)
    await browser.send(f"/candidature/{found}/lieu", place__name="Le Phare", suite="garder")
    assert browser.status == 429
    assert int(browser.headers["retry-after"]) >= 1
    assert "Le Phare" in browser.page
    assert f'action="/candidature/{found}/lieu"' in browser.page
    assert browser.token


async def test_the_numbers_of_an_account_are_never_given_back(
    browser: Browser, alone: Portal
) -> None:
    found = await draft(browser)
    typed = {"account_holder": "La Passerelle", "iban": IBAN, "bic": "AGRIFRPP"}
    spend(alone, NETWORK)
    await browser.send(f"/dossier/{found}/compte", **typed)
    assert browser.status == 429
    assert "La Passerelle" in browser.page
    assert IBAN not in browser.page
    assert "AGRIFRPP" not in browser.page


@pytest.mark.parametrize("bound", ["DRAFTS_BYTES_MAX", "ALL_DRAFTS_BYTES_MAX"])
async def test_a_draft_without_room_is_shown_again_and_kept_once_there_is_room(
    bound: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await draft(browser)
    found = await draft(browser)
    monkeypatch.setattr(stores, bound, 3_000)
    longer = filled()["projet"] | {"project.learning": "apprendre " * 100}
    await browser.open(f"/candidature/{found}/projet")
    await browser.send(f"/candidature/{found}/projet", suite="garder", **longer)
    assert browser.status == 422
    assert "il n'y a plus de place pour des brouillons" in browser.text
    assert "apprendre apprendre" in browser.page, "nothing typed is lost"
    saved = {"form-token": browser.token, **longer}
    answer = await browser.client.post(f"/candidature/{found}/projet/garder", data=saved)
    assert answer.status_code == 413
    await browser.send(f"/candidature/{other}/effacer")
    await browser.open(f"/candidature/{found}/projet")
    assert "apprendre" not in browser.page
    await browser.send(f"/candidature/{found}/projet", suite="garder", **longer)
    assert browser.status == 200
    assert "apprendre apprendre" in browser.page


async def test_the_page_on_data_promises_what_these_pages_do(browser: Browser) -> None:
    await browser.open("/donnees")
    table = browser.page.partition("<table>")[2].partition("</table>")[0]
    assert "non retenu" not in table, "no program erases a dossier of the programme by itself yet"
    assert "L'effacement se demande par e-mail" in browser.text
    assert "telle qu'elle est écrite" in browser.text, "drafts hold the address in the clear"


def test_given_an_erasure_when_the_pages_hear_of_it_then_they_keep_nothing_of_the_dossier(
    alone: Portal,
) -> None:
    file = alone.store.new_draft("a-session", {"holder.representative": "Camille Exemple"})
    assert file
    alone.store.filed(file.candidature_id, alone.now())
    folder = alone.settings.home / "portal"
    assert holding(folder, "Camille Exemple")
    alone.bus._on_heard(Heard(file.candidature_id, "erased", {}))
    assert holding(folder, "Camille Exemple") == []
    assert alone.store.dossier_of("a-session", file.candidature_id) is None
    assert alone.store.history(file.candidature_id) == []


async def test_a_spent_link_takes_no_draft_away(browser: Browser) -> None:
    await browser.open("/candidature")
    await browser.send("/candidature")
    written = browser.address
    assert (await browser.send("/acces/spent")).status == 410
    assert (await browser.open(written)).status == 200
