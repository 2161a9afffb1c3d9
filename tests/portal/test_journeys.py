"""A holder's way through the pages, on a real broker: what is filed, answered, followed, done."""

from datetime import UTC, datetime
from pathlib import Path

from deploy.portal.place_map import view_of
from services.funding.bank.sealing import SealingKey
from services.funding.keys import SEALING_FILE
from shared.contract.eligibility import EligibilityChecked
from shared.contract.frontdesk import (
    AddressConfirmed,
    AgreementSigned,
    BankDetailsProvided,
    CandidatureSubmitted,
    PiecesCompleted,
    WithdrawalRequested,
)
from shared.contract.funding import GrantAwarded
from tests.platform import Platform
from tests.portal.browsing import Browser, browser_of, draft, filled, shown
from tests.portal.conftest import Served, serving
from tests.system.pipeline import season

IBAN = "FR76 3000 6000 0112 3456 7890 189"


async def test_a_candidature_is_filed_followed_changed_and_withdrawn(served: Served) -> None:
    browser = served.browser
    found = await draft(browser)
    assert "Le guichet n'a rien à y redire" in browser.text
    await browser.send(f"/candidature/{found}/relecture")
    assert browser.address == f"/dossier/{found}?fait=envoi"
    assert "Votre dossier est enregistré" in browser.text
    submitted = await served.platform.fact(CandidatureSubmitted, found)
    assert submitted.data["holder"]["siret"] == "73282932000074"
    assert submitted.data["place"]["commune_code"] == "03310"

    await browser.open(f"/dossier/{found}/recepisse")
    assert "FABT-2020-4-" in browser.text
    assert "Réponse au plus tard le" in browser.text

    await browser.open(f"/candidature/{found}/lieu")
    moved = filled()["lieu"] | {"place.name": "La Grande Passerelle"}
    await browser.send(f"/candidature/{found}/lieu", suite="garder", **moved)
    await browser.open(f"/candidature/{found}/relecture")
    await browser.send(f"/candidature/{found}/relecture")
    assert "version 2" in browser.text

    await shown(browser, f"/dossier/{found}", "Éligible")
    await browser.open(f"/dossier/{found}/retrait")
    await browser.send(f"/dossier/{found}/retrait", reason="")
    assert browser.status == 422
    assert "Dites en une phrase pourquoi" in browser.text
    await browser.send(f"/dossier/{found}/retrait", reason="Le bail est perdu.")
    withdrawn = await served.platform.fact(WithdrawalRequested, found)
    assert withdrawn.data["reason"] == "Le bail est perdu."
    await shown(browser, f"/dossier/{found}", "Retiré")
    assert "Ce que vous pouvez faire" not in browser.text
    assert (await browser.open(f"/dossier/{found}/retrait")).status == 409


async def test_what_the_counter_would_refuse_is_told_before_it_is_sent(served: Served) -> None:
    browser = served.browser
    found = await draft(
        browser, holder__siret="732 829 320 00075", budget__requested_cents__1="60 000"
    )
    assert "2 points sont à corriger" in browser.text
    assert "Numéro SIRET : Le numéro SIRET n'est pas valide" in browser.text
    assert f'href="/candidature/{found}/budget#budget.requested_cents.0"' in browser.page
    assert "disabled" in browser.page
    await browser.send(f"/candidature/{found}/relecture")
    assert browser.status == 422, "sent all the same: the counter refuses, and the page says so"
    assert "Le numéro SIRET n'est pas valide" in browser.text


async def test_missing_pieces_are_asked_for_and_completed(served: Served) -> None:
    browser = served.browser
    found = await draft(browser, project__governance="", project__anchoring=" ")
    assert "il serait incomplet" in browser.text
    await browser.send(f"/candidature/{found}/relecture")
    assert "Incomplet" in browser.text
    await browser.open(f"/dossier/{found}/pieces")
    assert "Ancrage territorial et porteur du projet" in browser.text
    await browser.send(
        f"/dossier/{found}/pieces", pieces__governance="Un conseil.", pieces__anchoring=""
    )
    assert "Incomplet" in browser.text
    await browser.open(f"/dossier/{found}/pieces")
    await browser.send(f"/dossier/{found}/pieces", pieces__anchoring="Depuis 2015.")
    assert "Enregistré" in browser.text
    assert len(await served.platform.facts(PiecesCompleted, found)) == 2
    await browser.open(f"/candidature/{found}/projet")
    assert "Depuis 2015." in browser.page, "whoever changes the file later sends its pieces along"
    assert "Un conseil." in browser.page


