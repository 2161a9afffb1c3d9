"""Who reads a dossier, on a real server: by right alone, by their own key, and each time with a line."""

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from deploy.local.rebuilding.replay import replay
from services.intake import questions
from shared.contract import backoffice as officers
from shared.contract.eligibility import EligibilityChecked, ReviewReleased, ReviewRequested
from shared.contract.frontdesk import CandidatureSubmitted, ReviewRecused, ReviewSubmitted
from shared.contract.intake import CandidatureRegistered, FileRead
from shared.contract.people import PersonRevoked
from shared.kit import signed_questions
from shared.kit.bus.connection import connect
from shared.kit.people import readings
from shared.kit.people.signatures import public_key_of
from tests.command import Command
from tests.copies import lose
from tests.people import key_of
from tests.platform import PATIENCE_SECONDS, Platform
from tests.reading import Asking, read_as
from tests.service.selection.ballot import act, marks_of
from tests.submissions import OPEN_DAY, submission

LATER = "2020-11-03T10:01:00+01:00"
THIEF = key_of("thief")
CONTACTS = {"representative", "email", "phone"}


async def registered(platform: Platform, **changes: Any) -> str:
    dossier, body = submission(**changes)
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    await platform.fact(CandidatureRegistered, dossier)
    return dossier


async def assigned(platform: Platform, dossier: str, *names: str) -> None:
    """Asked, and known to intake as such."""
    await platform.fact(EligibilityChecked, dossier)
    for name in names:
        body = act("officer-1", "instructor", candidature_id=dossier, reviewer_id=name)
        await platform.publish("officers", officers.ReviewAssigned, dossier, body, at=OPEN_DAY)
    await platform.fact(ReviewRequested, dossier, count=len(names))
    await platform.idle("intake")


async def marked(
    platform: Platform, dossier: str, name: str, mark: int, comment: str, at: str = OPEN_DAY
) -> None:
    said = {
        "candidature_id": dossier,
        "reviewer_id": name,
        "marks": marks_of(mark),
        "comment": comment,
    }
    await platform.publish("reviewers", ReviewSubmitted, dossier, said, at=at)
    await platform.idle("eligibility")


async def lines_of(platform: Platform, service: str, dossier: str) -> list[tuple[str, str]]:
    told = await platform.ask_as("operators", service, "readings", candidature_id=dossier)
    return sorted((line["reader_id"], line["role"]) for line in told["readings"])


async def test_each_reads_what_their_role_needs_and_leaves_a_line(platform: Platform) -> None:
    async with platform.running("intake", "eligibility"):
        dossier = await registered(platform)
        siret = (await _file(platform, dossier))["holder"]["siret"]
        _, body = submission(
            candidature_id=dossier, project__summary="Un autre résumé.", holder__siret=siret
        )
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, dossier, count=2)

        latest = await _file(platform, dossier)
        assert (latest["version"], latest["versions"]) == (2, [1, 2])
        assert latest["project"]["summary"] == "Un autre résumé."
        first = await _file(platform, dossier, version=1)
        assert first["project"]["summary"] != latest["project"]["summary"]
        assert set(latest["holder"]) >= CONTACTS
        assert (await _file(platform, dossier, version=3))["error"] == "version-unknown"
        assert (await _file(platform, submission()[0]))["error"] == "unknown"

        asked = ("comptable-1", "accountant")
        treasurer = await read_as(platform, "intake.file", *asked, candidature_id=dossier)
        assert not CONTACTS & set(treasurer["holder"])
        assert treasurer["budget"] == latest["budget"]
        refused = await read_as(platform, "intake.file", "d-1", "operator", candidature_id=dossier)
        assert refused["error"] == "role-not-allowed"

        lines = await lines_of(platform, "intake", dossier)
        assert lines == [asked, *[("director-1", "director")] * 3]
        said = [fact.data["reader_id"] for fact in await platform.facts(FileRead, dossier)]
        assert sorted(said) == [reader for reader, _ in lines]


