"""Plans, meetings and peers: the same for the same inputs, whatever their order."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.matching import distance_metres
from services.notify.domain.notice import Cause, Message, Notice
from services.notify.domain.peers import (
    NOBODY,
    Laureates,
    Site,
    WaveSupport,
    count_opened,
    expect,
    is_complete,
    is_late,
    is_to_be_matched,
    match_peers,
    match_wave,
    nearest_peers,
    open_support,
)
from services.notify.domain.support import Plan, begin_support, close_plan, meeting_day, plan_steps
from services.notify.domain.telling import notice_id, tell, tell_once
from shared.contract.decision import Decision
from shared.contract.notify import NoticeFailed, SupportAdvanced
from tests.rules.notify.notify_samples import AT, DOSSIER, PROGRAMME, a_contact

CAUSE = Cause("019aa000-0000-7000-8000-000000000001", AT)
SUPPORT = PROGRAMME.support
ONE_DAY = timedelta(days=1)
sites = st.builds(
    Site,
    st.uuids().map(str),
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=3).map(tuple),
    st.floats(-60, 60),
    st.floats(-179, 179),
)


def a_plan(number: int = 0, **changes: Any) -> Plan:
    fields = {
        "candidature_id": f"{DOSSIER[:-1]}{number}",
        "wave": "2020-4",
        "promoted": False,
        "awarded_at": AT,
        "needs": ("governance",),
        "steps": plan_steps(("governance",), SUPPORT),
    }
    return Plan(**fields | changes)


def test_given_needs_then_the_plan_has_one_step_for_each() -> None:
    assert plan_steps(("governance", "legal", "governance"), SUPPORT) == (
        "introduction", "need-governance", "need-legal", "meeting-1", "meeting-2", "peers"
    )  # fmt: skip


def test_given_no_need_then_the_plan_begins_with_an_interview() -> None:
    assert plan_steps((), SUPPORT)[1] == "need-first-interview"


@pytest.mark.parametrize(
    ("awarded", "months", "meeting"),
    [(date(2021, 12, 31), 2, date(2022, 2, 28)), (date(2021, 2, 15), 6, date(2021, 8, 15))],
)
def test_a_meeting_is_counted_from_the_award(awarded: date, months: int, meeting: date) -> None:
    assert meeting_day(awarded, months) == meeting


def test_shared_needs_come_before_the_distance() -> None:
    me = Site("me", ("a", "b"), 46.0, 3.0)
    near, far, farther = (
        Site("near", (), 46.1, 3.0),
        Site("far", ("a",), 43.0, 3.0),
        Site("x", ("a",), 42.0, 3.0),
    )
    assert nearest_peers(me, [near, farther, far], 3) == ("far", "x", "near")


@given(st.lists(sites, max_size=12), st.integers(0, 5), st.randoms())
def test_peers_do_not_depend_on_the_order_of_the_others(
    others: list[Site], count: int, order: random.Random
) -> None:
    me = Site("me", ("a", "b"), 46.0, 3.0)
    shuffled = others[:]
    order.shuffle(shuffled)
    found = nearest_peers(me, others, count)
    assert found == nearest_peers(me, [*shuffled, me], count)
    assert len(found) == min(count, len({other.candidature_id for other in others}))
    assert "me" not in found


@given(sites, sites)
def test_the_way_there_is_the_way_back(one: Site, other: Site) -> None:
    assert distance_metres(one, other) == pytest.approx(distance_metres(other, one), abs=0.001)
    assert 0 <= distance_metres(one, other) <= 20_020_000


def test_paris_to_lyon_is_known() -> None:
    metres = distance_metres(Site("p", (), 48.8566, 2.3522), Site("l", (), 45.7640, 4.8357))
    assert metres == pytest.approx(391_500, rel=0.005)


def test_given_a_plan_when_it_begins_then_every_step_but_peers_is_said() -> None:
    moved, decision = begin_support(a_plan(), a_contact(), CAUSE, SUPPORT)
    steps = [fact.step for fact in decision.facts if isinstance(fact, SupportAdvanced)]
    assert steps == ["introduction", "need-governance", "meeting-1", "meeting-2"]
    assert (decision.result, moved.done) == ("support-begun", tuple(steps))
    assert {fact.candidature_id for fact in decision.facts} == {a_plan().candidature_id}
    by_template = {one.template: one for one in decision.changes if isinstance(one, Notice)}
    awarded = {"needs": ["governance"], "wave": "2020-4", "awarded_at": AT.isoformat()}
    receipt = {"receipt": "FABT-2020-4-00012"}
    assert by_template["support_opened"].context == {**receipt, **awarded, "plan": list(a_plan().steps)}
    assert by_template["introduction"].context == {**receipt, **awarded}
    assert by_template["introduction"].recipient == "association"
    assert by_template["invitation"].context == {**receipt, "meeting": 1, "awarded_at": AT.isoformat()}
    templates = [change.template for change in decision.changes if hasattr(change, "template")]
    assert templates == ["support_opened", "introduction", "invitation", "invitation"]
    assert len({change.notice_id for change in decision.changes if hasattr(change, "notice_id")}) == 4


@given(st.permutations(range(4)), st.integers(1, 4))
def test_a_wave_is_complete_once_as_many_plans_opened_as_were_ranked(order: list[int], expected: int) -> None:
    wave = WaveSupport("2020-4", expected=expected)
    complete = []
    for number in order:
        wave = count_opened(wave, a_plan(number))
        complete.append(is_complete(wave))
    assert complete == [opened >= expected for opened in range(1, 5)]
    assert count_opened(wave, a_plan(9, promoted=True)) == wave


def test_a_laureate_alone_in_a_wave_has_no_peer_and_no_message_about_it() -> None:
    plan = a_plan()
    decision = match_peers([plan], [plan], {plan.candidature_id: a_contact()}, CAUSE, 3)
    assert decision.facts == ()
    assert (decision.result, decision.changes) == ("peers-matched", ())


def test_peers_matched_once_are_not_matched_again() -> None:
    plans = [a_plan(n) for n in range(3)]
    contacts = {plan.candidature_id: a_contact(candidature_id=plan.candidature_id) for plan in plans}
    first = match_peers(plans, plans, contacts, CAUSE, 3)
    after = [change for change in first.changes if isinstance(change, Plan)]
    assert all(len(plan.peers) == 2 for plan in after)
    assert {plan.done for plan in after} == {("peers",)}
    told = [fact for fact in first.facts if isinstance(fact, SupportAdvanced)]
    assert [(fact.step, fact.peers) for fact in told] == [("peers", plan.peers) for plan in after]
    letters = [one for one in first.changes if isinstance(one, Notice)]
    assert [one.template for one in letters] == ["peers"] * 3
    assert len({one.notice_id for one in letters}) == 3, "each laureate has a letter of their own"
    assert letters[0].context["peers"][0] == {
        "place": "La Passerelle",
        "holder": "Association La Passerelle",
        "commune_code": "03310",
        "shared": ["governance"],
    }
    assert match_peers(after, after, contacts, CAUSE, 3).facts == ()


def test_a_cancelled_award_closes_its_plan_once() -> None:
    decision = close_plan(a_plan())
    assert (decision.result, decision.changes[0].is_open) == ("plan-closed", False)
    assert [(fact.candidature_id, fact.step) for fact in decision.facts] == [
        (a_plan().candidature_id, "closed")
    ]
    again = close_plan(decision.changes[0])
    assert (again.result, again.facts, close_plan(None).result) == ("no-plan", (), "no-plan")


def laureates(*plans: Plan) -> Laureates:
    return Laureates(plans, [a_contact(candidature_id=plan.candidature_id) for plan in plans])


def introduced(decision: Decision) -> int:
    return sum(isinstance(one, Notice) and one.template == "peers" for one in decision.changes)


def test_a_ranking_that_is_heard_after_the_last_plan_matches_the_wave_at_once() -> None:
    plans = laureates(*(a_plan(number) for number in range(3)))
    short = expect(WaveSupport("2020-4", expected=4, opened=3), plans, CAUSE, SUPPORT)
    assert (short.result, introduced(short)) == ("expected", 0)
    whole = expect(WaveSupport("2020-4", expected=3, opened=3), plans, CAUSE, SUPPORT)
    assert introduced(whole) == 3
    assert whole.changes[-1] == WaveSupport("2020-4", expected=3, opened=3, matched=True)


def test_the_last_plan_of_a_wave_begins_and_introduces_everybody() -> None:
    last = a_plan(2)
    plans = laureates(a_plan(0), a_plan(1), last)
    counted = WaveSupport("2020-4", expected=3, opened=3)
    decision = open_support(last, plans.contacts[2], counted, plans, CAUSE, SUPPORT)
    assert introduced(decision) == 3
    [own] = [
        one for one in decision.changes if isinstance(one, Plan) and one.peers and one.done[0] != "peers"
    ]
    assert own.candidature_id == last.candidature_id, "what began with it is kept with its peers"
    early = open_support(last, plans.contacts[2], replace(counted, expected=4), plans, CAUSE, SUPPORT)
    assert (introduced(early), early.changes[-1]) == (0, replace(counted, expected=4))


def test_no_support_begins_for_an_award_that_ended_or_a_holder_who_was_erased() -> None:
    wave = WaveSupport("2020-4")
    ended = open_support(a_plan(is_open=False), a_contact(), wave, NOBODY, CAUSE, SUPPORT)
    gone = open_support(a_plan(), a_contact(erased=True), wave, NOBODY, CAUSE, SUPPORT)
    assert [(one.result, one.changes) for one in (ended, gone)] == [("plan-closed", ()), ("erased", ())]


def test_who_was_erased_is_nobodys_peer() -> None:
    plans = [a_plan(number) for number in range(3)]
    contacts = [a_contact(candidature_id=plan.candidature_id) for plan in plans]
    contacts[0] = replace(contacts[0], erased=True)
    decision = match_wave(WaveSupport("2020-4"), Laureates(plans, contacts), CAUSE, 3)
    found = [plan.peers for plan in decision.changes if isinstance(plan, Plan)]
    assert found == [(plans[2].candidature_id,), (plans[1].candidature_id,)]


def test_a_day_after_the_first_award_peers_are_matched_with_those_that_are_there() -> None:
    wave = count_opened(count_opened(WaveSupport("2020-4"), a_plan()), a_plan(1, awarded_at=AT + ONE_DAY))
    assert wave.first_awarded_at == AT
    assert not is_late(wave, AT + ONE_DAY)
    assert is_late(wave, AT + ONE_DAY + timedelta(microseconds=1))
    assert not is_late(WaveSupport("2020-4"), AT + 9 * ONE_DAY)


def test_the_same_recipient_template_and_cause_are_the_same_notice() -> None:
    one = Message("invitation", matter="meeting-1")
    assert notice_id(CAUSE, one) == notice_id(CAUSE, Message("invitation", {"other": 1}, matter="meeting-1"))
    others = [
        notice_id(CAUSE, Message("invitation", matter="meeting-2")),
        notice_id(CAUSE, Message("invitation", recipient="association", matter="meeting-1")),
        notice_id(CAUSE, Message("peers", matter="meeting-1")),
        notice_id(Cause("another", AT), one),
    ]
    assert len({notice_id(CAUSE, one), *others}) == 5


def test_who_has_no_address_is_a_failure_that_is_said_not_a_silence() -> None:
    decision = tell(a_contact(email=""), CAUSE, Message("receipt"))
    [fact] = decision.facts
    assert isinstance(fact, NoticeFailed)
    assert fact.cause == "no-address"
    assert decision.changes[0].state == "failed"


def test_the_same_answer_is_not_said_twice_and_another_is() -> None:
    first = tell_once(a_contact(), "eligibility", "eligible qpv", CAUSE, Message("eligible"))
    contact = first.changes[0]
    assert tell_once(contact, "eligibility", "eligible qpv", CAUSE, Message("eligible")).changes == ()
    assert len(tell_once(contact, "eligibility", "ineligible", CAUSE, Message("ineligible")).changes) == 2


def test_each_laureate_meets_as_many_peers_as_the_programme_says_whichever_word_comes_last() -> None:
    plans = [a_plan(number) for number in range(SUPPORT.peers + 3)]
    ranked_last = WaveSupport("2020-4", expected=len(plans), opened=len(plans))
    decision = expect(ranked_last, laureates(*plans), CAUSE, SUPPORT)
    met = [len(plan.peers) for plan in decision.changes if isinstance(plan, Plan)]
    assert met == [SUPPORT.peers] * len(plans)


def test_peers_are_looked_for_once_a_wave_is_whole_and_then_for_who_is_promoted_into_it() -> None:
    waiting = WaveSupport("2020-4", expected=2, opened=1)
    matched = replace(waiting, opened=2, matched=True)
    assert is_to_be_matched(replace(waiting, opened=2), a_plan())
    assert is_to_be_matched(matched, a_plan(promoted=True))
    assert not is_to_be_matched(matched, a_plan())
    assert not is_to_be_matched(waiting, a_plan(promoted=True)), "its wave will be matched as a whole"