async def test_a_laureate_signs_and_gives_an_account_that_these_pages_cannot_read_again(
    served: Served,
) -> None:
    browser = served.browser
    found = await draft(browser)
    await browser.send(f"/candidature/{found}/relecture")
    await shown(browser, f"/dossier/{found}", "Éligible")
    assert (await browser.open(f"/dossier/{found}/convention")).status == 409, "nothing to sign yet"
    awarded = GrantAwarded(
        candidature_id=found, wave="2020-4", rank=1, zone="outside-urban",
        awarded_cents=(5_000_000, 5_000_000, 5_000_000), promoted=False, awarded_at=datetime.now(UTC),
    )  # fmt: skip
    await served.platform.publish("funding", GrantAwarded, found, awarded.model_dump(mode="json"))
    await shown(browser, f"/dossier/{found}", "Lauréat")

    await browser.open(f"/dossier/{found}/convention")
    assert "J'accepte que la structure qui accompagne les lauréats" in browser.text
    assert " checked" not in browser.page, "a consent is given, never presumed"
    signing = {"signatory": "Camille Exemple, présidente", "association_consent": "oui"}
    await browser.send(f"/dossier/{found}/convention", **signing)
    signed = await served.platform.fact(AgreementSigned, found)
    assert signed.data["signatory"] == "Camille Exemple, présidente"
    assert signed.data["association_consent"] is True

    async with served.platform.running("notify"):
        await served.platform.idle("notify")
        await browser.open(f"/dossier/{found}")
        assert "Décision d'attribution" in browser.text
        assert "Voir l'accompagnement" in browser.text, (
            "letters say that one answers from the dossier's page"
        )
        file = await browser.client.get(f"/dossier/{found}/document/award")
        assert (file.headers["content-type"], file.content[:5]) == ("application/pdf", b"%PDF-")
        assert (await browser.client.get(f"/dossier/{found}/document/refusal")).status_code == 404

    await browser.open(f"/dossier/{found}/compte")
    await browser.send(
        f"/dossier/{found}/compte", account_holder="La Passerelle", iban=IBAN + "0", bic=""
    )
    assert "Cet IBAN n'est pas valide" in browser.text
    await browser.send(
        f"/dossier/{found}/compte", account_holder="La Passerelle", iban=IBAN, bic="AGRIFR"
    )
    assert "Ce BIC n'est pas valide" in browser.text
    assert "La Passerelle" in browser.page
    assert f'value="{IBAN}"' not in browser.page, "numbers of an account are typed again"
    assert 'value="AGRIFR"' not in browser.page
    await browser.send(
        f"/dossier/{found}/compte", account_holder="La Passerelle", iban=IBAN, bic=""
    )
    sealed = (await served.platform.fact(BankDetailsProvided, found)).data["sealed"]
    opened = SealingKey.load(served.platform.home / "keys" / SEALING_FILE).unseal(
        sealed, datetime.now(UTC)
    )
    assert opened.iban == IBAN.replace(" ", "")
    assert IBAN[5:24].encode() not in kept_by(served)
    assert opened.iban.encode() not in kept_by(served)


def kept_by(served: Served) -> bytes:
    folder = Path(served.portal.settings.home, "portal")
    return b"".join(path.read_bytes() for path in folder.glob("portal.db*"))


async def test_results_are_empty_until_a_list_is_published(served: Served) -> None:
    await served.browser.open("/resultats")
    assert served.browser.status == 200
    assert "Aucune liste n'est encore publiée" in served.browser.text


async def test_the_code_of_a_letter_is_confirmed_by_a_button_and_not_by_looking(
    served: Served,
) -> None:
    browser = served.browser
    found = await draft(browser)
    await browser.open(f"/adresse/q3J0c2VjcmV0?dossier={found}")
    assert await served.platform.facts(AddressConfirmed, found) == []
    await browser.send(browser.address)
    assert "l'adresse est confirmée" in browser.text
    assert (await served.platform.fact(AddressConfirmed, found)).data["token"] == "q3J0c2VjcmV0"
    await browser.open("/adresse/q3J0c2VjcmV0?dossier=nothing")
    await browser.send(browser.address)
    assert browser.status == 404


