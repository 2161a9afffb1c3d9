"""A connection speaks for itself alone: attacks on approvals, territory and reviews, on a real server.

Each is played twice: as it is, and without the gate before the reaction, where it must succeed.
"""

from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from deploy.local.audit.comparison import audit
from services.funding.handlers import waves
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract import intake
from shared.contract.eligibility import CandidatureScored, EligibilityChecked
from shared.contract.people import PersonRegistered, PersonRevoked
from shared.contract.topology import SERVICES
from shared.kit.consumer import decide as cases
from shared.kit.ids import unstamped_id
from shared.kit.people.signatures import public_key_of, signed_headers
from tests.people import key_of
from tests.platform import Platform, as_bytes, until
from tests.service.selection import ballot
from tests.service.selection.ballot import CLOSED, PUBLISHED, REVIEWED, WAVE, dossier

THIEF = key_of("thief")


@pytest.fixture(params=[True, False], ids=["as it is", "without the gate"])
def gate(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """The control: what the attack does where nobody looks at who speaks."""
    if not request.param:
        monkeypatch.setattr(cases, "refusal_of", lambda *_: None)
    return bool(request.param)


async def forged(
    platform: Platform, event: Any, body: dict[str, Any], key: Any = THIEF, at: str = PUBLISHED
) -> str:
    """An act in somebody's name, signed with a key of our own.

    Returns the id of its event, without its stamp.
    """
    name = str(body[event.dossier_field])
    subject = f"{platform.programme}.{event.event_type()}.{name}"
    data = as_bytes(body)
    # The same bytes again are the same act again.
    act_id = str(UUID(bytes=sha256(data).digest()[:16]))
    headers = signed_headers(key, platform.roots.platform, subject, act_id, data)
    identity = "reviewers" if event.publisher == "frontdesk" else "officers"
    ack = await platform.publish(identity, subject, body=data, at=at, headers=headers)
    return unstamped_id(ack.stream, ack.seq)


async def came_of(platform: Platform, service: str, event_id: str, name: str) -> str:
    """Why an act was refused, or that it counted."""

    async def decided() -> dict[str, Any] | None:
        answer = await platform.ask(service, "decided", event_id=event_id, dossier=name)
        return answer if answer["decided"] else None

    found = await until(decided, f"{service} decides on {event_id}")
    return found["reasons"][0]["code"] if found["result"] == "refused" else "counted"


async def test_one_person_does_not_approve_a_wave_as_two(platform: Platform, gate: bool) -> None:
    async with platform.running("funding"):
        digest = (await ballot.rank(platform, {1: 5, 2: 4}))["proposal"]["digest"]
        await ballot.approve(platform, digest, "director-1")
        body = ballot.act("director-2", wave=WAVE, digest=digest)
        event_id = await forged(platform, officers.WaveApproved, body, key_of("director-1"))
        found = await came_of(platform, "funding", event_id, WAVE)
        state = (await platform.ask("funding", "wave", wave=WAVE))["state"]
        assert (found, state) == (
            ("signature-wrong", "ranked") if gate else ("counted", "published")
        )


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever is gone"])
async def test_a_first_approval_counts_no_more_once_its_author_is_revoked(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    """Given a stolen key that approved, when it is revoked, then two more directors are needed."""
    if not looked_at:
        monkeypatch.setattr(waves, "still_counts", lambda *_: True)
    async with platform.running("funding"):
        digest = (await ballot.rank(platform, {1: 5, 2: 4}))["proposal"]["digest"]
        await ballot.approve(platform, digest, "director-1")
        await revoke(platform, "director-1")
        await ballot.approve(platform, digest, "director-2")
        await platform.idle("funding")
        seen = await platform.ask("funding", "wave", wave=WAVE)
        if not looked_at:
            assert seen["state"] == "published"
            return
        assert [approval["actor"] for approval in seen["approvals"]] == ["director-2"]
        await ballot.approve(platform, digest, "d-1")
        await ballot.state_is(platform, "published")


async def test_no_other_role_approves_a_wave(platform: Platform, gate: bool) -> None:
    """Signed and held, the role of an instructor is not the director's."""
    async with platform.running("funding"):
        digest = (await ballot.rank(platform, {1: 5, 2: 4}))["proposal"]["digest"]
        for name in ("officer-1", "officer-2"):
            body = ballot.act(name, "instructor", wave=WAVE, digest=digest)
            ack = await platform.publish(
                "officers", officers.WaveApproved, WAVE, body, at=PUBLISHED
            )
        found = await came_of(platform, "funding", f"BACKOFFICE-{ack.seq:012d}", WAVE)
        state = (await platform.ask("funding", "wave", wave=WAVE))["state"]
        assert (found, state) == (
            ("role-not-allowed", "ranked") if gate else ("counted", "published")
        )


async def test_nobody_decides_a_territory_in_a_role_that_is_not_theirs(
    platform: Platform, gate: bool
) -> None:
    async with platform.running("eligibility"):
        await enrol(platform, "intern", "reviewer")
        await ballot.say(platform, intake.CandidatureRegistered, ballot.registered(1))
        await platform.fact(EligibilityChecked, dossier(1))
        body = ballot.act("intern", candidature_id=dossier(1), zones=["qpv"])
        event_id = await forged(platform, officers.TerritoryDecided, body, key_of("intern"))
        found = await came_of(platform, "eligibility", event_id, dossier(1))
        assert found == ("role-not-held" if gate else "counted")


async def test_one_connection_does_not_write_every_review(platform: Platform, gate: bool) -> None:
    async with platform.running("eligibility"):
        await ballot.say(platform, intake.CandidatureRegistered, ballot.registered(1))
        for name in ("r1", "r2"):
            body = ballot.act(candidature_id=dossier(1), reviewer_id=name)
            await platform.publish(
                "officers", officers.ReviewAssigned, dossier(1), body, at=REVIEWED
            )
        await platform.idle("eligibility")
        for name in ("r1", "r2"):
            marks = {
                "candidature_id": dossier(1),
                "reviewer_id": name,
                "marks": ballot.marks_of(5),
                "comment": "Lu.",
            }
            event_id = await forged(platform, front.ReviewSubmitted, marks, at=REVIEWED)
            found = await came_of(platform, "eligibility", event_id, dossier(1))
            assert found == ("signature-wrong" if gate else "counted")
        assert bool(await platform.facts(CandidatureScored)) is not gate


async def test_an_act_that_is_sent_again_as_it_was_changes_nothing(
    platform: Platform, gate: bool
) -> None:
    """Given two answers of an officer, the bytes of the first do not undo the second."""
    async with platform.running("eligibility"):
        await ballot.say(platform, intake.CandidatureRegistered, ballot.registered(1))
        await platform.fact(EligibilityChecked, dossier(1))
        told = [
            ballot.act("officer-1", candidature_id=dossier(1), zones=zones)
            for zones in (["qpv"], [])
        ]
        first = await forged(platform, officers.TerritoryDecided, told[0], key_of("officer-1"))
        await platform.publish(
            "officers", officers.TerritoryDecided, dossier(1), told[1], at=ballot.LATER
        )
        await platform.fact(EligibilityChecked, dossier(1), count=3)
        again = await forged(platform, officers.TerritoryDecided, told[0], key_of("officer-1"))
        assert again != first
        found = await came_of(platform, "eligibility", again, dossier(1))
        assert found == ("act-repeated" if gate else "counted")
        await platform.idle("eligibility")
        latest = (await platform.facts(EligibilityChecked, dossier(1)))[-1]
        assert latest.data["eligible"] is not gate


async def test_a_person_is_registered_by_two_and_revoked_for_what_comes_after(
    platform: Platform,
) -> None:
    """A review waits for its author's registration; a revoked officer's act is refused."""
    async with platform.running("eligibility"):
        await ballot.say(platform, intake.CandidatureRegistered, ballot.registered(1))
        await platform.fact(EligibilityChecked, dossier(1))
        body = ballot.act("newcomer", "instructor", candidature_id=dossier(1), zones=["qpv"])
        early = await forged(platform, officers.TerritoryDecided, body, key_of("newcomer"))
        await platform.idle("eligibility")
        waiting = await platform.ask("eligibility", "decided", event_id=early, dossier=dossier(1))
        assert waiting == {"decided": False, "waits_for": "newcomer"}

        await enrol(platform, "newcomer", "instructor")
        assert await came_of(platform, "eligibility", early, dossier(1)) == "person-unknown"
        body = ballot.act("newcomer", "instructor", candidature_id=dossier(1), zones=[])
        await forged(platform, officers.TerritoryDecided, body, key_of("newcomer"))
        await platform.fact(EligibilityChecked, dossier(1), count=2)

        await revoke(platform, "newcomer")
        body = ballot.act("newcomer", "instructor", candidature_id=dossier(1), zones=["qpv"])
        late = await forged(platform, officers.TerritoryDecided, body, key_of("newcomer"))
        assert await came_of(platform, "eligibility", late, dossier(1)) == "person-revoked"


async def test_the_audit_names_every_act_that_nobody_signed_so(
    platform: Platform, gate: bool
) -> None:
    """What a service refused is told; what it let count is wrong. The log alone says who stood when."""
    async with platform.running(*SERVICES):
        await enrol(platform, "newcomer", "director")
        extended = ballot.act("newcomer", wave=WAVE, closes_on="2021-01-15")
        await forged(platform, officers.WaveExtended, extended, key_of("newcomer"), at=CLOSED)
        stolen = ballot.act("director-1", wave=WAVE, closes_on="2021-01-20")
        event_id = await forged(platform, officers.WaveExtended, stolen, at=CLOSED)
        await came_of(platform, "intake", event_id, WAVE)
        report = await audit(platform.settings)
    named = report.forged if gate else report.unproven
    assert [(place.sequence, place.subject.partition(" ")[0]) for place in named] == [
        (int(event_id.rpartition("-")[2]), "signature-wrong")
    ]
    assert report.sound is gate
    assert report.acts == 4


async def revoke(platform: Platform, name: str) -> None:
    for by in ("administrator-1", "administrator-2"):
        gone = ballot.act(by, "administrator", person_id=name)
        await platform.publish("officers", PersonRevoked, name, gone, at=CLOSED)


async def enrol(platform: Platform, name: str, role: str) -> None:
    fields = {"person_id": name, "roles": [role], "public_key": public_key_of(key_of(name))}
    for by in ("administrator-1", "administrator-2"):
        body = ballot.act(by, "administrator", **fields)
        await platform.publish("officers", PersonRegistered, name, body, at=CLOSED)
    await platform.idle("eligibility")
