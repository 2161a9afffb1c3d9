"""Lists that no allocator wrote: altered by hand, then sealed again, so that only the property can tell."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.eligibility.domain.reviews.means import aggregate
from services.funding.domain.selection import grounds
from services.funding.domain.selection.allocation import allocate, sealed
from services.funding.domain.selection.values import Review
from services.funding.domain.selection.verification import PROPERTIES, verify
from shared.contract.values import Outcome
from tests.rules.selection.random_waves import many, random_wave
from tests.rules.selection.small_waves import dossier, laureates, wave


def broken(inputs, result, reviews=None) -> set[str]:
    return {violation.property for violation in verify(inputs, result, reviews)}


def altered(inputs, rank, **changes):
    """The allocator's list with one entry changed, under fresh digests."""
    ranking = list(allocate(inputs).ranking)
    ranking[rank - 1] = replace(ranking[rank - 1], **changes)
    return sealed(inputs, tuple(ranking))


def test_given_a_dossier_refused_above_its_like_then_fairness_names_both():
    inputs = wave(dossier("a", 1900), dossier("b", 1800))
    passed_over = altered(
        inputs, 1, outcome=Outcome.WAITLISTED, zone=None, awarded_cents=(), reasons=()
    )

    violation = next(v for v in verify(inputs, passed_over) if v.property == "fairness")

    assert violation.dossiers == ("a", "b")


def test_given_a_refusal_that_the_policy_allows_then_fairness_holds_only_with_the_reason_recorded():
    inputs = wave(
        dossier("a", 1900), dossier("b", 1800, requested_cents=(2_500_000,) * 3), envelope=9_000_000
    )

    assert laureates(allocate(inputs)) == ["b"]
    assert broken(inputs, allocate(inputs)) == set()
    assert broken(inputs, altered(inputs, 1, reasons=())) == {"fairness", "reasons"}


def test_given_more_laureates_in_a_zone_than_it_has_places_then_the_quota_names_each_of_them():
    inputs = wave(dossier("a", 1900), dossier("b", 1800, "qpv"), dossier("c", 1700, "qpv"), qpv=1)
    crowded = altered(
        inputs,
        3,
        outcome=Outcome.LAUREATE,
        zone="qpv",
        awarded_cents=(5_000_000,) * 3,
        reasons=(grounds.accepted(3, "qpv", 15_000_000),),
    )

    [violation] = [
        v for v in verify(inputs, crowded) if v.detail == "qpv: 2 laureates for 1 places"
    ]

    assert (violation.property, violation.dossiers) == ("quotas", ("b", "c"))


def told(inputs, result, detail: str) -> list[tuple[str, tuple[str, ...]]]:
    """Property and dossiers of what the verifier says in these words."""
    return [(v.property, v.dossiers) for v in verify(inputs, result) if v.detail == detail]


def test_given_limits_that_were_lowered_then_each_is_named_with_its_figures_and_dossiers():
    result = allocate(wave(dossier("a", 1900), dossier("b", 1800)))
    poorer = wave(dossier("a", 1900), dossier("b", 1800), envelope=29_999_999)
    fewer = wave(dossier("a", 1900), dossier("b", 1800), laureates_max=1)

    assert told(poorer, result, "30000000 cents awarded of 29999999") == [("envelope", ("a", "b"))]
    assert told(fewer, result, "2 laureates for at most 1") == [("laureates-max", ("b",))]


def test_given_a_list_that_is_not_whole_then_completeness_says_who_is_missing_and_who_is_too_many():
    inputs = wave(dossier("a", 1900), dossier("b", 1800))
    first, second = allocate(inputs).ranking
    twice = sealed(inputs, (first, first))
    unknown = sealed(inputs, (first, second, replace(second, id="z", rank=3)))

    assert told(inputs, twice, "missing from the list") == [("completeness", ("b",))]
    assert told(inputs, twice, "listed too often or unknown") == [("completeness", ("a",))]
    assert told(inputs, unknown, "listed too often or unknown") == [("completeness", ("z",))]


def test_given_ranks_or_an_order_that_are_wrong_then_both_neighbours_are_named():
    inputs = wave(dossier("a", 1900), dossier("b", 1800))
    first, second = allocate(inputs).ranking
    turned = sealed(inputs, (second, first))
    numbers = "ranks must run 1, 2, 3… in the order of the list"

    assert told(inputs, turned, "a should come before b") == [("rank-order", ("b", "a"))]
    assert told(inputs, turned, numbers) == [("rank-order", ("b", "a"))]
    gap = sealed(inputs, (first, replace(second, rank=3)))
    assert told(inputs, gap, numbers) == [("rank-order", ("b",))]


