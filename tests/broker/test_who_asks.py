"""What the key of a front-end learns by asking: of what was said there, and nothing of the others'."""

import pytest

from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract import intake
from shared.contract.eligibility import EligibilityChecked
from shared.contract.people import PersonRegistered
from shared.kit import service
from shared.kit.delivery import ACT_HEADER
from shared.kit.ids import unstamped_id
from shared.kit.people.signatures import public_key_of
from tests.people import key_of
from tests.platform import Platform
from tests.service.selection import ballot
from tests.service.selection.ballot import REVIEWED, dossier

UNDECIDED = {"decided": False, "waits_for": None}


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever asks"])
async def test_a_front_end_of_reviewers_learns_what_came_of_its_own_events_alone(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    """An officer's act is told to no front-end of reviewers, by its place or by its act id."""
    if not looked_at:
        monkeypatch.setattr(service, "stream_told", lambda *_: "")
    async with platform.running("eligibility"):
        await ballot.say(platform, intake.CandidatureRegistered, ballot.registered(1))
        await platform.fact(EligibilityChecked, dossier(1))
        body = ballot.act(candidature_id=dossier(1), reviewer_id="r1")
        kept = await platform.publish(
            "officers", officers.ReviewAssigned, dossier(1), body, at=REVIEWED
        )
        await platform.idle("eligibility")
        marks = {"candidature_id": dossier(1), "reviewer_id": "r1", "marks": ballot.marks_of(5)}
        given = await platform.publish(
            "reviewers", front.ReviewSubmitted, dossier(1), marks | {"comment": "Lu."}, at=REVIEWED
        )
        await platform.idle("eligibility")

        act = {"event_id": unstamped_id(kept.stream, kept.seq), "dossier": dossier(1)}
        review = {"event_id": unstamped_id(given.stream, given.seq), "dossier": dossier(1)}
        ask = platform.ask_as
        assert (await ask("reviewers", "eligibility", "decided", **review))["result"] == "reviewed"
        assert (await ask("officers", "eligibility", "decided", **act))["result"] == "assigned"
        told = {
            by: await ask(by, "eligibility", "reviews", candidature_id=dossier(1))
            for by in ("officers", "operators")
        }
        [number] = told["officers"]["submitted"]
        assert number.startswith("reviewer-"), "whoever holds the pages' key learns no name"
        assert told["operators"]["submitted"] == ["r1"], "they read the log"
        heard = await ask("reviewers", "eligibility", "decided", **act)
        assert (heard == UNDECIDED) is looked_at
        [said] = [
            fact
            for fact in await platform.facts(officers.ReviewAssigned)
            if fact.sequence == kept.seq
        ]
        by_act = {"act": f"director-1/{said.headers[ACT_HEADER]}"}
        assert (await ask("officers", "eligibility", "decided", **by_act))["result"] == "assigned"
        assert (
            await ask("reviewers", "eligibility", "decided", **by_act) == UNDECIDED
        ) is looked_at


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever asks"])
async def test_a_front_end_of_reviewers_is_told_of_reviewers_alone(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    """Given somebody in another role, and somebody whom one administrator proposed."""
    if not looked_at:
        monkeypatch.setattr(service, "role_told", lambda *_: None)
    async with platform.running("eligibility"):
        for name, by in (("clerk", 1), ("clerk", 2), ("newcomer", 1)):
            body = ballot.act(
                f"administrator-{by}", "administrator", person_id=name, roles=["instructor"]
            )
            body["public_key"] = public_key_of(key_of(name))
            await platform.publish("officers", PersonRegistered, name, body, at=REVIEWED)
        await platform.idle("eligibility")
        known = await platform.ask("eligibility", "people")
        assert "clerk" in {one["person_id"] for one in known["people"]}
        assert [one["person_id"] for one in known["proposed"]] == ["newcomer"]

        told = await platform.ask_as("reviewers", "eligibility", "people")
        assert told["platform"] == known["platform"]
        assert (told["proposed"] == []) is looked_at
        roles = {one["person_id"]: one["roles"] for one in told["people"]}
        assert ("clerk" not in roles) is looked_at
        assert (roles["anna"] == ["reviewer"]) is looked_at
