"""Two replicas on PostgreSQL decide side by side: what comes of it is what one of them alone would decide."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import Engine, select, text

from shared.contract.decision import Decision
from shared.contract.frontdesk import WithdrawalRequested
from shared.kit.delivery import Arrival
from shared.kit.errors import Temporary, TooEarly
from shared.kit.handled import ATTEMPTS_MAX
from shared.kit.storage.database import take_writer_turn
from shared.kit.storage.side_by_side import Beside
from shared.kit.storage.states import States
from tests.platform import PATIENCE_SECONDS
from tests.service.kit.counting import JOURNAL, NAME, Tally, on_withdrawal_requested
from tests.service.kit.side_by_side import (
    Asked,
    Prize,
    Replica,
    Rule,
    counts,
    kept,
    opened,
    said,
    told_of,
)
from tests.submissions import candidature_id

# --- Who waits for whom ------------------------------------------------------------------------------


def test_a_replica_decides_other_dossiers_while_one_is_in_its_rule(
    engine: Engine, replica: Callable[..., Replica]
) -> None:
    one, other = replica(), replica()
    go_on = one.stop_in_its_rule([said(first := candidature_id())])
    other.consumer.transact([said(second := candidature_id())])
    assert counts(engine) == {second: 1}, "it has committed, and waited for nobody"
    go_on()
    assert counts(engine) == {first: 1, second: 1}
    assert one.asked == 1, "nothing of its own had moved"


def test_what_is_decided_in_turn_waits_for_who_decides_side_by_side(
    engine: Engine, replica: Callable[..., Replica]
) -> None:
    go_on = replica().stop_in_its_rule([said(candidature_id())])
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(Exception, match="lock timeout"):
            take_writer_turn(connection, NAME)
    go_on()
    with engine.begin() as connection:
        take_writer_turn(connection, NAME)


def test_who_decides_side_by_side_waits_for_what_is_decided_in_turn(
    engine: Engine, replica: Callable[..., Replica]
) -> None:
    with engine.begin() as connection:
        take_writer_turn(connection, NAME)
        with engine.begin() as beside:
            beside.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(Exception, match="lock timeout"):
                Beside(beside, NAME, [candidature_id()]).begin([])


# --- One dossier -------------------------------------------------------------------------------------


def overtaken(engine: Engine, replica: Callable[..., Replica]) -> tuple[int, list[str]]:
    """Both count for one dossier; the second commits while the first is in its rule."""
    one, other, dossier = replica(), replica(), candidature_id()
    go_on = one.stop_in_its_rule([said(dossier)])
    other.consumer.transact([said(dossier)])
    go_on()
    return counts(engine)[dossier], told_of(engine, dossier)


def test_a_dossier_that_moved_meanwhile_is_decided_again(
    engine: Engine, replica: Callable[..., Replica]
) -> None:
    assert overtaken(engine, replica) == (2, ["w-1", "w-2"])


def test_control_without_the_look_at_the_inbox_a_count_is_lost(
    engine: Engine, replica: Callable[..., Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kit.storage.side_by_side._number", lambda _rows: 0)
    assert overtaken(engine, replica) == (1, ["w-1", "w-1"])


def test_one_event_that_both_were_handed_counts_once(
    engine: Engine, replica: Callable[..., Replica]
) -> None:
    one, other, delivery = replica(), replica(), said(dossier := candidature_id())
    go_on = one.stop_in_its_rule([delivery])
    assert [h.verdict for h in other.consumer.transact([delivery]).handled] == ["decided"]
    assert [h.verdict for h in go_on().handled] == ["heard-before"]
    assert counts(engine) == {dossier: 1}


def test_what_an_early_event_waits_for_wakes_it_whichever_replica_has_it(
    engine: Engine, replica: Callable[..., Replica]
) -> None:
    def early(book: States, event: WithdrawalRequested, at: Arrival) -> Decision:
        book.one(Tally, event.candidature_id)
        try:
            return on_withdrawal_requested(book, event, at)
        except TooEarly:
            one.arrived.set()
            assert one.door.wait(PATIENCE_SECONDS)
            raise

    one, other, dossier = replica(early), replica(), candidature_id()
    go_on = one.stop_in_its_rule([said(dossier, "early")])
    other.consumer.transact([opened(dossier)])
    go_on()
    assert counts(engine) == {dossier: 1}


def test_a_connection_that_is_lost_in_the_middle_leaves_nothing(
    engine: Engine, replica: Callable[..., Replica]
) -> None:
    one, other, delivery = replica(), replica(), said(dossier := candidature_id())
    go_on = one.stop_in_its_rule([delivery])
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks "
                "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            )
        )
    assert [h.verdict for h in other.consumer.transact([delivery]).handled] == ["decided"]
    with pytest.raises(Temporary):
        go_on()
    assert [h.verdict for h in one.consumer.transact([delivery]).handled] == ["heard-before"]
    assert counts(engine) == {dossier: 1}


# --- What several dossiers want ----------------------------------------------------------------------


def takes_the_prize(book: States, event: WithdrawalRequested, _at: Arrival) -> Decision:
    dossier = event.candidature_id
    if book.one(Prize, "first") is None:
        return Decision("won", changes=(Tally(dossier, 1), Prize("first", dossier)))
    return Decision("lost", changes=(Tally(dossier, 0),))


def both_come(
    engine: Engine, replica: Callable[..., Replica], rule: Rule
) -> tuple[Replica, dict[str, int]]:
    one, other = replica(rule), replica(rule)
    go_on = one.stop_in_its_rule([said(candidature_id())])
    other.consumer.transact([said(candidature_id())])
    go_on()
    return one, counts(engine)


def test_what_several_want_is_given_once(engine: Engine, replica: Callable[..., Replica]) -> None:
    _, won = both_come(engine, replica, takes_the_prize)
    assert sorted(won.values()) == [0, 1]


def test_control_without_looking_again_it_is_given_twice(
    engine: Engine, replica: Callable[..., Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(States, "look_again", lambda _self: lambda: None)
    _, won = both_come(engine, replica, takes_the_prize)
    assert sorted(won.values()) == [1, 1]


def comes(book: States, event: WithdrawalRequested, _at: Arrival) -> Decision:
    before = book.one(Asked, "hall") or Asked("hall")
    changes = (Tally(event.candidature_id, 1), replace(before, comers=before.comers + 1))
    return Decision("came", changes=changes)


def test_counts_add_up_and_nobody_decides_again_for_them(
    engine: Engine, replica: Callable[..., Replica]
) -> None:
    replica(comes).consumer.transact([said(candidature_id())])
    one, _ = both_come(engine, replica, comes)
    assert kept(engine, Asked) == [Asked("hall", 3)]
    assert one.asked == 1


def test_control_without_looking_again_a_comer_is_forgotten(
    engine: Engine, replica: Callable[..., Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(States, "look_again", lambda _self: lambda: None)
    replica(comes).consumer.transact([said(candidature_id())])
    both_come(engine, replica, comes)
    assert kept(engine, Asked) == [Asked("hall", 2)]


# --- All together ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_two_replicas_at_many_dossiers_come_to_what_one_would(
    engine: Engine, replica: Callable[..., Replica], seed: int
) -> None:
    """Each event is handed out twice, in batches of any size, to either replica."""
    random = Random(seed)  # the same mix at each run
    dossiers = [candidature_id() for _ in range(12)]
    events = [said(dossier) for dossier in dossiers for _ in range(6)]
    events += [said(dossier, "early") for dossier in dossiers]
    events += [opened(dossier) for dossier in dossiers]
    events += [said(dossier, "bug", ATTEMPTS_MAX) for dossier in dossiers[:2]]
    handed = events * 2
    random.shuffle(handed)
    batches = []
    while handed:
        size = random.randint(1, 8)
        batches.append(handed[:size])
        del handed[:size]
    replicas = [replica(), replica()]

    def work(place: int) -> None:
        for batch in batches[place::2]:
            replicas[place].consumer.transact(batch)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))
    assert counts(engine) == dict.fromkeys(dossiers, 7)
    for dossier in dossiers:
        assert told_of(engine, dossier) == [f"w-{number}" for number in range(1, 8)]
    with engine.connect() as connection:
        assert connection.scalar(select(text("count(*)")).select_from(JOURNAL.inbox)) == len(events)
        assert connection.scalar(select(text("count(*)")).select_from(JOURNAL.waiting)) == 0
        ids = connection.scalars(select(JOURNAL.outbox.c.id).order_by(JOURNAL.outbox.c.id)).all()
    assert list(ids) == list(range(1, len(ids) + 1)), "one number after the other, in commit order"
