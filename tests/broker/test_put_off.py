"""Submissions that wait for a look at their files: across a restart, a replay, and beside others."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout

from deploy.local.rebuilding.replay import replay
from services.intake import uploads
from shared.contract.attachments import PART_BYTES, MediaType, bucket_of
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import AttachmentsExamined, CandidatureRefused, CandidatureRegistered
from shared.kit.bus.buckets import parts_of
from shared.kit.delivery import Logged
from tests.attached import PDF, as_said, attached, uploaded
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission

LONG = PDF + bytes(PART_BYTES)  # two parts


async def test_what_was_undecided_when_the_log_ended_is_decided_once_the_service_runs(
    platform: Platform,
) -> None:
    dossier, body = submission(attachments=as_said(attached()))
    await uploaded(platform, dossier, attached())
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    tally = await replay(platform.settings, "intake")
    assert (tally.events, tally.decided, tally.unexplained) == (1, 0, [])
    async with platform.running("intake"):
        await platform.fact(CandidatureRegistered, dossier)


@pytest.mark.parametrize(
    "said", [{"media_type": MediaType.PNG}, {"size_bytes": 5}], ids=["type", "size"]
)
async def test_a_second_submission_takes_out_no_bytes_of_the_first(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]
) -> None:
    """Also long after the upload, once the first is registered."""
    dossier, body = submission(attachments=as_said(attached(LONG)))
    wrong = {**body, "attachments": as_said(attached(LONG, **said))}
    await uploaded(platform, dossier, attached(LONG), LONG)
    for one in (body, wrong):
        await platform.publish("holders", CandidatureSubmitted, dossier, one, at=OPEN_DAY)
    async with platform.running("intake"):
        await platform.fact(CandidatureRegistered, dossier)
        await platform.fact(CandidatureRefused, dossier)
        monkeypatch.setattr(uploads, "UPLOAD_LIFE", timedelta(0))
        await platform.publish("holders", CandidatureSubmitted, dossier, wrong, at=OPEN_DAY)
        await platform.fact(AttachmentsExamined, dossier, count=3)
    js = (await platform.connect("provisioner")).jetstream()
    assert (await js.stream_info(bucket_of("holders"))).state.messages == attached(LONG).parts


async def test_one_look_that_fails_keeps_no_other_submission_waiting(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [submission(attachments=as_said(attached())) for _ in range(2)]
    monkeypatch.setattr(uploads, "parts_of", failing_for(first[0]))
    for dossier, body in (first, second):
        await uploaded(platform, dossier, attached())
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    async with platform.running("intake"):
        await platform.fact(CandidatureRegistered, second[0])
        assert await platform.facts(AttachmentsExamined, first[0]) == []
        monkeypatch.setattr(uploads, "parts_of", parts_of)
        await platform.fact(CandidatureRegistered, first[0])


def failing_for(dossier: str) -> Callable[..., Awaitable[list[Logged]]]:
    """As a bucket without a leader does, for one dossier."""

    async def found(
        client: Client, front_end: str, candidature_id: str, sha256: str
    ) -> list[Logged]:
        if candidature_id == dossier:
            raise NatsTimeout
        return await parts_of(client, front_end, candidature_id, sha256)

    return found
