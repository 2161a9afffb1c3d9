"""Peers: named when a wave is whole, both asked, both agreed; who declines or leaves is replaced."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.notice import ERASING, Notice
from services.notify.domain.pairs import Member, Pair
from services.notify.domain.peer_letters import without_the_peer
from services.notify.domain.peers import (
    WaveSupport,
    count_opened,
    fabrique_of,
    is_complete,
    is_late,
    is_to_be_matched,
    leave,
    match_wave,
    take_part,
)
from services.notify.domain.support import Plan
from shared.contract.notify import PeerAccepted, PeerAgreed, PeerEnded, PeerProposed
from tests.rules.notify.given import CAUSE, LATER
from tests.rules.notify.given_peers import (
    ONE_DAY,
    SUPPORT,
    WHOLE,
    A,
    B,
    C,
    D,
    a_community,
    a_laureate,
    a_plan,
    in_days,
    matched,
    pairs_in,
    says,
    three,
    told,
)
from tests.rules.notify.notify_samples import AT, DOSSIER, WRITER, a_contact, a_notice


def test_a_whole_wave_is_named_peers_and_each_of_the_two_is_asked() -> None:
    decision = match_wave(WHOLE, three(), CAUSE, SUPPORT)
    assert (decision.result, decision.changes[0]) == ("peers-matched", replace(WHOLE, matched=True))
    assert pairs_in(decision) == [("a", "b"), ("c", "a")]
    letters = told(decision)
    assert {name for name, _ in letters} == {"peers"}
    asked = {(fact.candidature_id[-1], fact.peer[-1]): fact for fact in decision.facts}
    assert asked.keys() == {("a", "b"), ("b", "a"), ("c", "a"), ("a", "c")}
    helped, helper = asked["c", "a"], asked["a", "c"]
    assert isinstance(helped, PeerProposed)
    assert isinstance(helper, PeerProposed)
    assert (helped.asked_to_help, helper.asked_to_help) == (False, True)
    assert helped.met == helper.met == ("governance",)
    plans = {one.candidature_id[-1]: one.peers for one in decision.changes if isinstance(one, Plan)}
    assert plans == {"a": (B, C), "b": (A,), "c": (A,)}


def test_a_letter_says_why_these_two_and_asks_for_no_reason() -> None:
    decision = match_wave(WHOLE, three(), CAUSE, SUPPORT)
    letters = {
        one.context["peer"][-1]: one
        for one in decision.changes
        if isinstance(one, Notice) and one.candidature_id == A
    }
    mutual, asked = (
        WRITER.write(letters[peer], a_contact()).text.replace("\n", " ") for peer in "bc"
    )
    assert "chacun de vous peut aider l'autre" in mutual.replace("’", "'")
    assert "les questions juridiques" in mutual
    assert "Ce lieu a demandé un appui sur la gouvernance" in asked
    assert "20 km" in asked.replace("\u00a0", " ").replace("\u202f", " ")


def test_both_have_to_agree_before_either_learns_how_to_reach_the_other() -> None:
    community = matched(three())
    first = says(A, B, True, community)
    assert (first.result, first.facts) == (
        "peer-accepted",
        (PeerAccepted(candidature_id=A, peer=B),),
    )
    assert told(first) == {}
    again = says(A, B, True, community.after(first.changes))
    assert (again.result, again.changes) == ("agreed-before", ())
    second = says(B, A, True, community.after(first.changes))
    assert {(fact.candidature_id, fact.peer) for fact in second.facts if isinstance(fact, PeerAgreed)} == {
        (A, B), (B, A)
    }  # fmt: skip
    letters = told(second)
    assert letters.keys() == {("peer_agreed", "a"), ("peer_agreed", "b")}
    assert letters["peer_agreed", "a"].context["peer_email"] == "contact@passerelle.example"


def test_who_was_not_named_to_somebody_cannot_say_yes_to_them() -> None:
    community = matched(three())
    decision = says(B, C, True, community)
    assert (decision.result, decision.changes) == ("no-such-peer", ())


def test_who_declines_is_replaced_and_never_named_to_that_one_again() -> None:
    community = matched(three())
    declined = says(B, A, False, community)
    assert {fact.candidature_id for fact in declined.facts if isinstance(fact, PeerEnded)} == {A, B}
    assert pairs_in(declined) == [("a", "b"), ("b", "c")], "A and C know each other already"
    letters = told(declined)
    assert letters["peers", "b"].context["instead_of"] == "Lieu a"
    assert letters["peer_ended", "a"].context["was_agreed"] is False
    after = community.after(declined.changes)
    assert says(A, B, True, after).result == "peer-ended"
    assert take_part(A, after, LATER, SUPPORT).changes == (), "the only ones left are known to A"


def test_a_helper_who_declines_is_replaced_by_another_and_one_letter_says_both() -> None:
    community = matched(
        a_community(
            a_laureate(A, needs=("legal",)),
            a_laureate(B, offers=("legal",), needs=("x",)),
            a_laureate(C, offers=("legal", "x"), needs=("y",), latitude=46.5),
            a_laureate(D, offers=("y",), latitude=46.6),
        )
    )
    declined = says(B, A, False, community)
    assert ("a", "c") in pairs_in(declined)
    letters = told(declined)
    assert letters["peers", "a"].context["instead_of"] == "Lieu b"
    assert ("peer_ended", "a") not in letters


@pytest.mark.parametrize("counted", [True, False], ids=["as it is", "the helped alone"])
def test_two_who_lose_their_helper_and_get_each_other_are_not_told_that_it_is_over(
    monkeypatch: pytest.MonkeyPatch, counted: bool
) -> None:
    """A pair of two who help each other serves both: where one alone counts, the other hears two things."""
    if not counted:
        monkeypatch.setattr(
            Pair, "served", property(lambda pair: (pair.helped,) if pair.stands else ())
        )
    community = replace(
        a_community(
            a_laureate(A, offers=("legal", "governance")),
            a_laureate(B, needs=("legal",), offers=("governance",)),
            a_laureate(C, needs=("governance",), offers=("legal",)),
        ),
        pairs=(Pair(B, A, AT), Pair(C, A, AT)),
    )
    gone = replace(community.laureates[A].plan, is_open=False)
    left = leave(A, community.after([gone]), LATER, SUPPORT)
    assert Pair(B, C, LATER.now, mutual=True) in left.changes
    letters = told(left)
    assert {letters["peers", one].context["instead_of"] for one in "bc"} == {"Lieu a"}
    assert (letters.keys() == {("peers", "b"), ("peers", "c")}) is counted


def test_an_agreed_pair_ends_when_one_of_them_leaves() -> None:
    community = matched(three())
    agreed = says(A, B, True, community)
    community = community.after(agreed.changes)
    community = community.after(says(B, A, True, community).changes)
    gone = replace(community.laureates[B].plan, is_open=False)
    left = leave(B, community.after([gone]), LATER, SUPPORT)
    assert [fact.because for fact in left.facts if isinstance(fact, PeerEnded)] == ["left", "left"]
    assert told(left)["peer_ended", "a"].context == {
        "receipt": "FABT-2020-4-00012", "peer": B, "peer_place": "Lieu b", "was_agreed": True
    }  # fmt: skip
    assert "b" not in {name for pair in pairs_in(left)[1:] for name in pair}
    assert leave(D, community, LATER, SUPPORT).result == "no-peers"


def test_a_cancelled_erased_or_unwilling_laureate_is_named_to_nobody() -> None:
    community = three()
    a, b, c = community.laureates.values()
    cancelled = replace(a, plan=replace(a.plan, is_open=False))
    unwilling = replace(b, member=Member(B, ("legal",), peers=False))
    erased = replace(c, contact=replace(c.contact, erased=True))
    here = a_laureate(D, needs=("legal",))
    decision = match_wave(WHOLE, a_community(cancelled, unwilling, erased, here), CAUSE, SUPPORT)
    assert (pairs_in(decision), decision.facts) == ([], ())
    back = replace(unwilling, member=Member(B, ("legal",)))
    assert pairs_in(
        match_wave(WHOLE, a_community(cancelled, back, erased, here), CAUSE, SUPPORT)
    ) == [("b", "d")]


def test_what_is_declared_replaces_what_the_file_offered() -> None:
    laureate = a_laureate(A, offers=("legal",))
    assert laureate.offers == ("legal",)
    assert replace(laureate, member=Member(A, ("training",))).offers == ("training",)


def test_who_comes_back_is_named_a_peer_at_once_where_the_wave_was_matched() -> None:
    community = three()
    assert (
        take_part(A, replace(community, matched=frozenset()), CAUSE, SUPPORT).result == "expected"
    )
    assert pairs_in(take_part(A, community, CAUSE, SUPPORT)) == [("a", "b")]
    assert take_part(D, community, CAUSE, SUPPORT).result == "expected"


@given(st.lists(st.sampled_from(["", "me", "other"]), max_size=5))
def test_a_refusal_counts_as_a_time_one_was_asked_and_another_s_does_not(ends: list[str]) -> None:
    who = {"": "", "me": A, "other": "x"}
    pairs = [Pair(f"x{number}", A, AT, ended_by=who[end]) for number, end in enumerate(ends)]
    times = sum(end != "other" for end in ends)
    assert fabrique_of(a_laureate(A), pairs, SUPPORT).room == max(0, SUPPORT.peers - times)


answers = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(0, 9), st.sampled_from(["yes", "no", "leave", "silence"])
    ),
    max_size=12,
)


@given(answers, st.permutations(range(6)))
def test_whatever_is_answered_the_promises_of_peers_hold(
    said: list[tuple[int, int, str]], order: list[int]
) -> None:
    """Nobody is asked above the bound, no two are named twice, who left is in no pair that stands."""
    names = [f"{DOSSIER[:-1]}{number}" for number in range(6)]
    words = ("legal", "training", "funding")
    laureates = [
        a_laureate(
            one,
            needs=(words[number % 3],),
            offers=(words[(number + 1) % 3],),
            latitude=46 + number / 10,
        )
        for number, one in enumerate(names)
    ]
    community = matched(a_community(*(laureates[number] for number in order)))
    for who, which, word in said:
        one = names[who]
        mine = [pair for pair in community.pairs if one in pair.both]
        if word == "leave":
            community = community.after([replace(community.laureates[one].plan, is_open=False)])
            decision = leave(one, community, LATER, SUPPORT)
        elif word == "silence":
            decision = in_days(community, SUPPORT.peer_answer_days + 1)
        elif mine:
            decision = says(one, mine[which % len(mine)].other(one), word == "yes", community)
        else:
            continue
        community = community.after(decision.changes)
    assert len({frozenset(pair.both) for pair in community.pairs}) == len(community.pairs)
    for pair in community.pairs:
        assert not pair.stands or all(community.laureates[one].plan.is_open for one in pair.both)
    for one in names:
        assert sum(pair.asks(one) for pair in community.pairs) <= SUPPORT.peers
        standing = tuple(
            sorted(pair.other(one) for pair in community.pairs if one in pair.both and pair.stands)
        )
        if community.laureates[one].plan.is_open:
            assert tuple(sorted(community.laureates[one].plan.peers)) == standing


def test_letters_to_others_lose_the_words_about_who_is_erased() -> None:
    named = replace(a_notice("peer_agreed"), state="sent")
    kept = replace(a_notice("peers"), notice_id="another")
    gone = named.context["peer"]
    assert without_the_peer([named, kept], gone) == (replace(named, state=ERASING, context={}),)
    assert without_the_peer([named, kept], "somebody-else") == ()


@given(st.permutations(range(4)), st.integers(1, 4))
def test_a_wave_is_complete_once_as_many_plans_opened_as_were_ranked(
    order: list[int], expected: int
) -> None:
    wave = WaveSupport("2020-4", expected=expected)
    complete = []
    for number in order:
        wave = count_opened(wave, a_plan(str(number)))
        complete.append(is_complete(wave))
    assert complete == [opened >= expected for opened in range(1, 5)]
    assert count_opened(wave, a_plan(promoted=True)) == wave


def test_a_day_after_the_first_award_peers_are_matched_with_those_that_are_there() -> None:
    wave = count_opened(
        count_opened(WaveSupport("2020-4"), a_plan()), a_plan(B, awarded_at=AT + ONE_DAY)
    )
    assert wave.first_awarded_at == AT
    assert not is_late(wave, AT + ONE_DAY)
    assert is_late(wave, AT + ONE_DAY + timedelta(microseconds=1))
    assert not is_late(WaveSupport("2020-4"), AT + 9 * ONE_DAY)


@pytest.mark.parametrize(
    ("matched_before", "opened", "now"),
    [(False, 1, False), (False, 2, True), (True, 1, True), (True, 2, True)],
)
def test_peers_are_looked_for_once_a_wave_is_whole_and_then_for_whoever_comes_to_it_later(
    matched_before: bool, opened: int, now: bool
) -> None:
    wave = WaveSupport("2020-4", expected=2, opened=opened, matched=matched_before)
    assert is_to_be_matched(wave) is now


def test_who_comes_after_its_wave_waited_long_enough_gets_a_peer_all_the_same() -> None:
    """A laureate alone was matched with nobody; with the second one, heard days later, it is."""
    first, second = a_laureate(A, needs=("legal",)), a_laureate(B, offers=("legal",))
    alone = match_wave(replace(WHOLE, opened=1), a_community(first), CAUSE, SUPPORT)
    assert (alone.result, pairs_in(alone)) == ("peers-matched", [])
    wave = count_opened(replace(WHOLE, opened=1, matched=True), a_plan(B))
    assert is_to_be_matched(wave)
    both = match_wave(wave, a_community(first, second), CAUSE, SUPPORT)
    assert pairs_in(both) == [("a", "b")], "each helps the other"
