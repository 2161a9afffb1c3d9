"""Two front-ends of holders on one server: what one brings, the other neither hears, reads nor changes."""

import json

import pytest
from nacl.signing import SigningKey
from nats.errors import TimeoutError as NatsTimeout

from deploy.uploading import upload
from shared.contract.answers import AnswerActRefused, AnswerRegistered
from shared.contract.attachments import bucket_of
from shared.contract.backoffice import CandidatureMoved
from shared.contract.frontdesk import AppealFiled, CandidatureSubmitted, WithdrawalRequested
from shared.contract.intake import (
    CandidatureChangedHands,
    CandidatureRefused,
    CandidatureRegistered,
    CandidatureWithdrawn,
)
from shared.contract.subjects import STATUS_BUCKET, STATUS_STREAM, subject_pattern
from shared.kit.people.signatures import public_key_of, signed_headers
from tests.attached import PDF, as_said, attached
from tests.broker.two_front_ends import PORTAL, Ears
from tests.platform import PATIENCE_SECONDS, Platform, as_bytes
from tests.submissions import OPEN_DAY, submission

ATTEMPT = "0198f2c4-7d3e-7c1a-9b1e-000000000007"


async def test_an_answer_goes_to_the_front_end_that_asked_and_tells_nothing_a_competitor_should_know(
    counters: Platform,
) -> None:
    own, others = await Ears(counters, "holders").open(), await Ears(counters, PORTAL).open()
    dossier, body = submission()
    async with counters.running("intake"):
        for _ in range(3):
            headers = {"Nats-Msg-Id": ATTEMPT} if not own.heard else {}
            place = await counters.publish(
                "holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY, headers=headers
            )
            await counters.idle("intake")
        registered = await counters.fact(CandidatureRegistered, dossier)
        stored = await counters.facts(AnswerRegistered, dossier)
    assert await own.verbs(dossier) == ["registered"] * 3, (
        "one answer an attempt, a retry hears the same again"
    )
    assert await others.verbs(dossier) == []
    first, last = own.heard[0][1], own.heard[-1][1]
    assert (first["attempt_id"], last["sequence"]) == (ATTEMPT, place.seq)
    assert {**first, "attempt_id": None, "sequence": 0} == {**last, "sequence": 0}
    assert first["receipt_number"] == registered.data["receipt_number"]
    assert not {"siret", "latitude", "requested_cents", "support_needs"} & set(first)
    assert {fact.subject.split(".")[2] for fact in stored} == {"holders"}


async def test_a_front_end_reads_the_status_of_its_own_dossiers_alone(counters: Platform) -> None:
    dossier, body = submission()
    subject = f"$JS.API.DIRECT.GET.{STATUS_STREAM}.$KV.{STATUS_BUCKET}.{dossier}"
    own, other = await counters.connect("holders"), await counters.connect(PORTAL)
    async with counters.running("intake"):
        await counters.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await counters.idle("intake")
        status = await own.request(subject, b"", timeout=PATIENCE_SECONDS)
        assert json.loads(status.data)["status"] == "registered"
        nothing = await other.request(subject, b"", timeout=PATIENCE_SECONDS)
        assert nothing.headers["Status"] == "404"
        assert (await counters.ask_as("holders", "intake", "dossier", candidature_id=dossier))[
            "version"
        ] == 1
        assert (await counters.ask_as("officers", "intake", "dossier", candidature_id=dossier))[
            "version"
        ] == 1
        unknown = await counters.ask_as(PORTAL, "intake", "dossier", candidature_id=dossier)
        assert unknown["error"] == "unknown"


async def test_no_front_end_lists_anothers_dossiers(counters: Platform) -> None:
    spy = await counters.connect(PORTAL)
    for subject in (
        f"$JS.API.STREAM.INFO.{STATUS_STREAM}",
        "$JS.API.STREAM.INFO.ANSWERS",
        f"$JS.API.DIRECT.GET.{STATUS_STREAM}.$KV.{STATUS_BUCKET}.holders.x",
    ):
        with pytest.raises(NatsTimeout):
            await spy.request(subject, b"", timeout=0.3)


