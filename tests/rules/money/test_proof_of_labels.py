"""The proof of labels of before the platform: award, places, what was paid, against what two people said."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.funding.domain.money.proof import Evidence, SaidFact, violations
from services.funding.domain.states import Fund, Grant, Movement, Tranche
from tests.rules.money.books import moving, other, said_twice, unsaid, without
from tests.rules.waves import given, labels

CAUSE = given.at().event_id
LABEL = labels.said().candidature_id
PAID = f"{LABEL}-T1"


def taken_over() -> Evidence:
    """One label of three years, its first one paid before; no order, no run, no line of the bank."""
    decision = labels.taken()
    [fund] = labels.of(Fund, decision.changes)
    facts = [SaidFact(type(f).__name__, CAUSE, f.model_dump(mode="json")) for f in decision.facts]
    return Evidence(
        programme=given.programme(),
        fund=fund,
        grants=labels.of(Grant, decision.changes),
        tranches=labels.of(Tranche, decision.changes),
        orders=[],
        runs=[],
        bank_lines=[],
        movements=labels.of(Movement, decision.changes),
        facts=facts,
        heard=frozenset([CAUSE]),
    )


def quota(evidence: Evidence, **places: int) -> Evidence:
    quotas = {name.replace("_", "-"): count for name, count in places.items()}
    return replace(evidence, programme=evidence.programme.model_copy(update={"quotas": quotas}))


def said_otherwise(evidence: Evidence, **changed: object) -> Evidence:
    """The log tells another label than the ledger holds."""
    facts = [
        replace(fact, data={**fact.data, "laureate": {**fact.data["laureate"], **changed}})
        for fact in evidence.facts
    ]
    return replace(evidence, facts=facts)


def test_given_a_label_that_was_taken_over_then_its_books_hold() -> None:
    assert violations(taken_over()) == ()


DIFFER = f"{PAID}: 5000000 cents paid before the platform ({CAUSE}): log and ledger differ"


@pytest.mark.parametrize(
    ("told", "plant"),
    [
        ("FABT-2019-1-017: the log does not say the same award", lambda e: unsaid(e, "GrantTakenOver")),
        (
            "FABT-2019-1-017: the log does not say the same award",
            lambda e: said_otherwise(e, awarded_cents=[1, 2, 3]),
        ),
        (DIFFER, lambda e: unsaid(e, "GrantTakenOver")),
        (DIFFER, lambda e: said_twice(e, "GrantTakenOver")),
        (DIFFER, lambda e: without(e, "opening")),
        (DIFFER, lambda e: said_otherwise(e, paid_on=[])),
        (
            f"{PAID}: 1 cents paid before the platform ({CAUSE}): log and ledger differ",
            lambda e: moving(e, "opening", amount_cents=1),
        ),
        (f"{PAID}: settled, 0 cents paid, 5000000 expected", lambda e: without(e, "opening")),
        (
            f"{PAID}: scheduled, 5000000 cents paid, 0 expected",
            lambda e: other(e, "tranches", state="scheduled"),
        ),
        (f"{LABEL}: 1 places are funded in qpv, its quota is 0", lambda e: quota(e, qpv=0)),
        (
            f"{LABEL}: 1 places are funded in elsewhere, its quota is 0",
            lambda e: said_otherwise(e, zone="elsewhere"),
        ),
    ],
)  # fmt: skip
def test_given_a_mistake_in_them_then_it_is_found_and_named(
    told: str, plant: Callable[[Evidence], Evidence]
) -> None:
    assert told in violations(plant(taken_over()))
