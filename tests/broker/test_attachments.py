"""Files of a dossier on a real server: uploaded by its front-end alone, looked at, kept, expired, erased."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from nats.errors import Error as NatsError

from services.intake import uploads
from services.intake.domain import attachments as rules
from services.intake.uploads import ExpiryClock
from shared.contract.attachments import PART_BYTES, Attachment, MediaType, bucket_of, said_part, stored_part
from shared.contract.front_ends import EMBEDDED
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import AttachmentsExamined, CandidatureRefused, CandidatureRegistered
from shared.contract.topology import buckets_of
from shared.kit.bus.buckets import part_at
from tests.attached import ODS, PDF, as_said, attached, uploaded
from tests.platform import Platform, until
from tests.submissions import OPEN_DAY, submission

BUCKET = bucket_of("holders")
LONG = PDF + bytes(PART_BYTES)  # two parts


async def submitted(platform: Platform, *files: Attachment, **changes: Any) -> str:
    dossier, body = submission(attachments=as_said(*files), **changes)
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    return dossier


async def parts_in_bucket(platform: Platform) -> int:
    js = (await platform.connect("provisioner")).jetstream()
    return (await js.stream_info(BUCKET)).state.messages


async def refused(platform: Platform, dossier: str) -> list[str]:
    return [reason["code"] for reason in (await platform.fact(CandidatureRefused, dossier)).data["reasons"]]


async def test_a_file_that_was_uploaded_is_registered_with_its_dossier(platform: Platform) -> None:
    dossier, body = submission(attachments=as_said(attached(LONG)))
    await uploaded(platform, dossier, attached(LONG), LONG)
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, dossier)
        examined = await platform.fact(AttachmentsExamined, dossier)
        assert [file["finding"] for file in examined.data["files"]] == ["found"]
        # Sent again, with one text changed: the file is known, and nobody looks at it once more.
        body["project"]["summary"] = "Un autre résumé."
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, dossier, count=2)
        assert len(await platform.facts(AttachmentsExamined, dossier)) == 1
        assert await parts_in_bucket(platform) == 2


async def test_what_is_not_there_or_not_as_named_is_refused_and_may_be_uploaded_again(
    platform: Platform,
) -> None:
    dossier, body = submission()
    statutes, budget = attached(), attached(ODS, "budget.ods", media_type=MediaType.ODS)
    picture = attached(b"%PDF- at first sight", "plan.png", media_type=MediaType.PNG)
    body["attachments"] = as_said(statutes, budget, picture)
    client = await platform.connect("holders")
    await client.jetstream().publish(said_part(dossier, statutes.sha256, 1), b"other bytes than the digest's")
    await uploaded(platform, dossier, picture, b"%PDF- at first sight")
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        assert await refused(platform, dossier) == [
            "attachment-altered", "attachment-missing", "attachment-wrong-type",
        ]  # fmt: skip
        assert await parts_in_bucket(platform) == 0, "what does not hold is in nobody's way"
        await uploaded(platform, dossier, statutes)
        await uploaded(platform, dossier, budget, ODS)
        body["attachments"] = as_said(statutes, budget)
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, dossier)


async def test_bytes_are_never_changed_once_they_lie_there(platform: Platform) -> None:
    """The control is the same message under a digest that nobody used: the server takes that one."""
    dossier, _ = submission(attachments=as_said(attached()))
    await uploaded(platform, dossier, attached())
    client = await platform.connect("holders")
    js = client.jetstream()
    with pytest.raises(Exception, match="maximum messages per subject"):
        await js.publish(said_part(dossier, attached().sha256, 1), b"forged")
    await js.publish(said_part(dossier, "0" * 64, 1), b"forged")
    found = await part_at(await platform.connect("provisioner"), "holders", dossier, attached().sha256, 1)
    assert found and found.body == PDF


FORBIDDEN = (
    stored_part("holders", "a", "b", 1),  # the name is the server's to write
    stored_part("another", "a", "b", 1),
    *(
        f"$JS.API.{act}.{BUCKET}"
        for act in ("STREAM.INFO", "STREAM.PURGE", "STREAM.DELETE", "STREAM.MSG.DELETE", "STREAM.MSG.GET")
    ),
    f"$JS.API.DIRECT.GET.{BUCKET}",
    f"$JS.API.DIRECT.GET.{BUCKET}.{stored_part('holders', 'a', 'b', 1)}",
)


@pytest.mark.parametrize("identity", ["holders", "reviewers", "officers", "eligibility", "notify"])
async def test_nobody_reads_takes_out_or_writes_in_a_bucket_but_who_must(
    platform: Platform, identity: str
) -> None:
    """The control is the provisioner, who may do all of it."""
    own = said_part("a", "b", 1)
    wanted = FORBIDDEN if identity == "holders" else (*FORBIDDEN, own)
    assert not any(await asyncio.gather(*(is_answered(platform, identity, subject) for subject in wanted)))
    assert await parts_in_bucket(platform) == 0
    assert await is_answered(platform, "provisioner", stored_part("holders", "a", "b", 1))
    assert await parts_in_bucket(platform) == 1


async def is_answered(platform: Platform, identity: str, subject: str) -> bool:
    client = await platform.connect(identity)
    try:
        await client.request(subject, b"{}", timeout=0.3)
    except NatsError:
        return False
    return True


async def test_a_bucket_takes_no_part_that_is_too_large_and_is_bounded(platform: Platform) -> None:
    [bucket] = buckets_of(EMBEDDED)
    assert bucket.bytes_max > 0
    client = await platform.connect("holders")
    with pytest.raises(Exception, match="message size exceeds"):
        await client.jetstream().publish(said_part("a", "b", 1), bytes(PART_BYTES + 10_000))
    await client.jetstream().publish(said_part("a", "b", 1), bytes(PART_BYTES))


async def test_what_no_dossier_names_expires_and_what_one_names_stays(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier, body = submission(attachments=as_said(attached()))
    await uploaded(platform, dossier, attached())
    orphan, later = submission()[0], attached(ODS, "budget.ods")
    await uploaded(platform, orphan, later, ODS)
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, dossier)
        assert await parts_in_bucket(platform) == 2, "a week is not over"
        monkeypatch.setattr(uploads, "UPLOAD_ROOM", timedelta(0))
        monkeypatch.setattr(uploads, "LOOK_SECONDS", 0.0)
    async with platform.running("intake"):

        async def expired() -> bool:
            return await parts_in_bucket(platform) == 1

        await until(expired, "the orphan is gone")
        client = await platform.connect("provisioner")
        assert await part_at(client, "holders", dossier, attached().sha256, 1)


@pytest.mark.parametrize("left", [1, 0], ids=["as it is", "without a look at what is undecided"])
async def test_nothing_expires_while_a_submission_is_undecided(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """A counter that was away for longer than uploads live finds what was submitted in time."""

    async def decided(_: ExpiryClock) -> bool:
        return True

    if not left:
        monkeypatch.setattr(ExpiryClock, "_all_decided", decided)
    monkeypatch.setattr(uploads, "UPLOAD_ROOM", timedelta(0))
    monkeypatch.setattr(uploads, "LOOK_SECONDS", 0.0)
    dossier, body = submission(attachments=as_said(attached()))
    await uploaded(platform, dossier, attached())
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    async with platform.running("intake"):
        await platform.fact(CandidatureRegistered, dossier)
        assert await parts_in_bucket(platform) == left


async def test_what_was_uploaded_long_before_counts_no_more(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_LIFE", timedelta(0))
    dossier, body = submission(attachments=as_said(attached()))
    await uploaded(platform, dossier, attached())
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        assert await refused(platform, dossier) == ["attachment-missing"]
    assert rules.UPLOAD_LIFE < rules.UPLOAD_ROOM, "nobody finds half of a file"


async def test_files_uploaded_for_one_dossier_are_those_of_no_other(platform: Platform) -> None:
    first, second = submission()[0], submission(attachments=as_said(attached()))
    await uploaded(platform, first, attached())
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, *second, at=OPEN_DAY)
        assert await refused(platform, second[0]) == ["attachment-missing"]
