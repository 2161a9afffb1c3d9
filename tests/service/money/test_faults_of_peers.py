"""Faults that were seen in other grant and payment systems. Each is a test here, under its own name."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

import services
from services.funding.domain.money.ledger import MovementBook, committed
from services.funding.domain.states import Entry, Fund, Ranking
from services.funding.handlers.grant_life import GrantLife
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.decision import Decision
from shared.contract.eligibility import EligibilityChecked
from shared.contract.funding import GrantTrancheDue
from shared.contract.intake import CandidatureWithdrawn
from shared.contract.topology import STREAMS
from shared.kit.errors import Temporary
from tests.platform import Platform
from tests.service.money.paying import person
from tests.service.money.test_payments import FIRST_DUE, SECOND_DUE, paid
from tests.service.money.treasury import WAVE, Treasury

SERVICES = Path(services.__path__[0])
OFFICER = person("officer-1")


def test_a_lock_that_is_had_by_two_replicas_who_then_both_pay(
    treasury: Treasury, grant: str
) -> None:
    """Each replica has its own consumer and its own copy of the event, under ids the inbox cannot compare."""
    treasury.move_to(FIRST_DUE)
    tranche = treasury.tranche(grant, 1)
    names = ("tranche_id", "candidature_id", "number", "due_on", "amount_cents")
    fact = GrantTrancheDue(**{name: getattr(tranche, name) for name in names})
    together, results = Barrier(4), []

    def replica(number: int) -> None:
        consumer, delivery = (
            treasury.new_consumer(treasury.engine),
            treasury.delivery(fact, f"copy-{number}"),
        )
        together.wait()
        while True:
            try:
                results.append(consumer.transact([delivery]).handled[0].decision.result)
                return
            except Temporary:
                continue

    threads = [Thread(target=replica, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["already-ordered"] * 3 + ["ordered"]
    assert len(treasury.orders(grant)) == 1


def test_a_handler_that_logs_its_error_and_acknowledges_so_that_the_schedule_never_stands(
    treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Decision:
        raise KeyError("a fault of the code")

    grant = treasury.award((5_000_000,))
    delivery = treasury.delivery(front.AgreementSigned(candidature_id=grant, signatory="A. Martin"))
    with monkeypatch.context() as patched:
        patched.setattr(GrantLife, "on_agreement_signed", fails)
        treasury.consumer = treasury.new_consumer(treasury.engine)
        assert treasury.hear(delivery).verdict == "later", "it stays at the broker"
    treasury.consumer = treasury.new_consumer(treasury.engine)
    assert treasury.hear(replace(delivery, attempt=2)).decision.result == "agreed"


def test_failed_said_for_we_do_not_know_then_sent_again(treasury: Treasury, grant: str) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    treasury.pay("run-1")
    [order] = treasury.orders(grant)
    treasury.statement("releve-1", (order.order_id, "unknown", 0))
    treasury.say(officers.TrancheRetried(tranche_id=f"{grant}-T1", **OFFICER))
    treasury.due(grant, 1, "again")
    assert [o.state for o in treasury.orders(grant)] == ["unknown"]


def test_cancelled_by_person_instead_of_by_agreement(treasury: Treasury) -> None:
    """Two grants of one holder: one is given up, the other is paid."""
    first, second = treasury.award_many([(5_000_000,), (4_000_000,)])
    assert treasury.grant(first).siret == treasury.grant(second).siret
    for grant in (first, second):
        treasury.ready(grant)
    treasury.hear(
        treasury.delivery(CandidatureWithdrawn(candidature_id=first, wave=WAVE), "withdrawn")
    )
    treasury.move_to(FIRST_DUE)
    for grant in (first, second):
        treasury.due(grant, 1)
    assert [treasury.tranche(grant, 1).state for grant in (first, second)] == [
        "cancelled",
        "ordered",
    ]


def test_a_bank_answer_that_comes_twice_and_settles_the_next_instalment(
    treasury: Treasury, grant: str
) -> None:
    first = paid(treasury, grant)
    treasury.report(grant, 1)
    treasury.move_to(SECOND_DUE)
    treasury.due(grant, 2)
    treasury.pay("run-2")
    treasury.statement("again", (first, "settled", 5_000_000))
    assert (treasury.tranche(grant, 2).state, treasury.anomalies()) == (
        "ordered",
        ["repeated-line"],
    )


def test_a_limit_checked_in_the_page_and_not_in_the_ledger(treasury: Treasury) -> None:
    """A rule that believes there is money left is stopped by the database, whatever the fund's row says."""
    treasury.programme = treasury.programme.model_copy(update={"envelope_cents": 4_000_000})
    with pytest.raises(IntegrityError):
        treasury.award((5_000_000,))
    grant = treasury._grant((5_000_000,), False)

    def forgets_the_fund(states: Any, at: Any) -> Decision:
        lines = MovementBook(at.event_id, at.now)
        lines.commit_award(grant)
        return Decision("published", changes=(Fund("fund", 4_000_000, 0, {}), *lines.lines))

    with pytest.raises(DatabaseError, match="envelope is exceeded"):
        treasury.announce("forgets", forgets_the_fund)
    assert committed(Fund("fund", 1, 0, {}), [grant]).committed_cents == 5_000_000


