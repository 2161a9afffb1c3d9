"""Looks at the files that submissions name, in the front-ends' buckets, and takes out what expired.

No transaction waits for bytes: a submission is put off until its files were looked at. What was found is
said, so that a database made anew decides the same, whatever lies in the bucket by then.
"""

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from time import monotonic
from typing import Any

import structlog
from nats.aio.client import Client

from services.intake import store
from services.intake.domain.attachments import (
    UPLOAD_LIFE,
    UPLOAD_ROOM,
    examined,
    finding_of,
    is_whole,
)
from services.intake.domain.sentences import ATTACHMENT_GONE
from shared.contract.attachments import Attachment, Finding, bucket_of, stored_part
from shared.contract.decision import Decision
from shared.contract.front_ends import FrontEnd
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import AttachmentsExamined, ExaminedFile
from shared.contract.topology import Durable, Stream, buckets_of
from shared.kit.bus.buckets import part_at, parts_of, take_out
from shared.kit.bus.lag import progress_of
from shared.kit.bus.log_places import last_message
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival, instant_of
from shared.kit.errors import ReadingRefused
from shared.kit.logs.causes import cause_of
from shared.kit.storage.said_before import Retold
from shared.kit.storage.states import States
from shared.value import value

log = structlog.get_logger()
EXAMINED = "examined-"  # how the names of these decisions begin: the submission's id follows
AT_ONCE_MAX = 32  # submissions looked at in one tick: other things wait for the timer too
LOOK_SECONDS = 3_600.0
LACKING: tuple[Finding, ...] = ("missing", "altered")


@value
class Asked:
    """The files of one submission that are not known yet; `stamped` is the broker's time of it."""

    submission: str
    candidature_id: str
    front_end: str
    stamped: datetime
    files: tuple[Attachment, ...]


class Examiner:
    """What was asked for lies in memory: after a restart the submission comes again, and asks again."""

    def __init__(self) -> None:
        self._asked: dict[str, Asked] = {}
        self._failing: set[str] = set()

    def ask(self, candidature_id: str, files: tuple[Attachment, ...], at: Arrival) -> None:
        """The next tick looks."""
        stamped = instant_of(at.stamped_ns)
        self._asked[at.event_id] = Asked(at.event_id, candidature_id, at.front_end, stamped, files)

    async def tick(self, consumer: Consumer, now: datetime) -> None:
        for asked in list(islice(self._asked.values(), AT_ONCE_MAX)):
            try:
                fact = await self._look(consumer, asked)
            except Exception as failure:  # a bucket that is away keeps nothing else waiting
                self._fail(asked, failure)
                continue
            await consumer.announce(f"{EXAMINED}{asked.submission}", now, partial(_decide, fact))
            self._asked.pop(asked.submission, None)
            self._failing.discard(asked.submission)

    def _fail(self, asked: Asked, failure: Exception) -> None:
        """It is looked at again, after the others; told once."""
        self._asked[asked.submission] = self._asked.pop(asked.submission, asked)
        if asked.submission not in self._failing:
            self._failing.add(asked.submission)
            log.warning("look failed", dossier=asked.candidature_id, cause=cause_of(failure))

    async def _look(self, consumer: Consumer, asked: Asked) -> AttachmentsExamined:
        files = [
            ExaminedFile(sha256=file.sha256, finding=await self._found(consumer, asked, file))
            for file in asked.files
        ]
        return AttachmentsExamined(
            candidature_id=asked.candidature_id,
            front_end=asked.front_end,
            submission=asked.submission,
            files=tuple(files),
        )

    async def _found(self, consumer: Consumer, asked: Asked, file: Attachment) -> Finding:
        """What holds for nobody is taken out: a part is written once, and nothing could replace it."""
        client = consumer.connection
        parts = await parts_of(client, asked.front_end, asked.candidature_id, file.sha256)
        needed = await consumer.read(
            partial(store.needs_file, dossier=asked.candidature_id, sha256=file.sha256)
        )
        in_time = needed or all(asked.stamped - part.stamped <= UPLOAD_LIFE for part in parts)
        content = b"".join(part.body for part in parts[: file.parts])
        finding = finding_of(file, content if len(parts) >= file.parts and in_time else None)
        if finding not in LACKING or needed or self._is_asked_beside(asked, file.sha256):
            return finding
        holds = in_time and is_whole(file, b"".join(part.body for part in parts))
        if not holds:
            for part in parts:
                await take_out(client, bucket_of(asked.front_end), part.sequence)
        return finding

    def _is_asked_beside(self, asked: Asked, sha256: str) -> bool:
        """Whether another submission of its dossier that waits for a look names it, too."""
        same_dossier = [
            one for one in self._asked.values() if one.candidature_id == asked.candidature_id
        ]
        others = [one for one in same_dossier if one.submission != asked.submission]
        return any(file.sha256 == sha256 for one in others for file in one.files)


