"""What a laureate shares: read by an officer before it is listed, and read again once it has changed."""

from datetime import timedelta
from typing import Any

from services.notify.domain.commons import Common, decide, says_the_same, share, without_words
from shared.contract.backoffice import CommonDecided
from shared.contract.frontdesk import CommonShared
from shared.contract.notify import CommonNoted
from tests.rules.notify.given import kept
from tests.rules.notify.given_steps import TEAM, codes
from tests.rules.notify.notify_samples import AT, DOSSIER

LATER = AT + timedelta(hours=1)


def shared(**changes: Any) -> CommonShared:
    fields = {
        "candidature_id": DOSSIER,
        "common": "common-1",
        "title": "Charte d'usage",
        "url": "https://passerelle.example/charte",
        "licence": "CC-BY-SA-4.0",
        "about": "Une charte à reprendre.",
    }
    return CommonShared.model_validate(fields | changes)


def known(**changes: Any) -> Common:
    return kept(share(None, shared(**changes), AT), Common)


def decided(revision: int = 1, accepted: bool = True) -> CommonDecided:
    return CommonDecided(
        candidature_id=DOSSIER,
        common="common-1",
        revision=revision,
        accepted=accepted,
        actor=TEAM,
        reason="La licence est libre.",
    )


def test_given_nothing_when_something_is_shared_then_it_waits_for_an_officer() -> None:
    decision = share(None, shared(), AT)
    common = kept(decision, Common)
    assert (decision.result, common.state, common.revision) == ("common-noted", "proposed", 1)
    assert (common.title, common.url, common.licence, common.about, common.said_at) == (
        "Charte d'usage",
        "https://passerelle.example/charte",
        "CC-BY-SA-4.0",
        "Une charte à reprendre.",
        AT,
    )
    assert decision.facts == (
        CommonNoted(candidature_id=DOSSIER, common="common-1", revision=1, state="proposed"),
    )


def test_given_an_accepted_thing_when_its_laureate_changes_it_then_it_is_read_again() -> None:
    accepted = kept(decide(known(), decided(), LATER), Common)
    again = kept(share(accepted, shared(title="Charte, deuxième édition"), LATER), Common)
    assert (accepted.state, again.state, again.revision) == ("accepted", "proposed", 2)


def test_given_what_an_officer_did_not_read_then_it_cannot_be_decided() -> None:
    """Another revision, or one that was said after the officer spoke."""
    changed = kept(share(known(), shared(title="Autre"), LATER), Common)
    assert codes(decide(changed, decided(revision=1), LATER)) == ["common-changed"]
    assert codes(decide(changed, decided(revision=2), AT)) == ["common-changed"]
    assert kept(decide(changed, decided(revision=2), LATER), Common).state == "accepted"


def test_given_a_refusal_then_it_is_not_listed() -> None:
    assert kept(decide(known(), decided(accepted=False), LATER), Common).state == "refused"


def test_given_a_thing_that_was_taken_back_when_it_is_decided_then_nothing_is_shared() -> None:
    gone = known(withdrawn=True)
    assert gone.state == "withdrawn"
    assert codes(decide(gone, decided(), LATER)) == ["not-shared"]


def test_the_same_again_is_nothing_new_and_taking_it_back_is() -> None:
    assert says_the_same(known(), shared())
    assert not says_the_same(None, shared())
    assert not says_the_same(known(), shared(about="Autrement dit."))
    assert not says_the_same(known(), shared(withdrawn=True))
    assert says_the_same(known(withdrawn=True), shared(withdrawn=True))


def test_given_an_erasure_then_no_word_of_it_stays() -> None:
    bare = without_words(known())
    assert (bare.title, bare.url, bare.about, bare.state) == ("", "", "", "withdrawn")
    assert (bare.common, bare.revision) == ("common-1", 1)
