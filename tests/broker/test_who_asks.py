"""What the key of a front-end learns by asking: of what was said there, and nothing of the others'."""

import pytest

from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract import intake
from shared.contract.eligibility import EligibilityChecked
from shared.kit import service
from shared.kit.delivery import ACT_HEADER
from shared.kit.ids import unstamped_id
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
        kept = await platform.publish("officers", officers.ReviewAssigned, dossier(1), body, at=REVIEWED)
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
        heard = await ask("reviewers", "eligibility", "decided", **act)
        assert (heard == UNDECIDED) is looked_at
        [said] = [fact for fact in await platform.facts(officers.ReviewAssigned) if fact.sequence == kept.seq]
        by_act = {"act": f"director-1/{said.headers[ACT_HEADER]}"}
        assert (await ask("officers", "eligibility", "decided", **by_act))["result"] == "assigned"
        assert (await ask("reviewers", "eligibility", "decided", **by_act) == UNDECIDED) is looked_at