async def test_another_front_end_can_neither_change_a_dossier_nor_withdraw_it_nor_learn_its_receipt(
    counters: Platform,
) -> None:
    """Attack 4: a new version under another's id, with the thief's key, and a withdrawal signed with it."""
    ears = await Ears(counters, PORTAL).open()
    dossier, body = submission()
    key = SigningKey.generate()
    stolen = {**body, "holder": {**body["holder"], "public_key": public_key_of(key)}}
    withdrawal = {"candidature_id": dossier, "reason": "Retrait."}
    async with counters.running("intake"):
        await counters.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await counters.idle("intake")
        for said in (body, stolen):
            await counters.publish(PORTAL, CandidatureSubmitted, dossier, said, at=OPEN_DAY)
        subject = subject_pattern(counters.programme, WithdrawalRequested, dossier)
        signed = signed_headers(
            key, counters.roots.platform, subject, ATTEMPT, as_bytes(withdrawal)
        )
        for headers in ({}, signed):
            await counters.publish(PORTAL, subject, body=withdrawal, at=OPEN_DAY, headers=headers)
        refused = await counters.fact(AnswerActRefused, dossier, count=4)
        assert refused.data["reasons"][0]["code"] == "not-your-dossier"
        assert await ears.verbs(dossier) == ["act-refused"] * 4
        assert not any("receipt_number" in said for _, said in ears.heard)
        assert await counters.dead_letters() == []
        await counters.publish("holders", WithdrawalRequested, dossier, withdrawal, at=OPEN_DAY)
        await counters.fact(CandidatureWithdrawn, dossier)
    assert len(await counters.facts(CandidatureRegistered, dossier)) == 1, (
        "the true holder is not locked out"
    )


async def test_what_is_signed_with_the_dossiers_key_counts_from_any_front_end(
    counters: Platform,
) -> None:
    """The control of the test above: the holder may change front-ends with a key of their own."""
    key = SigningKey.generate()
    dossier, body = submission(holder__public_key=public_key_of(key))
    withdrawal = {"candidature_id": dossier, "reason": "Retrait."}
    subject = subject_pattern(counters.programme, WithdrawalRequested, dossier)
    signed = signed_headers(key, counters.roots.platform, subject, ATTEMPT, as_bytes(withdrawal))
    async with counters.running("intake"):
        await counters.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await counters.publish(PORTAL, subject, body=withdrawal, at=OPEN_DAY, headers=signed)
        await counters.fact(CandidatureWithdrawn, dossier)


async def test_an_officer_moves_a_dossier_and_funding_takes_its_holders_acts_from_there(
    counters: Platform,
) -> None:
    dossier, body = submission()
    moved = {
        "candidature_id": dossier,
        "front_end": PORTAL,
        "reason": "Le porteur change de guichet.",
    }
    moved |= {"actor": {"id": "officer-1", "role": "instructor"}}
    appeal = {"candidature_id": dossier, "grounds": "Le lieu existe."}
    async with counters.running("intake", "funding"):
        await counters.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await counters.publish(PORTAL, AppealFiled, dossier, appeal, at=OPEN_DAY)
        refused = await counters.fact(AnswerActRefused, dossier)
        assert (refused.subject.split(".")[2], refused.data["act"]) == (
            PORTAL,
            "frontdesk.appeal.filed.v1",
        )
        await counters.publish("officers", CandidatureMoved, dossier, moved, at=OPEN_DAY)
        await counters.fact(CandidatureChangedHands, dossier)
        await counters.idle("funding")
        await counters.publish(PORTAL, AppealFiled, dossier, appeal, at=OPEN_DAY)
        await counters.idle("funding")
        await counters.publish("holders", AppealFiled, dossier, appeal, at=OPEN_DAY)
        await counters.fact(AnswerActRefused, dossier, count=2)
        assert (await counters.ask_as(PORTAL, "intake", "dossier", candidature_id=dossier))[
            "version"
        ] == 1
        assert (await counters.ask_as("holders", "intake", "dossier", candidature_id=dossier))[
            "error"
        ] == "unknown"
    answers = await counters.facts(AnswerActRefused, dossier)
    assert [fact.subject.split(".")[2] for fact in answers] == [PORTAL, "holders"]


async def test_what_one_uploads_is_nobody_elses_file_under_the_same_dossier_and_digest(
    counters: Platform,
) -> None:
    """The control is the second sending: the same file, uploaded by who submits it."""
    dossier, body = submission(attachments=as_said(attached()))
    await upload(await counters.connect(PORTAL), dossier, attached(), PDF)
    assert await _parts(counters, "holders") == 0
    assert await _parts(counters, PORTAL) == 1
    async with counters.running("intake"):
        await counters.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        refused = await counters.fact(CandidatureRefused, dossier)
        assert [reason["code"] for reason in refused.data["reasons"]] == ["attachment-missing"]
        await upload(await counters.connect("holders"), dossier, attached(), PDF)
        await counters.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await counters.fact(CandidatureRegistered, dossier)


async def _parts(platform: Platform, front_end: str) -> int:
    js = (await platform.connect("provisioner")).jetstream()
    return (await js.stream_info(bucket_of(front_end))).state.messages
