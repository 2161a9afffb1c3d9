"""What the association's key can do, on a real server: its own steps, of who agreed, and nothing else."""

from typing import Any

import pytest
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from services.notify.domain import support_acts
from shared.contract import frontdesk, funding
from shared.contract import support as s
from shared.contract.backoffice import WaveExtended
from shared.contract.event import Event
from shared.contract.notify import SupportAdvanced
from shared.contract.questions import questions_for
from shared.contract.subjects import ask_subject, subject_pattern
from shared.kit.ids import unstamped_id
from tests.platform import PATIENCE_SECONDS, Platform
from tests.submissions import OPEN_DAY, submission

LATER = "2021-03-01T10:00:00+01:00"
GOVERNANCE = {"step": "need-governance"}
UNDECIDED = {"decided": False, "waits_for": None}


async def laureate(platform: Platform, *, agrees: bool) -> str:
    """One who signed, and agreed or not that the association knows them."""
    dossier, body = submission()
    await platform.publish("holders", frontdesk.CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    award = {
        "candidature_id": dossier, "wave": "2020-4", "zone": "outside-urban", "rank": 1, "promoted": False,
        "awarded_cents": [5_000_000], "awarded_at": LATER,
    }  # fmt: skip
    await platform.publish("funding", funding.GrantAwarded, dossier, award)
    signed = {
        "candidature_id": dossier,
        "due_on": [],
        "amounts_cents": [],
        "association_consent": agrees,
    }
    await platform.publish("funding", funding.GrantAgreed, dossier, signed)
    await platform.idle("notify")
    return dossier


async def act(
    platform: Platform, kind: type[Event], dossier: str, role: str = "association", **said: Any
) -> dict[str, Any]:
    """What came of an act of the association, as its own front-end is told it."""
    body = {
        "candidature_id": dossier,
        "actor": {"id": "anna", "role": role},
        "reason": "Vu ensemble.",
        **said,
    }
    speaker = "association" if role == "association" else "officers"
    kept = await platform.publish(speaker, kind, dossier, body, at=LATER)
    await platform.idle("notify")
    place = {"event_id": unstamped_id(kept.stream, kept.seq), "dossier": dossier}
    return await platform.ask_as(speaker, "notify", "decided", **place)


async def test_it_moves_its_own_steps_of_who_agreed_and_finds_nobody_else(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with platform.running("notify"):
        theirs = await laureate(platform, agrees=True)
        silent = await laureate(platform, agrees=False)
        assert (await act(platform, s.StepAgreed, theirs, **GOVERNANCE))["result"] == "step-agreed"
        assert (await act(platform, s.StepFinished, theirs, **GOVERNANCE))[
            "result"
        ] == "step-finished"
        told = [fact.data["state"] for fact in await platform.facts(SupportAdvanced, theirs)]
        assert told[-2:] == ["agreed", "done"]
        back = await act(platform, s.StepReturned, theirs, step="introduction")
        assert back["result"] == "step-returned"
        refused = await act(platform, s.StepAgreed, silent, **GOVERNANCE)
        assert [reason["code"] for reason in refused["reasons"]] == ["not-handed-over"]

        ask = platform.ask_as
        plan = (await ask("association", "notify", "support", candidature_id=theirs))["plan"]
        assert {step["step"]: step["state"] for step in plan["steps"]}["need-governance"] == "done"
        assert "notices" not in await ask("association", "notify", "support", candidature_id=theirs)
        assert "peers" not in plan, "their peers have not agreed to it"
        unknown = await ask("association", "notify", "support", candidature_id="nobody")
        assert await ask("association", "notify", "support", candidature_id=silent) == unknown
        listed = await ask("association", "notify", "support-steps")
        assert {step["candidature_id"] for step in listed["steps"]} == {theirs}
        everything = await ask("officers", "notify", "support-steps")
        assert {step["candidature_id"] for step in everything["steps"]} == {theirs, silent}, (
            "the control"
        )

        work = (await platform.ask("notify", "todo"))["work"]
        assert ("step.assigned", theirs) in {(one["act"], one["of"]) for one in work}, (
            "it came back"
        )
        monkeypatch.setattr(support_acts, "_closed_to", lambda *_: None)
        monkeypatch.setattr(support_acts, "objection", lambda *_: None)
        unguarded = await act(platform, s.StepCommented, silent, **GOVERNANCE)
        assert unguarded["result"] == "step-commented", "the control: the rule alone kept it out"


async def test_what_its_key_may_not_say_or_ask_is_refused_by_the_server(platform: Platform) -> None:
    async with platform.running("notify", "intake"):
        dossier = await laureate(platform, agrees=True)
        for kind in (
            s.ConsentNoted,
            s.StepAssigned,
            s.StepDropped,
            WaveExtended,
            funding.GrantAwarded,
        ):
            assert not await is_let_through(
                platform, subject_pattern(platform.programme, kind, dossier)
            ), kind
        for question in (
            "notify.summary",
            "notify.todo",
            "notify.support-report",
            "intake.find",
        ):
            subject = ask_subject(platform.programme, *question.split("."))
            assert not await is_let_through(platform, subject), question
        assert {f"{one.service}.{one.name}" for one in questions_for("association")} == {
            "intake.calendar", "notify.decided", "notify.people", "notify.support", "notify.support-steps",
        }  # fmt: skip
        people = (await platform.ask_as("association", "notify", "people"))["people"]
        assert {role for one in people for role in one["roles"]} == {"association"}, (
            "its own people alone"
        )
        calendar = ask_subject(platform.programme, "intake", "calendar")
        assert await is_let_through(platform, calendar, PATIENCE_SECONDS), "control"
        noted = await act(platform, s.ConsentNoted, dossier, "instructor", agreed=False)
        assert noted["result"] == "taken-back", "the control: officers may"


async def test_it_learns_what_came_of_its_own_acts_alone_and_a_reply_subject_reaches_nobody(
    platform: Platform,
) -> None:
    async with platform.running("notify"):
        dossier = await laureate(platform, agrees=True)
        body = {
            "candidature_id": dossier, "actor": {"id": "durand", "role": "instructor"}, "reason": "Vu.",
            **GOVERNANCE,
        }  # fmt: skip
        kept = await platform.publish("officers", s.StepCommented, dossier, body, at=LATER)
        await platform.idle("notify")
        place = {"event_id": unstamped_id(kept.stream, kept.seq), "dossier": dossier}
        assert await platform.ask_as("association", "notify", "decided", **place) == UNDECIDED
        assert (await platform.ask_as("officers", "notify", "decided", **place))["decided"], (
            "the control"
        )

        client = await platform.connect("association")
        before = [len(await platform.stored(name)) for name in ("BACKOFFICE", "SUPPORT_OFFICERS")]
        asked = ask_subject(platform.programme, "notify", "support-steps")
        for stream in (
            "backoffice.wave.extended",
            "support.officers.step.dropped",
            "support.step.dropped",
        ):
            await client.publish(asked, b"{}", reply=f"{platform.programme}.{stream}.v1.{dossier}")
        assert (await platform.ask_as("association", "notify", "support-steps"))["count"] > 0
        await platform.idle("notify")
        after = [len(await platform.stored(name)) for name in ("BACKOFFICE", "SUPPORT_OFFICERS")]
        assert after == before


async def is_let_through(platform: Platform, subject: str, seconds: float = 0.4) -> bool:
    """Whether somebody answers what the association's key says there."""
    client = await platform.connect("association")
    try:
        await client.request(subject, b"{}", timeout=seconds)
    except (NoRespondersError, NatsTimeout):
        return False
    return True
