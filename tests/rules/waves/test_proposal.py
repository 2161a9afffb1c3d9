"""A complete wave is proposed: the best in each zone, as far as places and money go."""

from dataclasses import replace

import pytest

from services.funding.domain.selection.verification import verify
from services.funding.domain.states import Ranking, WaveState
from services.funding.domain.waves import places, proposal
from shared.contract.funding import CandidatureRanked, WaveRanked
from tests.rules.waves import given


def test_the_best_marks_come_first_and_the_earliest_receipt_decides_between_equals():
    listed = given.ranked(given.entry(1, mark=3), given.entry(2, mark=5), given.entry(3, mark=3))

    assert list(given.outcomes(listed.rankings)) == [2, 1, 3]


def test_laureates_are_as_many_as_the_wave_has_places_and_the_others_wait():
    rules = given.programme(laureates_max=1)
    listed = given.ranked(
        given.entry(1, mark=5), given.entry(2, mark=4), given.entry(3, mark=1), rules=rules
    )

    assert given.outcomes(listed.rankings) == {1: "laureate", 2: "waitlisted", 3: "declined"}


def test_a_quota_binds_its_own_zone_alone():
    left = given.fund(outside_urban=149)
    listed = given.ranked(
        given.entry(1, mark=5),
        given.entry(2, mark=4),
        given.entry(3, mark=3, zones=(given.QPV,)),
        left=left,
    )

    assert given.outcomes(listed.rankings) == {1: "laureate", 2: "waitlisted", 3: "laureate"}


def test_what_earlier_waves_committed_is_not_spent_again():
    left = given.fund(committed_cents=4_500_000_000 - given.FULL_CENTS)
    listed = given.ranked(given.entry(1, mark=5), given.entry(2, mark=4), left=left)

    assert given.outcomes(listed.rankings) == {1: "laureate", 2: "waitlisted"}
    assert listed.wave.envelope_left_cents == given.FULL_CENTS


def test_who_is_out_or_withdrawn_is_not_ranked():
    listed = given.ranked(given.entry(1), given.out(2), given.entry(3, withdrawn=True))

    assert list(given.outcomes(listed.rankings)) == [1]


def test_one_fact_a_place_then_that_of_the_wave_with_its_figures_and_digests():
    rules = given.programme(laureates_max=1)
    entries = [given.entry(1), given.entry(2), given.entry(3), given.entry(4, mark=1)]
    decision = proposal.propose(given.basis(*entries, rules=rules))

    assert decision.result == "ranked"
    assert [fact.rank for fact in given.facts(decision, CandidatureRanked)] == [1, 2, 3, 4]
    first = given.facts(decision, CandidatureRanked)[0]
    assert (first.candidature_id, first.wave, first.score) == (given.dossier(1), given.FIRST, 1600)
    assert (first.outcome.value, first.zone, first.awarded_cents) == (
        "laureate",
        given.OUTSIDE,
        given.FULL_GRANT,
    )
    assert first.tie_break == given.changed(decision, Ranking)[0].tie_break != ()
    assert isinstance(decision.facts[-1], WaveRanked)
    told = given.fact(decision, WaveRanked)
    assert (told["laureates"], told["waitlisted"], told["declined"]) == (1, 2, 1)
    assert told["awarded_cents"] == given.FULL_CENTS
    wave = given.one(decision, WaveState)
    assert (told["wave"], told["digest"], told["proposal"]) == (given.FIRST, wave.digest, 1)
    assert (told["inputs_digest"], told["policy_digest"]) == (
        wave.inputs_digest,
        wave.policy_digest,
    )
    assert len({wave.digest, wave.inputs_digest, wave.policy_digest}) == 3


