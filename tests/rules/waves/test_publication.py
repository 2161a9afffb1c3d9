"""Two officers approve the very list they saw; the verifier has the last word; everybody is told at once."""

from dataclasses import replace

import pytest

from services.funding.domain.states import Fund, Grant, Movement, Tranche, WaveState
from services.funding.domain.waves import publication
from shared.contract.funding import (
    CandidatureDeclined,
    CandidatureWaitlisted,
    GrantAwarded,
    WavePublished,
    WaveVerificationFailed,
)
from shared.kit.errors import Rejected
from tests.rules.waves import given

LISTED = given.ranked(
    given.entry(1, mark=5),
    given.entry(2, mark=4),
    given.entry(3, mark=1),
    given.out(4),
    given.out(5, withdrawn=True),
    rules=given.programme(laureates_max=1),
)


def approved(wave: WaveState, who: str = "director-1", digest: str | None = None):
    return publication.approve(wave, given.approval(digest or wave.digest, who), given.at())


def published():
    return publication.publish_if_it_holds(LISTED.basis, LISTED.rankings, {}, given.at())


def test_an_approval_names_its_officer_and_when_and_in_what_role():
    decision = approved(LISTED.wave)

    assert decision.result == "approved"
    [approval] = given.one(decision, WaveState).approvals
    assert (approval["actor"], approval["role"]) == ("director-1", "director")
    assert approval["at"] == given.NOW.isoformat()


def test_two_different_officers_approve():
    first = given.one(approved(LISTED.wave), WaveState)
    second = given.one(approved(first, "director-2"), WaveState)

    assert [one["actor"] for one in second.approvals] == ["director-1", "director-2"]


def test_one_officer_twice_is_not_two_officers():
    first = given.one(approved(LISTED.wave), WaveState)
    again = approved(first)

    assert (again.result, given.codes(again), again.changes) == ("duplicate", ["same-officer"], ())


def test_an_approval_that_counts_no_more_is_given_anew():
    """Its author's key or role is gone: the wave comes without it, and the same person may say it again."""
    first = given.one(approved(LISTED.wave), WaveState)

    wave = given.one(approved(replace(first, approvals=()), "director-2"), WaveState)

    assert [one["actor"] for one in wave.approvals] == ["director-2"]


def test_only_the_very_list_that_was_seen_is_approved():
    with pytest.raises(Rejected, match="not the wave's current proposal"):
        approved(LISTED.wave, digest="0" * 64)


@pytest.mark.parametrize("stage", ["open", "closed"])
def test_a_wave_without_a_proposal_is_not_approved(stage: str):
    with pytest.raises(Rejected, match="not the wave's current proposal"):
        approved(replace(LISTED.wave, state=stage))


def test_what_is_published_needs_no_approval():
    decision = approved(replace(LISTED.wave, state="published"))

    assert (decision.result, decision.changes) == ("already-published", ())


def test_the_publication_comes_first_and_everybody_who_did_not_withdraw_is_answered():
    decision = published()

    assert isinstance(decision.facts[0], WavePublished)
    answered = [fact.candidature_id for fact in decision.facts[1:]]
    assert given.numbers(answered) == [1, 2, 3, 4]
    kinds = [type(fact) for fact in decision.facts[1:]]
    assert kinds == [GrantAwarded, CandidatureWaitlisted, CandidatureDeclined, CandidatureDeclined]


def test_everybody_is_answered_in_rank_order_however_the_rows_were_read():
    backwards = publication.publish_if_it_holds(LISTED.basis, LISTED.rankings[::-1], {}, given.at())

    assert backwards == published()


def test_an_answer_carries_its_rank_and_its_reasons():
    decision = published()

    waits = given.fact(decision, CandidatureWaitlisted)
    assert {fact.wave for fact in decision.facts} == {given.FIRST}
    assert (waits["rank"], [reason["code"] for reason in waits["reasons"]]) == (
        2,
        ["laureates-max"],
    )
    low, outside = given.facts(decision, CandidatureDeclined)
    assert (low.rank, [reason.code for reason in low.reasons]) == (3, ["below-pass-mark"])
    assert (outside.rank, [reason.code for reason in outside.reasons]) == (None, ["outside"])


