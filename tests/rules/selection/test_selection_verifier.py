"""Lists that no allocator wrote: altered by hand, then sealed again, so that only the property can tell."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.eligibility.domain.reviews.means import aggregate
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


def test_given_an_alteration_without_fresh_digests_then_the_digest_alone_tells():
    inputs = wave(dossier("a", 1900), dossier("b", 1800), urban=1, qpv=1)
    result = allocate(inputs)
    swapped = {"outside-urban": "qpv", "qpv": "outside-urban"}
    ranking = tuple(replace(entry, zone=swapped[entry.zone]) for entry in result.ranking)

    assert broken(inputs, replace(result, ranking=ranking)) == {"digests"}


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
