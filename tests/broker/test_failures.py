"""The families of failure: dead letter, later, too early, and the unknown.

One bad event spoils no neighbour.
"""

from dataclasses import replace
from typing import Any

import pytest

from shared.contract.decision import Decision
from shared.contract.frontdesk import WithdrawalRequested
from shared.kit.consumer import decide as cases
from shared.kit.consumer import relay
from shared.kit.consumer.batch import UNEXPECTED_MAX
from shared.kit.reactions import Reaction
from shared.kit.storage import database
from tests.broker import counting as service
from tests.broker.counting import Counting
from tests.platform import Platform, until
from tests.service.kit.counting import Tally
from tests.submissions import OPEN_DAY, candidature_id


async def test_a_bad_event_of_each_kind_spoils_no_neighbour_in_its_batch(
    counting: Counting,
) -> None:
    good = [candidature_id() for _ in range(4)]
    bad = [candidature_id() for _ in range(3)]
    consumer = await counting.open()
    await counting.say(good[0])
    await counting.platform.publish(
        "holders", WithdrawalRequested, bad[0], b"not json", at=OPEN_DAY
    )
    await counting.say(good[1])
    await counting.say(bad[1], "bug")
    await counting.say(good[2])
    await counting.say(bad[2], "later")
    await counting.say(good[3])
    await consumer.take(await counting.fetch(7))
    assert counting.counts() == dict.fromkeys(good, 1)
    [letter] = await counting.platform.dead_letters(1)
    assert letter.data["sequence"] == 2


