"""What each fact makes of an entry: the newest word counts, in whatever order facts come."""

from dataclasses import replace

import pytest

from services.funding.domain.states import Entry, WaveState
from services.funding.domain.waves import entries
from shared.contract.intake import CandidatureChangedHands
from tests.rules.money.given import grant
from tests.rules.waves import given

EMPTY_WAVE = WaveState(given.FIRST)


def after(decision) -> Entry:
    return given.one(decision, Entry)


def counts(decision) -> tuple[int, int]:
    wave = given.one(decision, WaveState)
    return wave.entries, wave.ready


def test_an_entry_is_ready_once_registered_checked_and_scored_in_whatever_order():
    said = {
        "registered": lambda entry, wave: entries.register(entry, wave, given.registered()),
        "checked": lambda entry, wave: entries.check(entry, wave, given.checked(given.OUTSIDE)),
        "scored": lambda entry, wave: entries.score(entry, wave, None, given.scored()),
    }
    for order in (["registered", "checked", "scored"], ["scored", "checked", "registered"]):
        entry, wave = given.empty(), EMPTY_WAVE
        for name in order:
            assert not entry.ready
            decision = said[name](entry, wave)
            assert decision.result == "entered"
            entry, wave = after(decision), given.one(decision, WaveState)
        assert entry.competes and counts(decision) == (1, 1)


def test_the_registered_file_is_kept_as_intake_tells_it():
    entry = after(
        entries.register(given.empty(), EMPTY_WAVE, given.registered(3, public_key="A" * 44))
    )

    assert (entry.receipt_number, entry.receipt_sequence) == ("FABT-2020-4-00003", 3)
    assert (entry.requested_cents, entry.public_key) == (given.FULL_GRANT, "A" * 44)
    assert (entry.file_version, entry.front_end, entry.commune_code) == (1, "holders", "03310")
    assert (entry.legal_name, entry.siret) == ("Association 3", "90000000300012")


def test_a_file_that_no_front_end_is_named_for_belongs_to_none():
    entry = after(entries.register(given.empty(), EMPTY_WAVE, given.registered(front_end=None)))

    assert entry.front_end == ""


@pytest.mark.parametrize("late", [1, 2])
def test_an_older_or_equal_version_of_a_file_changes_nothing(late: int):
    entry = given.entry(file_version=2)

    assert (
        entries.register(entry, EMPTY_WAVE, given.registered(version=late)).result == "superseded"
    )
    assert after(entries.register(entry, EMPTY_WAVE, given.registered(version=3))).file_version == 3


@pytest.mark.parametrize("late", [1, 2])
def test_an_older_or_equal_word_on_zones_or_score_changes_nothing(late: int):
    entry = given.entry(eligibility_revision=2, score_revision=2)

    assert (
        entries.check(entry, EMPTY_WAVE, given.checked(given.QPV, revision=late)).result
        == "superseded"
    )
    assert (
        entries.score(entry, EMPTY_WAVE, None, given.scored(revision=late)).result == "superseded"
    )
    assert (
        entries.unscore(entry, EMPTY_WAVE, None, given.score_withdrawn(late)).result == "superseded"
    )


def test_a_place_in_no_zone_is_out_with_its_reasons_and_needs_no_score():
    entry = after(
        entries.check(replace(given.empty(), receipt_number="F-1"), EMPTY_WAVE, given.checked())
    )

    assert (entry.eligible, entry.ready, entry.competes) == (False, True, False)
    assert [reason["code"] for reason in entry.ineligible_because] == ["outside"]


def test_a_place_found_eligible_after_all_loses_the_reasons_it_was_out_for():
    entry = after(entries.check(given.out(), EMPTY_WAVE, given.checked(given.QPV, revision=2)))

    assert (entry.zones, entry.ineligible_because) == ((given.QPV,), ())
    assert (entry.eligible, entry.eligibility_revision) == (True, 2)


def test_the_marks_behind_a_score_are_kept_to_be_counted_again():
    entry = after(entries.score(given.empty(), EMPTY_WAVE, None, given.scored(mark=3)))

    assert (entry.score, entry.grid, entry.score_revision) == (1200, "2020-1", 1)
    assert entry.criteria == dict.fromkeys(given.CRITERIA, 300)
    [review] = entry.reviews
    assert review == {
        "reviewer_id": "r1",
        "marks": dict.fromkeys(given.CRITERIA, 3),
        "recused": False,
    }


def test_a_recused_review_is_kept_as_recused_because_the_verifier_counts_it_out_again():
    [review] = given.scored().reviews
    event = given.scored().model_copy(
        update={"reviews": (review.model_copy(update={"recused": True}),)}
    )

    [kept] = after(entries.score(given.empty(), EMPTY_WAVE, None, event)).reviews

    assert kept["recused"] is True


