"""Officers at the pages, on a real broker and in a real browser: what waits, a wave approved, a dossier read.

What the browser showed is kept in `build/pages`, to be looked at. Skipped where there is no Chromium.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from deploy.portal.limits import LOOKING
from shared.contract.backoffice import (
    AppealDecided,
    CommentsModerated,
    ErasureRequested,
    PaymentsApproved,
    ReportAccepted,
    ReportReturned,
    TerritoryDecided,
    WaveApproved,
)
from shared.contract.intake import CandidatureRegistered
from tests.platform import Platform
from tests.portal.browsing import browser_of, enter, session_of
from tests.portal.conftest import STAFFED, serving
from tests.portal.looking import CHROMIUM, DESK, HEIGHT, TELEPHONE, Look, pictured
from tests.portal.officers import (
    GROUNDS,
    LETTER,
    REASON,
    accept_common,
    bank_answers,
    declare_paid,
    doubtful_place,
    laureate_supported,
    officer,
    opened_pages,
    pay,
    ranked_wave,
    report_and_appeal,
    sign,
    told_of_territory,
    withdraw,
)
from tests.portal.signing import sign_shown
from tests.portal.trying import OTHER_RULES, approve_wave, simulate
from tests.service.selection.ballot import WAVE
from tests.system.pipeline import season

# The others are narrower than these, and have no colour that those have not.
WIDE = (
    "office-todo", "office-wave", "office-dossier", "office-run", "office-reports", "office-appeal",
    "office-erasures", "office-kept", "office-steps", "office-plan", "office-meeting", "office-effects",
    "office-agenda", "office-commons", "office-common", "handed-steps", "office-simulation",
)  # fmt: skip
COLOURED = ("office-wave", "office-simulation", "office-appeal", "office-run", "office-plan")


@dataclass(frozen=True)
class Season:
    """What officers decide on: dossiers by their id and receipt. `wait` lets the others of a season act."""

    url: str
    best: str
    best_receipt: str
    weak: str
    weak_receipt: str
    doubtful: str
    answers: Path
    wait: Callable[..., None]


def shown(season: Season) -> dict[str, str]:
    return {
        "office-todo": "/bureau?pour=tous",
        "office-waves": "/bureau/vagues",
        "office-wave": f"/bureau/vague/{WAVE}",
        "office-simulation": f"/bureau/vague/{WAVE}/simulation?{OTHER_RULES}",
        "office-simulation-wrong": f"/bureau/vague/{WAVE}/simulation?floor_cents=1&pass_mark=99",
        "office-find": "/bureau/dossiers?q=FABT-2020-4",
        "office-dossier": f"/bureau/dossier/{season.best_receipt}",
        "office-territory": f"/bureau/dossier/{season.doubtful}",
        "office-comments": "/bureau/commentaires",
        "office-reports-none": "/bureau/bilans",
        "office-appeals-none": "/bureau/recours",
    }


def shown_later(season: Season) -> dict[str, str]:
    """Once the wave is published, a report and an appeal are there."""
    return {
        "office-run": "/bureau/paiements",
        "office-reports": "/bureau/bilans?voir=tous",
        "office-appeals": "/bureau/recours",
        "office-appeal": f"/bureau/recours/{season.weak_receipt}",
        "office-erasures": "/bureau/effacements?avant=2040-01-01",
        "office-kept": f"/bureau/effacements/{season.best_receipt}",
        "office-steps": "/bureau/accompagnement",
        "office-plan": f"/bureau/accompagnement/{season.best_receipt}",
        "office-effects": "/bureau/effets",
        "office-agenda": "/bureau/rencontres",
        "office-meeting": "/bureau/rencontres/rencontre-2098",
        "office-attendance": "/bureau/rencontres/rencontre-2022",
        "office-commons": "/bureau/communs",
        "office-common": f"/bureau/communs/{season.best_receipt}/common-1",
        "office-recovery": f"/bureau/remboursements/{season.best_receipt}",
        "handed-steps": "/accompagnement",
    }


def look_around(season: Season) -> list[str]:
    """Looks at every page of officers, reads what they read, and signs what they sign."""
    with officer(season.url, "director-1", DESK) as page:
        look = Look(page, DESK)
        for name, path in shown(season).items():
            look.at(name, path, in_the_dark=name in COLOURED)
        _read_dossier(page, season)
        _moderate(page, season)
        simulate(page, season.url)
        approve_wave(page)
        _decide_territory(page, season)
        season.wait(pay, season.best)
        season.wait(report_and_appeal, season.best, season.weak)
        season.wait(laureate_supported, season.best)
        for name, path in shown_later(season).items():
            look.at(name, path, in_the_dark=name in COLOURED)
        _approve_run(page)
        season.wait(
            bank_answers, str(season.answers / "camt.xml"), str(season.answers / "wrong.xml")
        )
        look.at("office-bank", "/bureau/paiements/banque", in_the_dark=False)
        _examine_line(page, season)
        _declare_doubt(page, season)
        _take_in_statement(page, season)
        _accept_report(page, season)
        _reject_appeal(page, season)
        _give_a_step(page, season)
        _take_a_step(page, season)
        accept_common(page, season.best_receipt)
        season.wait(withdraw, season.doubtful)
        _erase(page, season)
        phone = Look(page, TELEPHONE)
        page.set_viewport_size({"width": TELEPHONE, "height": HEIGHT})
        for name, path in (shown(season) | shown_later(season)).items():
            if name in WIDE:
                phone.at(name, path)
        return [*look.found, *phone.found]


def _read_dossier(page: Page, season: Season) -> None:
    page.goto(f"/bureau/dossier/{season.best_receipt}")
    expect(page.locator(".facts")).to_contain_text("La Passerelle, Vichy (03310)")
    page.get_by_role("button", name="Lire la version 1").click()
    expect(page.locator("#read-file")).to_contain_text("Le <Phare>")
    pictured(page, f"{DESK}-office-read")
    page.reload()
    expect(page.locator(".timeline")).to_contain_text("lu par une personne")


def _moderate(page: Page, season: Season) -> None:
    """What is typed comes back after a reload; the letter says what was signed."""
    page.goto(f"/bureau/commentaires/{season.weak_receipt}")
    expect(page.get_by_label("Points forts")).to_be_hidden()
    page.get_by_role("button", name="Lire les avis des évaluateurs").click()
    expect(page.locator("#read-file")).to_contain_text("1 sur 5 – Trop peu.")
    page.get_by_label("Points faibles").fill("Un budget peu détaillé.\n\nUne gouvernance à dire.")
    page.reload()
    page.get_by_role("button", name="Lire les avis des évaluateurs").click()
    expect(page.get_by_label("Points faibles")).to_have_value(
        "Un budget peu détaillé.\n\nUne gouvernance à dire."
    )
    pictured(page, f"{DESK}-office-comment")
    sign(page, "mot pour mot")
    expect(page.get_by_text("Les commentaires sont relus.")).to_be_visible()


def _decide_territory(page: Page, season: Season) -> None:
    page.goto(f"/bureau/dossier/{season.doubtful}")
    page.locator("form.act:has(.place-map .mark)").get_by_label("hors des grands").check()
    sign(page, "Le dossier est dit éligible")
    season.wait(told_of_territory, season.doubtful)
    page.reload()
    expect(page.locator(".facts")).to_contain_text("Hors grands centres")
    expect(page.locator("form.act")).to_have_count(0)


def _approve_run(page: Page) -> None:
    page.goto("/bureau/paiements")
    expect(page.locator("table").first).to_contain_text("Le <Phare>")
    sign(page, "Le lot est alors fermé")
    expect(page.get_by_text("Approuvé par director-1, ordonnateur")).to_be_visible()
    expect(page.locator("form.act")).to_have_count(0)


def _drop(page: Page, file: Path, kind: str = "camt.053") -> None:
    page.goto("/bureau/paiements/banque")
    page.get_by_label("Le fichier XML de la banque").set_input_files(file)
    expect(page.locator("#statement-lead")).to_contain_text(kind)
    pictured(page, f"{DESK}-office-{file.stem}")
    page.get_by_role("textbox", name="Pourquoi").fill(REASON)
    page.get_by_role("button", name="Relire et signer").click()
    page.get_by_role("button", name="Signer et envoyer").click()
    page.get_by_role("button", name="Fermer").click()
    page.wait_for_url("/bureau/paiements/banque/*")


def _examine_line(page: Page, season: Season) -> None:
    """What is no bank's file is told; a line on nobody's order waits until somebody says what came of it."""
    (season.answers / "note.txt").write_text("Bonjour", encoding="utf-8")
    page.get_by_label("Le fichier XML de la banque").set_input_files(season.answers / "note.txt")
    expect(page.locator("#drop-told")).to_contain_text("XML")
    _drop(page, season.answers / "wrong.xml")
    expect(page.get_by_role("heading", name="1 ligne est à examiner")).to_be_visible()
    pictured(page, f"{DESK}-office-statement")
    page.locator("tbody a").first.click()
    pictured(page, f"{DESK}-office-line")
    sign(page, "La ligne sort de la liste")
    expect(page.get_by_text("Cette ligne n'attend plus personne.")).to_be_visible()


def _declare_doubt(page: Page, season: Season) -> None:
    """The bank may have the file already: two people declare what its letter says, one of them here."""
    _drop(page, season.answers / "doubt.xml", "pain.002")
    page.goto("/bureau/paiements")
    page.locator("section[aria-labelledby=doute] a").click()
    page.get_by_label("Sa lettre").fill(LETTER)
    pictured(page, f"{DESK}-office-doubt")
    sign(page, "par la même lettre, le versement est tenu pour fait", "Il est payé")
    expect(page.locator(".facts")).to_contain_text("payé par director-1 (ordonnateur)")
    season.wait(declare_paid, page.url.rpartition("/")[2])
    page.reload()
    expect(page.get_by_text("Ce virement n'est plus en doute.")).to_be_visible()


def _take_in_statement(page: Page, season: Season) -> None:
    """The same file again changes nothing, and tells what came of it."""
    for _ in range(2):
        _drop(page, season.answers / "camt.xml")
        expect(page.get_by_text("Chaque ligne est rapprochée de son ordre.")).to_be_visible()
        expect(page.locator("tbody")).to_contain_text("payé")


def _accept_report(page: Page, season: Season) -> None:
    page.goto(f"/bureau/bilans/{season.best_receipt}")
    expect(page.get_by_role("button", name="Accepter ce bilan")).to_be_hidden()
    page.get_by_role("button", name="Lire ce qui a été envoyé").click()
    expect(page.locator("#read-file")).to_contain_text("Deux salariés <formés>.")
    expect(page.locator("#read-file")).to_contain_text("31 500,50 €")
    pictured(page, f"{DESK}-office-report")
    sign(page, "n'attendait que ce bilan", "Accepter ce bilan")
    expect(page.locator("tbody tr").first).to_contain_text("accepté")


def _reject_appeal(page: Page, season: Season) -> None:
    page.goto(f"/bureau/recours/{season.weak_receipt}")
    expect(page.get_by_role("button", name="Rejeter le recours")).to_be_hidden()
    page.get_by_role("button", name="Lire ce que le porteur conteste").click()
    expect(page.locator("#read-file")).to_contain_text(GROUNDS)
    pictured(page, f"{DESK}-office-appeal")
    sign(page, "La décision reste ce qu'elle est", "Rejeter le recours")
    expect(page.get_by_role("heading", name="Aucun recours n'attend")).to_be_visible()


def _give_a_step(page: Page, season: Season) -> None:
    """By the team: what is chosen and dated in the page is what is signed."""
    page.goto(f"/bureau/accompagnement/{season.best_receipt}/need-governance")
    pictured(page, f"{DESK}-office-step")
    page.get_by_label("Qui la mène").select_option("le porteur")
    page.get_by_label("Pour le").fill("2098-01-31")
    sign(page, "seule l'échéance change", "Confier l'étape")
    expect(page.locator(".facts")).to_contain_text("le porteur")
    expect(page.locator(".facts")).to_contain_text("31 janvier 2098")


def _take_a_step(page: Page, season: Season) -> None:
    """By the association."""
    page.goto("/accompagnement")
    page.get_by_role("link", name="Mise en relation avec l'association").click()
    sign(page, "convenue pour son échéance", "Convenir de l'étape")
    expect(page.get_by_role("button", name="Commencer")).to_be_visible()
    pictured(page, f"{DESK}-handed-step")


def _erase(page: Page, season: Season) -> None:
    page.goto(f"/bureau/effacements/{season.doubtful}")
    pictured(page, f"{DESK}-office-erasure")
    sign(page, "c'est définitif", "Relire et signer l'effacement")
    told = page.get_by_role("heading", name="Les données de la personne sont effacées")
    expect(told).to_be_visible()


@pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: the officers' pages were not looked at"
)
async def test_an_officer_reads_and_signs_each_decision_as_it_was_seen(platform: Platform) -> None:
    pages = opened_pages(platform.settings, officers="officers", association="association")
    async with platform.running("intake", "eligibility", "funding", "notify"), pages as url:
        best, weak = await ranked_wave(platform)
        doubtful = await doubtful_place(platform)
        loop = asyncio.get_running_loop()

        def wait(act: Callable[..., Any], *dossiers: str) -> None:
            asyncio.run_coroutine_threadsafe(act(platform, *dossiers), loop).result()

        receipts = [await _receipt(platform, one) for one in (best, weak)]
        season = Season(url, best, receipts[0], weak, receipts[1], doubtful, platform.home, wait)
        assert await asyncio.to_thread(look_around, season) == []
        await _signed_as_seen(platform, season)
        await _answered_otherwise(platform, season)


async def _receipt(platform: Platform, candidature_id: str) -> str:
    told = await platform.ask("intake", "dossier", candidature_id=candidature_id)
    return str(told["receipt_number"])


async def _signed_as_seen(platform: Platform, season: Season) -> None:
    proposal = (await platform.ask("funding", "wave", wave=WAVE))["proposal"]
    [approved, _] = await platform.facts(WaveApproved, WAVE)
    assert (approved.data["digest"], approved.data["reason"]) == (proposal["digest"], REASON)
    decided = await platform.fact(TerritoryDecided, season.doubtful)
    assert (decided.data["zones"], decided.data["qpv_code"]) == (["outside-urban"], None)
    [run_approved, _] = await platform.facts(PaymentsApproved)
    assert run_approved.data["total_cents"] == 5_000_000
    paid = (await platform.ask("funding", "why", candidature_id=season.best))["grant"]["tranches"][
        0
    ]
    assert paid["state"] == "settled"
    moderated = await platform.fact(CommentsModerated, season.weak)
    assert moderated.data["weaknesses"] == ["Un budget peu détaillé.", "Une gouvernance à dire."]
    accepted = await platform.fact(ReportAccepted, season.best)
    assert (accepted.data["year"], accepted.data["version"]) == (1, 1)
    answered = await platform.fact(AppealDecided, season.weak)
    assert answered.data["upheld"] is False
    await platform.fact(ErasureRequested, season.doubtful)


async def _answered_otherwise(platform: Platform, season: Season) -> None:
    """The other button of each form: a report goes back to its holder, a second appeal is upheld."""
    await report_and_appeal(platform, season.best, season.weak, 2, "La note oublie un avis.")
    async with serving(platform, STAFFED) as served:
        browser = served.browser
        await enter(browser, "director-1")
        await browser.open(f"/bureau/bilans/{season.best_receipt}")
        assert await sign_shown(browser, platform, "director-1", "Renvoyer au porteur") == (
            "accepted",
            [],
        )
        assert "renvoyé au porteur" in (await browser.open(browser.address)).text
        await browser.open(f"/bureau/recours/{season.weak_receipt}")
        read = {"grounds_read": 2}
        came, _ = await sign_shown(browser, platform, "director-1", "Accepter le recours", **read)
        assert came == "accepted"
    assert (await platform.fact(ReportReturned, season.best)).data["reason"] == "Dit au téléphone."
    assert (await platform.fact(AppealDecided, season.weak, 2)).data["upheld"] is True


async def test_officers_pages_open_to_officers_alone_and_show_what_people_wrote_as_text(
    platform: Platform,
) -> None:
    async with (
        platform.running("intake", "eligibility", "funding"),
        serving(platform, STAFFED) as served,
    ):
        best = await season.submit(platform, place__name="<b>Phare</b>")
        await platform.fact(CandidatureRegistered, best)
        browser = served.browser
        for path in (
            "/bureau",
            f"/bureau/vague/{WAVE}",
            f"/bureau/dossier/{best}",
            "/bureau/paiements",
        ):
            assert (await browser.open(path)).address.startswith("/entrer"), path
        await enter(browser, "director-1")
        await browser.open("/bureau/dossiers?q=phare")
        assert "&lt;b&gt;Phare&lt;/b&gt;" in browser.page
        assert (await browser.open("/bureau/vague/1999-9")).status == 404
        assert (await browser.open("/bureau/dossier/nobody")).status == 404
        session = session_of(browser, served.portal)
        for _ in range(LOOKING.burst):
            served.portal.limits.wait_seconds(session, LOOKING)
        assert (await browser.open("/bureau")).status == 429, (
            "what costs the services much has a bound"
        )
        async with browser_of(served.portal) as reviewer:
            await enter(reviewer, "nobody")
            assert (await reviewer.open("/bureau")).address.startswith("/entrer"), (
                "who is not registered"
            )
