"""Two front-ends of holders on one server: what one brings, the other neither hears, reads nor changes."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey
from nats.errors import TimeoutError as NatsTimeout

from deploy.local.front_ends import keep_front_ends
from deploy.local.replay import replay
from shared.contract.answers import (
    AnswerActRefused,
    AnswerAlreadyRegistered,
    AnswerContested,
    AnswerRefused,
    AnswerRegistered,
)
from shared.contract.attachments import bucket_of
from shared.contract.backoffice import CandidatureMoved, ContestDecided
from shared.contract.front_ends import EMBEDDED, HOLDERS, FrontEnd
from shared.contract.frontdesk import AppealFiled, CandidatureSubmitted, WithdrawalRequested
from shared.contract.intake import (
    CandidatureChangedHands,
    CandidatureRefused,
    CandidatureRegistered,
    CandidatureWithdrawn,
    WaveClosed,
)
from shared.contract.subjects import STATUS_BUCKET, STATUS_STREAM, subject_pattern
from shared.kit.bus.uploading import upload
from shared.kit.people.signatures import public_key_of, signed_headers
from shared.kit.settings import Settings
from tests.attached import PDF, as_said, attached
from tests.conftest import SHIPPED_PROGRAMME
from tests.people import keep_keys
from tests.platform import Platform, as_bytes
from tests.servers import Bus, local_bus
from tests.submissions import OPEN_DAY, submission

PORTAL = "portal"
FRONT_ENDS = (*EMBEDDED, FrontEnd(PORTAL, HOLDERS, code="B"))
ATTEMPT = "0198f2c4-7d3e-7c1a-9b1e-000000000007"


@pytest.fixture(scope="module")
def shared_bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    home = tmp_path_factory.mktemp("two-front-ends")
    keep_front_ends(home, FRONT_ENDS)
    with local_bus(home) as found:
        yield found


@pytest.fixture
async def counters(shared_bus: Bus, tmp_path: Path) -> AsyncIterator[Platform]:
    """A platform with two front-ends of holders, `holders` and `portal`."""
    (tmp_path / "keys").symlink_to(shared_bus.keys)
    keep_keys(tmp_path)
    keep_front_ends(tmp_path, FRONT_ENDS)
    settings = Settings(
        home=tmp_path, nats_url=shared_bus.url, programme_file=SHIPPED_PROGRAMME, rehearsal=True
    )
    made = Platform(shared_bus, settings)
    try:
        await made.provision()
        yield made
    finally:
        await made.close()


class Ears:
    """All that a front-end hears of answers, in the order it came."""

    def __init__(self, platform: Platform, name: str) -> None:
        self._platform, self._name = platform, name
        self.heard: list[tuple[str, dict[str, Any]]] = []

    async def open(self) -> "Ears":
        client = await self._platform.connect(self._name)

        async def hear(message: Any) -> None:
            self.heard.append((message.subject.split(".")[3], json.loads(message.data)))

        await client.subscribe(f"{self._platform.programme}.intake.candidature.*.v1.*", cb=hear)
        await client.flush()
        return self

    async def verbs(self, dossier: str) -> list[str]:
        """What was heard of a dossier, once the broker has given out everything it had."""
        await (await self._platform.connect(self._name)).flush()
        return [verb for verb, said in self.heard if said["candidature_id"] == dossier]


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
        assert (
            json.loads((await own.request(subject, b"", timeout=2)).data)["status"] == "registered"
        )
        assert (await other.request(subject, b"", timeout=2)).headers["Status"] == "404"
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
            await asyncio.wait_for(spy.request(subject, b"", timeout=0.3), 2)


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


def act(dossier: str, **said: Any) -> dict[str, Any]:
    actor = {"id": "officer-1", "role": "instructor"}
    return {
        "candidature_id": dossier,
        "actor": actor,
        "reason": "Le bail est au nom du second.",
        **said,
    }


async def contested(counters: Platform) -> tuple[str, str]:
    """The thief files first under another's SIRET; the true holder comes second, from another front-end."""
    first, body = submission()
    second, _ = submission()
    await counters.publish(PORTAL, CandidatureSubmitted, first, body, at=OPEN_DAY)
    await counters.idle("intake")
    await counters.publish(
        "holders", CandidatureSubmitted, second, {**body, "candidature_id": second}, at=OPEN_DAY
    )
    await counters.fact(AnswerContested, second)
    return first, second


async def test_who_files_first_under_anothers_siret_keeps_nothing_once_an_officer_looks(
    counters: Platform,
) -> None:
    """Attack 4: the true holder got `already-registered` and the thief's receipt, the thief the grant."""
    ears = await Ears(counters, "holders").open()
    async with counters.running("intake"):
        first, second = await contested(counters)
        receipt = (await counters.fact(CandidatureRegistered, first)).data["receipt_number"]
        assert await ears.verbs(second) == ["contested"]
        assert not {receipt, first} & {
            str(told) for _, said in ears.heard for told in said.values()
        }
        [contest] = (await counters.ask("intake", "contests"))["contests"]
        assert (contest["candidature_id"], contest["against"]["candidature_id"]) == (second, first)
        await counters.publish(
            "officers", ContestDecided, second, act(second, upheld=True), at=OPEN_DAY
        )
        registered = await counters.fact(CandidatureRegistered, second)
        assert registered.data["receipt_number"] != receipt
        await counters.fact(CandidatureWithdrawn, first)
        told = await counters.fact(AnswerRefused, first)
        assert (told.subject.split(".")[2], told.data["reasons"][0]["code"]) == (
            PORTAL,
            "contest-upheld",
        )
        assert (await counters.ask("intake", "contests"))["contests"] == []
        await counters.idle("intake")
    assert await ears.verbs(second) == ["contested", "registered"]