def test_a_new_proposal_replaces_the_earlier_one_and_the_approvals_it_had():
    word = {"actor": "director-1", "role": "director", "at": "2021-01-20", "stamped_ns": 1}
    listed = given.ranked(given.entry(1))
    again = replace(listed.basis, wave=replace(listed.wave, approvals=(word,)))

    wave = given.one(proposal.propose(again), WaveState)

    assert (wave.proposal, wave.approvals, wave.digest) == (2, (), listed.wave.digest)


def test_the_order_in_which_entries_are_read_means_nothing():
    entries = [given.entry(number, mark=number % 4 + 2) for number in range(1, 12)]

    assert given.ranked(*entries).wave.digest == given.ranked(*reversed(entries)).wave.digest


def test_a_place_keeps_what_it_came_from_because_entries_change_later():
    entry = given.entry(1, mark=3)
    place = given.ranked(entry).place(1)

    assert (place.score, place.criteria, place.reviews) == (1200, entry.criteria, entry.reviews)
    assert (place.zones, place.requested_cents, place.receipt_sequence) == (
        entry.zones,
        entry.requested_cents,
        1,
    )


def test_a_stored_list_comes_back_bit_for_bit():
    entries = [
        given.entry(n, mark=n % 5 + 1, zones=(given.OUTSIDE, given.QPV)[: n % 2 + 1])
        for n in range(1, 20)
    ]
    listed = given.ranked(*entries, rules=given.programme(laureates_max=5))

    inputs = places.stored_inputs(listed.wave, listed.rankings)
    result = places.result_of(listed.wave, reversed(listed.rankings))

    assert verify(inputs, result, places.reviews_in(listed.rankings)) == []
    assert inputs.policy == proposal.inputs_of(listed.basis).policy
    assert result.digest == listed.wave.digest


def test_a_wave_that_was_never_ranked_has_no_policy_to_read():
    with pytest.raises(ValueError, match="wave 2020-4 has no proposal"):
        places.policy_of(given.wave(given.entry()))


def test_a_place_altered_where_it_is_kept_is_told_by_the_verifier():
    """The control: the list above with one outcome turned over."""
    listed = given.ranked(given.entry(1), given.entry(2, mark=1))
    altered: list[Ranking] = [
        listed.place(1),
        replace(listed.place(2), outcome="laureate", zone=given.OUTSIDE),
    ]

    found = proposal.violations_of(listed.basis, altered, {})

    assert "pass-marks" in {reason.code for reason in found}
    assert any(given.dossier(2) in reason.message for reason in found)


def test_a_score_that_counts_a_recused_review_is_told_by_the_verifier():
    recused = {"reviewer_id": "r1", "marks": dict.fromkeys(given.CRITERIA, 5), "recused": True}
    counted = {"reviewer_id": "r2", "marks": dict.fromkeys(given.CRITERIA, 1), "recused": False}
    listed = given.ranked(given.entry(1, mark=5, reviews=(recused, counted)))

    assert [
        reason.code for reason in proposal.violations_of(listed.basis, listed.rankings, {})
    ] == ["scores"]


def test_no_more_places_are_funded_than_the_quota_whatever_the_fund_says():
    listed = given.ranked(given.entry(1))
    beyond = list(proposal.places_beyond(given.programme(), listed.rankings, {given.OUTSIDE: 150}))

    assert [reason.code for reason in beyond] == ["funded-places"]
    assert beyond[0].message == "outside-urban : 150\u00a0places financées et 1 de plus, sur 150"
    assert (
        list(proposal.places_beyond(given.programme(), listed.rankings, {given.OUTSIDE: 149})) == []
    )


def test_a_violation_names_the_first_dossiers_and_how_many_more():
    entries = [given.entry(number) for number in range(1, 9)]
    listed = given.ranked(*entries)
    shifted = [replace(place, rank=place.rank + 1) for place in listed.rankings]

    [order] = [
        r for r in proposal.violations_of(listed.basis, shifted, {}) if r.code == "rank-order"
    ]

    assert order.message.endswith(f"{given.dossier(5)}, … 3)")
