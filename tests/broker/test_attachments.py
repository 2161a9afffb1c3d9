"""Files of a dossier on a real server: uploaded by its front-end alone, looked at, kept, expired, erased."""

import asyncio
import base64
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.errors import Error as NatsError

from deploy.local.rebuilding.replay import replay
from services.intake import uploads
from services.intake.domain import attachments as rules
from services.intake.timer import Timer
from services.intake.uploads import ExpiryClock
from shared.contract.accounts import LOG_PREFIX
from shared.contract.attachments import (
    PART_BYTES,
    Attachment,
    MediaType,
    bucket_of,
    said_part,
    stored_part,
)
from shared.contract.backoffice import ReviewAssigned
from shared.contract.eligibility import EligibilityChecked, ReviewRequested
from shared.contract.front_ends import EMBEDDED
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import (
    AttachmentRead,
    AttachmentsExamined,
    CandidatureRefused,
    CandidatureRegistered,
)
from shared.contract.topology import SERVICES, buckets_of
from shared.kit.bus.buckets import part_at, take_out_dossier
from shared.kit.people.signatures import public_key_of
from tests.attached import ODS, PDF, as_said, attached, uploaded
from tests.command import Command
from tests.copies import lose
from tests.people import key_of
from tests.platform import PATIENCE_SECONDS, Platform, until
from tests.reading import Asking, read_as
from tests.service.selection.ballot import act
from tests.submissions import OPEN_DAY, submission

BUCKET = bucket_of("holders")
DIRECTOR = ("--as", "director-1", "--role", "director")
LONG = PDF + bytes(PART_BYTES)  # two parts


async def parts_in_bucket(platform: Platform) -> int:
    js = (await platform.connect("provisioner")).jetstream()
    return (await js.stream_info(BUCKET)).state.messages


async def refused(platform: Platform, dossier: str) -> list[str]:
    return [
        reason["code"]
        for reason in (await platform.fact(CandidatureRefused, dossier)).data["reasons"]
    ]


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
    await client.jetstream().publish(
        said_part(dossier, statutes.sha256, 1), b"other bytes than the digest's"
    )
    await uploaded(platform, dossier, picture, b"%PDF- at first sight")
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        assert await refused(platform, dossier) == [
            "attachment-altered", "attachment-missing", "attachment-wrong-type",
        ]  # fmt: skip
        assert await parts_in_bucket(platform) == 1, (
            "what its digest does not tell is in nobody's way"
        )
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
    found = await part_at(
        await platform.connect("provisioner"), "holders", dossier, attached().sha256, 1
    )
    assert found and found.body == PDF


FORBIDDEN = (
    stored_part("holders", "a", "b", 1),  # the name is the server's to write
    stored_part("another", "a", "b", 1),
    f"{LOG_PREFIX}.STREAM.MSG.GET.{BUCKET}",
    *(
        f"$JS.API.{act}.{BUCKET}"
        for act in (
            "STREAM.INFO",
            "STREAM.PURGE",
            "STREAM.DELETE",
            "STREAM.MSG.DELETE",
            "STREAM.MSG.GET",
        )
    ),
    f"$JS.API.DIRECT.GET.{BUCKET}",
    f"$JS.API.DIRECT.GET.{BUCKET}.{stored_part('holders', 'a', 'b', 1)}",
)


@pytest.mark.parametrize(
    "identity", ["holders", "reviewers", "officers", "operators", "eligibility", "notify"]
)
async def test_nobody_reads_takes_out_or_writes_in_a_bucket_but_who_must(
    platform: Platform, identity: str
) -> None:
    """The control is the provisioner, who may do all of it; operators read the streams of facts alone."""
    own = said_part("a", "b", 1)
    wanted = FORBIDDEN if identity == "holders" else (*FORBIDDEN, own)
    assert not any(
        await asyncio.gather(*(is_answered(platform, identity, subject) for subject in wanted))
    )
    assert await parts_in_bucket(platform) == 0
    written = stored_part("holders", "a", "b", 1)
    assert await is_answered(platform, "provisioner", written, PATIENCE_SECONDS)
    assert await parts_in_bucket(platform) == 1


async def is_answered(
    platform: Platform, identity: str, subject: str, seconds: float = 0.3
) -> bool:
    client = await platform.connect(identity)
    try:
        await client.request(subject, b"{}", timeout=seconds)
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
    tick = Timer.tick

    async def expiring_first(timer: Timer, now: datetime | None) -> None:
        await timer._expiry.tick()
        await tick(timer, now)

    async def decided(_: ExpiryClock) -> bool:
        return True

    monkeypatch.setattr(Timer, "tick", expiring_first)
    if not left:
        monkeypatch.setattr(ExpiryClock, "_all_decided", decided)
    monkeypatch.setattr(uploads, "UPLOAD_ROOM", timedelta(0))
    monkeypatch.setattr(uploads, "LOOK_SECONDS", 0.0)
    dossier, body = submission(attachments=as_said(attached()))
    await uploaded(platform, dossier, attached())
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    async with platform.running("intake"):
        examined = await platform.fact(AttachmentsExamined, dossier)
        findings = [file["finding"] for file in examined.data["files"]]
        assert findings == ["found" if left else "missing"]
        await platform.fact(CandidatureRegistered if left else CandidatureRefused, dossier)
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


async def registered(platform: Platform, *files: tuple[Attachment, bytes], **changes: Any) -> str:
    """With these files, each uploaded before."""
    dossier, body = submission(attachments=as_said(*(file for file, _ in files)), **changes)
    for file, content in files:
        await uploaded(platform, dossier, file, content)
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    await platform.fact(CandidatureRegistered, dossier)
    return dossier


