"""The counter on a real bus: one dossier whatever comes, signed acts, public status."""

import asyncio
import base64
import json
from typing import Any
from uuid import UUID

import pytest
from nacl.signing import SigningKey

from shared.contract.answers import AnswerActRefused, AnswerRefused
from shared.contract.frontdesk import CandidatureSubmitted, PiecesCompleted, WithdrawalRequested
from shared.contract.intake import (
    CandidatureAlreadyRegistered,
    CandidatureRefused,
    CandidatureRegistered,
    CandidatureWithdrawn,
)
from shared.contract.subjects import STATUS_BUCKET, STATUS_STREAM, subject_pattern
from shared.kit.delivery import ACT_HEADER, REHEARSAL_HEADER, SIGNATURE_HEADER
from shared.kit.people.signatures import public_key_of, signed_headers
from tests.people import roots
from tests.platform import PATIENCE_SECONDS, Platform
from tests.submissions import OPEN_DAY, candidature_id, submission


async def test_the_same_submission_five_times_at_once_and_later_is_one_dossier_and_one_receipt(
    platform: Platform,
) -> None:
    dossier, body = submission()

    async def send(message_id: str) -> None:
        # Five front-ends, or one that does not repeat its own id.
        headers = {"Nats-Msg-Id": message_id}
        await platform.publish(
            "holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY, headers=headers
        )

    async with platform.running("intake"):
        await asyncio.gather(*(send(f"a{number}") for number in range(5)))
        await platform.fact(CandidatureRegistered, dossier)
        await send("later")
        await platform.idle("intake")
        assert len(await platform.facts("INTAKE", dossier)) == 1
        summary = await platform.ask("intake", "summary")
        assert (summary["registered"], summary["duplicates"]) == (1, 5)
    async with platform.running("intake"):  # and after a restart
        await send("much later")
        await platform.idle("intake")
        assert len(await platform.facts("INTAKE", dossier)) == 1


async def test_what_is_sent_is_registered_already_registered_refused_or_a_duplicate_to_the_unit(
    platform: Platform,
) -> None:
    first, body = submission()
    second, same_project = submission()
    same_project |= {"holder": body["holder"], "place": body["place"]}
    refused, wrong = submission(holder__siret="1")
    async with platform.running("intake"):
        for dossier, file in (
            (first, body),
            (first, body),
            (second, same_project),
            (refused, wrong),
        ):
            headers = {"Nats-Msg-Id": candidature_id()}
            await platform.publish(
                "holders", CandidatureSubmitted, dossier, file, at=OPEN_DAY, headers=headers
            )
        registered = await platform.fact(CandidatureRegistered, first)
        known = await platform.fact(CandidatureAlreadyRegistered, second)
        await platform.fact(CandidatureRefused, refused)
        await platform.idle("intake")
        assert known.data["receipt_number"] == registered.data["receipt_number"]
        summary = await platform.ask("intake", "summary")
        counts = [summary[name] for name in ("registered", "already_registered", "duplicates")]
        assert [*counts, sum(summary["refused"].values())] == [1, 1, 1, 1]


async def test_a_file_that_is_refused_and_sent_again_for_want_of_an_answer_is_refused_once(
    platform: Platform,
) -> None:
    dossier, wrong = submission(holder__siret="1")
    async with platform.running("intake"):
        for _ in range(3):
            await platform.publish("holders", CandidatureSubmitted, dossier, wrong, at=OPEN_DAY)
        await platform.idle("intake")
        told = [stored.subject.split(".")[3] for stored in await platform.facts("INTAKE", dossier)]
        assert told == ["refused"]
        assert (
            len([one for one in await platform.facts(AnswerRefused) if one.dossier == dossier]) == 3
        )


async def test_a_withdrawal_that_overtakes_its_submission_waits_for_it(platform: Platform) -> None:
    dossier, body = submission()
    withdrawal = {"candidature_id": dossier, "reason": "Le bail n'est pas renouvelé."}
    async with platform.running("intake"):
        await platform.publish("holders", WithdrawalRequested, dossier, withdrawal, at=OPEN_DAY)
        await platform.idle("intake")
        assert await platform.facts("INTAKE", dossier) == []
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.fact(CandidatureWithdrawn, dossier)
        assert [
            stored.subject.split(".")[3] for stored in await platform.facts("INTAKE", dossier)
        ] == [
            "registered",
            "withdrawn",
        ]
        assert await platform.dead_letters() == []


ACT = str(UUID(int=1))


def signature(key: SigningKey, subject: str, body: bytes, act_id: str = ACT) -> dict[str, str]:
    return signed_headers(key, roots().platform, subject, act_id, body)


def withdrawal_of(dossier: str) -> tuple[str, bytes]:
    subject = subject_pattern("fabriques", WithdrawalRequested, dossier)
    return subject, json.dumps({"candidature_id": dossier, "reason": "Retrait."}).encode()


async def signed_dossier(platform: Platform) -> tuple[str, SigningKey]:
    """A registered dossier whose holder gave a public key."""
    key = SigningKey.generate()
    dossier, body = submission(holder__public_key=base64.b64encode(bytes(key.verify_key)).decode())
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    await platform.fact(CandidatureRegistered, dossier)
    return dossier, key


