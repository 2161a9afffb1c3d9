"""Support through the pages: officers move every step, the association its own of those handed to it alone.

Each act is the one that the page shows, signed as its script signs it.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from shared.contract.funding import GrantAwarded
from shared.contract.intake import CandidatureRegistered
from shared.contract.notify import SupportOpened
from tests.broker.notified import awarded
from tests.platform import Platform
from tests.portal.browsing import browser_of, enter, shown
from tests.portal.conftest import STAFFED, Served, open_today, serving
from tests.portal.signing import sign_shown
from tests.system.pipeline import season

OFFICER, PARTNER = "director-1", "bela"
DONE: tuple[str, list[str]] = ("accepted", [])


@pytest.fixture
async def served(production: Platform, tmp_path: Path) -> AsyncIterator[Served]:
    settings = production.settings.model_copy(update={"programme_file": open_today(tmp_path)})
    platform = replace(production, settings=settings)
    async with (
        platform.running("intake", "eligibility", "notify"),
        serving(platform, STAFFED) as found,
    ):
        yield found


async def laureate(platform: Platform) -> tuple[str, str]:
    """Its id, and its receipt number; what funding would say is said in its name."""
    found = await season.submit(platform, "", project__support_needs=["governance"])
    registered = await platform.fact(CandidatureRegistered, found)
    await platform.publish("funding", GrantAwarded, found, awarded(found))
    await platform.fact(SupportOpened, found)
    return found, registered.data["receipt_number"]


async def test_a_laureate_is_handed_over_and_the_association_takes_its_steps_and_gives_one_back(
    served: Served,
) -> None:
    platform, officer = served.platform, served.browser
    dossier, receipt = await laureate(platform)
    plan = f"/bureau/accompagnement/{receipt}"
    await enter(officer, OFFICER)
    async with browser_of(served.portal) as partner:
        await enter(partner, PARTNER)
        assert "Aucune étape n'est à mener" in (await partner.open("/accompagnement")).text
        assert (await partner.open(f"/accompagnement/{dossier}")).status == 404, (
            "who has not agreed"
        )

        await officer.open(plan)
        assert "Appui sur la gouvernance l'équipe du programme" in officer.text
        assert '<option value="association">' not in officer.page, (
            "nothing is given to whom it does not know"
        )
        assert await sign_shown(officer, platform, OFFICER, "Confier à l'association") == DONE

        await partner.open("/accompagnement")
        assert "2 étapes à mener" in partner.text and "La Passerelle" in partner.text
        assert dossier not in partner.text, "nobody reads a bare id"
        await partner.open(f"/accompagnement/{dossier}/introduction")
        assert await sign_shown(partner, platform, PARTNER, "Convenir de l'étape") == DONE
        other = {"step": "first-interview"}
        assert await sign_shown(partner, platform, PARTNER, "Commenter", **other) == (
            "refused", ["Cette étape n'est pas confiée à l'association."],
        )  # fmt: skip
        await partner.open(f"/accompagnement/{dossier}/need-governance")
        assert "Abandonner" not in partner.text, "that is the team's"
        assert await sign_shown(partner, platform, PARTNER, "Rendre à l'équipe") == DONE
        await partner.open(partner.address)
        assert "Cette étape n'est pas confiée à l'association : elle se lit" in partner.text

    await officer.open("/bureau")
    assert "revenue à l'équipe : à confier ou à abandonner" in officer.text
    assert f'href="{plan}"' in officer.page
    assert "Il peut y en avoir d'autres. La sélection et les paiements" in officer.text


async def test_the_team_leads_a_plan_after_the_first_interview_and_invites_to_a_meeting(
    served: Served,
) -> None:
    platform, officer = served.platform, served.browser
    dossier, receipt = await laureate(platform)
    plan = f"/bureau/accompagnement/{receipt}"
    await enter(officer, OFFICER)
    await officer.open(plan)
    assert (
        await sign_shown(officer, platform, OFFICER, "Noter l'entretien", needs=["legal"]) == DONE
    )
    await officer.open(plan)
    assert "Premier entretien" in officer.text and "Noter l'entretien" not in officer.text
    assert "Appui sur les questions juridiques l'équipe du programme" in officer.text

    step = f"{plan}/need-legal"
    day = datetime.now(UTC).date() + timedelta(days=30)
    await officer.open(step)
    given = {"owner": "holder", "due_on": day.isoformat()}
    assert await sign_shown(officer, platform, OFFICER, "Confier l'étape", **given) == DONE
    for button in ("Convenir de l'étape", "Commencer", "Dire qu'elle est faite"):
        await officer.open(step)
        assert await sign_shown(officer, platform, OFFICER, button) == DONE, button
    await officer.open(step)
    assert "Étape faite , par director-1 (instructeur) Dit au téléphone." in officer.text
    assert "Confier" not in officer.text
    assert await sign_shown(officer, platform, OFFICER, "Reprendre l'étape") == DONE

    await officer.open(plan)
    late = {"need": "real-estate", "owner": "team", "due_on": "2020-01-01"}
    assert await sign_shown(officer, platform, OFFICER, "Proposer cette étape", **late) == (
        "refused", ["Cette échéance est déjà passée."],
    )  # fmt: skip
    assert (
        await sign_shown(officer, platform, OFFICER, "Proposer cette étape", **late | given) == DONE
    )
    await officer.open("/bureau/accompagnement?voir=holder")
    assert "2 étapes à mener" in officer.text and "Appui sur les locaux" in officer.text
    assert (
        "Aucune étape n'est en retard"
        in (await officer.open("/bureau/accompagnement?voir=retard")).text
    )
    assert (await officer.open(f"{plan}/nothing")).status == 404
    assert (await officer.open(f"/bureau/accompagnement/{uuid4()}")).status == 404
    await a_meeting_is_announced_moved_attended_and_called_off(served, dossier)
    await a_meeting_that_nobody_announced_says_so(served)


async def a_meeting_is_announced_moved_attended_and_called_off(
    served: Served, dossier: str
) -> None:
    platform, officer = served.platform, served.browser
    await officer.open("/bureau/rencontres")
    assert "Rencontre annuelle des Fabriques de Territoire Paris" in officer.text
    assert "pas encore annoncée" in officer.text
    meeting = "/bureau/rencontres/rencontre-2022"
    await officer.open(meeting)
    assert await sign_shown(officer, platform, OFFICER, "Inviter à cette rencontre") == DONE
    await shown(officer, meeting, "Les invités Les invités et leur réponse")
    assert "La Passerelle" in officer.text and "attendue" in officer.text
    today = served.portal.programme.local_day(datetime.now(UTC)).isoformat()
    moved = {"starts_on": today, "ends_on": today, "place": "Lyon"}
    assert await sign_shown(officer, platform, OFFICER, "Dire ce qui change", **moved) == DONE
    await officer.open(meeting)
    assert (
        "Le fichier du programme dit autre chose : " in officer.text and "Lieu Lyon" in officer.text
    )
    assert (
        await sign_shown(officer, platform, OFFICER, "Noter les présents", present=[dossier])
        == DONE
    )
    await officer.open(meeting)
    assert "Présents 1" in officer.text
    assert await sign_shown(officer, platform, OFFICER, "Annuler cette rencontre") == DONE
    assert "annulée" in (await officer.open(meeting)).text
    assert "L'annoncer de nouveau" in officer.text
    assert (await officer.open("/bureau/rencontres/nothing")).status == 404


async def a_meeting_that_nobody_announced_says_so(served: Served) -> None:
    programme, officer = served.portal.programme, served.browser
    [first, *_] = programme.agenda
    past = {"id": "passee", "starts_on": date(2020, 6, 1), "ends_on": date(2020, 6, 2)}
    agenda = (first.model_copy(update=past),)
    served.portal.programme = programme.model_copy(update={"agenda": agenda})
    assert "passée sans être annoncée" in (await officer.open("/bureau/rencontres")).text
    await officer.open("/bureau/rencontres/passee")
    assert "Personne ne l'a annoncée." in officer.text
    assert "Inviter" not in officer.text
