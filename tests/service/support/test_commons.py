"""What a laureate shares is listed once an officer has read that very version, and goes with an erasure."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notify.domain.support import Plan
from services.notify.handlers import peers
from services.notify.questions.community import LISTED, commons
from services.notify.questions.support import waiting
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
        "candidature_id": LAUREATE, "common": "common-1", "title": "Guide de l'atelier",
        "licence": "CC-BY-4.0", "url": "https://passerelle.example/guide.pdf", "about": "Ce qui a marché.",
    }  # fmt: skip
    return CommonShared.model_validate(fields | changes)


def decided(revision: int, accepted: bool = True) -> CommonDecided:
    said = {
        "candidature_id": LAUREATE,
        "common": "common-1",
        "revision": revision,
        "accepted": accepted,
    }
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
    assert "common-1" in waits and "atelier" not in waits, "the list of work stays in the log"
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


def test_what_nobody_has_read_yet_is_not_decided_by_whoever_names_it_beforehand(
    states: States,
) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, said())
    with pytest.raises(TooEarly):
        decide(states, decided(2))
    decide(states, said(title="Tout autre chose"), arrival(after=timedelta(hours=1)))
    early = decide(states, decided(2))
    assert ([reason.code for reason in early.reasons], listed(states)) == (["common-changed"], [])
    decide(states, decided(2), arrival(after=timedelta(hours=2)))
    assert listed(states) == ["Tout autre chose"]


def test_what_is_shared_again_as_it_is_changes_nothing(states: States) -> None:
    """A front-end that saw no PubAck sends the same bytes again."""
    keep_laureate(states, LAUREATE)
    decide(states, said())
    decide(states, decided(1))
    again = decide(states, said(), arrival(event_id="FRONTDESK-2"))
    assert (again.result, again.facts, listed(states)) == (
        "shared-before",
        (),
        ["Guide de l'atelier"],
    )
    assert decide(states, said(withdrawn=True)).facts
    assert decide(states, said(withdrawn=True)).result == "shared-before"
    assert decide(states, said()).facts, "it is back"


@pytest.mark.parametrize("field", ["title", "about"])
def test_another_word_of_it_is_read_again(states: States, field: str) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, said())
    assert decide(states, said(**{field: "Autre chose"})).result == "common-noted"


def test_who_is_a_laureate_no_more_shares_nothing_and_leaves_no_work(states: States) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, said())
    plan = states.one(Plan, LAUREATE)
    assert plan
    states.keep(replace(plan, is_open=False))
    assert to_read(states) == []
    with pytest.raises(ActRefused) as refusal:
        decide(states, said(title="Une suite"))
    assert refusal.value.reason.code == "plan-closed"
    assert decide(states, said(withdrawn=True)).facts, "what is shared may go"


@pytest.mark.parametrize("name", ["camille-est-malade", "common-0", "common-21", "common-01"])
def test_what_facts_keep_of_a_thing_shared_is_no_word_of_a_person(name: str) -> None:
    """Twenty names there are: a laureate shares no more."""
    with pytest.raises(ValueError, match="common"):
        said(common=name)


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whoever speaks"])
def test_nobody_shares_in_another_s_name(
    states: States, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    keep_laureate(states, LAUREATE)
    if not looked_at:
        monkeypatch.setattr(peers, "require_own", lambda *_: None)
        assert decide(states, said(), arrival("portal")).facts
        return
    with pytest.raises(ActRefused) as refusal:
        decide(states, said(), arrival("portal"))
    assert refusal.value.reason.code == "not-your-dossier"


@pytest.mark.parametrize(
    "url", ["http://passerelle.example/", "javascript:alert(1)", "https://a b.example/"]
)
def test_a_link_is_one_that_a_browser_may_open(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        said(url=url)


def test_what_was_shared_goes_when_its_laureate_is_erased(states: States) -> None:
    keep_laureate(states, LAUREATE)
    decide(states, said())
    decide(states, decided(1))
    decide(states, CandidatureErased(candidature_id=LAUREATE))
    assert commons(states, CommonsAsked())["commons"] == []