async def test_officers_and_the_files_reviewers_read_it_part_by_part_and_leave_one_line(
    platform: Platform, fabriques: Command, tmp_path: Path
) -> None:
    async with platform.running("intake", "eligibility"):
        dossier = await registered(platform, (attached(LONG), LONG))
        saved = tmp_path / "read.pdf"
        command = ("dossier", dossier, "--attachment", "statuts.pdf", "-o", str(saved), *DIRECTOR)
        told = await fabriques.data(*command)
        assert saved.read_bytes() == LONG
        assert (told["media_type"], told["parts"]) == ("application/pdf", 2)
        code, said = await fabriques(*command[:3], "autre.pdf", *command[4:])
        assert (code, "n'a pas de pièce jointe de ce nom" in said) == (1, True)

        await platform.fact(EligibilityChecked, dossier)
        asked = act("officer-1", "instructor", candidature_id=dossier, reviewer_id="anna")
        await platform.publish("officers", ReviewAssigned, dossier, asked, at=OPEN_DAY)
        await platform.fact(ReviewRequested, dossier)
        await platform.idle("intake")
        found = {name: await part(platform, dossier, name) for name in ("anna", "bela")}
        assert found["anna"]["content"] == base64.b64encode(LONG[:PART_BYTES]).decode()
        assert found["bela"]["error"] == "not-asked-to-review"
        assert (await part(platform, dossier, "anna", part=3))["error"] == "part-unknown"

        told = await platform.ask_as("operators", "intake", "readings", candidature_id=dossier)
        lines = sorted((line["reader_id"], line["role"]) for line in told["readings"])
        assert lines == [("anna", "reviewer"), ("director-1", "director")]
        assert len(await platform.facts(AttachmentRead, dossier)) == 2


async def part(platform: Platform, dossier: str, name: str, **said: Any) -> dict[str, Any]:
    wanted = {"candidature_id": dossier, "name": "statuts.pdf", **said}
    return await read_as(platform, "intake.attachment", name, "reviewer", "reviewers", **wanted)


async def test_who_begins_with_a_later_part_leaves_a_line_too(platform: Platform) -> None:
    async with platform.running("intake"):
        dossier = await registered(platform, (attached(LONG), LONG))
        said = {"candidature_id": dossier, "name": "statuts.pdf", "part": 2}
        answer = await read_as(platform, "intake.attachment", "director-1", "director", **said)
        assert base64.b64decode(answer["content"]) == LONG[PART_BYTES:]
        assert len(await platform.facts(AttachmentRead, dossier)) == 1


async def test_a_holder_reads_their_own_with_the_dossiers_key_alone(platform: Platform) -> None:
    async with platform.running("intake"):
        key = public_key_of(key_of("the-holder"))
        dossier = await registered(platform, (attached(), PDF), holder__public_key=key)
        said = {"candidature_id": dossier, "name": "statuts.pdf"}
        mine = await Asking(platform, "intake.attachment", key=key_of("the-holder"), **said).put(
            "holders"
        )
        assert base64.b64decode(mine["content"]) == PDF
        thief = await Asking(platform, "intake.attachment", key=key_of("thief"), **said).put(
            "holders"
        )
        assert "content" not in thief
        assert await platform.facts(AttachmentRead, dossier) == []


async def test_a_database_made_anew_decides_the_same_whatever_lies_in_the_bucket_by_then(
    platform: Platform,
) -> None:
    async with platform.running("intake"):
        kept = await registered(platform, (attached(), PDF))
        lacking, body = submission(attachments=as_said(attached()))
        await platform.publish("holders", CandidatureSubmitted, lacking, body, at=OPEN_DAY)
        assert await refused(platform, lacking) == ["attachment-missing"]
        await uploaded(platform, lacking, attached())
    await take_out_dossier(await platform.connect("provisioner"), "holders", kept)
    lose(platform.home, "intake")
    tally = await replay(platform.settings, "intake")
    assert (tally.unexplained, tally.pending) == ([], 0)
    async with platform.running("intake"):
        status = await platform.ask("intake", "dossier", candidature_id=kept)
        assert status["status"] == "registered"
        said = {"candidature_id": kept, "name": "statuts.pdf"}
        lost = await read_as(platform, "intake.attachment", "director-1", "director", **said)
        assert lost["error"] == "attachment-gone"


async def test_the_command_uploads_submits_and_hands_over_files(
    platform: Platform, fabriques: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FABRIQUES_REHEARSAL", "1")
    dossier, body = submission()
    file = tmp_path / "candidature.json"
    file.write_text(json.dumps(body), encoding="utf-8")
    budget, program = tmp_path / "budget.ods", tmp_path / "virus.pdf"
    budget.write_bytes(ODS)
    program.write_bytes(b"MZ\x90\x00")
    async with platform.running(*SERVICES):
        submit = ("submit", str(file), "--at", OPEN_DAY)
        code, said = await fabriques(
            *submit, "--attach", str(program), "--attach", "statutes:none.pdf"
        )
        assert (code, "neither PDF" in said, "none.pdf: No such file" in said) == (1, True, True)
        code, said = await fabriques(*submit, "--attach", f"budget:{budget}")
        assert (code, "registered" in said) == (0, True), said
        code, said = await fabriques("dossier", dossier, *DIRECTOR)
        assert "Attached: budget.ods (budget, " in said
        for service in SERVICES:
            await platform.idle(service)
        told = await fabriques.data("export", dossier, "-o", str(tmp_path / "all"), "--as", "d-1")
        assert (tmp_path / "all" / "attachments" / "budget.ods").read_bytes() == ODS
        assert told["files"][-1].endswith("budget.ods")
