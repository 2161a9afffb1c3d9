"""Words that come late: an older consent, a letter whose pair is over, an invitation after the move."""

from dataclasses import replace
from datetime import timedelta

from services.notify.domain.agenda import Gathering, invite
from services.notify.domain.erasure import without_words
from services.notify.domain.peer_letters import retracted
from services.notify.domain.support import STEPS_MAX, hand_over, take_back
from tests.rules.notify.given import CAUSE, letter
from tests.rules.notify.given_steps import DAY, after, on, opened
from tests.rules.notify.notify_samples import WRITER, a_contact, a_notice


def test_an_older_consent_heard_later_changes_nothing() -> None:
    withdrawn = after(
        opened("governance"), take_back(opened("governance"), on(DAY + timedelta(days=1)))
    )
    late = hand_over(withdrawn, on(DAY))
    assert (late.result, late.changes, late.facts) == ("consent-outdated", (), ())
    assert hand_over(withdrawn, on(DAY + timedelta(days=2))).result == "handed-over", "the control"


def test_a_plan_is_handed_over_and_taken_back_however_often() -> None:
    known = opened("governance")
    for _ in range(45):
        known = after(known, hand_over(known, on()))
        known = after(known, take_back(known, on()))
    assert not known.plan.handed_over
    assert len(known.plan.steps) == STEPS_MAX


def test_how_to_reach_a_peer_is_told_no_more_once_it_is_over() -> None:
    queued = a_notice("peer_agreed")
    short = replace(queued, state="sent", short=True)
    whole = replace(queued, state="sent")
    peer = queued.context["peer"]
    over = retracted([queued, short, whole], peer)
    assert [(one.state, one.short, one.context) for one in over] == [
        ("dropped", False, {}),
        ("sent", False, {}),
    ]
    assert not without_words(short).short


def test_who_is_first_invited_after_a_move_is_told_of_no_change() -> None:
    moved = Gathering("rencontre", "Rencontre", DAY, DAY, "Lyon", revision=1)
    invited = letter(invite(a_contact(), [moved], CAUSE, DAY))
    assert "Changement" not in WRITER.write(invited, a_contact()).subject
