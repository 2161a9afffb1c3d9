"""What `why` tells of money: each tranche with its gates, its orders and the bank's word."""

from typing import get_args

import pytest

from services.funding.domain.money import explanation
from services.funding.domain.money.words import OrderState, TrancheState
from services.funding.domain.states import Declaration
from tests.rules.money import given

REFUSED = given.order(state="rejected", reason_code="AC04", bank_reference="R-1")
WORDS = tuple(
    {"actor": who, "role": "x", "at": "", "stamped_ns": 1} for who in ("comptable-1", "ordo-1")
)


def letter(fate="dead", words=WORDS):
    return {REFUSED.order_id: Declaration(REFUSED.order_id, fate, "C-412", words, "unknown")}


def told(state, orders=(), letters=None, **changed):
    tranche = given.tranche(state=state, **{"since": given.DUE_AT} | changed)
    lines = explanation.told_tranche(given.programme(), tranche, orders, letters or {})
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def test_each_closed_gate_is_a_sentence_with_the_local_day_since_when():
    late_evening = given.DUE_AT.replace(hour=22, minute=30)  # the 21st in Paris
    gate = {
        "code": "suspended",
        "field": None,
        "message": "Suspendu.",
        "since": late_evening.isoformat(),
    }

    assert told("withheld", gates=(gate,)) == [
        "Tranche 1 bloquée depuis le 21 avril 2021 : Suspendu."
    ]


def test_a_tranche_to_come_tells_its_day_and_its_amount():
    assert told("scheduled") == ["Tranche 1, 50 000 € : due le 20 avril 2021."]


@pytest.mark.parametrize("state", sorted(set(get_args(TrancheState)) - {"withheld"}))
def test_every_state_of_a_tranche_has_its_words(state):
    assert len(told(state)) == 1


@pytest.mark.parametrize("state", sorted(set(get_args(OrderState)) - {"cancelled"}))
def test_every_attempt_is_told_with_the_word_of_the_bank(state):
    [_, order] = told("ordered", [given.order(state=state, reason_code="AM05")])

    assert order.startswith(f"  Ordre {REFUSED.order_id}, 50 000 € : ") and order.endswith(
        ", motif AM05."
    )


def test_attempts_are_told_in_turn_and_those_that_were_never_sent_are_not():
    again = given.order(attempt=3, state="settled", bank_reference="R-9")
    lines = told("settled", [again, given.order(attempt=2, state="cancelled"), REFUSED])

    assert lines == [
        "Tranche 1, 50 000 € : payée le 20 avril 2021.",
        "  Ordre FABT-2020-4-00001-T1-A1, 50 000 € : rejeté, motif AC04, référence R-1.",
        "  Ordre FABT-2020-4-00001-T1-A3, 50 000 € : payé, référence R-9.",
    ]


@pytest.mark.parametrize("state", ["rejected", "returned"])
def test_a_failed_payment_tells_what_is_awaited(state):
    assert told(state)[0].endswith("; un autre compte est attendu.")
    assert told(state, [REFUSED], letter())[0].endswith("; un nouvel essai peut être demandé.")


@pytest.mark.parametrize(
    "kept", [letter(words=WORDS[:1]), letter("paid")], ids=["one word", "paid"]
)
def test_only_a_letter_that_two_people_declared_dead_lets_a_new_attempt_be_asked_for(kept):
    assert told("rejected", [REFUSED], kept)[0].endswith("; un autre compte est attendu.")


def test_the_letter_of_the_bank_is_told_with_who_declared_it_and_what_it_still_needs():
    assert told("rejected", [REFUSED], letter())[-1] == (
        "  Lettre de la banque C-412, déclarée par comptable-1 et ordo-1 : il ne sera pas payé."
    )
    assert told("ordered", [REFUSED], letter("paid", WORDS[:1]))[-1] == (
        "  Lettre de la banque C-412, déclarée par comptable-1 : il est payé ; "
        "une seconde personne doit le déclarer aussi."
    )
