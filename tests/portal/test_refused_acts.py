"""A refused act comes back to its form: the dossier has a key of its own, and these pages sign with none."""

import re

import pytest
from nacl.signing import SigningKey

from deploy.portal.pages import acting
from shared.contract.eligibility import EligibilityChecked
from shared.contract.frontdesk import CandidatureSubmitted, WithdrawalRequested
from shared.contract.funding import GrantAwarded
from shared.kit.people.signatures import public_key_of
from tests.platform import PATIENCE_SECONDS, Platform
from tests.portal.browsing import Browser, filed, shown
from tests.portal.conftest import Served, serving
from tests.submissions import OPEN_DAY, submission
from tests.system.pipeline import season

REFUSED = "Ce dossier a une clé"
IBAN = "FR14 2004 1010 0505 0001 3M02 606"
AFTER_THE_AWARD = {
    "convention": {"signatory": "Camille Exemple, présidente"},
    "refus": {"reason": "Le bail est perdu."},
    "aides": {"aids__0__granted_by": "Ville de Vichy", "aids__0__granted_on": "2020-01-15",
              "aids__0__amount_cents": "1 200"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _every_refusal_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "REFUSAL_SECONDS_MAX", PATIENCE_SECONDS)


async def with_a_key(served: Served) -> str:
    """A dossier that this browser may see, and that another program filed with a key."""
    found = await filed(served.browser, served.portal)
    _, body = submission(holder__public_key=public_key_of(SigningKey.generate()))
    body["candidature_id"] = found
    await served.platform.publish("holders", CandidatureSubmitted, found, body, at=OPEN_DAY)
    return found


async def refused(browser: Browser, path: str, typed: dict[str, str]) -> None:
    """Every word is still there, and the reason is the first thing that the page says."""
    await browser.open(path)
    await browser.send(path, **typed)
    assert (browser.status, browser.address) == (422, path)
    summary = browser.page.partition('id="erreurs"')[2].partition("</div>")[0]
    assert REFUSED in summary
    for words in typed.values():
        assert words in browser.page


async def test_what_was_typed_in_a_refused_act_comes_back_with_the_reason(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        platform.running("intake", "eligibility", "funding"),
        serving(platform) as served,
    ):
        browser = served.browser
        found = await with_a_key(served)
        await platform.fact(EligibilityChecked, found)
        await shown(browser, f"/dossier/{found}", "Éligible")
        await refused(browser, f"/dossier/{found}/retrait", {"reason": "Le bail est perdu."})
        assert await platform.facts(WithdrawalRequested, found), "the control: it was sent"
        await refused_later(browser, f"/dossier/{found}", monkeypatch)

        await season.review(platform, found, 5)
        await season.publish_wave(platform, "2020-4")
        await platform.fact(GrantAwarded, found)
        await shown(browser, f"/dossier/{found}", "Lauréat")
        for act, typed in AFTER_THE_AWARD.items():
            await refused(browser, f"/dossier/{found}/{act}", typed)
        await _account_is_typed_again(browser, f"/dossier/{found}/compte")
        history = (await browser.open(f"/dossier/{found}")).text
        assert history.count("Vous avez") == 2, (
            "nothing counts as sent but the file, and the act whose answer nobody waited for"
        )


async def refused_later(browser: Browser, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waited for the answer: its line in the history leads to the form as it was sent."""
    with monkeypatch.context() as patched:
        patched.setattr(acting, "REFUSAL_SECONDS_MAX", 0.0)
        await browser.open(f"{page}/retrait")
        await browser.send(f"{page}/retrait", reason="Le bail est rompu.")
    assert browser.address == f"{page}?fait=retrait"
    await shown(browser, page, "Reprendre ce que vous aviez écrit")
    links = re.findall(r'href="([^"]+repris=[^"]+)"', browser.page)
    assert len(links) == 1, "the words of an earlier attempt made room for these"
    await browser.open(links[0])
    assert "Le bail est rompu." in browser.page
    assert REFUSED in browser.text
    await browser.open(f"{page}/retrait?repris=nothing")
    assert (browser.status, "Le bail est rompu." in browser.page) == (200, False)


async def _account_is_typed_again(browser: Browser, path: str) -> None:
    """Its numbers are sealed at once, and shown to nobody."""
    await browser.open(path)
    await browser.send(path, account_holder="La Passerelle", iban=IBAN, bic="AGRIFRPP")
    assert (browser.status, REFUSED in browser.text) == (422, True)
    assert "La Passerelle" in browser.page
    assert IBAN not in browser.page
    assert "AGRIFRPP" not in browser.page
