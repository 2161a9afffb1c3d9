"""A laureate answers through the pages: to a peer, to an invitation, to the community; and sees what came."""

from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import pytest

from services.notify.questions import laureates
from shared.contract import backoffice, funding, intake
from shared.contract.frontdesk import (
    CandidatureSubmitted,
    CommunityDeclared,
    InvitationAnswered,
    PeerAnswered,
    RecoveryAnswered,
    StepReported,
)
from shared.contract.notify import PeerProposed
from shared.contract.support import InterviewHeld
from tests.broker.notified import awarded, ranked, registered
from tests.platform import Platform, until
from tests.portal.browsing import browser_of, filed, shown
from tests.portal.conftest import Served, serving
from tests.submissions import OPEN_DAY, submission

OFFICER = {
    "actor": {"id": "officer-1", "role": "instructor"},
    "reason": "Programme de la communauté.",
}
MEETING = OFFICER | {
    "gathering": "rencontre-2098", "title": "Rencontre annuelle", "starts_on": "2098-06-16",
    "ends_on": "2098-06-17", "place": "Paris",
}  # fmt: skip


async def laureate(
    platform: Platform,
    dossier: str,
    needs: Sequence[str] = (),
    offers: Sequence[str] = (),
    front_end: str = "holders",
) -> None:
    _, body = submission(project__support_needs=list(needs), project__support_offers=list(offers))
    body["candidature_id"] = dossier
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    told = registered(dossier, front_end=front_end)
    await platform.publish("intake", intake.CandidatureRegistered, dossier, told)
    await platform.publish("funding", funding.GrantAwarded, dossier, awarded(dossier))


@pytest.fixture
async def served(platform: Platform) -> AsyncIterator[Served]:
    async with platform.running("notify"), serving(platform) as found:
        yield found


async def test_a_laureate_sees_steps_and_peers_answers_and_sees_what_came(served: Served) -> None:
    browser, platform = served.browser, served.platform
    mine, other = await filed(browser, served.portal), str(uuid4())
    await platform.publish("funding", funding.WaveRanked, "2020-4", ranked(2))
    await laureate(platform, mine, ["legal"], ["governance"])
    await laureate(platform, other, ["governance"], ["legal"])
    await platform.fact(PeerProposed, mine)
    await platform.publish("officers", backoffice.GatheringAnnounced, MEETING["gathering"], MEETING)
    page = f"/dossier/{mine}/accompagnement"
    await shown(browser, page, "Rencontre annuelle Date du 16 au 17 juin 2098")
    assert (
        "Premier entretien pour préciser les besoins Menée par l'équipe du programme : proposée."
        in browser.text
    )
    assert (
        "Vous avez demandé un appui sur les questions juridiques : ce lieu le propose."
        in browser.text
    )
    assert "Aucun lauréat" not in browser.text

    await browser.open(f"{page}/pair/{other}")
    await browser.send(browser.address)
    assert (browser.status, "Dites oui ou non." in browser.text) == (422, True)
    await browser.send(browser.address, accepts="oui")
    assert (await platform.fact(PeerAnswered, mine)).data["accepts"] is True
    await shown(browser, page, "Vous avez dit oui. La réponse de l'autre lauréat est attendue.")

    await browser.open(f"{page}/rencontre/rencontre-2098")
    await browser.send(browser.address, comes="oui", people="", revision="0")
    assert "Dites combien de personnes viendront." in browser.text
    await browser.send(browser.address, comes="oui", people="51", revision="0")
    assert "Écrivez un nombre de 1 à 50." in browser.text
    await browser.send(browser.address, comes="oui", people="3", revision="9")
    assert "Cette rencontre a changé" in browser.text, (
        "the page that was answered showed another day"
    )
    await browser.send(browser.address, comes="oui", people="3", revision="0")
    assert (await platform.fact(InvitationAnswered, mine)).data["people"] == 3
    await shown(browser, page, "Vous avez dit que vous viendrez : 3 personnes.")

    held = {**OFFICER, "candidature_id": mine, "needs": ["communication"]}
    await platform.publish("officers", InterviewHeld, mine, held)
    await shown(browser, page, "Menée par vous : convenue. Dire où vous en êtes")
    await browser.open(f"{page}/etape/need-communication")
    await browser.send(browser.address, done="oui", said="Le site est en ligne.")
    assert (await platform.fact(StepReported, mine)).data["done"] is True
    await shown(browser, page, "Menée par vous : faite")
    assert (await browser.open(f"{page}/etape/need-communication")).status == 404, "it is over"

    await browser.open(f"{page}/communaute")
    assert 'value="governance" checked' in browser.page, (
        "what the file offers stands until something else is said"
    )
    await browser.send(browser.address, offers=["anchoring"], peers="oui", listed="oui")
    declared = (await platform.fact(CommunityDeclared, mine)).data
    assert (declared["offers"], declared["peers"], declared["listed"]) == (
        ["anchoring"],
        True,
        True,
    )
    await shown(browser, page, "Annuaire des lauréats vous y êtes")
    await browser.open(f"/dossier/{mine}")
    assert "Vous avez répondu à une invitation" in browser.text