def test_given_a_zone_that_is_not_the_dossiers_or_a_seat_of_who_waits_then_zones_says_so():
    inputs = wave(dossier("a", 1900, "qpv"), dossier("b", 1800, "qpv"), qpv=1)
    elsewhere = altered(inputs, 1, zone="outside-urban")
    seated = altered(inputs, 2, zone="qpv")
    paid = altered(inputs, 2, awarded_cents=(1,))

    assert told(inputs, elsewhere, "sits in outside-urban, lies in qpv") == [("zones", ("a",))]
    for wrong in (seated, paid):
        assert told(inputs, wrong, "waitlisted with a zone or an amount") == [("zones", ("b",))]


def test_given_stored_keys_that_are_not_those_of_the_inputs_then_both_are_told():
    inputs = wave(dossier("a", 1900))
    said = "stored 1901 [300, 97], inputs say 1900 [300, 97]"
    assert told(inputs, altered(inputs, 1, score=1901), said) == [("tie-break", ("a",))]


def test_given_a_threshold_that_is_missed_or_met_then_the_outcome_has_to_say_the_same():
    failing = wave(dossier("a", 900))
    passing = wave(dossier("a", 1900))
    taken = altered(failing, 1, outcome=Outcome.WAITLISTED, reasons=())
    refused = altered(passing, 1, outcome=Outcome.DECLINED, zone=None, awarded_cents=(), reasons=())

    said = "waitlisted, but fails ['below-pass-mark']"
    assert told(failing, taken, said) == [("pass-marks", ("a",))]
    said = "declined, but meets every threshold"
    assert told(passing, refused, said) == [("pass-marks", ("a",))]


def test_given_an_award_that_could_be_nobodys_then_each_property_it_breaks_is_named():
    inputs = wave(dossier("a", 1900))
    wrong = {
        (5_000_000, 5_000_000): "a year for each year asked",
        (5_000_000.0, 5_000_000, 5_000_000): "whole cents",
        (True, 5_000_000, 5_000_000): "whole cents",
        (-1, 5_000_000, 5_000_000): "nothing negative",
        (5_000_001, 5_000_000, 4_999_999): "yearly cap, not above the request",
        (2_500_000, 2_500_000, 2_499_999): "floor and ceiling",
    }
    for years, names in wrong.items():
        given = altered(inputs, 1, awarded_cents=years)
        assert told(inputs, given, f"{names}: {list(years)}") == [("amounts", ("a",))], years


def test_given_a_cent_too_many_then_the_verifier_names_the_laureate_and_both_amounts():
    inputs = wave(dossier("a", 1900))
    generous = altered(inputs, 1, awarded_cents=(5_000_000, 5_000_000, 5_000_001))

    [violation] = [v for v in verify(inputs, generous) if "should be [5000000" in v.detail]

    assert (violation.property, violation.dossiers) == ("amounts", ("a",))
    assert "awarded [5000000, 5000000, 5000001]" in violation.detail


def test_given_a_figure_that_is_not_the_true_one_then_the_reason_is_told_with_both():
    inputs = wave(dossier("a", 1900), dossier("b", 1800), urban=1, qpv=0)
    [full] = allocate(inputs).ranking[1].reasons
    falsified = altered(inputs, 2, reasons=(replace(full, threshold=7, value=8),))

    [violation] = [v for v in verify(inputs, falsified) if v.property == "reasons"]

    assert violation.dossiers == ("b",)
    assert violation.detail.startswith("quota-full: recorded 7 against 8, should be")


def test_given_an_alteration_without_fresh_digests_then_the_digest_alone_tells():
    inputs = wave(dossier("a", 1900), dossier("b", 1800), urban=1, qpv=1)
    result = allocate(inputs)
    swapped = {"outside-urban": "qpv", "qpv": "outside-urban"}
    ranking = tuple(replace(entry, zone=swapped[entry.zone]) for entry in result.ranking)

    assert broken(inputs, replace(result, ranking=ranking)) == {"digests"}