def examined_again(told: Retold) -> Callable[[States, Arrival], Decision]:
    """As the log tells it: what lies in the bucket by now is not looked at."""
    (fact,) = (fact for fact in told.facts if isinstance(fact, AttachmentsExamined))
    return partial(_decide, fact)


def _decide(fact: AttachmentsExamined, _states: States, _at: Arrival) -> Decision:
    return examined(fact)


async def with_part(client: Client, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer to who reads a file, with the bytes of its part in base64. Raises ReadingRefused."""
    told = dict(answer)
    bucket = told.pop("bucket")
    part = await part_at(client, bucket, told["candidature_id"], told["sha256"], told["part"])
    if part is None:
        raise ReadingRefused(ATTACHMENT_GONE)
    return {**told, "content": base64.b64encode(part.body).decode()}


class ExpiryClock:
    """Takes out what no dossier names, a day after it stopped to count.

    Not while a submission is undecided, however long that takes: it may name what seems to be nobody's.
    """

    def __init__(
        self,
        consumer: Consumer,
        durables: Mapping[str, Durable],
        front_ends: Callable[[], tuple[FrontEnd, ...]],
    ) -> None:
        self._consumer, self._durables, self._front_ends = consumer, durables, front_ends
        self._next_look = 0.0

    async def tick(self) -> None:
        if monotonic() < self._next_look:
            return
        self._next_look = monotonic() + LOOK_SECONDS
        told = await self._consumer.clock.of_broker(self._consumer.connection)
        if told is None or not await self._all_decided():
            return
        for bucket in buckets_of(self._front_ends()):
            await self._look_into(bucket, told - UPLOAD_ROOM)

    async def _all_decided(self) -> bool:
        heard = [
            durable for durable in self._durables.values() if CandidatureSubmitted in durable.hears
        ]
        found = [await progress_of(self._consumer.connection, durable) for durable in heard]
        return all(progress.reaches(progress.end) for progress in found)

    async def _look_into(self, bucket: Stream, before: datetime) -> None:
        client, subject = self._consumer.connection, stored_part(bucket.front_end)
        info = await client.jetstream().stream_info(bucket.name, subjects_filter=subject)
        parts = [tuple(name.split(".")[3:5]) for name in info.state.subjects or {}]
        ids = sorted({dossier for dossier, _ in parts})
        kept = await self._consumer.read(partial(store.contents_of, dossiers=ids))
        for dossier, sha256 in sorted(set(parts)):
            if not any(sha256 in content for content in kept[dossier]):
                await self._take_out(bucket, stored_part(bucket.front_end, dossier, sha256), before)

    async def _take_out(self, bucket: Stream, subject: str, before: datetime) -> None:
        client = self._consumer.connection
        while (part := await last_message(client, bucket.name, subject)) and part.stamped < before:
            await take_out(client, bucket.name, part.sequence)