async def _file(platform: Platform, dossier: str, **more: Any) -> dict[str, Any]:
    return await read_as(
        platform, "intake.file", "director-1", "director", candidature_id=dossier, **more
    )


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever asks"])
async def test_a_reviewer_reads_what_they_were_asked_to_while_it_stands(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    if not looked_at:
        monkeypatch.setattr(questions, "require_reader", lambda *_: None)
    async with platform.running("intake", "eligibility"):
        mine, other = await registered(platform), await registered(platform)
        await assigned(platform, mine, "anna", "bela")

        async def read(name: str, dossier: str) -> str:
            found = await read_as(
                platform, "intake.file", name, "reviewer", "reviewers", candidature_id=dossier
            )
            return str(found.get("error") or "read")

        found = [await read("anna", mine), await read("anna", other), await read("carl", mine)]
        refused = "not-asked-to-review" if looked_at else "read"
        assert found == ["read", refused, refused]

        recusal = {"candidature_id": mine, "reviewer_id": "anna", "reason": "Conflit d'intérêts."}
        await platform.publish("reviewers", ReviewRecused, mine, recusal, at=OPEN_DAY)
        await platform.fact(ReviewReleased, mine)
        await platform.idle("intake")
        assert [await read("anna", mine), await read("bela", mine)] == [refused, "read"]


async def test_a_reviewer_reads_the_others_once_their_own_review_is_given(
    platform: Platform,
) -> None:
    async with platform.running("intake", "eligibility"):
        dossier = await registered(platform)
        await assigned(platform, dossier, "anna", "bela")
        await marked(platform, dossier, "bela", 4, "Un projet solide.")

        async def read(name: str, role: str = "reviewer") -> dict[str, Any]:
            return await read_as(
                platform, "eligibility.file-reviews", name, role, candidature_id=dossier
            )

        assert (await read("anna"))["error"] == "own-review-first"
        assert (await read("carl"))["error"] == "not-asked-to-review"
        told = (await read("director-1", "director"))["reviews"]
        assert [(one["reviewer_id"], one["comment"]) for one in told] == [
            ("bela", "Un projet solide.")
        ]

        waits = await read_as(platform, "eligibility.my-reviews", "anna", "reviewer", "reviewers")
        assert [(one["candidature_id"], one["state"]) for one in waits["reviews"]] == [
            (dossier, "asked")
        ]
        await marked(platform, dossier, "anna", 3, "À préciser.")
        assert {one["reviewer_id"] for one in (await read("anna"))["reviews"]} == {"anna", "bela"}
        lines = await lines_of(platform, "eligibility", dossier)
        assert lines == [("anna", "reviewer"), ("director-1", "director")]

        # Bela has read nothing but her own: she changes her mind. Anna has seen hers, and her marks stand.
        await marked(platform, dossier, "bela", 3, "Moins solide.")
        await marked(platform, dossier, "anna", 4, "Comme Bela.", at=LATER)
        found = {
            one["reviewer_id"]: set(one["marks"].values())
            for one in (await read("bela"))["reviews"]
        }
        assert found == {"anna": {3}, "bela": {3}}


async def test_the_commands_read_and_tell_who_read(platform: Platform, fabriques: Command) -> None:
    async with platform.running("intake", "eligibility", "funding"):
        dossier = await registered(platform)
        await assigned(platform, dossier, "anna")
        await marked(platform, dossier, "anna", 4, "Un projet solide.")
        receipt = (await platform.ask("intake", "dossier", candidature_id=dossier))[
            "receipt_number"
        ]
        code, told = await fabriques(
            "dossier", receipt, "--reviews", "--as", "d-1", "--role", "director"
        )
        assert code == 0
        for words in (
            receipt,
            "Camille Exemple",
            "Adhésions",
            "15",
            "Review of anna",
            "Un projet solide.",
        ):
            assert words in told
        mine = await fabriques.data("reviews", "mine", "--as", "anna")
        assert [(one["candidature_id"], one["state"]) for one in mine["reviews"]] == [
            (dossier, "given")
        ]
        code, told = await fabriques("dossier", receipt, "--as", "carl", "--role", "reviewer")
        assert (code, told) == (
            1,
            "fabriques: Ce dossier n'est pas de ceux que vous avez à lire.\n",
        )
        lines = await fabriques.data("readings", receipt)
        assert {(line["reader_id"], line["what"]) for line in lines} == {
            ("d-1", "texts and budget"), ("d-1", "reviews"),
        }  # fmt: skip


async def test_a_holder_reads_with_the_dossiers_key_and_only_their_own(platform: Platform) -> None:
    async with platform.running("intake"):
        key, other = key_of("holder"), key_of("another holder")
        dossier = await registered(platform, holder__public_key=public_key_of(key))
        asking = Asking(platform, "intake.file", key=key, candidature_id=dossier)
        assert set((await asking.put("holders"))["holder"]) >= CONTACTS
        forged = Asking(platform, "intake.file", key=other, candidature_id=dossier)
        assert (await forged.put("holders"))["error"] == "signature-wrong"
        without = await registered(platform)
        refused = await Asking(platform, "intake.file", key=key, candidature_id=without).put(
            "holders"
        )
        assert refused["error"] == "dossier-without-key"
        # A holder's own file needs no line.
        assert await lines_of(platform, "intake", dossier) == []


# How an attack is made, and what it is answered as it is; without the gate before it, it reads the file.
ATTACKS = {
    "no signature": "signature-missing",
    "a thief's signature": "signature-wrong",
    "the signature of another question": "signature-wrong",
    "a signature of another platform": "signature-wrong",
    "another dossier than was signed": "signature-wrong",
    "a revoked person": "person-revoked",
    "an hour later": "question-stale",
}


@pytest.mark.parametrize("gate", [True, False], ids=["as it is", "without the gate"])
async def test_a_front_ends_key_reads_nothing_without_a_persons(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, gate: bool
) -> None:
    """The control: the same attacks succeed where nobody looks at who asks, and when."""
    if not gate:
        monkeypatch.setattr(readings, "objection", lambda *_: None)
        monkeypatch.setattr(signed_questions, "require_fresh", lambda *_: None)
    async with platform.running("intake"):
        dossier = await registered(platform)
        for administrator in ("administrator-1", "administrator-2"):
            gone = act(administrator, "administrator", person_id="director-2")
            await platform.publish("officers", PersonRevoked, "director-2", gone, at=OPEN_DAY)
        await platform.idle("intake")
        found = {
            name: (await attack(platform, dossier, name)).get("error", "read") for name in ATTACKS
        }
        assert found == (ATTACKS if gate else dict.fromkeys(ATTACKS, "read"))


async def attack(platform: Platform, dossier: str, name: str) -> dict[str, Any]:
    """By whoever has a front-end's key, and what passed through it."""
    person, question, more = "director-1", "intake.file", dict[str, Any]()
    if name == "a thief's signature":
        more["key"] = THIEF
    if name == "a signature of another platform":
        more["platform_name"] = "fabriques/production/0123456789ab"
    if name == "a revoked person":
        person = "director-2"
    if name == "an hour later":
        more["asked_at"] = datetime.now(UTC) - timedelta(hours=1)
    asking = Asking(platform, question, person, "director", candidature_id=dossier, **more)
    if name == "no signature":
        asking.headers.pop("Fabriques-Signature")
    if name == "the signature of another question":
        other = Asking(
            platform, "eligibility.file-reviews", person, "director", candidature_id=dossier
        )
        asking.headers = other.headers
    if name == "another dossier than was signed":
        other = Asking(platform, question, person, "director", candidature_id=submission()[0])
        asking.headers = other.headers
    return await asking.put()


async def test_what_was_asked_once_is_not_asked_again_and_who_listens_reads_nothing(
    platform: Platform,
) -> None:
    """Given a question and its answer, overheard by the same front-end's other connection."""
    async with platform.running("intake"):
        dossier = await registered(platform)
        spy = await connect(platform.settings, "officers")
        heard = await spy.subscribe("_INBOX_officers.>")
        await spy.flush()
        asking = Asking(platform, "intake.file", "director-1", "director", candidature_id=dossier)
        assert (await asking.put())["candidature_id"] == dossier
        overheard = (await heard.next_msg(timeout=PATIENCE_SECONDS)).data
        await spy.close()
        assert set(json.loads(overheard)) == {"sealed"}
        assert b"Passerelle" not in overheard
        with pytest.raises(CryptoError):
            SealedBox(PrivateKey.generate()).decrypt(b64decode(json.loads(overheard)["sealed"]))

        assert (await asking.put())["error"] == "question-repeated"
        anew = Asking(platform, "intake.file", "director-1", "director", candidature_id=dossier)
        assert (await anew.put())["candidature_id"] == dossier  # the control
        assert len(await lines_of(platform, "intake", dossier)) == 2


async def test_the_lines_come_back_with_a_database_that_is_built_anew(platform: Platform) -> None:
    async with platform.running("intake"):
        dossier = await registered(platform)
        await _file(platform, dossier)
        before = await platform.ask_as("operators", "intake", "readings", candidature_id=dossier)
    lose(platform.home, "intake")
    tally = await replay(platform.settings, "intake")
    assert (tally.unexplained, tally.pending) == ([], 0)
    async with platform.running("intake"):
        assert (
            await platform.ask_as("operators", "intake", "readings", candidature_id=dossier)
            == before
        )
