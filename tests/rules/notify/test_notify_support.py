"""Plans, meetings and peers: the same for the same inputs, whatever their order."""

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.notice import Cause, Message
from services.notify.domain.peers import (
    Site,
    WaveSupport,
    count_opened,
    distance_metres,
    is_complete,
    match_peers,
    nearest_peers,
)
from services.notify.domain.support import Plan, begin_support, close_plan, meeting_day, plan_steps
from services.notify.domain.telling import notice_id, tell, tell_once
from shared.contract.notify import NoticeFailed, SupportAdvanced
from tests.rules.notify.notify_samples import AT, DOSSIER, PROGRAMME, a_contact

CAUSE = Cause("019aa000-0000-7000-8000-000000000001", AT)
SUPPORT = PROGRAMME.support
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
    assert moved.done == tuple(steps)
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
    assert decision.changes == ()


def test_peers_matched_once_are_not_matched_again() -> None:
    plans = [a_plan(n) for n in range(3)]
    contacts = {plan.candidature_id: a_contact(candidature_id=plan.candidature_id) for plan in plans}
    first = match_peers(plans, plans, contacts, CAUSE, 3)
    after = [change for change in first.changes if isinstance(change, Plan)]
    assert all(len(plan.peers) == 2 for plan in after)
    assert match_peers(after, after, contacts, CAUSE, 3).facts == ()


def test_a_cancelled_award_closes_its_plan_once() -> None:
    decision = close_plan(a_plan())
    assert not decision.changes[0].is_open
    assert close_plan(decision.changes[0]).facts == ()


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