def test_a_score_that_is_taken_back_leaves_no_mark_and_the_wave_waits():
    ready = given.wave(given.entry())
    decision = entries.unscore(given.entry(), ready, None, given.score_withdrawn())

    entry = after(decision)
    assert (entry.score, entry.criteria, entry.grid, entry.reviews) == (None, None, "", ())
    assert entry.score_revision == 2
    assert counts(decision) == (1, 0)


def test_a_score_that_is_taken_back_takes_the_proposal_and_its_approvals_with_it():
    listed = given.ranked(given.entry())
    word = {"actor": "director-1", "role": "director", "at": "2021-01-20", "stamped_ns": 1}
    approved = replace(listed.wave, approvals=(word,))

    wave = given.one(
        entries.unscore(given.entry(), approved, None, given.score_withdrawn()), WaveState
    )

    assert (wave.state, wave.approvals) == ("closed", ())


def test_what_is_published_keeps_its_marks_because_an_appeal_is_the_way_to_change_it():
    listed = given.published(given.entry())
    place = listed.place(1)

    scored = entries.score(given.entry(), listed.wave, place, given.scored(revision=2))
    withdrawn = entries.unscore(given.entry(), listed.wave, place, given.score_withdrawn())

    assert (scored.result, scored.changes) == ("wave-published", ())
    assert (withdrawn.result, withdrawn.changes) == ("wave-published", ())


def test_a_candidature_that_is_withdrawn_competes_no_more_and_nobody_waits_for_it():
    decision = entries.withdraw(given.entry(score=None), given.wave(given.entry(score=None)))

    assert decision.result == "withdrawn"
    assert (after(decision).competes, after(decision).ready) == (False, True)
    assert counts(decision) == (1, 1)


def test_a_word_on_a_withdrawn_entry_does_not_tell_which_of_two_streams_was_read_first():
    said = {
        "checked": lambda entry, wave: entries.check(entry, wave, given.checked(given.OUTSIDE)),
        "scored": lambda entry, wave: entries.score(entry, wave, None, given.scored()),
        "unscored": lambda entry, wave: entries.unscore(entry, wave, None, given.score_withdrawn()),
    }
    for name, word in said.items():
        entry, wave = replace(given.empty(), receipt_number="F-1"), EMPTY_WAVE
        first = word(entry, wave)
        gone = entries.withdraw(entry, wave)
        then = word(after(gone), given.one(gone, WaveState))
        left = entries.withdraw(after(first), given.one(first, WaveState))
        assert (first.result, then.result, gone.result) == ("entered", "entered", "withdrawn"), name
        assert then.changes == left.changes, name


def test_who_may_act_on_a_dossier_may_act_on_its_grant():
    event = CandidatureChangedHands(
        candidature_id=given.dossier(1),
        front_end="portal",
        public_key="B" * 43 + "=",
        reason="cession",
    )

    alone = entries.change_hands(given.entry(), None, event)
    decision = entries.change_hands(given.entry(), grant(), event)

    assert (alone.result, decision.result) == ("moved", "moved")
    assert len(alone.changes) == 1
    assert {(change.front_end, change.public_key) for change in decision.changes} == {
        ("portal", "B" * 43 + "=")
    }


def test_a_living_grant_whose_place_has_left_its_zone_is_lost():
    in_qpv = grant(zone=given.QPV)

    assert entries.out_of_its_zone(in_qpv, given.entry(zones=(given.OUTSIDE,)))
    assert entries.out_of_its_zone(in_qpv, given.out())
    assert not entries.out_of_its_zone(in_qpv, given.entry(zones=(given.OUTSIDE, given.QPV)))
    assert not entries.out_of_its_zone(grant(zone=given.QPV, state="cancelled"), given.out())


def test_a_place_with_a_living_grant_gets_no_second_one():
    earlier = given.entry(9, siret="13002603200016")
    again = given.entry(1, siret="13002603200016")
    elsewhere = given.entry(2, siret="13002603200016", commune_code="75056")

    competing = entries.as_they_compete(
        {e.candidature_id: e for e in (again, elsewhere)}, [earlier]
    )

    assert [entry.competes for entry in competing.values()] == [False, True]
    [reason] = competing[given.dossier(1)].ineligible_because
    assert reason["code"] == "already-labelled"


def test_a_grant_is_no_obstacle_to_its_own_dossier():
    own = given.entry(1)

    assert entries.as_they_compete({own.candidature_id: own}, [own]) == {own.candidature_id: own}
