"""Peers on the real bus: only who was named says yes or no, and only both together learn an address."""

from typing import Any

import pytest

from services.notify.handlers import peers
from shared.contract import frontdesk, funding, intake
from shared.contract.answers import AnswerActRefused
from shared.contract.notify import PeerAgreed, PeerEnded, PeerProposed
from shared.kit.people.signatures import public_key_of
from tests.broker.notified import awarded, holder_says, mails, plain, ranked, registered, submit
from tests.people import key_of
from tests.platform import Platform, until

ASKS, HELPS = "asks@passerelle.example", "helps@passerelle.example"
KEY, THIEF = key_of("holder"), key_of("thief")
NOW = "2020-12-01T10:00:00+01:00"


async def laureate(
    platform: Platform,
    name: str,
    *,
    needs: list[str],
    offers: list[str],
    key: Any = None,
    latitude: float = 46.12,
) -> str:
    """One whose mail is `<name>@passerelle.example`; with a key, its acts have to be signed."""
    found = await submit(
        platform,
        holder__email=f"{name}@passerelle.example",
        place__name=f"Lieu {name}",
        place__latitude=latitude,
        project__support_needs=needs,
        project__support_offers=offers,
    )
    owned = {"front_end": "holders", "public_key": public_key_of(key) if key else None}
    await platform.publish(
        "intake", intake.CandidatureRegistered, found, registered(found, **owned)
    )
    return found


async def award(platform: Platform, *dossiers: str) -> None:
    await platform.publish("funding", funding.WaveRanked, "2020-4", ranked(len(dossiers)))
    for dossier in dossiers:
        await platform.publish("funding", funding.GrantAwarded, dossier, awarded(dossier))


async def answer(
    platform: Platform, dossier: str, peer: str, accepts: bool, key: Any = None
) -> None:
    said = {"peer": peer, "accepts": accepts}
    await holder_says(platform, frontdesk.PeerAnswered, dossier, at=NOW, key=key, **said)


async def letter_to(platform: Platform, address: str, subject: str) -> str | None:
    found = [
        mail
        for mail in mails(platform).values()
        if mail["To"] == address and subject in mail["Subject"]
    ]
    return plain(found[0]) if found else None


async def test_two_who_agree_are_introduced_and_one_who_leaves_is_replaced(
    platform: Platform,
) -> None:
    async with platform.running("notify"):
        asks = await laureate(platform, "asks", needs=["legal"], offers=["training"])
        helps = await laureate(platform, "helps", needs=["training"], offers=["legal"])
        far = [
            await laureate(platform, "far", needs=["legal"], offers=["training"], latitude=46.6),
            await laureate(
                platform, "farther", needs=["training"], offers=["legal"], latitude=46.6
            ),
        ]
        await award(platform, asks, helps, *far)
        named = (await platform.fact(PeerProposed, asks)).data
        assert (named["peer"], named["met"], named["by_video"]) == (helps, ["legal"], False)
        await answer(platform, asks, helps, True)
        await answer(platform, helps, asks, True)
        await platform.fact(PeerAgreed, asks)
        introduced = await until(
            lambda: letter_to(platform, ASKS, "Votre pair a dit oui"), "the introduction"
        )
        assert HELPS in introduced
        await platform.publish("intake", intake.CandidatureErased, helps, {"candidature_id": helps})
        assert (await platform.fact(PeerEnded, asks)).data["because"] == "left"
        again = (await platform.fact(PeerProposed, asks, count=2)).data
        assert (again["peer"], again["met"]) == (far[1], ["legal"])

        async def gone() -> bool:
            return not any(
                "helps@" in plain(mail) for mail in mails(platform).values() if mail["To"] != HELPS
            )

        await until(gone, "a letter to another that named who is erased goes with that one's own")


async def test_a_peer_who_never_answers_is_waited_for_no_longer(platform: Platform) -> None:
    """The days pass by what the log tells of the time, with no act of anybody on these two."""
    async with platform.running("notify"):
        asks = await laureate(platform, "asks", needs=["legal"], offers=["training"])
        helps = await laureate(platform, "helps", needs=["training"], offers=["legal"])
        await award(platform, asks, helps)
        await platform.fact(PeerProposed, asks)
        declared = {"candidature_id": asks, "offers": ["training"]}
        await platform.publish(
            "holders", frontdesk.CommunityDeclared, asks, declared, at="2021-06-01T10:00:00Z"
        )
        assert {(await platform.fact(PeerEnded, one)).data["because"] for one in (asks, helps)} == {
            "lapsed"
        }
        await until(
            lambda: letter_to(platform, HELPS, "Une proposition de pair est close"), "both are told"
        )


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever speaks"])
async def test_nobody_else_says_yes_for_a_laureate(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    """A thief who speaks through the same front-end would learn an address, as the control shows."""
    if not looked_at:
        monkeypatch.setattr(peers, "require_own", lambda *_: None)
    async with platform.running("notify"):
        victim = await laureate(platform, "victim", needs=["legal"], offers=["training"], key=KEY)
        thief = await laureate(platform, "thief", needs=["training"], offers=["legal"], key=THIEF)
        await award(platform, victim, thief)
        await platform.fact(PeerProposed, victim)
        await answer(platform, thief, victim, True, THIEF)
        await answer(platform, victim, thief, True)
        await answer(platform, victim, thief, True, THIEF)
        if not looked_at:
            await platform.fact(PeerAgreed, thief)
            return
        refused = await platform.fact(AnswerActRefused, victim, count=2)
        codes = {
            one.data["reasons"][0]["code"] for one in await platform.facts(AnswerActRefused, victim)
        }
        assert codes == {"signature-missing", "signature-wrong"}
        assert refused.data["act"] == "frontdesk.peer.answered.v1"
        assert not await platform.facts(PeerAgreed)
        await answer(platform, victim, thief, True, KEY)
        await platform.fact(PeerAgreed, thief)
