"""A paid grant is not given up for nothing: the rest ends, what was paid is asked back, its place stays."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.funding import store
from services.funding.domain.money import grants
from services.funding.domain.states import Ranking
from services.funding.domain.waves import proposal
from shared.contract import backoffice as officers
from shared.contract import funding as facts
from shared.contract.frontdesk import GrantRefused
from shared.contract.intake import CandidatureWithdrawn
from shared.kit.handled import Handled
from tests.service.money.paying import person
from tests.service.money.test_payments import FIRST_DUE, paid
from tests.service.money.treasury import WAVE, Treasury, shipped

OFFICER = person("officer-1")
Way = Callable[[Treasury, str], Handled]


def refuses(treasury: Treasury, grant: str) -> Handled:
    return treasury.say(GrantRefused(candidature_id=grant, reason="Nous fermons."))


def withdraws(treasury: Treasury, grant: str) -> Handled:
    return treasury.hear(
        treasury.delivery(CandidatureWithdrawn(candidature_id=grant, wave=WAVE), f"gone-{grant}")
    )


WAYS = pytest.mark.parametrize("gives_up", [refuses, withdraws])


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Treasury]:
    """One place in the neighbourhoods: it is taken by a grant, and another place waits for it."""
    treasury = Treasury.beginning(tmp_path, quotas={"outside-urban": 0, "qpv": 1})
    grant = treasury.award((5_000_000, 4_000_000))
    treasury.ready(grant)
    treasury.waitlist((5_000_000, 2_500_000, 0))
    yield treasury
    treasury.must_hold()
    treasury.engine.dispose()


def first(treasury: Treasury) -> str:
    return str(treasury.facts(facts.GrantAwarded)[0]["candidature_id"])


def promoted(treasury: Treasury) -> int:
    return sum(fact["promoted"] for fact in treasury.facts(facts.GrantAwarded))


@WAYS
def test_before_any_payment_the_place_goes_to_the_next(full: Treasury, gives_up: Way) -> None:
    gives_up(full, first(full))
    [ended] = full.facts(facts.AwardCancelled)
    assert (ended["freed_cents"], ended["place_freed"], promoted(full)) == (9_000_000, True, 1)
    assert full.recoveries(first(full)) == []


@WAYS
def test_after_a_payment_the_rest_ends_the_place_stays_and_the_money_is_asked_back(
    full: Treasury, gives_up: Way
) -> None:
    grant = first(full)
    paid(full, grant)
    gives_up(full, grant)
    [ended] = full.facts(facts.AwardCancelled)
    assert (ended["freed_cents"], ended["place_freed"], promoted(full)) == (4_000_000, False, 0)
    assert [reason["code"] for reason in ended["reasons"]] == ["given-up"]
    [asked] = full.recoveries(grant)
    assert (asked.amount_cents, asked.answer_by - full.today) == (5_000_000, timedelta(days=60))


@WAYS
def test_a_grant_paid_in_full_is_given_up_only_where_it_is_asked_back(
    tmp_path: Path, gives_up: Way
) -> None:
    silent = shipped().payment.model_copy(update={"given_up_answer_days": 0})
    treasury = Treasury.beginning(tmp_path, payment=silent)
    grant = treasury.award((5_000_000,))
    treasury.ready(grant)
    paid(treasury, grant)
    said = gives_up(treasury, grant)
    assert "paid-in-full" in [reason.code for reason in said.decision.reasons]
    assert (treasury.grant(grant).state, treasury.facts(facts.AwardCancelled)) == ("agreed", [])
    treasury.must_hold()
    treasury.engine.dispose()


def test_once_all_of_it_is_back_the_place_goes_to_the_next(full: Treasury) -> None:
    grant = first(full)
    paid(full, grant)
    refuses(full, grant)
    full.now += timedelta(days=61)
    full.say(officers.RecoveryDecided(candidature_id=grant, amount_cents=5_000_000, **OFFICER))
    full.say(officers.RecoveryReceived(candidature_id=grant, amount_cents=2_000_000, **OFFICER))
    assert (full.facts(facts.PlaceFreed), promoted(full)) == ([], 0)
    full.say(officers.RecoveryReceived(candidature_id=grant, amount_cents=3_000_000, **OFFICER))
    assert (len(full.facts(facts.PlaceFreed)), promoted(full)) == (1, 1)


@pytest.mark.parametrize(("answer", "free"), [("rejected", 1), ("settled", 0)])
def test_a_transfer_at_the_bank_holds_the_place_until_the_bank_has_spoken(
    full: Treasury, answer: str, free: int
) -> None:
    grant = first(full)
    full.move_to(FIRST_DUE)
    full.due(grant, 1)
    full.pay("run-1")
    refuses(full, grant)
    assert (full.grant(grant).holds_place, promoted(full)) == (True, 0)
    [order] = full.orders(grant)
    full.statement("releve-1", (order.order_id, answer, order.amount_cents))
    assert (promoted(full), len(full.facts(facts.PlaceFreed))) == (free, free)
    asked_back = [asked.amount_cents for asked in full.recoveries(grant)]
    assert asked_back == ([5_000_000] if answer == "settled" else [])


def test_a_payment_that_comes_back_after_the_end_frees_the_place(full: Treasury) -> None:
    grant = first(full)
    order = paid(full, grant)
    withdraws(full, grant)
    full.statement("retour", (order, "returned", 5_000_000))
    assert (full.grant(grant).holds_place, promoted(full)) == (False, 1)


def test_control_a_place_freed_for_nothing_is_a_funded_place_too_many_and_the_proof_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault as it was: paid in full, given up, 0 euros freed, and one more place gets money."""
    treasury = Treasury.beginning(tmp_path, quotas={"outside-urban": 0, "qpv": 1})
    grant = treasury.award((5_000_000,))
    treasury.ready(grant)
    treasury.waitlist((5_000_000, 2_500_000, 0))
    paid(treasury, grant)
    monkeypatch.setattr(grants, "holds_money", lambda *_: False)
    refuses(treasury, grant)
    assert promoted(treasury) == 1
    [told] = treasury.proof().violations
    assert "5000000 cents of it are with the holder, its place says otherwise" in told
    treasury.engine.dispose()


def test_the_proof_counts_the_places_over_the_whole_life_and_not_at_its_end(full: Treasury) -> None:
    """Two places at once in a quota of one, one of them given up since: the end alone looks right."""
    treasury = full
    treasury.programme = replace_quota(treasury, 1)
    grant = treasury.award((4_000_000,))
    refuses(treasury, grant)
    assert any("its quota is 1" in found for found in treasury.proof().violations)
    treasury.programme = replace_quota(treasury, 3)


def test_no_wave_is_published_beyond_the_places_that_are_funded_whatever_the_fund_says(
    full: Treasury,
) -> None:
    laureate = full.read(lambda states: states.where(Ranking))[0]
    places = [replace(laureate, outcome="laureate", zone="qpv")]
    held = full.read(store.places_held)
    [found] = proposal.places_beyond(full.programme, places, held)
    assert (found.code, held) == ("funded-places", {"qpv": 1})
    assert list(proposal.places_beyond(full.programme, [laureate], held)) == []


def replace_quota(treasury: Treasury, places: int) -> object:
    return treasury.programme.model_copy(update={"quotas": {"outside-urban": 0, "qpv": places}})