async def test_what_the_database_refuses_spoils_no_neighbour_either(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a rule whose state breaks a constraint, its neighbours are kept, and it becomes a dead letter."""
    monkeypatch.setattr(cases, "ATTEMPTS_MAX", 1)
    good, bad = [candidature_id(), candidature_id()], candidature_id()
    consumer = await counting.open()
    broken = Decision("counted", changes=(Tally(bad, None),))  # type: ignore[arg-type]
    reaction = consumer.decider.reactions._table[WithdrawalRequested.event_type()][1]
    decide = reaction.decide

    def sometimes_broken(book: Any, event: WithdrawalRequested, at: Any) -> Decision:
        return broken if event.candidature_id == bad else decide(book, event, at)

    consumer.decider.reactions._table[WithdrawalRequested.event_type()] = (
        WithdrawalRequested,
        Reaction(sometimes_broken),
    )
    for dossier in (good[0], bad, good[1]):
        await counting.say(dossier)
    await consumer.take(await counting.fetch(3))
    assert counting.counts() == dict.fromkeys(good, 1)
    [letter] = await counting.platform.dead_letters(1)
    assert "IntegrityError" in letter.data["cause"]


async def test_what_is_temporary_comes_back_after_others_were_served(counting: Counting) -> None:
    later, good, consumer = candidature_id(), candidature_id(), await counting.open()
    await counting.say(later, "later")
    await counting.say(good)
    [first] = await counting.fetch(1)
    await consumer.take([first])
    [second, third] = [*await counting.fetch(1), *await counting.fetch(1)]
    assert (second.dossier, third.dossier) == (good, later), (
        "an immediate retry would have come first"
    )
    assert third.attempt == 2


async def test_the_delay_grows_and_is_bounded() -> None:
    delays = [cases.delay_seconds(attempt) for attempt in range(1, 40)]
    assert delays == sorted(delays)
    assert delays[0] >= 0.25
    assert delays[-1] == cases.DELAY_SECONDS_MAX


async def test_an_event_that_fails_for_an_unknown_cause_is_retried_then_becomes_a_dead_letter(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "ATTEMPTS_MAX", 2)
    consumer = await counting.open()
    await counting.say(candidature_id(), "bug")
    await consumer.take(await counting.fetch(1))
    assert await counting.platform.dead_letters() == []
    await consumer.take(await counting.fetch(1))
    [letter] = await counting.platform.dead_letters(1)
    assert letter.data["attempts"] == 2
    assert "ZeroDivisionError" in letter.data["cause"]


async def test_a_dead_letter_is_a_reference_and_holds_nobodys_data(counting: Counting) -> None:
    consumer, dossier = await counting.open(), candidature_id()
    body = {
        "candidature_id": dossier,
        "reason": "Camille Exemple a déménagé",
        "phone": "0600000000",
    }
    await counting.platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)
    await consumer.take(await counting.fetch(1))
    [letter] = await counting.platform.dead_letters(1)
    assert (letter.data["stream"], letter.data["sequence"]) == ("FRONTDESK_HOLDERS", 1)
    assert letter.data["consumer"] == "intake-on-frontdesk_holders"
    assert "(champ inconnu)" in letter.data["cause"]
    for text in (str(letter.data), str(letter.headers), letter.subject):
        assert "Camille" not in text
        assert "0600000000" not in text


async def test_a_rule_that_fails_tells_where_and_not_whom(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception's own words may quote what it choked on."""
    monkeypatch.setattr(cases, "ATTEMPTS_MAX", 1)
    consumer, dossier = await counting.open(), candidature_id()

    def choke(_book: Any, event: WithdrawalRequested, _at: Any) -> Decision:
        raise ValueError(f"cannot count {event.reason}")

    consumer.decider.reactions._table[WithdrawalRequested.event_type()] = (
        WithdrawalRequested,
        Reaction(choke),
    )
    await counting.say(dossier, "Camille Exemple")
    await consumer.take(await counting.fetch(1))
    [letter] = await counting.platform.dead_letters(1)
    assert "ValueError" in letter.data["cause"]
    assert "choke" in letter.data["cause"]
    assert "Camille" not in str(letter.data)


async def test_a_service_whose_every_event_fails_stops_before_all_is_drained(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a bad deploy, the dead letters are limited and the process ends with 1."""
    monkeypatch.setattr(cases, "ATTEMPTS_MAX", 1)
    events = 20 * UNEXPECTED_MAX
    for _ in range(events):
        dossier = candidature_id()
        body = {"candidature_id": dossier, "reason": "bug"}
        await platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)
    made = service.build(platform.settings)
    assert await made.run() == 1
    made.consumer.work.engine.dispose()
    letters = await platform.dead_letters(1)
    assert len(letters) == UNEXPECTED_MAX
    info = (
        await (await platform.connect("provisioner"))
        .jetstream()
        .consumer_info("FRONTDESK_HOLDERS", "intake-on-frontdesk_holders")
    )
    assert (info.num_pending or 0) + (info.num_ack_pending or 0) >= events - len(letters), (
        "the rest is still there"
    )


async def test_a_fact_that_the_broker_refuses_for_good_stops_the_service_and_is_named(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(relay, "REFUSALS_MAX", 2)
    dossier, js = candidature_id(), (await platform.connect("provisioner")).jetstream()
    stream = (await js.stream_info("INTAKE")).config
    async with platform.running(service.build) as [made]:
        await js.update_stream(replace(stream, max_msg_size=10))
        body = {"candidature_id": dossier, "reason": "moved"}
        await platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)

        async def stopped() -> bool:
            return made.broken is not None

        await until(stopped, "the service has given up")
    assert dossier in str(made.broken) and "maximum" in str(made.broken)
    assert "stopping" in capsys.readouterr().out
    await js.update_stream(stream)
    async with platform.running(service.build):
        assert len(await platform.facts("INTAKE", dossier)) == 2, (
            "both were kept, and are said at the next start"
        )


async def test_an_operator_hands_a_dead_letters_event_in_again_once_the_rule_is_mended(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "ATTEMPTS_MAX", 1)
    consumer, dossier = await counting.open(), candidature_id()
    await counting.say(dossier, "early")
    deliveries = await counting.fetch(1)

    def broken(_book: Any, _event: Any, _at: Any) -> Decision:
        raise KeyError("x")

    mended = consumer.decider.reactions._table[WithdrawalRequested.event_type()]
    consumer.decider.reactions._table[WithdrawalRequested.event_type()] = (
        WithdrawalRequested,
        Reaction(broken),
    )
    await consumer.take(deliveries)
    assert len(await counting.platform.dead_letters(1)) == 1
    consumer.decider.reactions._table[WithdrawalRequested.event_type()] = mended
    await counting.say_pieces(dossier)
    await consumer.take(await counting.fetch(1))
    again = deliveries[0]
    again.redriven_ns, again.redriven_by = 1, "operator-1"
    assert (await consumer.redrive(again)).decision.result == "counted"
    assert (await consumer.redrive(again)).decision.result == "heard-before"
    assert counting.counts() == {dossier: 1}


async def test_a_database_that_is_away_loses_nothing(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a locked database, events come back soon, however often they came, and are counted once."""
    consumer, dossier = await counting.open(), candidature_id()
    await counting.say(dossier)
    deliveries = await counting.fetch(1)
    deliveries[0].attempt = 100
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 1)
    hasty = database.open_engine(str(counting.engine.url))
    consumer.work.close()  # the connection that it kept is a patient one
    with counting.engine.begin():
        patient, consumer.work.engine = consumer.work.engine, hasty
        await consumer.take(deliveries)
    consumer.work.engine = patient
    hasty.dispose()
    assert counting.counts() == {}
    [again] = await counting.fetch(1)
    assert again.attempt == 2
    await consumer.take([again])
    assert counting.counts() == {dossier: 1}


async def test_the_service_stays_up_and_serves_the_next_good_event(platform: Platform) -> None:
    good = candidature_id()
    async with platform.running(service.build):
        await platform.publish(
            "holders", WithdrawalRequested, candidature_id(), b"\xff\xfe", at=OPEN_DAY
        )
        body = {"candidature_id": good, "reason": "moved"}
        await platform.publish("holders", WithdrawalRequested, good, body, at=OPEN_DAY)

        async def said() -> bool:
            return len(await platform.facts("INTAKE", good)) == 2

        await until(said, "the good event is counted")
        assert len(await platform.dead_letters(1)) == 1
