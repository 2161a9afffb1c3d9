"""The community through the pages: the directory, messages that are passed on, commons that officers read."""

from collections.abc import AsyncIterator
from typing import get_args

import pytest

from deploy.portal.forms import answers
from deploy.portal.pages import supporting
from deploy.portal.words import COMMON_STATES, HISTORY, LICENCES
from services.notify.domain.commons import CommonState
from shared.contract.frontdesk import CommonShared, MessageSent
from shared.contract.intake import CandidatureRegistered
from shared.contract.notify import MessageRelayed
from shared.contract.values import Licence
from tests.platform import PATIENCE_SECONDS, Platform
from tests.portal.browsing import Browser, browser_of, enter, filed, shown
from tests.portal.conftest import STAFFED, Served, serving
from tests.portal.signing import sign_shown
from tests.portal.test_supporting import laureate

OFFICER = "director-1"
LINK = "https://passerelle.example/guide.pdf"
GUIDE = {
    "title": "Guide de l'atelier", "url": LINK, "licence": "CC-BY-4.0", "about": "Ce qui a marché.",
}  # fmt: skip


@pytest.fixture
async def served(platform: Platform) -> AsyncIterator[Served]:
    async with platform.running("eligibility", "notify"), serving(platform, STAFFED) as found:
        yield found


async def awarded(served: Served, browser: Browser) -> str:
    """A laureate's dossier that this browser may see."""
    dossier = await filed(browser, served.portal)
    await laureate(served.platform, dossier, offers=["legal"])
    return dossier


async def declare(browser: Browser, page: str, **said: str) -> None:
    await shown(browser, page, "Annuaire des lauréats vous n'y êtes pas")
    await browser.open(f"{page}/communaute")
    await browser.send(browser.address, offers=["governance"], **said)
    await shown(browser, page, "Annuaire des lauréats vous y êtes")


async def test_a_laureate_shares_a_common_which_is_listed_once_an_officer_has_read_it(
    served: Served,
) -> None:
    browser, platform = served.browser, served.platform
    page = f"/dossier/{await awarded(served, browser)}/accompagnement"
    await shown(browser, page, "Partager un commun")
    await browser.open(f"{page}/commun")
    await browser.send(browser.address, **GUIDE | {"title": "", "url": "http://passerelle"})
    assert (browser.status, "2 points sont à corriger" in browser.text) == (422, True)
    assert "Écrivez une adresse entière et publique" in browser.text
    assert "Ce qui a marché." in browser.page, "nothing that was typed is lost"
    await browser.send(browser.address, **GUIDE)
    await shown(browser, page, "Guide de l'atelier à lire par un agent")
    assert "Aucun commun" in (await browser.open("/annuaire")).text, "nobody has read it"

    async with browser_of(served.portal) as officer:
        await enter(officer, OFFICER)
        await officer.open("/bureau/communs")
        assert "1 commun attend d'être lu" in officer.text and "CC BY 4.0" in officer.text
        receipt = (await platform.fact(CandidatureRegistered)).data["receipt_number"]
        read = f"/bureau/communs/{receipt}/common-1"
        await officer.open(read)
        assert LINK in officer.text
        assert (await sign_shown(officer, platform, OFFICER, "Refuser"))[0] == "accepted"
        await shown(browser, page, "non retenu Lien")
        assert "Pourquoi Dit au téléphone." in browser.text, "its laureate reads why"

        await browser.open(f"{page}/commun/common-1")
        assert "Guide de l&#39;atelier" in browser.page
        await browser.send(browser.address, **GUIDE | {"title": "Guide du bois"})
        await shown(browser, page, "Guide du bois à lire par un agent")
        assert "Guide du bois à lire par un agent" in (await officer.open(read)).text
        assert (await sign_shown(officer, platform, OFFICER, "Accepter"))[0] == "accepted"
        await shown(browser, "/annuaire", "Guide du bois Ce qui a marché. CC BY 4.0")
        assert (await officer.open(f"/bureau/communs/{receipt}/common-2")).status == 404

    await browser.open(f"{page}/commun/common-1")
    await browser.send(browser.address, **GUIDE, withdrawn="oui")
    await shown(browser, "/annuaire", "Aucun commun n'est encore partagé.")
    assert (await browser.open(f"{page}/commun/common-1")).status == 404
    assert (await browser.open(f"{page}/commun/nothing")).status == 404


async def test_a_laureate_writes_to_another_of_the_directory_and_reads_why_it_did_not_leave(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer's address is not proven here: the message comes back with the reason, and is not lost."""
    browser, platform = served.browser, served.platform
    mine = await awarded(served, browser)
    page = f"/dossier/{mine}/accompagnement"
    assert "Personne n'est encore dans l'annuaire." in (await browser.open("/annuaire")).text
    async with browser_of(served.portal) as other:
        theirs = await awarded(served, other)
        await declare(other, f"/dossier/{theirs}/accompagnement", listed="oui")
    await shown(browser, "/annuaire", "La gouvernance")
    assert "1 lauréat veut être trouvé" in browser.text
    assert "Aucun lauréat dans ce choix" in (await browser.open("/annuaire?propose=nothing")).text
    assert theirs not in browser.page and "@" not in browser.text.split("Une question")[0]

    await shown(browser, page, "Écrire à un lauréat de l'annuaire")
    await browser.open(f"{page}/message")
    await browser.send(browser.address, addressee="", said="")
    assert "2 points sont à corriger" in browser.text
    registered = await platform.fact(CandidatureRegistered, theirs)
    words = {"addressee": registered.data["receipt_number"], "said": "Comment faites-vous ?"}
    with monkeypatch.context() as patched:
        patched.setattr(supporting, "REFUSAL_SECONDS_MAX", PATIENCE_SECONDS)
        await browser.send(browser.address, **words)
    assert (await platform.fact(MessageSent, mine)).data["said"] == "Comment faites-vous ?"
    assert (browser.status, "confirmez-la d'abord" in browser.text) == (422, True)
    assert "Comment faites-vous ?" in browser.page
    assert not await platform.facts(MessageRelayed)
    history = (await browser.open(f"/dossier/{mine}")).text
    assert HISTORY["act-refused"] in history
    assert HISTORY["act:message"] not in history, "what is refused does not count as sent"


async def test_nobody_shares_or_writes_in_anothers_place(served: Served) -> None:
    browser = served.browser
    page = f"/dossier/{await awarded(served, browser)}/accompagnement"
    await shown(browser, page, "Partager un commun")
    async with browser_of(served.portal) as stranger:
        await stranger.open("/candidature")
        for what in ("commun", "message"):
            assert (await stranger.open(f"{page}/{what}")).status == 404
        await stranger.open("/candidature")
        assert (await stranger.send(f"{page}/commun", **GUIDE)).status == 404
        assert (await stranger.open("/bureau/communs")).address.startswith("/entrer")
    assert not await served.platform.facts(CommonShared)


def test_every_licence_and_state_has_words() -> None:
    assert set(LICENCES) == set(get_args(Licence))
    assert set(COMMON_STATES) == set(get_args(CommonState))


def test_one_more_common_has_a_name_that_is_free() -> None:
    shared = [{"common": f"common-{number}", "state": "accepted"} for number in range(1, 21)]
    assert answers.free_name(shared) == ""
    assert answers.free_name([*shared[1:], shared[0] | {"state": "withdrawn"}]) == "common-1"