@pytest.mark.parametrize(
    "forgery",
    [
        "none",
        "another key",
        "another dossier",
        "another body",
        "another act",
        "another platform",
        "not base64",
        "empty",
    ],
)
async def test_an_act_on_a_dossier_with_a_key_must_be_signed_with_it(
    platform: Platform, forgery: str
) -> None:
    async with platform.running("intake"):
        dossier, key = await signed_dossier(platform)
        other, _ = await signed_dossier(platform)
        subject, body = withdrawal_of(dossier)
        forged = {
            "none": {},
            "another key": signature(SigningKey.generate(), subject, body),
            "another dossier": signature(key, withdrawal_of(other)[0], body),
            "another body": signature(key, subject, body + b" "),
            "another act": signature(key, subject, body) | {ACT_HEADER: str(UUID(int=2))},
            "another platform": signed_headers(
                key, roots(rehearsal=False).platform, subject, ACT, body
            ),
            "not base64": {ACT_HEADER: ACT, SIGNATURE_HEADER: "§§§"},
            "empty": {ACT_HEADER: ACT, SIGNATURE_HEADER: ""},
        }[forgery]
        await platform.publish("holders", subject, body=body, at=OPEN_DAY, headers=forged)
        refused = await platform.fact(AnswerActRefused, dossier)
        assert refused.data["reasons"][0]["code"] in ("signature-missing", "signature-wrong")
        assert await platform.facts(CandidatureWithdrawn, dossier) == []

        await platform.publish(
            "holders", subject, body=body, at=OPEN_DAY, headers=signature(key, subject, body)
        )
        await platform.fact(CandidatureWithdrawn, dossier)


async def test_a_version_that_was_signed_once_does_not_come_back_in_place_of_a_newer_one(
    platform: Platform,
) -> None:
    """Given two signed versions of a file, the bytes of the first, sent again, are refused."""
    key = SigningKey.generate()
    dossier, first = submission(holder__public_key=public_key_of(key))
    subject = subject_pattern("fabriques", CandidatureSubmitted, dossier)
    versions = [
        {**first, "place": {**first["place"], "name": name}}
        for name in ("Le Hangar", "La Passerelle")
    ]
    async with platform.running("intake"):
        for number, version in enumerate([*versions, versions[0]], start=1):
            body = json.dumps(version).encode()
            headers = signature(key, subject, body, str(UUID(int=1 if number == 3 else number)))
            await platform.publish("holders", subject, body=body, at=OPEN_DAY, headers=headers)
        refused = await platform.fact(AnswerActRefused, dossier)
        assert refused.data["reasons"][0]["code"] == "act-repeated"
        registered = await platform.facts(CandidatureRegistered, dossier)
        assert [fact.data["place_name"] for fact in registered] == ["Le Hangar", "La Passerelle"]


async def test_a_dossier_without_a_key_needs_no_signature(platform: Platform) -> None:
    """The control: it is the key that asks for the signature."""
    dossier, file = submission()
    subject, body = withdrawal_of(dossier)
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, file, at=OPEN_DAY)
        await platform.publish("holders", subject, body=body, at=OPEN_DAY)
        await platform.fact(CandidatureWithdrawn, dossier)


async def test_changing_a_signed_dossier_without_its_key_is_refused(platform: Platform) -> None:
    async with platform.running("intake"):
        dossier, _ = await signed_dossier(platform)
        _, file = submission(budget__requested_cents=[4_000_000, 4_000_000, 4_000_000])
        stolen = {**file, "candidature_id": dossier}
        await platform.publish("holders", CandidatureSubmitted, dossier, stolen, at=OPEN_DAY)
        await platform.fact(AnswerActRefused, dossier)
        assert len(await platform.facts(CandidatureRegistered, dossier)) == 1


async def test_the_latest_status_is_kept_for_the_holders_front_end(platform: Platform) -> None:
    dossier, file = submission(project__governance=None)
    holders = await platform.connect("holders")
    subject = f"$JS.API.DIRECT.GET.{STATUS_STREAM}.$KV.{STATUS_BUCKET}.{dossier}"

    async def status() -> Any:
        return json.loads((await holders.request(subject, b"", timeout=PATIENCE_SECONDS)).data)

    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, file, at=OPEN_DAY)
        await platform.idle("intake")
        assert (await status())["status"] == "incomplete"
        pieces = {"candidature_id": dossier, "pieces": {"governance": "Un conseil."}}
        await platform.publish("holders", PiecesCompleted, dossier, pieces, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, dossier)
        await platform.idle("intake")
        assert (await status())["status"] == "registered"
        assert (await status())["receipt_number"].startswith("FABT-2020-4-")


async def test_a_production_platform_refuses_a_rehearsals_time(production: Platform) -> None:
    dossier, body = submission()
    async with production.running("intake") as [service]:
        await production.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        [letter] = await production.dead_letters(1)
        assert REHEARSAL_HEADER in letter.data["cause"]
        assert "rehearsal platform only" in letter.data["cause"]
        await production.publish("holders", CandidatureSubmitted, dossier, body, headers={"x": "y"})
        refused = await production.fact(CandidatureRefused, dossier)
        assert refused.data["reasons"][0]["code"] == "programme-closed", (
            "the broker's stamp is the time that counts"
        )
        assert not service.consumer.clock.rehearsal