def test_given_a_digest_that_is_not_the_lists_then_the_one_that_differs_is_named():
    inputs = wave(dossier("a", 1900))
    result = allocate(inputs)
    changed = {"inputs_digest": "inputs", "policy_digest": "policy", "digest": "result"}
    for field, name in changed.items():
        [violation] = [
            v
            for v in verify(inputs, replace(result, **{field: ""}))
            if v.detail.startswith(f"{name}: stored nothing, derived ")
        ]
        assert violation.property == "digests"


def test_given_a_dossier_that_is_declined_without_a_reason_then_fairness_does_not_excuse_it():
    """A mark below its threshold excuses a refusal above its like where it was recorded, and only then."""
    inputs = wave(dossier("a", 900), dossier("b", 1800), pass_mark=1000)
    better = replace(inputs.candidatures[0], score=1900, criteria={"ambition": 50})
    failing = replace(inputs, candidatures=(better, inputs.candidatures[1]))

    assert laureates(allocate(failing)) == ["b"]
    assert "fairness" not in broken(failing, allocate(failing))
    assert "fairness" in broken(failing, altered(failing, 1, reasons=()))


def test_given_other_inputs_or_another_policy_then_the_digests_tell():
    inputs = wave(dossier("a", 1900))
    result = allocate(inputs)

    assert broken(replace(inputs, envelope_left_cents=10**11), result) == {"digests"}
    assert broken(wave(dossier("a", 1900), pass_mark=900), result) == {"digests"}


def test_given_a_reason_from_an_event_without_figures_then_it_is_checked_by_its_code_and_rule():
    inputs = wave(dossier("a", 1900), dossier("b", 900))
    result = allocate(inputs)
    bare = [replace(reason, threshold=None, value=None) for reason in result.ranking[1].reasons]

    assert broken(inputs, altered(inputs, 2, reasons=tuple(bare))) == set()
    wrong = tuple(replace(reason, value=899) for reason in result.ranking[1].reasons)
    assert broken(inputs, altered(inputs, 2, reasons=wrong)) == {"reasons"}


ANN, EVE = {"ambition": 4, "governance": 2}, {"ambition": 0, "governance": 1}


def scored(reviews: list[Review], forgotten_recusal: bool):
    counting = {r.reviewer_id: r.marks for r in reviews if forgotten_recusal or not r.recused}
    score = aggregate(counting)
    candidate = dossier("a", score.total, criteria=dict(score.criteria))
    return wave(candidate, pass_mark=0, criterion_pass_marks={})


def test_given_a_forgotten_recusal_then_the_reviews_of_the_log_tell():
    reviews = [Review("ann", ANN), Review("eve", EVE, recused=True)]
    right, wrong = scored(reviews, forgotten_recusal=False), scored(reviews, forgotten_recusal=True)

    assert broken(right, allocate(right), {"a": reviews}) == set()
    assert broken(wrong, allocate(wrong), {"a": reviews}) == {"scores"}


def test_given_no_review_that_counts_or_reviews_on_other_criteria_then_the_score_is_not_proven():
    inputs = scored([Review("ann", ANN)], forgotten_recusal=False)
    result = allocate(inputs)

    assert broken(inputs, result, {}) == {"scores"}
    assert broken(inputs, result, {"a": [Review("ann", ANN, recused=True)]}) == {"scores"}
    assert broken(inputs, result, {"a": [Review("ann", ANN), Review("bob", {"ambition": 4})]}) == {
        "scores"
    }


@many(usual=60, long=2_000)
@given(st.integers(0, 2**48), st.integers(2, 40), st.data())
def test_given_any_outcome_turned_over_then_some_property_fails(seed, size, data):
    """One decision changed for another, sealed again: no property may be silent."""
    inputs = random_wave(seed, size)
    entry = data.draw(st.sampled_from(allocate(inputs).ranking))
    other = data.draw(
        st.sampled_from([outcome for outcome in Outcome if outcome is not entry.outcome])
    )

    assert broken(inputs, altered(inputs, entry.rank, outcome=other)) <= set(PROPERTIES)
    assert broken(inputs, altered(inputs, entry.rank, outcome=other))


def test_given_a_policy_that_names_the_score_among_its_keys_then_its_list_is_verified_all_the_same():
    level = wave(dossier("a", 1900), dossier("b", 1900), tie_break=("score", "receipt_sequence"))
    assert verify(level, allocate(level)) == []