async def test_a_dry_run_tells_neither_whose_project_it_is_nor_what_became_of_anothers_dossier(
    counters: Platform,
) -> None:
    dossier, body = submission()
    other, _ = submission()
    same = {**body, "candidature_id": other}
    async with counters.running("intake"):
        await counters.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        receipt = (await counters.fact(CandidatureRegistered, dossier)).data["receipt_number"]
        own = await counters.ask_as("holders", "intake", "check", **same)
        others = await counters.ask_as(PORTAL, "intake", "check", **same)
        assert (own["would_be"], others["would_be"]) == ("already-registered", "contested")
        assert receipt not in str(others)
        assert dossier not in str(others)
        assert await counters.ask_as(PORTAL, "intake", "check", **body) == others, (
            "an id that fits is told no more"
        )
        withdrawal = {"candidature_id": dossier, "reason": "Retrait."}
        await counters.publish("holders", WithdrawalRequested, dossier, withdrawal, at=OPEN_DAY)
        await counters.fact(CandidatureWithdrawn, dossier)
        own = await counters.ask_as("holders", "intake", "check", **body)
        assert [reason["code"] for reason in own["reasons"]] == ["withdrawn"]
        assert (await counters.ask_as(PORTAL, "intake", "check", **body))["reasons"] == []


async def test_a_contest_that_is_not_upheld_changes_nothing_for_the_first(
    counters: Platform,
) -> None:
    async with counters.running("intake"):
        first, second = await contested(counters)
        await counters.publish(
            "officers", ContestDecided, second, act(second, upheld=False), at=OPEN_DAY
        )
        told = await counters.fact(AnswerRefused, second)
        assert (told.subject.split(".")[2], told.data["reasons"][0]["code"]) == (
            "holders",
            "contest-rejected",
        )
        await counters.idle("intake")
        assert (await counters.ask("intake", "dossier", candidature_id=first))[
            "status"
        ] == "registered"
    assert await counters.facts(CandidatureRegistered, second) == []


async def test_a_contest_upheld_after_the_wave_is_closed_comes_too_late(counters: Platform) -> None:
    async with counters.running("intake"):
        first, second = await contested(counters)
        dossier, late = submission()
        await counters.publish(
            PORTAL, CandidatureSubmitted, dossier, late, at="2020-12-31T09:00:00+01:00"
        )
        await counters.fact(WaveClosed, "2020-4")
        await counters.publish(
            "officers", ContestDecided, second, act(second, upheld=True), at="2020-12-31T10:00:00Z"
        )
        await counters.fact(AnswerRefused, second)
        assert (await counters.ask("intake", "dossier", candidature_id=first))[
            "status"
        ] == "registered"


async def test_the_same_front_end_is_told_the_receipt_of_its_own_first_file(
    counters: Platform,
) -> None:
    """The control: within one front-end a second id is a mistake, and no contest."""
    first, body = submission()
    second, _ = submission()
    async with counters.running("intake"):
        await counters.publish(PORTAL, CandidatureSubmitted, first, body, at=OPEN_DAY)
        await counters.publish(
            PORTAL, CandidatureSubmitted, second, {**body, "candidature_id": second}, at=OPEN_DAY
        )
        known = await counters.fact(AnswerAlreadyRegistered, second)
        registered = await counters.fact(CandidatureRegistered, first)
        assert known.data["receipt_number"] == registered.data["receipt_number"]
        assert (await counters.ask("intake", "contests"))["contests"] == []


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


async def test_a_database_made_anew_decides_a_contest_with_files_that_only_its_answer_tells(
    counters: Platform,
) -> None:
    """The answer and the examination lie in two streams: nothing tells their order."""
    first, body = submission()
    second, other = submission()
    other["holder"]["siret"] = body["holder"]["siret"]
    other["attachments"] = as_said(attached())
    async with counters.running("intake"):
        await counters.publish("holders", CandidatureSubmitted, first, body, at=OPEN_DAY)
        await counters.fact(CandidatureRegistered, first)
        await upload(await counters.connect(PORTAL), second, attached(), PDF)
        await counters.publish(PORTAL, CandidatureSubmitted, second, other, at=OPEN_DAY)
        await counters.fact(AnswerContested, second)
    (counters.home / "data" / "intake.db").unlink()
    tally = await replay(counters.settings, "intake")
    assert (tally.decided, tally.unexplained, tally.pending) == (2, [], 0)
