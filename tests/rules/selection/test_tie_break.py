"""Who comes before whom: the score, the policy's keys, the receipt, the id. No two dossiers are level."""

from dataclasses import replace

import pytest

from services.funding.domain.selection.walk import key_value, ranked_order, sort_key
from tests.rules.selection.small_waves import POLICY, dossier

ALL_KEYS = replace(POLICY, tie_break=("ambition", "governance", "receipt_sequence"))


def marked(name: str, ambition: int = 300, governance: int = 300, **changed):
    return dossier(name, 1500, criteria={"ambition": ambition, "governance": governance}, **changed)


def names(*dossiers, policy=ALL_KEYS) -> str:
    return "".join(one.id for one in ranked_order(dossiers, policy))


def test_the_score_comes_before_every_key():
    assert names(marked("a", ambition=500), replace(marked("b", ambition=0), score=1501)) == "ba"


def test_the_first_key_that_differs_decides():
    assert names(marked("a", governance=500), marked("b", ambition=301)) == "ba"
    assert names(marked("a"), marked("b", governance=301)) == "ba"


def test_a_high_mark_is_better_and_an_early_receipt_is():
    assert names(marked("a", receipt_sequence=2), marked("b", receipt_sequence=1)) == "ba"
    first = replace(ALL_KEYS, tie_break=("receipt_sequence", "ambition"))
    late = marked("a", ambition=500, receipt_sequence=2)
    assert names(late, marked("b", receipt_sequence=1), policy=first) == "ba"


def test_the_receipt_decides_even_where_the_policy_forgets_it():
    forgetful = replace(POLICY, tie_break=())

    assert (
        names(marked("a", receipt_sequence=2), marked("b", receipt_sequence=1), policy=forgetful)
        == "ba"
    )


def test_the_id_decides_last():
    same = {"receipt_sequence": 7}

    assert names(marked("b", **same), marked("a", **same)) == "ab"
    assert sort_key(marked("a", **same), ALL_KEYS) != sort_key(marked("b", **same), ALL_KEYS)


def test_the_score_may_be_a_key_and_an_unknown_one_is_an_error():
    assert key_value(marked("a"), "score") == 1500
    with pytest.raises(KeyError, match="charm"):
        key_value(marked("a"), "charm")
