"""What an operator may ask about a dead letter: a request names it and puts words in nobody's mouth."""

import base64
from typing import Any

import pytest

from services.intake.app import build as build_intake
from shared.contract.decision import Decision
from shared.contract.frontdesk import CandidatureSubmitted, WithdrawalRequested
from shared.contract.intake import CandidatureRegistered, CandidatureWithdrawn
from shared.contract.notify import EventDeadLettered, EventDiscarded, EventRedriven
from shared.kit.consumer import decide as cases
from shared.kit.consumer.batch import UNEXPECTED_MAX
from shared.kit.reactions import Reaction
from tests.broker import counting as service
from tests.platform import Platform, as_bytes
from tests.submissions import OPEN_DAY, candidature_id, submission

LARGEST_BYTES = 900_000
BY = "moreau"


def forged(platform: Platform, victim: str) -> dict[str, Any]:
    """A withdrawal that nobody sent, as a request once carried it."""
    body = as_bytes({"candidature_id": victim, "reason": "…"})
    return {
        "stream": "FRONTDESK_HOLDERS",
        "consumer": "intake-on-frontdesk_holders",
        "sequence": 999,
        "stamped_ns": 1_603_000_000_000_000_000,
        "subject": f"{platform.programme}.{WithdrawalRequested.event_type()}.{victim}",
        "headers": {"Fabriques-Time": OPEN_DAY},
        "body_base64": base64.b64encode(body).decode(),
    }


async def test_a_forged_redrive_changes_nothing(platform: Platform) -> None:
    """Given a registered dossier, a request that carries its withdrawal is refused, letter named or not."""
    victim, body = submission()
    async with platform.running(build_intake):
        await platform.publish("holders", CandidatureSubmitted, victim, body, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, victim)
        await platform.publish(
            "holders", WithdrawalRequested, candidature_id(), b"not json", at=OPEN_DAY
        )
        [letter] = await platform.dead_letters(1)
        whole = forged(platform, victim)
        named = {"letter_id": letter.data["letter_id"], "by": BY}
        assert (await operators_ask(platform, "redrive", **whole))["error"] == "request-invalid"
        assert (await operators_ask(platform, "redrive", **whole, **named))[
            "error"
        ] == "request-invalid"
        assert (await operators_ask(platform, "redrive", **named))["result"] == "dead-lettered"
        assert (await platform.ask("intake", "dossier", candidature_id=victim))[
            "status"
        ] == "registered"
    assert await platform.facts(CandidatureWithdrawn) == []


async def test_a_service_takes_its_own_letters_alone_and_only_what_it_could_not_decide(
    platform: Platform,
) -> None:
    dossier, body = submission()
    async with platform.running(build_intake):
        place = (
            await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        ).seq
        await platform.fact(CandidatureRegistered, dossier)
        assert await refusal(platform, f"intake-on-frontdesk_holders-{place}") == "letter-unknown"
        await says_a_letter(
            platform, "intake-on-frontdesk_holders", place, f"intake-on-frontdesk_holders-{place}"
        )
        assert await refusal(platform, f"intake-on-frontdesk_holders-{place}") == "already-decided"
        await says_a_letter(
            platform, "notify-on-frontdesk_holders", place, f"notify-on-frontdesk_holders-{place}"
        )
        assert (
            await refusal(platform, f"notify-on-frontdesk_holders-{place}") == "letter-of-another"
        )
        await says_a_letter(
            platform, "intake-on-frontdesk_holders", place, "intake-on-frontdesk_holders-77"
        )
        assert await refusal(platform, "intake-on-frontdesk_holders-77") == "letter-of-another"
    assert len(await platform.facts(CandidatureRegistered)) == 1
    assert await platform.facts(EventRedriven) == []
    assert await platform.facts(EventDiscarded) == []


