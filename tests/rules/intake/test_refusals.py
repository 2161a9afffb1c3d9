"""A refusal is said once: what is sent again, for want of an answer, is answered again and told to nobody."""

from dataclasses import replace

from services.intake.domain.answers import Answers
from services.intake.domain.dossier import Dossier
from services.intake.domain.erasure import decide_erasure, never_kept
from services.intake.domain.filing import decide_sending
from services.intake.domain.refusals import Refusal, refusal_of, refused_in, said_once
from shared.contract.decision import Decision
from shared.kit.delivery import Arrival
from tests.rules.intake.given import (
    ATTEMPT,
    HOLDERS,
    NOW,
    PROGRAMME,
    WAVES,
    a_dossier,
    a_file,
    codes,
    counter,
    facts,
    kept,
    sent,
)

WRONG = a_file(holder__siret="12345678901234")
AT = Arrival(
    "first", NOW, "FRONTDESK_HOLDERS", 1, "submitted", "first", front_end=HOLDERS, body=b"{}"
)
AGAIN = replace(AT, event_id="second", sequence=2)


def refused(at: Arrival, known: Refusal | None, dossier: Dossier | None = None) -> Decision:
    """What is wrong with the file is the same each time."""
    decision = decide_sending(counter(dossier=dossier), sent(WRONG))
    answered = Answers(PROGRAMME, WAVES).to_attempt(decision, dossier, ATTEMPT)
    found = refused_in(answered)
    assert found
    return said_once(answered, known, refusal_of(found, answered, dossier, at))


def first() -> Refusal:
    return kept(refused(AT, None), Refusal)


def test_given_a_refused_file_when_the_same_bytes_come_again_then_they_are_answered_alone() -> None:
    decision = refused(AGAIN, first())
    assert (decision.result, facts(decision), decision.changes) == (
        "duplicate",
        ["AnswerRefused"],
        (),
    )
    assert codes(decision) == codes(refused(AT, None))


def test_given_a_refused_file_when_anything_else_comes_then_its_refusal_is_said() -> None:
    other_bytes = replace(AGAIN, body=b'{"holder": null}')
    other_front_end = replace(AGAIN, front_end="portal")
    other_act = replace(AGAIN, subject="pieces-completed")
    for at in (other_bytes, other_front_end, other_act):
        assert "CandidatureRefused" in facts(refused(at, first()))


def test_given_a_refused_change_when_the_dossier_has_changed_since_then_its_refusal_is_news_again() -> (
    None
):
    dossier = a_dossier()
    known = kept(refused(AT, None, dossier), Refusal)
    assert refused(AGAIN, known, dossier).result == "duplicate"
    newer = replace(dossier, version=dossier.version + 1)
    assert refused(AGAIN, known, newer).result == "refused"


def test_given_a_refused_file_when_it_is_refused_in_other_words_or_waits_incomplete_then_it_is_news() -> (
    None
):
    """The call has another opening, which the same code tells; or the file came in, and lacks pieces."""
    before = refused(AT, None)
    known = kept(before, Refusal)
    reasons = tuple(one.model_copy(update={"message": "Autre chose."}) for one in before.reasons)
    other_words = replace(before, reasons=reasons)
    assert refusal_of(known.candidature_id, other_words, None, AGAIN) != known
    waiting = a_dossier(status="incomplete", version=0)
    assert refusal_of(known.candidature_id, before, waiting, AGAIN) != known
    assert refusal_of(known.candidature_id, before, None, AGAIN) == known


def test_given_a_file_that_was_refused_as_it_came_when_it_is_erased_then_no_digest_of_it_is_kept() -> (
    None
):
    unknown = never_kept(WRONG.candidature_id, HOLDERS, NOW)
    decision = decide_erasure(unknown, None, PROGRAMME, "request", NOW, [first()])
    assert kept(decision, Refusal).content == ""
