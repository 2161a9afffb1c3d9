"""What a laureate shares is listed once an officer has read that very version, and goes with an erasure."""

from typing import Any

import pytest

from services.notify import peer_handlers
from services.notify.community_questions import LISTED, commons
from services.notify.domain.commons import COMMONS_MAX
from services.notify.support_questions import waiting
from shared.contract.asked import CommonsAsked
from shared.contract.backoffice import CommonDecided
from shared.contract.frontdesk import CommonShared
from shared.contract.intake import CandidatureErased
from shared.kit.errors import ActRefused, TooEarly
from shared.kit.storage.states import States
from tests.rules.notify.notify_samples import PROGRAMME
from tests.service.support.laureates import LAUREATE, NOW, OFFICER, arrival, decide, keep_laureate


def said(**changes: Any) -> CommonShared:
    fields = {
        "candidature_id": LAUREATE, "common": "guide", "title": "Guide de l'atelier", "licence": "CC-BY-4.0",
        "url": "https://passerelle.example/guide.pdf", "about": "Ce qui a marché.",
    }  # fmt: skip
    return CommonShared.model_validate(fields | changes)


def decided(revision: int, accepted: bool = True) -> CommonDecided:
    said = {"candidature_id": LAUREATE, "common": "guide", "revision": revision, "accepted": accepted}
    return CommonDecided(**OFFICER, **said)


def listed(states: States) -> list[str]:
    return [one["title"] for one in commons(states, CommonsAsked(), LISTED)["commons"]]


def to_read(states: States) -> list[str]:
    work = waiting(states, PROGRAMME, NOW.date())
    return [one.detail for one in work if one.act is CommonDecided]


def test_what_is_shared_is_listed_once_an_officer_has_read_it(states: States) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, said())
    [waits] = to_read(states)
    assert "guide" in waits and "atelier" not in waits, "the list of work stays in the log"
    assert listed(states) == []
    decide(states, decided(1))
    assert (listed(states), to_read(states)) == (["Guide de l'atelier"], [])


def test_what_changed_since_is_read_again_before_it_is_listed(states: States) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, said())
    decide(states, decided(1))
    decide(states, said(url="https://elsewhere.example/"))
    assert listed(states) == []
    late = decide(states, decided(1))
    assert [reason.code for reason in late.reasons] == ["common-changed"]
    decide(states, decided(2, accepted=False))
    assert listed(states) == []
    with pytest.raises(TooEarly):
        decide(states, decided(3))


def test_what_is_withdrawn_is_listed_no_more(states: States) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, said())
    decide(states, decided(1))
    decide(states, said(withdrawn=True))
    assert (listed(states), to_read(states)) == ([], [])
    assert [reason.code for reason in decide(states, decided(2)).reasons] == ["not-shared"]


def test_a_laureate_shares_a_bounded_number_of_things(states: States) -> None:
    keep_laureate(states, LAUREATE)
    for number in range(COMMONS_MAX):
        decide(states, said(common=f"guide-{number}"))
    with pytest.raises(ActRefused) as refusal:
        decide(states, said(common="one-more"))
    assert refusal.value.reason.code == "commons-full"
    decide(states, said(common="guide-0", title="Une nouvelle version"))


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever speaks"])
def test_nobody_shares_in_another_s_name(
    states: States, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    keep_laureate(states, LAUREATE)
    if not looked_at:
        monkeypatch.setattr(peer_handlers, "require_own", lambda *_: None)
        assert decide(states, said(), arrival("portal")).facts
        return
    with pytest.raises(ActRefused) as refusal:
        decide(states, said(), arrival("portal"))
    assert refusal.value.reason.code == "not-your-dossier"


@pytest.mark.parametrize("url", ["http://passerelle.example/", "javascript:alert(1)", "https://a b.example/"])
def test_a_link_is_one_that_a_browser_may_open(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        said(url=url)


def test_what_was_shared_goes_when_its_laureate_is_erased(states: States) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, said())
    decide(states, decided(1))
    decide(states, CandidatureErased(candidature_id=LAUREATE))
    assert commons(states, CommonsAsked())["commons"] == []