async def test_the_largest_event_is_decided_again_as_the_log_holds_it_and_the_act_is_kept(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Headers that look like the server's own change neither the place nor the time of an event."""
    monkeypatch.setattr(cases, "ATTEMPTS_MAX", 1)
    dossier, other = candidature_id(), candidature_id()
    body = as_bytes({"candidature_id": dossier, "reason": "moved"})
    subject = f"{platform.programme}.{WithdrawalRequested.event_type()}.{other}"
    headers = {
        "Nats-Subject": subject,
        "Nats-Sequence": "1",
        "Nats-Time-Stamp": "2020-01-01T00:00:00Z",
    }
    async with platform.running(service.build) as [counting]:
        mended = broken(counting)
        large = body + b" " * (LARGEST_BYTES - len(body))
        await platform.publish(
            "holders", WithdrawalRequested, dossier, large, at=OPEN_DAY, headers=headers
        )
        [letter] = await platform.dead_letters(1)
        letter_id = letter.data["letter_id"]
        still = await operators_ask(platform, "redrive", letter_id=letter_id, by=BY)
        assert (still["result"], still["closed"]) == ("dead-lettered", False)
        counting.consumer.decider.reactions._table.update(mended)
        done = await operators_ask(platform, "redrive", letter_id=letter_id, by=BY)
        assert (done["result"], done["closed"]) == ("counted", True)
        assert await refusal(platform, letter_id) == "already-decided"
    assert len(await platform.facts(CandidatureWithdrawn, dossier)) == 1
    acts = [fact.data for fact in await platform.facts(EventRedriven, letter_id)]
    assert acts == [
        {"letter_id": letter_id, "by": BY, "result": result}
        for result in ("dead-lettered", "counted")
    ]


async def test_a_letter_that_needs_nothing_more_stays_in_the_log_with_who_said_so_and_why(
    platform: Platform,
) -> None:
    async with platform.running(build_intake):
        await platform.publish(
            "holders", WithdrawalRequested, candidature_id(), b"not json", at=OPEN_DAY
        )
        [letter] = await platform.dead_letters(1)
        letter_id = letter.data["letter_id"]
        assert (await operators_ask(platform, "discard", letter_id=letter_id, by=BY))[
            "error"
        ] == "request-invalid"
        done = await platform.ask_as(
            "operators", "intake", "discard", letter_id=letter_id, by=BY, reason="saisi deux fois"
        )
        assert done["closed"]
        kept = await platform.fact(EventDiscarded, letter_id)
    assert kept.data == {"letter_id": letter_id, "by": BY, "reason": "saisi deux fois"}
    assert len(await platform.facts(EventDeadLettered, letter_id)) == 1


async def test_an_operator_who_retries_while_the_rule_is_broken_stops_no_service(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "ATTEMPTS_MAX", 1)
    async with platform.running(service.build) as [counting]:
        broken(counting)
        dossier = candidature_id()
        body = {"candidature_id": dossier, "reason": "moved"}
        await platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)
        [letter] = await platform.dead_letters(1)
        for _ in range(UNEXPECTED_MAX + 1):
            again = await operators_ask(
                platform, "redrive", letter_id=letter.data["letter_id"], by=BY
            )
            assert again["result"] == "dead-lettered"
        assert counting.broken is None


def broken(counting: Any) -> dict[str, Any]:
    """Puts a rule with a mistake in the place of the right one, which is returned."""

    def choke(_book: Any, _event: Any, _at: Any) -> Decision:
        raise KeyError("x")

    table, kind = counting.consumer.decider.reactions._table, WithdrawalRequested.event_type()
    right = {kind: table[kind]}
    table[kind] = (WithdrawalRequested, Reaction(choke))
    return right


async def operators_ask(platform: Platform, question: str, **body: Any) -> dict[str, Any]:
    return await platform.ask_as("operators", "intake", question, **body)


async def refusal(platform: Platform, letter_id: str) -> str:
    """The word with which intake refuses both acts on a letter."""
    again = await operators_ask(platform, "redrive", letter_id=letter_id, by=BY)
    gone = await operators_ask(
        platform, "discard", letter_id=letter_id, by=BY, reason="rien à faire"
    )
    assert again["error"] == gone["error"]
    return str(again["error"])


async def says_a_letter(platform: Platform, consumer: str, sequence: int, letter_id: str) -> None:
    """Another service's identity writes a letter that is none of its own."""
    stream = consumer.partition("-on-")[2].upper()
    fact = EventDeadLettered(
        letter_id=letter_id,
        consumer=consumer,
        stream=stream,
        sequence=sequence,
        subject="x",
        cause="x",
        attempts=1,
    )
    body = fact.model_dump_json().encode()
    [event] = [one for one in await platform.stored(stream) if one.sequence == sequence]
    headers = {"ce-causationid": event.headers.get("ce-id", "FRONTDESK-000000000001-1")}
    await platform.publish("eligibility", EventDeadLettered, letter_id, body, headers=headers)
