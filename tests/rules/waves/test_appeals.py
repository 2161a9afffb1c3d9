"""An appeal reopens one decision by a fact that makes up for it: what was published stays as it was."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.funding.domain.states import (
    Amendment,
    Appeal,
    Entry,
    Fund,
    Grant,
    Movement,
    Ranking,
    Recovery,
    Tranche,
    Turn,
)
from services.funding.domain.waves import appeals
from services.funding.domain.waves.appeals import Reopened
from shared.contract.funding import (
    AppealReceived,
    AppealRefused,
    CandidatureReexamined,
    CandidatureWaitlisted,
    GrantAwarded,
)
from shared.kit.errors import Rejected
from shared.programme.model import months_later
from tests.rules.waves import given

LISTED = given.published(given.entry(1, mark=5), given.entry(2, mark=1))
FILED = Appeal(given.dossier(2), 1, given.NOW, "filed", date(2021, 4, 1))


def reopened(entry: Entry | None = None, **changed) -> Reopened:
    """The one that missed the mark asks to be looked at again."""
    entry = entry or given.entry(2, mark=1)
    made = Reopened(
        given.programme(), entry, LISTED.place(2), FILED, LISTED.fund, reserve_alive=True
    )
    return replace(made, **changed)


def decided(found: Reopened, upheld: bool = True):
    return appeals.decide(found, given.appeal_decided(upheld, 2), given.at(given.LATER))


def spent() -> Fund:
    return replace(LISTED.fund, committed_cents=LISTED.fund.envelope_cents)


def filed(
    decided_at: datetime | None,
    *before: Appeal,
    now: datetime = given.NOW,
    grounds: str = "Le budget.",
):
    return appeals.file(
        given.programme(), given.entry(2), decided_at, before, grounds, given.at(now)
    )


def test_a_filed_appeal_is_acknowledged_with_the_day_of_its_answer():
    decision = filed(given.NOW)
    appeal = given.one(decision, Appeal)
    answer_by = months_later(given.programme().local_day(given.NOW), 2)

    assert (decision.result, appeal.candidature_id) == ("appeal-filed", given.dossier(2))
    assert (appeal.state, appeal.filed_at, appeal.sequence) == (
        "filed",
        given.NOW,
        given.at().order,
    )
    assert (appeal.answer_by, given.fact(decision, AppealReceived)["answer_by"]) == (
        answer_by,
        answer_by,
    )


@pytest.mark.parametrize(("days", "result"), [(0, "appeal-filed"), (1, "appeal-late")])
def test_an_appeal_counts_until_the_day_after_two_months_and_no_longer(days: int, result: str):
    """Neither the first day nor the last of a délai franc counts; a letter comes within fifteen days."""
    told_at = datetime(2021, 6, 8, 9, tzinfo=UTC)
    decision = filed(told_at, now=datetime(2021, 8, 24, 21, 59, tzinfo=UTC) + timedelta(days=days))

    assert decision.result == result
    if result == "appeal-late":
        assert given.codes(decision) == ["appeal-late"]
        assert (
            "24\u00a0août\u00a02021" in given.fact(decision, AppealRefused)["reasons"][0]["message"]
        )
        assert decision.changes == ()


def test_before_the_publication_no_time_runs_out():
    assert filed(None).result == "appeal-filed"


def test_while_one_waits_another_adds_its_grounds_alone_and_once_answered_it_is_a_new_one():
    again = filed(given.NOW, replace(FILED, grounds=("La note.",)))
    assert (again.result, again.facts) == ("appeal-waits", ())
    assert given.one(again, Appeal).grounds == ("La note.", "Le budget.")
    assert filed(given.NOW, replace(FILED, grounds=("Le budget.",))).changes == ()
    assert filed(given.NOW, replace(FILED, grounds=tuple("abcde"))).changes == (), (
        "so many and no more"
    )
    assert filed(given.NOW, replace(FILED, state="rejected")).result == "appeal-filed"


def test_the_time_of_an_appeal_runs_from_the_answer_that_holds_now():
    turn = given.one(decided(reopened(), upheld=False)[0], Turn)

    assert appeals.decided_at(LISTED.wave, ()) == LISTED.wave.published_at
    assert appeals.decided_at(LISTED.wave, (turn,)) == given.LATER


def test_each_decision_on_a_grant_gives_its_own_time_to_contest_it():
    """Its letter says two months, however long ago the list was published."""
    grant = replace(given.one(decided(reopened())[0], Grant), awarded_at=given.NOW)
    months = [given.LATER + timedelta(days=days) for days in (100, 200, 300)]
    amended = Amendment(
        grant.candidature_id, 1, "reduction", months[0], "moreau", "Budget revu", (), ()
    )
    asked_back = Recovery(
        grant.candidature_id, 1, "ordered", 100, date(2021, 9, 1), decided_at=months[1]
    )
    suspended = replace(grant, suspended_since=months[2])

    assert appeals.decided_at(LISTED.wave, (), grant) == given.NOW
    assert appeals.decided_at(LISTED.wave, (), grant, (amended,)) == months[0]
    assert appeals.decided_at(LISTED.wave, (), grant, (amended,), (asked_back,)) == months[1]
    assert appeals.decided_at(LISTED.wave, (), suspended, (amended,), (asked_back,)) == months[2]


def test_an_appeal_is_given_to_somebody_while_it_waits():
    assert given.one(appeals.assign(FILED, "moreau"), Appeal).officer_id == "moreau"
    assert appeals.assign(replace(FILED, officer_id="moreau"), "moreau").result == "duplicate"
    assert appeals.assign(replace(FILED, state="upheld"), "moreau").result == "already-upheld"


def test_an_upheld_appeal_is_granted_from_what_is_left_whatever_the_marks():
    decision, left = decided(reopened())

    made = given.one(decision, Grant)
    assert (decision.result, made.zone, made.awarded_cents) == (
        "appeal-upheld",
        given.OUTSIDE,
        given.FULL_GRANT,
    )
    assert made.promoted is False
    assert left.committed_cents - LISTED.fund.committed_cents == given.FULL_CENTS
    assert len(given.changed(decision, Tranche)) == len(given.changed(decision, Movement)) == 3
    assert [type(fact) for fact in decision.facts] == [CandidatureReexamined, GrantAwarded]
    told = given.fact(decision, CandidatureReexamined)
    assert (told["candidature_id"], told["wave"]) == (given.dossier(2), given.FIRST)
    assert (told["upheld"], told["outcome_before"], told["outcome"]) == (
        True,
        "declined",
        "laureate",
    )
    assert {(line.cause_id, line.at) for line in given.changed(decision, Movement)} == {
        ("event-1", given.LATER)
    }


def test_the_published_place_stays_readable_and_the_turn_names_the_officer():
    decision, _ = decided(reopened())

    place = given.one(decision, Ranking)
    assert (place.outcome, place.zone, place.awarded_cents) == ("declined", None, ())
    assert (place.standing, place.current) == ("granted", "laureate")
    turn = given.one(decision, Turn)
    assert (turn.kind, turn.before, turn.outcome, turn.by) == (
        "reexamined",
        "declined",
        "laureate",
        "director-1",
    )
    assert (turn.candidature_id, turn.cause_id, turn.at) == (
        given.dossier(2),
        "event-1",
        given.LATER,
    )
    assert (turn.zone, turn.awarded_cents) == (given.OUTSIDE, given.FULL_GRANT)
    assert [reason["code"] for reason in turn.reasons] == ["appeal-upheld", "promoted"]


def test_a_rejected_appeal_changes_nothing_but_is_answered():
    decision, left = decided(reopened(), upheld=False)

    told = given.fact(decision, CandidatureReexamined)
    assert (told["upheld"], told["outcome_before"], told["outcome"]) == (
        False,
        "declined",
        "declined",
    )
    assert (left, given.changed(decision, Ranking)) == (LISTED.fund, [])
    assert (decision.result, given.codes(decision)) == ("appeal-rejected", ["appeal-rejected"])
    assert "selon le dossier" in told["reasons"][0]["message"]
    assert given.one(decision, Appeal).state == "rejected"
    turn = given.one(decision, Turn)
    assert (turn.kind, turn.by, turn.before, turn.outcome) == (
        "reexamined",
        "director-1",
        "declined",
        "declined",
    )
    assert [reason["code"] for reason in turn.reasons] == ["appeal-rejected"]


def test_an_upheld_appeal_never_takes_more_than_is_left_and_waits_while_its_reserve_lives():
    decision, left = decided(reopened(fund=spent()))

    assert left == spent()
    assert given.one(decision, Ranking).current == "waitlisted"
    assert given.one(decision, Appeal).state == "upheld"
    turn = given.one(decision, Turn)
    assert (turn.by, turn.before, turn.outcome) == ("director-1", "declined", "waitlisted")
    assert (decision.result, given.codes(decision)) == ("appeal-upheld", ["appeal-upheld"])
    assert [type(fact) for fact in decision.facts] == [CandidatureReexamined, CandidatureWaitlisted]
    assert given.fact(decision, CandidatureWaitlisted)["rank"] == 2


def test_no_quota_is_passed_for_an_appeal():
    full = replace(LISTED.fund, places={given.OUTSIDE: 150})

    assert (
        given.fact(decided(reopened(fund=full))[0], CandidatureReexamined)["outcome"]
        == "waitlisted"
    )


def test_a_request_below_the_floor_stays_without_a_grant():
    small = given.entry(2, mark=1, requested_cents=(1_000_000,))

    assert given.changed(decided(reopened(small))[0], Grant) == []


def test_where_the_reserve_is_over_too_the_answer_stays_with_the_reason():
    decision, left = decided(reopened(fund=spent(), reserve_alive=False))

    told = given.fact(decision, CandidatureReexamined)
    assert (told["upheld"], told["outcome"]) == (True, "declined")
    assert (given.codes(decision), given.changed(decision, Ranking)) == (["nothing-left"], [])
    turn = given.one(decision, Turn)
    assert (turn.kind, turn.by, turn.outcome) == ("reexamined", "director-1", "declined")
    assert [reason["code"] for reason in turn.reasons] == ["nothing-left"]
    assert left == spent()


def test_a_laureate_gets_no_second_grant_by_an_appeal_and_an_answer_all_the_same():
    decision, left = decided(reopened(ranking=replace(LISTED.place(2), standing="promoted")))

    assert (decision.result, given.one(decision, Appeal).state) == ("appeal-upheld", "upheld")
    told = given.fact(decision, CandidatureReexamined)
    assert (told["upheld"], told["outcome_before"], told["outcome"]) == (
        True,
        "laureate",
        "laureate",
    )
    assert [type(fact) for fact in decision.facts] == [CandidatureReexamined]
    assert (given.changed(decision, Grant), left) == ([], LISTED.fund)
    turn = given.one(decision, Turn)
    assert (turn.outcome, turn.by, turn.awarded_cents) == ("laureate", "director-1", ())


def test_an_appeal_is_not_answered_on_grounds_that_came_after_it_was_read():
    earlier = replace(FILED, state="rejected", grounds=("Le bail.",))
    waiting = replace(FILED, grounds=("La note.", "Le budget."))

    appeals.require_read([earlier, waiting], 3)
    appeals.require_read([waiting], None)
    with pytest.raises(
        Rejected, match="2 grounds were read, and there are 3: read the appeal again"
    ):
        appeals.require_read([earlier, waiting], 2)


def test_a_grant_that_has_ended_is_not_given_back_by_an_appeal():
    living = given.one(decided(reopened())[0], Grant)

    appeals.require_living(None)
    appeals.require_living(living)
    with pytest.raises(Rejected, match="its grant has ended"):
        appeals.require_living(replace(living, state="cancelled"))


BEFORE_THE_LIST = pytest.mark.parametrize("stage", ["open", "closed", "ranked"])


@BEFORE_THE_LIST
@pytest.mark.parametrize("upheld", [True, False])
def test_nothing_is_reopened_before_it_is_decided(stage: str, upheld: bool):
    with pytest.raises(Rejected, match="wave 2020-4 is not published yet"):
        appeals.require_decision(replace(LISTED.wave, state=stage), given.entry(2), upheld)
    appeals.require_decision(LISTED.wave, given.entry(2), upheld)


@BEFORE_THE_LIST
def test_an_ineligible_holder_is_answered_before_silence_answers_whatever_the_wave_waits_for(
    stage: str,
):
    """Two months run from the appeal, and a list may take longer."""
    wave, was_out = replace(LISTED.wave, state=stage), given.out(3)
    appeals.require_decision(wave, was_out, upheld=False)
    appeal = replace(FILED, candidature_id=given.dossier(3))
    decision, _ = decided(
        reopened(was_out, ranking=appeals.unranked(was_out, 0), appeal=appeal), upheld=False
    )
    told = given.fact(decision, CandidatureReexamined)
    assert (told["upheld"], told["outcome_before"], told["outcome"]) == (
        False,
        "declined",
        "declined",
    )


@BEFORE_THE_LIST
def test_who_contests_that_a_place_is_in_no_zone_is_right_once_it_is_found_in_one(stage: str):
    wave = replace(LISTED.wave, state=stage)
    with pytest.raises(Rejected, match=r"territory\.decided"):
        appeals.require_decision(wave, given.out(2), upheld=True)
    decision = appeals.found_eligible(FILED, wave)
    assert (decision.result, given.one(decision, Appeal).state) == ("appeal-upheld", "upheld")
    assert appeals.found_eligible(replace(FILED, state="rejected"), wave).changes == ()
    assert appeals.found_eligible(FILED, LISTED.wave).changes == ()


@pytest.mark.parametrize(
    "entry", [given.out(2), given.entry(2, score=None), given.entry(2, withdrawn=True)]
)
def test_an_appeal_is_no_way_around_zone_score_or_withdrawal(entry: Entry):
    with pytest.raises(Rejected, match="territory and reviews come first"):
        appeals.require_complete(entry)
    appeals.require_complete(given.entry(2, mark=1))


def test_an_appeal_gives_no_grant_to_a_file_whose_holder_was_erased():
    with pytest.raises(Rejected, match="nobody could be paid"):
        appeals.require_complete(replace(given.entry(2, mark=1), erased=True))


def test_a_file_that_was_never_ranked_is_reopened_after_everybody():
    was_out = given.out(3)
    place = appeals.unranked(was_out, places=len(LISTED.rankings))

    assert (place.rank, place.proposal, place.outcome) == (3, 0, "declined")
    assert (place.candidature_id, place.wave, place.receipt_sequence) == (
        given.dossier(3),
        given.FIRST,
        3,
    )
    assert (place.score, place.tie_break, place.criteria, place.reviews) == (0, (), {}, ())
    assert (place.zones, place.requested_cents) == ((), given.FULL_GRANT)
    [reason] = place.reasons
    assert reason == {
        "code": "outside",
        "rule": "",
        "threshold": None,
        "value": None,
        "message": "Le lieu n'est dans aucune zone.",
    }
    appeal = replace(FILED, candidature_id=given.dossier(3))
    decision, _ = decided(reopened(given.entry(3), ranking=place, appeal=appeal))
    assert given.one(decision, Grant).rank == 3


def test_a_place_of_an_older_proposal_is_none_of_the_published_list():
    place = LISTED.place(2)

    assert appeals.is_of(LISTED.wave, place)
    assert appeals.is_of(LISTED.wave, replace(place, proposal=0))
    assert not appeals.is_of(replace(LISTED.wave, proposal=2), place)
    assert not appeals.is_of(replace(LISTED.wave, state="ranked"), place)