def test_a_laureate_gets_a_grant_its_schedule_and_a_committed_envelope():
    decision = published()

    grant = given.one(decision, Grant)
    assert (grant.state, grant.zone, grant.rank, grant.promoted) == (
        "awarded",
        given.OUTSIDE,
        1,
        False,
    )
    told = given.fact(decision, GrantAwarded)
    assert (told["rank"], told["zone"], told["awarded_cents"]) == (
        1,
        given.OUTSIDE,
        given.FULL_GRANT,
    )
    assert (told["promoted"], told["awarded_at"]) == (False, given.NOW)
    assert [tranche.amount_cents for tranche in given.changed(decision, Tranche)] == list(
        given.FULL_GRANT
    )
    fund = given.one(decision, Fund)
    assert (fund.committed_cents, fund.places) == (given.FULL_CENTS, {given.OUTSIDE: 1})
    moved = given.changed(decision, Movement)
    assert sum(line.amount_cents for line in moved) == given.FULL_CENTS
    assert {(line.kind, line.credit) for line in moved} == {("award", "envelope")}
    assert {(line.cause_id, line.at) for line in moved} == {("event-1", given.NOW)}


def test_a_grant_is_that_of_its_dossier_and_of_who_may_act_on_it():
    entry = given.entry(7, mark=5, front_end="portal", public_key="B" * 43 + "=")
    listed = given.ranked(entry)

    grant = given.one(publication.publish(listed.basis, listed.rankings, given.at()), Grant)

    assert (grant.candidature_id, grant.wave) == (entry.candidature_id, entry.wave)
    assert (grant.receipt_number, grant.legal_name) == (entry.receipt_number, entry.legal_name)
    assert (grant.siret, grant.awarded_cents) == (entry.siret, given.FULL_GRANT)
    assert (grant.front_end, grant.public_key) == (entry.front_end, entry.public_key)


def test_everything_is_published_at_one_instant():
    decision = published()

    wave = given.one(decision, WaveState)
    assert (decision.result, wave.state, wave.published_at) == ("published", "published", given.NOW)
    assert given.fact(decision, WavePublished)["published_at"] == given.NOW
    assert given.one(decision, Grant).awarded_at == given.NOW
    assert given.fact(decision, WavePublished)["digest"] == LISTED.wave.digest


def test_a_list_that_fails_the_verifier_is_not_published_and_the_fact_names_what_and_who():
    altered = [
        replace(LISTED.place(1), outcome="waitlisted", zone=None, awarded_cents=()),
        *LISTED.rankings[1:],
    ]

    decision = publication.publish_if_it_holds(LISTED.basis, altered, {}, given.at())

    assert (decision.result, decision.changes) == ("not-published", ())
    told = given.fact(decision, WaveVerificationFailed)
    assert (told["wave"], told["digest"]) == (given.FIRST, LISTED.wave.digest)
    assert given.codes(decision) == [reason["code"] for reason in told["reasons"]]
    assert any(given.dossier(1) in reason["message"] for reason in told["reasons"])


def test_a_list_with_a_place_too_many_is_not_published_whatever_the_fund_says():
    decision = publication.publish_if_it_holds(
        LISTED.basis, LISTED.rankings, {given.OUTSIDE: 150}, given.at()
    )

    assert (decision.result, given.codes(decision)) == ("not-published", ["funded-places"])


def test_a_laureate_without_a_zone_gets_no_grant_even_without_the_verifier():
    unseated = [replace(LISTED.place(1), zone=None)]

    with pytest.raises(ValueError, match="laureate of no zone"):
        publication.publish(LISTED.basis, unseated, given.at())