async def test_laureates_are_shown_once_their_wave_is_published(platform: Platform) -> None:
    async with (
        platform.running("intake", "eligibility", "funding", "notify"),
        serving(platform) as served,
    ):
        good = await season.submit(platform, holder__legal_name="Le <Phare>")
        weak = await season.submit(platform)
        await platform.fact(EligibilityChecked, weak)
        for candidature, mark in ((good, 5), (weak, 1)):
            await season.review(platform, candidature, mark)
        assert await served.portal.recent.laureates() == []
        await season.publish_wave(platform, "2020-4")
        await platform.fact(GrantAwarded, good)
        [told] = (await platform.ask_as("holders", "funding", "laureates"))["laureates"]
        assert told["awarded_cents"] == [5_000_000, 5_000_000, 5_000_000]
    async with platform.running("funding"), serving(platform) as served:
        await served.browser.open("/resultats")
        assert "1 lauréat à ce jour" in served.browser.text
        assert "Le &lt;Phare&gt;" in served.browser.page
        assert "Allier (03) 1" in served.browser.text
        assert 'href="/resultats?departement=03#carte"' in served.browser.page
        await served.browser.open("/resultats?departement=03")
        assert "Le &lt;Phare&gt;" in served.browser.page
        await served.browser.open("/resultats?departement=2A")
        assert "Aucun lauréat dans ce choix" in served.browser.text
        await served.browser.open("/resultats?zone=qpv")
        assert "Aucun lauréat dans ce choix" in served.browser.text


async def test_eligibility_is_answered_with_its_reasons_and_nothing_is_kept(served: Served) -> None:
    browser = served.browser
    await browser.open("/eligibilite?place.commune_code=Vichy")
    assert "hors des grands centres urbains" in browser.text
    assert "CA Vichy Communauté" in browser.text
    await browser.open("/eligibilite?place.commune_code=Saint-Denis&place.latitude=nord")
    assert browser.status == 422
    assert "Quelle commune ?" in browser.text
    assert "Écrivez une latitude" in browser.text


async def test_a_click_on_a_map_is_answered_as_the_point_that_it_shows(served: Served) -> None:
    browser = served.browser
    await browser.open("/carte")
    assert "Allier (03)" in browser.text
    await browser.open("/carte?departement=03")
    assert 'src="/carte/03.svg"' in browser.page
    assert (await browser.open("/carte/03.svg")).status == 200
    assert (await browser.open("/carte/00.svg")).status == 404
    await browser.open("/carte?departement=03&point.x=0&point.y=0")
    assert "Aucun point n'a été montré" in browser.text
    x, y = view_of("03").pixels(3.4258, 46.1268)
    await browser.open(f"/carte?departement=03&point.x={x:.0f}&point.y={y:.0f}")
    assert browser.address.startswith("/eligibilite?place.latitude=46%2C1")
    assert "Les données ne suffisent pas à le dire" in browser.text
    assert "pris sur la carte à deux ou trois kilomètres près" in browser.text
    assert "Indiquez la commune : ce point ne la dit pas" in browser.text
    assert 'href="/candidature"' in browser.page, "a dossier wants the point itself"
    await browser.open(f"{browser.address}&place.commune_code=Vichy")
    assert "Oui, ce lieu est dans une zone" in browser.text
    assert "Le point du lieu sur une carte, Allier (03) en couleur" in browser.page


async def test_while_the_platform_is_away_drafts_are_kept_and_the_page_says_so(
    browser: Browser,
) -> None:
    found = await draft(browser)
    assert "La plateforme ne répond pas pour l'instant" in browser.text
    await browser.send(f"/candidature/{found}/relecture")
    assert browser.status == 503
    assert "Rien n'est perdu" in browser.text
    await browser.open(f"/candidature/{found}/lieu")
    assert "La Passerelle" in browser.page
    assert (await browser.open("/resultats")).status == 503
    assert (await browser.open("/")).status == 200, "the programme file tells the dates"
    assert (await browser.open("/health")).status == 503


async def test_two_browsers_file_apart(served: Served) -> None:
    mine = await draft(served.browser)
    await served.browser.send(f"/candidature/{mine}/relecture")
    async with browser_of(served.portal) as other:
        assert (await other.open(f"/dossier/{mine}")).status == 404
        theirs = await draft(other, place__name="Le Phare")
        assert "déjà enregistré" in other.text, "the same holder and commune: the dry run says so"
        assert theirs != mine
