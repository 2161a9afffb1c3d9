"""The money as a state machine, and controls: the same machine must fail once a guard is taken away.

`HYPOTHESIS_PROFILE=long` runs 1 000 programmes of 50 steps.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RULE_MARKER, run_state_machine_as_test
from sqlalchemy import Engine, text

from services.funding.domain.money import tranches
from services.funding.domain.money.tranches import GrantFile
from services.funding.domain.states import Tranche
from shared.contract.decision import Decision
from shared.kit.delivery import Arrival
from tests.profiles import LONG
from tests.service.money.machine import Money
from tests.service.money.treasury import Treasury

QUIET = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "print_blob": False,
}
NORMAL = settings(
    max_examples=1_000 if LONG else 12, stateful_step_count=50 if LONG else 30, **QUIET
)
CONTROL = settings(
    max_examples=300, stateful_step_count=40, derandomize=True, phases=(Phase.generate,), **QUIET
)


AROUND_A_PAYMENT = (
    "first_award", "a_season_of_payments", "due_out_of_order", "the_job_runs", "pay", "days_pass",
    "the_bank_decides",
    "a_statement_comes",
)  # fmt: skip


def played(how: settings, beginning: Callable[[Money], Treasury] | None = None) -> None:
    """With its own `beginning` it is a control: fewer rules, so that it soon comes to where the fault is."""
    changes: dict[str, Any] = {}
    if beginning:
        rules = [name for name, value in vars(Money).items() if hasattr(value, RULE_MARKER)]
        changes |= {"beginning": beginning} | {
            name: None for name in rules if name not in AROUND_A_PAYMENT
        }
    run_state_machine_as_test(type("Played", (Money,), changes), settings=how)


def test_whatever_happens_nothing_is_paid_twice_nor_above_and_the_proof_holds() -> None:
    played(NORMAL)


def without_uniqueness(engine: Engine) -> None:
    """The database's belts, taken off."""
    with engine.begin() as connection:
        kinds = {"index": "uq_movements_%", "trigger": "movements_%"}
        for kind, pattern in kinds.items():
            query = text("SELECT name FROM sqlite_master WHERE type = :kind AND name LIKE :pattern")
            for name in connection.scalars(query, {"kind": kind, "pattern": pattern}).all():
                connection.execute(text(f'DROP {kind} "{name}"'))
        connection.execute(text("DROP INDEX uq_orders_live"))


def forgetful(file: GrantFile, tranche: Tranche, at: Arrival) -> Decision:
    """The fault of a peer: a tranche that is ordered already is ordered again."""
    return rightly(
        file, replace(tranche, state="scheduled") if tranche.state == "ordered" else tranche, at
    )


rightly = tranches.decide_due


def test_control_a_rule_that_forgets_is_caught_once_uniqueness_is_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def beginning(machine: Money) -> Treasury:
        treasury = Treasury.beginning(machine.folder)
        without_uniqueness(treasury.engine)
        return treasury

    monkeypatch.setattr(tranches, "decide_due", forgetful)
    with pytest.raises(AssertionError, match="orders at once"):
        played(CONTROL, beginning)


def test_the_database_alone_stops_a_rule_that_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tranches, "decide_due", forgetful)
    played(settings(NORMAL, max_examples=50 if LONG else 8))


def test_what_a_rule_that_forgets_meets_is_the_database(
    treasury: Treasury, grant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    treasury.move_to(treasury.tranche(grant, 1).due_on)
    treasury.due(grant, 1)
    monkeypatch.setattr(tranches, "decide_due", forgetful)
    refused = treasury.due(grant, 1, "said-again")
    assert (refused.verdict, refused.unexpected) == ("later", True)
    assert len(treasury.orders(grant)) == 1
