"""A holder is reminded of own steps that are late: all in one letter, once a month at most."""

from dataclasses import replace
from datetime import timedelta

from services.notify.domain.contact import Contact
from services.notify.domain.own_steps import remind
from services.notify.domain.steps import Step
from services.notify.domain.support_acts import hold_interview
from shared.contract.notify import SupportReminded
from shared.contract.support import InterviewHeld
from tests.rules.notify.given import kept, letter, letters
from tests.rules.notify.given_steps import DAY, act, after, on, opened
from tests.rules.notify.notify_samples import WRITER, a_contact, as_read

LATE = DAY + timedelta(days=366)


def agreed() -> tuple[Step, ...]:
    known = opened("communication", "governance")
    needs = ("communication", "governance")
    return after(known, hold_interview(known, act(InterviewHeld, needs=needs), on())).steps


def test_all_that_is_late_is_told_in_one_letter_with_what_is_late_on_our_side() -> None:
    own = [one for one in agreed() if one.need == "communication"]
    second = replace(own[0], name="need-communication-2", need="recruitment")
    decision = remind(a_contact(), [*agreed(), second], on(LATE))
    [fact] = decision.facts
    assert isinstance(fact, SupportReminded)
    assert fact.steps == ("need-communication", "need-communication-2")
    ours = letter(decision).context["ours"]
    assert [(name, owner) for name, _, owner, _ in ours] == [("need-governance", "team")], (
        "no mentor's"
    )
    text = as_read(WRITER.write(letter(decision), a_contact()).text)
    assert "Appui sur la communication" in text
    assert "Appui sur le recrutement" in text
    assert "Appui sur la gouvernance : l'équipe du programme" in text.replace("’", "'")


def test_nobody_is_reminded_twice_within_a_month() -> None:
    first = remind(a_contact(), agreed(), on(LATE))
    reminded = kept(first, Contact)
    soon = remind(reminded, agreed(), on(LATE + timedelta(days=29)))
    assert (soon.facts, soon.changes) == ((), ())
    assert letters(remind(reminded, agreed(), on(LATE + timedelta(days=30)))) == [
        ("steps_late", "holder")
    ]


def test_nobody_is_reminded_of_what_is_not_late_not_agreed_or_not_theirs() -> None:
    steps = agreed()
    assert remind(a_contact(), steps, on(LATE - timedelta(days=1))).changes == ()
    others = [one for one in steps if one.owner != "holder"]
    assert remind(a_contact(), others, on(LATE)).changes == ()
    only_proposed = [replace(one, state="proposed") for one in steps]
    assert remind(a_contact(), only_proposed, on(LATE)).changes == ()
    assert remind(a_contact(email=""), steps, on(LATE)).changes == (), "nobody can be written to"
    assert remind(a_contact(), steps, on(LATE)).changes, "the control"