async def test_a_holder_answers_to_money_that_is_asked_back_until_it_is_decided(
    served: Served,
) -> None:
    browser, platform = served.browser, served.platform
    mine = await filed(browser, served.portal)
    page = f"/dossier/{mine}/accompagnement"
    await laureate(platform, mine)
    await shown(browser, page, "Vos pairs")
    assert (await browser.open(f"{page}/remboursement")).status == 404, "nothing is asked back"
    asked = {
        "candidature_id": mine, "number": 1, "amount_cents": 1_200_000, "answer_by": "2098-01-31",
        "reasons": [{"code": "recovery-intended", "message": "Dépenses non justifiées."}],
    }  # fmt: skip
    await platform.publish("funding", funding.RecoveryOpened, mine, asked)
    await shown(browser, page, "demande n° 1")
    await browser.open(f"{page}/remboursement")
    await browser.send(browser.address, observations="")
    assert (browser.status, "Écrivez vos observations." in browser.text) == (422, True)
    await browser.send(browser.address, observations="Le matériel est toujours utilisé.")
    said = (await platform.fact(RecoveryAnswered, mine)).data
    assert (said["recovery"], said["observations"]) == (1, "Le matériel est toujours utilisé.")
    closed = {"candidature_id": mine, "recovered_cents": 0, "waived_cents": 1_200_000}
    await platform.publish("funding", funding.RecoveryClosed, mine, closed)

    async def is_over() -> bool:
        return (await browser.open(f"{page}/remboursement")).status == 404

    await until(is_over, "what is decided is asked no more")


async def test_nobody_answers_in_another_ones_place_or_to_what_was_not_asked(
    served: Served,
) -> None:
    browser = served.browser
    mine = await filed(browser, served.portal)
    await laureate(served.platform, mine)
    page = f"/dossier/{mine}/accompagnement"
    await shown(browser, page, "Aucun lauréat ne vous a encore été proposé.")
    for what in (
        f"pair/{uuid4()}",
        "etape/first-interview",
        f"mentor/{uuid4()}-need-legal",
        "rencontre/nothing",
        "nothing",
        "communaute/nothing",
    ):
        assert (await browser.open(f"{page}/{what}")).status == 404, what
    async with browser_of(served.portal) as stranger:
        assert (await stranger.open(page)).status == 404
        theirs = await filed(stranger, served.portal)
        assert (await stranger.open(f"/dossier/{theirs}/accompagnement")).status == 404, (
            "no laureate"
        )
        await stranger.open("/candidature")
        await stranger.send(f"{page}/communaute", listed="oui")
        assert stranger.status == 404
    assert not await served.platform.facts(CommunityDeclared)


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever asks"])
async def test_a_front_end_is_told_of_its_own_laureates_alone(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    if not looked_at:
        monkeypatch.setattr(laureates, "is_told", lambda *_: True)
    async with platform.running("notify"):
        dossier = str(uuid4())
        await laureate(platform, dossier, front_end="portal")
        await platform.idle("notify")
        answer = await platform.ask_as("holders", "notify", "my-support", candidature_id=dossier)
        assert answer.get("error") == ("unknown" if looked_at else None)
