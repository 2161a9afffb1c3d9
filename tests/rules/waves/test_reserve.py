"""The reserve: a freed place goes to the next in rank that fits, until the next wave or the last day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.funding.domain.states import Grant, Ranking, Tranche, Turn
from services.funding.domain.waves import reserve
from services.funding.domain.waves.reserve import Listed
from services.funding.domain.waves.turns import cancelled_turn
from shared.contract.funding import CandidatureDeclined, CandidatureWaitlisted, GrantAwarded
from shared.contract.values import Reason
from tests.rules.money.given import grant
from tests.rules.waves import given

FEW = given.programme(laureates_max=1)
LISTED = given.published(
    given.entry(1, mark=5),
    given.entry(2, mark=4),
    given.entry(3, mark=4),
    given.entry(4, mark=3, zones=(given.QPV,)),
    given.entry(5, mark=1),
    rules=FEW,
)
LISTED_PLACES = Listed(LISTED.wave, LISTED.rankings)
ENTRIES = {entry.candidature_id: entry for entry in LISTED.basis.entries}
LAST_SECOND = datetime(2022, 12, 31, 22, 59, 59, tzinfo=UTC)  # of the day in Paris


def promoted(decision) -> list[int]:
    return given.numbers(fact.candidature_id for fact in given.facts(decision, GrantAwarded))


def test_a_freed_place_goes_to_the_next_in_rank():
    decision, _, _ = given.filled(LISTED, places=1)

    assert (decision.result, promoted(decision)) == ("refilled", [2])
    assert given.fact(decision, GrantAwarded)["promoted"] is True


def test_two_freed_places_go_to_the_next_two_in_turn():
    decision, _, _ = given.filled(LISTED, places=2)

    assert promoted(decision) == [2, 3]
    grants = [made.candidature_id for made in given.changed(decision, Grant)]
    assert given.numbers(grants) == [2, 3]
    assert len(given.changed(decision, Turn)) == len(given.changed(decision, Ranking)) == 2
    assert len(given.changed(decision, Tranche)) == 6


def test_whoever_waits_is_promoted_and_nobody_else():
    """The last of the list missed the mark: no number of places makes a laureate of it."""
    assert promoted(given.filled(LISTED, places=10)[0]) == [2, 3, 4]


def test_nothing_is_promoted_without_a_place_or_without_money():
    spent = replace(LISTED.fund, committed_cents=LISTED.fund.envelope_cents - given.FULL_CENTS + 1)

    assert promoted(given.filled(LISTED, places=0)[0]) == []
    assert promoted(given.filled(LISTED, places=3, left=spent)[0]) == []


def test_money_that_came_back_promotes_as_many_as_it_pays():
    one_grant = replace(LISTED.fund, committed_cents=LISTED.fund.envelope_cents - given.FULL_CENTS)
    decision, left, _ = given.filled(LISTED, places=3, left=one_grant)

    assert promoted(decision) == [2]
    assert left.committed_cents == left.envelope_cents


def test_a_full_zone_is_passed_over_for_the_next_that_fits():
    full = given.fund(outside_urban=150)

    assert promoted(given.filled(LISTED, places=2, left=full)[0]) == [4]


def test_who_withdrew_or_has_become_ineligible_is_passed_over():
    gone = given.entry(2, withdrawn=True)
    out = given.out(3)

    assert promoted(given.filled(LISTED, places=1, gone=gone, out=out)[0]) == [4]


def test_a_promotion_is_a_grant_with_schedule_movements_and_fund():
    decision, left, ledger = given.filled(LISTED, places=1)

    made = given.one(decision, Grant)
    assert (made.promoted, made.rank, made.awarded_cents) == (True, 2, given.FULL_GRANT)
    assert len(given.changed(decision, Tranche)) == 3
    assert [line.kind for line in ledger.lines] == ["award"] * 3
    assert left.committed_cents - LISTED.fund.committed_cents == given.FULL_CENTS
    assert left.places == {given.OUTSIDE: 2}


def test_the_published_place_stays_and_its_turn_tells_what_it_got_since():
    decision, _, _ = given.filled(LISTED, places=1)

    place = given.one(decision, Ranking)
    assert (place.outcome, place.zone, place.awarded_cents) == ("waitlisted", None, ())
    assert (place.standing, place.current) == ("promoted", "laureate")
    turn = given.one(decision, Turn)
    assert (turn.kind, turn.before, turn.outcome) == ("promoted", "waitlisted", "laureate")
    assert (turn.candidature_id, turn.cause_id, turn.at) == (
        given.dossier(2),
        "event-1",
        given.LATER,
    )
    assert (turn.zone, turn.awarded_cents) == (given.OUTSIDE, given.FULL_GRANT)
    assert [reason["code"] for reason in turn.reasons] == ["promoted"]


def test_a_dual_zone_promotion_leaves_the_only_zone_of_the_next_one():
    listed = given.published(
        given.entry(1, mark=5),
        given.entry(2, mark=4, zones=(given.OUTSIDE, given.QPV)),
        given.entry(3, mark=3, zones=(given.QPV,)),
        rules=FEW,
    )
    left = given.fund(outside_urban=149, qpv=149)

    decision, _, _ = given.filled(listed, places=2, left=left)

    seats = [(fact.rank, fact.zone) for fact in given.facts(decision, GrantAwarded)]
    assert seats == [(2, given.OUTSIDE), (3, given.QPV)]


def test_a_promotion_replaces_a_laureate_and_never_enlarges_a_wave():
    rules = given.programme(laureates_max=75)
    gone = grant(wave=given.FIRST)

    assert reserve.places_to_fill(rules, given.FIRST, 75, ()) == 0
    assert reserve.places_to_fill(rules, given.FIRST, 74, (gone,)) == 1
    assert reserve.places_to_fill(rules, given.FIRST, 80, ()) == 0


def test_a_place_that_an_earlier_wave_gives_back_comes_on_top():
    earlier = grant(wave=given.FIRST)

    assert reserve.places_to_fill(FEW, given.SECOND, 1, (earlier,)) == 1
    assert reserve.places_to_fill(FEW, given.SECOND, 0, (earlier, earlier)) == 3


def test_the_next_ranking_ends_the_reserve_and_who_waits_gets_the_final_answer():
    decision = reserve.end(LISTED_PLACES, ENTRIES, given.at(given.LATER))

    told = given.facts(decision, CandidatureDeclined)
    assert decision.result == "reserve-ended"
    assert given.numbers(fact.candidature_id for fact in told) == [2, 3, 4]
    assert {fact.reasons[0].code for fact in told} == {"reserve-ended"}
    assert {fact.reasons[1].code for fact in told} == {"laureates-max"}, (
        "why it waited is said again"
    )
    assert [fact.argument.score_needed for fact in told] == [2001, 2001, 2001]
    assert [(fact.wave, fact.rank) for fact in told] == [(given.FIRST, rank) for rank in (2, 3, 4)]
    assert {(turn.cause_id, turn.at) for turn in given.changed(decision, Turn)} == {
        ("event-1", given.LATER)
    }
    assert {place.current for place in given.changed(decision, Ranking)} == {"declined"}
    assert {turn.before for turn in given.changed(decision, Turn)} == {"waitlisted"}


def test_who_withdrew_is_told_nothing_more_but_waits_no_more_either():
    entries = ENTRIES | {given.dossier(2): given.entry(2, withdrawn=True)}
    decision = reserve.end(LISTED_PLACES, entries, given.at(given.LATER))

    assert given.numbers(fact.candidature_id for fact in decision.facts) == [3, 4]
    assert len(given.changed(decision, Ranking)) == 3


def test_a_reserve_that_has_ended_ends_once():
    ended = given.changed(reserve.end(LISTED_PLACES, ENTRIES, given.at()), Ranking)

    assert reserve.end(Listed(LISTED.wave, ended), ENTRIES, given.at()).changes == ()


def test_a_reserve_that_a_mistaken_ranking_ended_lives_again():
    ended = given.changed(reserve.end(LISTED_PLACES, ENTRIES, given.at()), Ranking)
    decision = reserve.reopen(ended, ENTRIES, given.at(given.LATER))

    assert decision.result == "reserve-reopened"
    assert {place.current for place in given.changed(decision, Ranking)} == {"waitlisted"}
    assert {turn.outcome for turn in given.changed(decision, Turn)} == {"waitlisted"}
    assert {place.standing for place in given.changed(decision, Ranking)} == {"waitlisted"}
    assert {turn.kind for turn in given.changed(decision, Turn)} == {"reserve-reopened"}
    told = given.facts(decision, CandidatureWaitlisted)
    assert given.numbers(fact.candidature_id for fact in told) == [2, 3, 4]
    assert [(fact.wave, fact.rank) for fact in told] == [(given.FIRST, rank) for rank in (2, 3, 4)]
    assert {reason.code for fact in told for reason in fact.reasons} == {"reserve-reopened"}
    assert reserve.reopen(LISTED.rankings, ENTRIES, given.at()).facts == (), (
        "who waits already is told nothing"
    )


@pytest.mark.parametrize(
    ("now", "over"),
    [(LAST_SECOND, False), (LAST_SECOND + timedelta(seconds=1), True)],
)
def test_the_last_reserve_lives_until_the_end_of_31_december_in_paris(now: datetime, over: bool):
    assert reserve.over(given.programme(), given.LAST, now) is over


def test_the_programme_ends_the_last_reserve_alone():
    assert not reserve.over(given.programme(), given.FIRST, LAST_SECOND + timedelta(days=400))


def test_who_still_waits_on_the_last_day_is_told_that_day():
    decision = reserve.end_of_the_last(
        given.programme(), LISTED_PLACES, ENTRIES, given.at(LAST_SECOND)
    )

    reason, *_ = decision.facts[0].reasons
    assert reason.message == "La liste d'attente a pris fin le 31\u00a0décembre\u00a02022."


def test_a_place_may_still_be_called_while_its_reserve_lives():
    place, now = LISTED.place(2), given.LATER
    stages = {
        name: replace(wave, proposal=place.proposal)
        for name, wave in given.waves(first="published").items()
    }

    assert reserve.may_call(FEW, stages, place, now)
    assert not reserve.may_call(FEW, stages, replace(place, proposal=0), now), "it was on no list"
    later = given.waves(first="published", second="published")
    assert not reserve.may_call(FEW, later, place, now), "the next wave ended it"
    assert not reserve.may_call(FEW, given.waves(first="published", second="ranked"), place, now)
    last = given.waves(first="published", last="published")
    over = LAST_SECOND + timedelta(seconds=1)
    assert reserve.may_call(FEW, last, replace(place, wave=given.LAST), LAST_SECOND)
    assert not reserve.may_call(FEW, last, replace(place, wave=given.LAST), over)


def test_a_laureate_that_is_one_no_more_keeps_the_trace():
    reason = Reason(code="grant-refused", message="Le porteur renonce à l'aide.")
    turn = cancelled_turn(grant(), reason, given.at())

    assert (turn.kind, turn.before, turn.outcome) == ("cancelled", "laureate", "declined")
    assert (turn.candidature_id, turn.cause_id, turn.at) == (
        grant().candidature_id,
        "event-1",
        given.NOW,
    )
    assert turn.reasons == ({"code": "grant-refused", "field": None, "message": reason.message},)
