"""De minimis: what a holder declares over three years, and the grant, against the regime's ceiling."""

from dataclasses import replace
from datetime import date, timedelta

from services.funding.domain.money import state_aid
from shared.contract.backoffice import StateAidDecided
from shared.contract.frontdesk import StateAid, StateAidDeclared
from tests.rules.money import given

CEILING = given.programme().payment.de_minimis_ceiling_cents
ROOM = CEILING - sum(given.CENTS)


def closed(*granted, **changed):
    return state_aid.closed_by(given.programme(), given.grant(), given.aid(*granted, **changed))


def test_who_declared_nothing_is_held_by_nothing():
    assert state_aid.closed_by(given.programme(), given.grant(), None) is None


def test_aids_up_to_the_ceiling_fit_and_one_cent_more_waits_for_an_officer():
    assert closed((date(2020, 6, 1), ROOM)) is None
    reason = closed((date(2020, 6, 1), ROOM - 1), (date(2020, 7, 1), 2))
    assert reason and reason.code == "state-aid-above-ceiling"
    assert (
        "200\u00a0000,01\u00a0€" in reason.message
        and "plafond de 200\u00a0000\u00a0€" in reason.message
    )


def test_an_aid_older_than_three_years_at_the_award_does_not_count():
    assert closed((date(2018, 1, 20), CEILING)) is None
    assert closed((date(2018, 1, 21), CEILING)) is not None


def test_the_officers_answer_stands_above_the_ceiling():
    above = (date(2020, 6, 1), CEILING)

    assert closed(above, allowed=True) is None
    refused = closed((date(2020, 6, 1), 1), allowed=False)
    assert refused and refused.code == "state-aid-refused"


def declared(before=None, cents=1, now=given.DUE_AT):
    aids = (StateAid(granted_on=date(2020, 6, 1), granted_by="Région", amount_cents=cents),)
    return state_aid.declare(
        before, StateAidDeclared(candidature_id=given.KEY, aids=aids), given.at(now)
    )


def test_what_is_declared_anew_is_looked_at_anew():
    decision = declared()
    [first] = decision.changes
    later = given.DUE_AT + timedelta(days=1)

    [second] = declared(replace(first, allowed=True), cents=2, now=later).changes

    assert decision.result == "aids-declared"
    assert (second.allowed, second.aids[0]["amount_cents"]) == (None, 2)
    assert declared(first, now=later).result == "duplicate"
    assert declared(second, cents=3).result == "superseded"
    assert declared(second, cents=3, now=later).result == "superseded"


def test_each_aid_is_kept_as_it_was_declared_with_the_moment_of_the_declaration():
    [kept] = declared().changes

    assert (kept.candidature_id, kept.declared_at) == (given.KEY, given.DUE_AT)
    assert kept.aids == ({"granted_on": "2020-06-01", "granted_by": "Région", "amount_cents": 1},)


def decided(aid, allowed=True, regime="sieg"):
    event = given.act(StateAidDecided, allowed=allowed, regime=regime, declaration=1)
    return state_aid.decide(aid, event)


def test_an_officer_decides_once_and_may_decide_otherwise():
    decision = decided(given.aid())
    [allowed] = decision.changes

    assert decision.result == "aids-allowed"
    assert (allowed.allowed, allowed.regime, allowed.decided_by) == (True, "sieg", "officer-1")
    assert decided(allowed).result == "duplicate"
    assert decided(allowed, allowed=False).result == "aids-refused"


def test_a_call_under_another_regime_counts_no_aid_against_its_grants():
    free = given.programme(de_minimis_regime="")
    above = given.aid((date(2020, 1, 1), CEILING))
    assert state_aid.closed_by(given.programme(), given.grant(), above)
    assert state_aid.closed_by(free, given.grant(), above) is None
