"""Who does not answer about a peer is waited for, then replaced, and looked for again once they ask."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.notify.domain.notice import Notice
from services.notify.domain.pairs import Member, Pair
from services.notify.domain.peers import WaveSupport, match_wave, take_part
from shared import french
from shared.contract.notify import PeerEnded
from tests.rules.notify.given import LATER
from tests.rules.notify.given_peers import (
    ONE_DAY,
    SUPPORT,
    A,
    B,
    C,
    D,
    a_community,
    a_laureate,
    in_days,
    matched,
    pairs_in,
    says,
    three,
    told,
)
from tests.rules.notify.notify_samples import AT, WRITER, a_contact, a_notice, as_read


def test_who_never_answers_is_waited_for_until_the_last_day_and_no_longer() -> None:
    community = matched(three())
    days = SUPPORT.peer_answer_days
    assert in_days(community, days).result == "no-peers"
    over = in_days(community, days + 1)
    assert {fact.because for fact in over.facts if isinstance(fact, PeerEnded)} == {"lapsed"}
    assert pairs_in(over) == [("a", "b"), ("c", "a")], (
        "nobody is asked anew for who did not answer themself"
    )
    assert {name for name, _ in told(over)} == {"peer_lapsed"}
    after = community.after(over.changes)
    assert [pair.stands for pair in after.pairs] == [False, False]
    assert says(A, B, True, after).result == "peer-ended"
    assert take_part(C, after, LATER, SUPPORT).facts, "who wants a peer later says so"


def test_whoever_said_yes_gets_another_helper_and_the_silent_one_counts_as_asked() -> None:
    community = matched(
        a_community(
            a_laureate(A, needs=("legal",)),
            a_laureate(B, offers=("legal",), needs=("x",)),
            a_laureate(C, offers=("legal", "x"), needs=("y",), latitude=46.5),
            a_laureate(D, offers=("y",), latitude=46.6),
        )
    )
    yes = community.after(says(A, B, True, community).changes)
    over = in_days(yes, SUPPORT.peer_answer_days + 1)
    assert ("a", "c") in pairs_in(over)
    letters = told(over)
    assert letters["peers", "a"].context["instead_of"] == "Lieu b"
    assert ("peer_lapsed", "a") not in letters
    assert letters["peer_lapsed", "b"].context["has_answered"] is False
    silent = next(pair for pair in over.changes if isinstance(pair, Pair) and pair.both == (A, B))
    assert (silent.ended_by, silent.asks(B), silent.lapsed) == (B, True, True)


def test_who_agreed_to_help_is_told_that_the_other_did_not_answer_and_was_not_asked_for_nothing() -> (
    None
):
    community = matched(three())
    yes = community.after(says(A, C, True, community).changes)
    over = in_days(yes, SUPPORT.peer_answer_days + 1)
    ended = next(pair for pair in over.changes if isinstance(pair, Pair) and pair.both == (C, A))
    assert (ended.ended_by, ended.asks(A)) == (C, False)
    letter = next(
        one
        for one in over.changes
        if isinstance(one, Notice) and one.candidature_id == A and one.context["peer"] == C
    )
    text = as_read(WRITER.write(letter, a_contact()).text)
    assert "Vous avez dit oui" in text


def test_control_two_who_agreed_never_lapse() -> None:
    community = matched(three())
    for one, other in ((A, B), (B, A), (C, A), (A, C)):
        community = community.after(says(one, other, True, community).changes)
    assert in_days(community, 10_000).result == "no-peers"


def test_the_letter_that_names_a_peer_says_until_when_to_answer() -> None:
    named = a_notice("peers")
    last = french.day((named.at + timedelta(days=SUPPORT.peer_answer_days)).date())
    assert f"avant le {last}" in WRITER.write(named, a_contact()).text


def test_who_let_a_peer_lapse_is_left_out_of_later_rankings_until_they_declare_themselves_again() -> (
    None
):
    known = a_laureate(A, needs=("legal",))
    later = a_laureate(D, offers=("legal",))
    lapsed = Pair(A, B, AT, ended_by=B, lapsed=True)
    over = AT + timedelta(days=SUPPORT.peer_answer_days)

    def is_named(pair: Pair, declared_at: datetime | None = None) -> bool:
        member = Member(A, (), declared_at=declared_at) if declared_at else None
        community = replace(a_community(replace(known, member=member), later), pairs=(pair,))
        return ("a", "d") in pairs_in(match_wave(WaveSupport("2021-1"), community, LATER, SUPPORT))

    assert not is_named(lapsed)
    assert not is_named(lapsed, over), "said before it lapsed, it asks for nobody in its place"
    assert is_named(lapsed, over + ONE_DAY)
    assert is_named(replace(lapsed, agreed_by=(A,))), "the control: the other was silent"
    assert is_named(replace(lapsed, lapsed=False)), "the control: the other declined"
