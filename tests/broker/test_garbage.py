"""Garbage of every kind, on every subject heard, ends as a dead letter or a refusal that says why.

The services stay up, and the next good event is served.
"""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from shared.contract.accounts import limits_of
from shared.contract.audience import writers_of
from shared.contract.documents import example_of
from shared.contract.event import Event
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRefused, CandidatureRegistered
from shared.contract.subjects import stream_of
from shared.contract.topology import HEARS, SERVICES
from tests.broker.garbage import garbage_for
from tests.platform import Platform, until
from tests.submissions import OPEN_DAY, candidature_id, submission


def dossier_of(event: type[Event]) -> str:
    return str(example_of(event)[event.dossier_field])


@pytest.mark.parametrize("service", SERVICES)
async def test_garbage_on_every_subject_a_service_hears_is_a_dead_letter_with_a_cause(
    platform: Platform, service: str
) -> None:
    sent: dict[tuple[str, int], str] = {}

    async def say(events: Sequence[type[Event]]) -> None:
        for event in events:
            [writer, *_] = writers_of(event, platform.programme)
            for fault, body in garbage_for(event).items():
                if len(body) > limits_of(writer).payload_bytes:
                    continue  # the server itself takes no such message from this account
                dossier = (
                    dossier_of(event)
                    if stream_of(event.publisher) != "TRANCHES"
                    else f"x-{len(sent)}"
                )
                ack = await platform.publish(writer, event, dossier, body)
                sent[ack.stream, ack.seq] = f"{fault} as {event.__name__}"

    await say([event for event in HEARS[service] if event.publisher != service])
    async with platform.running(service) as [running]:
        # At its start it would be refused.
        await say([event for event in HEARS[service] if event.publisher == service])
        await platform.idle(service)
        left = dict(sent)
        for letter in await platform.dead_letters():
            assert letter.data["cause"]
            assert letter.data["consumer"].startswith(f"{service}-on-")
            left.pop((letter.data["stream"], letter.data["sequence"]))
        assert set(left.values()) == await answered_otherwise(platform, service)
        assert running.broken is None
        assert (await platform.ask(service, "ready"))["ready"]


async def answered_otherwise(platform: Platform, service: str) -> set[str]:
    """The counter answers whatever names one dossier, at least by its subject; notify leaves that to it."""
    faults = {f"{fault} as CandidatureSubmitted" for fault in garbage_for(CandidatureSubmitted)}
    if service == "intake":
        answered = faults - {
            f"{other} as CandidatureSubmitted" for other in ("another dossier", "huge")
        }
        found = await platform.facts(CandidatureRefused)
        assert [bool(refused.data["reasons"]) for refused in found] == [True] * len(answered)
        return answered
    return faults if service == "notify" else set()


async def test_a_holder_whose_front_end_sends_garbage_is_answered_or_it_is_a_dead_letter_and_the_next_served(
    platform: Platform,
) -> None:
    dossier = dossier_of(CandidatureSubmitted)
    async with platform.running("intake"):
        for sent, (fault, bad) in enumerate(garbage_for(CandidatureSubmitted).items(), start=1):
            good, body = submission()
            await platform.publish("holders", CandidatureSubmitted, dossier, bad, at=OPEN_DAY)
            await platform.publish("holders", CandidatureSubmitted, good, body, at=OPEN_DAY)
            await platform.fact(CandidatureRegistered, good)
            refused = await platform.facts(CandidatureRefused, dossier)
            assert len(refused) + len(await platform.dead_letters()) == sent, fault
        assert not await platform.facts(CandidatureRegistered, dossier)


async def test_a_readable_file_with_many_mistakes_is_refused_with_every_reason_on_its_own_subject(
    platform: Platform,
) -> None:
    changes: dict[str, Any] = {
        "holder__siret": "12345678901234",
        "place__commune_code": "99999",
        "budget__requested_cents": [6_000_000, 6_000_000, 6_000_000],
    }
    dossier, body = submission(**changes)
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        refused = await platform.fact(CandidatureRefused, dossier)
        codes = {reason["code"] for reason in refused.data["reasons"]}
        assert codes == {
            "siret-invalid",
            "commune-unknown",
            "yearly-cap-exceeded",
            "amount-out-of-range",
        }
        assert all(reason["message"] for reason in refused.data["reasons"])