def test_one_payment_guarded_by_a_validation_without_a_unique_index(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    names = "tranche_id, candidature_id, amount_cents, fingerprint, state, ordered_at"
    copy = f"INSERT INTO orders (order_id, {names}) SELECT 'another', {names} FROM orders"
    with (
        pytest.raises(IntegrityError, match=r"UNIQUE.*tranche_id"),
        treasury.engine.begin() as connection,
    ):
        connection.execute(text(copy))


def test_versions_counted_and_not_compared(treasury: Treasury) -> None:
    grant = treasury.award((5_000_000,))

    def checked(revision: int, *zones: str) -> str:
        fact = EligibilityChecked(
            candidature_id=grant,
            wave=WAVE,
            revision=revision,
            eligible=bool(zones),
            zones=zones,
            reasons=(),
            file_version=1,
            evidence={},
        )
        return treasury.hear(treasury.delivery(fact, f"checked-{revision}")).decision.result

    checked(3, "qpv")
    assert checked(2, "outside-urban") == "superseded"
    assert treasury.read(lambda states: states.one(Entry, grant)).zones == ("qpv",)


def test_a_deadline_compared_with_the_day_of_the_machine(treasury: Treasury, grant: str) -> None:
    """The rule's time is the event's: years ago for the machine, and to the day's last instant in Paris."""
    treasury.now = datetime(2021, 4, 19, 21, 59, 59, tzinfo=UTC)
    assert datetime.now(UTC) > treasury.now
    treasury.due(grant, 1)
    assert treasury.gates(grant, 1) == ["not-due-yet"]
    treasury.now = datetime(2021, 4, 19, 22, 0, tzinfo=UTC)  # midnight in Paris: the 20th has begun
    treasury.tick()
    assert treasury.tranche(grant, 1).state == "ordered"


def test_a_lot_drawn_with_an_unseeded_random() -> None:
    """No rule draws: stored keys break ties, and a seed of the programme spreads reviewers."""
    drawn = [
        f"{path.name} imports {name}"
        for path, name in imports(SERVICES)
        if name in ("random", "numpy.random")
    ]
    assert drawn == []


def imports(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield path, node.module or ""


def test_a_result_overwritten_without_history(treasury: Treasury, grant: str) -> None:
    before = treasury.read(lambda states: states.where(Ranking))
    treasury.say(officers.GrantExtended(candidature_id=grant, months=6, **OFFICER))
    treasury.say(
        officers.GrantReduced(candidature_id=grant, amounts_cents=(1_000_000, 0, 0), **OFFICER)
    )
    treasury.provide(grant, 2)
    with treasury.engine.connect() as connection:
        kept = connection.execute(
            text("SELECT due_before, cents_before FROM amendments ORDER BY number")
        ).all()
        accounts = connection.scalar(text("SELECT count(*) FROM accounts"))
        awarded = connection.scalar(
            text("SELECT sum(amount_cents) FROM movements WHERE kind = 'award'")
        )
    assert [row.cents_before for row in kept] == ["[5000000,4000000,3000000]"] * 2
    assert [row.due_before[2:12] for row in kept] == ["2021-04-20", "2021-10-20"]
    assert (accounts, awarded, treasury.grant(grant).awarded_cents) == (
        2,
        12_000_000,
        (5_000_000, 4_000_000, 3_000_000),
    )
    assert treasury.read(lambda states: states.where(Ranking)) == before


def test_erasing_a_person_erases_the_audit_trail(treasury: Treasury, grant: str) -> None:
    paid(treasury, grant)
    with treasury.engine.begin() as connection:
        connection.execute(text("DELETE FROM accounts"))
    findings = treasury.proof()
    assert findings.verified and findings.paid_cents == 5_000_000
    with pytest.raises(DatabaseError, match="append-only"), treasury.engine.begin() as connection:
        connection.execute(text("DELETE FROM movements"))


async def test_a_consumer_whose_declaration_resets_the_owners_retention(platform: Platform) -> None:
    async def configurations() -> list[dict[str, Any]]:
        js = (await platform.connect("provisioner")).jetstream()
        return [(await js.stream_info(stream.name)).config.as_dict() for stream in STREAMS]

    before = await configurations()
    async with platform.running("intake", "funding"):
        pass
    async with platform.running("funding"):
        pass
    assert await configurations() == before


def test_the_day_of_the_machine_is_nowhere_in_the_rules() -> None:
    """Rules are given their time: none of them asks a clock."""
    clocks = {
        ("date", "today"),
        ("datetime", "now"),
        ("datetime", "today"),
        ("datetime", "utcnow"),
        ("time", "time"),
    }
    asked = [
        f"{path.name}:{node.lineno}"
        for path in SERVICES.glob("*/domain/**/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in clocks
    ]
    assert asked == []