HOSTILE_HEADERS = {
    "a foreign time": {"Fabriques-Time": "yesterday"},
    "a time without zone": {"Fabriques-Time": "2020-11-03T10:00:00"},
    "a time before all rows": {"Fabriques-Time": "0001-01-01T00:00:00+14:00"},
    "a time after all rows": {"Fabriques-Time": "9999-12-31T23:59:59-12:00"},
}


async def test_a_time_that_cannot_be_kept_is_a_dead_letter_and_the_next_is_served(
    platform: Platform,
) -> None:
    async with platform.running("intake"):
        for sent, (name, headers) in enumerate(HOSTILE_HEADERS.items(), start=1):
            (bad, file), (good, body) = submission(), submission()
            await platform.publish("holders", CandidatureSubmitted, bad, file, headers=headers)
            await platform.publish("holders", CandidatureSubmitted, good, body, at=OPEN_DAY)
            await platform.fact(CandidatureRegistered, good)
            letters = await platform.dead_letters(sent)
            assert len(letters) == sent, name
            assert "Fabriques-Time" in letters[-1].data["cause"], name


async def test_headers_a_front_end_made_up_neither_choose_an_id_nor_travel_on(
    platform: Platform,
) -> None:
    first, second = submission(), submission()
    forged = {
        "ce-id": "the-same",
        "ce-type": "intake.candidature.registered.v1",
        "ce-time": "1999-01-01T00:00:00Z",
        "ce-correlationid": "Camille Exemple " + "x" * 500,
        "traceparent": "Camille Exemple",
    }
    async with platform.running("intake"):
        for dossier, body in (first, second):
            await platform.publish(
                "holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY, headers=forged
            )
        for dossier, _ in (first, second):
            registered = await platform.fact(CandidatureRegistered, dossier)
            assert "Camille" not in str(registered.headers)
            assert registered.data["received_at"].startswith("2020-11-03")


async def test_a_dossier_that_is_no_id_is_a_dead_letter_whatever_is_in_the_body(
    platform: Platform,
) -> None:
    tokens = ["x", "0198F2C4", "a" * 3_000, "é€😀", "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c1%"]
    async with platform.running("intake"):
        for sent, token in enumerate(tokens, start=1):
            good, body = submission()
            await platform.publish(
                "holders", CandidatureSubmitted, token, {**body, "candidature_id": token}
            )
            await platform.publish("holders", CandidatureSubmitted, good, body, at=OPEN_DAY)
            await platform.fact(CandidatureRegistered, good)
            assert len(await platform.dead_letters(sent)) == sent, token


async def test_what_nobody_hears_stays_in_the_log_and_disturbs_nobody(platform: Platform) -> None:
    """Given facts of another version or no known name (from one with more rights), no service trips."""
    good, body = submission()
    for name in (
        "candidature.submitted.v2",
        "candidature.submitted.v1.too.long",
        "unheard.of.v1",
        "x",
    ):
        await platform.publish(
            "provisioner", f"fabriques.frontdesk.holders.{name}.{good}", body={"a": 1}
        )
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, good, body, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, good)
        assert await platform.dead_letters() == []


async def test_a_body_above_the_streams_limit_is_refused_by_the_broker(platform: Platform) -> None:
    dossier, body = submission(project__summary="x" * 1_000_000)
    with pytest.raises(Exception, match="maximum"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)


@pytest.mark.parametrize("question", ["dossier", "calendar", "summary"])
async def test_a_question_that_is_garbage_does_not_stop_the_service(
    platform: Platform, question: str
) -> None:
    client = await platform.connect("officers")

    async def answered() -> bool:
        answer = await platform.ask("intake", "dossier", candidature_id=candidature_id())
        return answer.get("error") == "unknown"

    async with platform.running("intake") as [service]:
        for body in (b"", b"null", b"[1]", b"\xff", b'{"candidature_id": {"a": 1}}', b"{}"):
            await client.publish(
                f"fabriques.ask.intake.{question}", body, reply="_INBOX_officers.nobody"
            )
            await until(answered, f"the next question after {body!r} is answered")
            assert service.broken is None, body


def test_the_garbage_of_these_tests_is_garbage() -> None:
    """The control: each example without its fault is accepted, so that a refusal is the fault's doing."""
    for events in HEARS.values():
        for event in events:
            event.model_validate_json(json.dumps(example_of(event)))
