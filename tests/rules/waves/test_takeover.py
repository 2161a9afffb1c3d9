"""A label of before the platform: who says it, what it changes, what stands against it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.funding.domain.decisions import changed
from services.funding.domain.money.reports import reports_due
from services.funding.domain.states import (
    Entry,
    Fund,
    Grant,
    Movement,
    Takeover,
    Tranche,
    WaveState,
)
from services.funding.domain.waves import entries, takeover
from services.funding.domain.waves.entries import as_they_compete
from services.funding.domain.waves.takeover import Room
from shared.contract.decision import Decision
from shared.contract.laureates import Laureate
from shared.contract.values import Role
from tests.rules.waves import given
from tests.rules.waves.labels import ACCOUNTANT, DIRECTOR, SIRET, label, of, room, said, taken, word


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def test_given_one_word_when_the_other_role_says_the_same_then_it_holds() -> None:
    decision = takeover.say(room(), word(), said(ACCOUNTANT), given.at())
    assert (decision.result, takeover.holds(decision)) == ("taken-over", True)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (DIRECTOR, "same-officer"),
        ((DIRECTOR[0], Role.ACCOUNTANT), "same-officer"),
        (("director-2", Role.DIRECTOR), "same-role"),
    ],
)
def test_given_one_word_when_it_is_no_other_person_in_the_other_role_then_nothing_holds(
    who: tuple[str, Role], code: str
) -> None:
    decision = takeover.say(room(), word(), said(who), given.at())
    assert (takeover.holds(decision), codes(decision), decision.changes) == (False, [code], ())


def test_given_one_word_when_the_second_says_otherwise_then_it_begins_anew() -> None:
    other = label(paid_on=())
    decision = takeover.say(room(), word(), said(ACCOUNTANT, other), given.at())
    assert decision.result == "said-by-one"
    kept = changed(decision, Takeover)
    assert kept and [one["actor"] for one in kept.words] == [ACCOUNTANT[0]]


def test_given_a_label_that_holds_when_it_is_said_again_then_nothing_changes() -> None:
    kept = changed(takeover.say(room(), word(), said(ACCOUNTANT), given.at()), Takeover)
    assert takeover.say(room(), kept, said(), given.at()).result == "duplicate"


def test_a_label_takes_its_place_its_money_and_its_schedule() -> None:
    decision = taken()
    [fund, grant] = of(Fund, decision.changes) + of(Grant, decision.changes)
    assert (fund.committed_cents, fund.places) == (given.FULL_CENTS, {given.QPV: 1})
    assert (grant.state, grant.receipt_number, grant.was_taken_over) == (
        "agreed",
        "FABT-2019-1-017",
        True,
    )
    assert [one.state for one in of(Tranche, decision.changes)] == [
        "settled",
        "scheduled",
        "scheduled",
    ]
    lines = of(Movement, decision.changes)
    assert [line.kind for line in lines] == ["award", "award", "award", "opening"]
    assert (lines[-1].credit, lines[-1].debit, lines[-1].amount_cents) == (
        "committed:1",
        "paid",
        5_000_000,
    )


NAMELESS = label(siret=None)
SAME_NAME = {"reference": "018", "place_name": "LA PASSERELLE"}


@pytest.mark.parametrize(
    ("other", "codes_told"),
    [
        (label(**SAME_NAME, siret=None), ["already-labelled"]),
        (label(**SAME_NAME), ["already-labelled"]),
        (
            label(reference="018", place_name="L'Atelier", legal_name="Ville de Digne", siret=None),
            [],
        ),
        (label(**SAME_NAME, siret=None, commune_code="75056"), []),
    ],
    ids=["its name", "its name, with a SIRET", "another name", "another commune"],
)
def test_a_place_whose_siret_nobody_knows_gets_no_second_label(
    other: Laureate, codes_told: list[str]
) -> None:
    found = replace(room(), labels=[NAMELESS])
    assert codes(takeover.say(found, None, said(laureate=other), given.at())) == codes_told


@pytest.mark.parametrize(("siret", "codes_told"), [(None, ["siret-needed"]), (SIRET, [])])
def test_once_there_are_files_a_label_is_said_with_its_siret(
    siret: str | None, codes_told: list[str]
) -> None:
    """Of files only the SIRET is known here: one of the same place would get a second label."""
    found = replace(room(), waves=[replace(WaveState(given.FIRST), entries=1)])
    assert (
        codes(takeover.say(found, None, said(laureate=label(siret=siret)), given.at()))
        == codes_told
    )


def test_no_file_becomes_that_of_a_label() -> None:
    [entry] = of(Entry, taken().changes)
    filed = entries.register(entry, WaveState(given.FIRST), given.registered())
    assert (filed.result, filed.changes) == ("of-a-label", ())


def test_a_label_stands_against_a_file_of_the_same_place_and_no_other() -> None:
    [holder] = of(Entry, taken().changes)
    same = given.entry(1, siret=SIRET, commune_code="03310")
    other = given.entry(2, siret=SIRET, commune_code="75056")
    competing = as_they_compete({one.candidature_id: one for one in (same, other)}, [holder])
    assert [one.eligible for one in competing.values()] == [False, True]


def test_a_report_that_opened_what_was_paid_before_is_asked_of_nobody() -> None:
    decision = taken(label(paid_on=(date(2020, 2, 18), date(2021, 2, 16))))
    [grant] = of(Grant, decision.changes)
    due = reports_due(given.programme(), grant, of(Tranche, decision.changes), [])
    assert [one.year for one in due] == [2, 3]


MISTAKES: dict[str, dict[str, Any]] = {
    "own-wave": {"wave": given.FIRST},
    "zone-unknown": {"zone": "zrr"},
    "siret-invalid": {"siret": "13002603200017"},
    "amount-above-cap": {"awarded_cents": (5_000_001, 1, 1)},
    "amount-above-ceiling": {"awarded_cents": (5_000_000, 5_000_000, 5_000_001)},
    "amount-invalid": {"awarded_cents": (5_000_000, 5_000_000, 0)},
    "days-missing": {"due_on": (date(2020, 2, 14),)},
    "paid-too-often": {"paid_on": (date(2020, 2, 18),) * 4},
    "not-agreed": {"agreed_on": None},
    "days-in-disorder": {"paid_on": (date(2121, 2, 18),)},
}


@pytest.mark.parametrize("code", MISTAKES)
def test_given_a_label_that_no_rule_allows_then_it_is_refused_and_nothing_is_kept(
    code: str,
) -> None:
    decision = takeover.say(room(), None, said(laureate=label(**MISTAKES[code])), given.at())
    assert (decision.result, decision.changes) == ("refused", ())
    assert code in codes(decision)


def test_every_reason_is_told_at_once() -> None:
    wrong = label(zone="zrr", siret="13002603200017", paid_on=(date(2018, 1, 1),))
    assert codes(takeover.say(room(), None, said(laureate=wrong), given.at())) == [
        "zone-unknown",
        "siret-invalid",
        "days-in-disorder",
    ]


def test_an_id_of_another_label_is_refused() -> None:
    other = said().model_copy(update={"candidature_id": given.dossier(1)})
    assert codes(takeover.say(room(), None, other, given.at())) == ["other-id"]


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (replace(room(), is_filed=True), "id-filed"),
        (room(first="ranked"), "too-late"),
        (room(given.fund(qpv=150)), "quota-used"),
        (room(given.fund(4_500_000_000 - given.FULL_CENTS + 1)), "envelope-used"),
        (replace(room(), holders=[given.entry(1, siret=SIRET)]), "already-labelled"),
    ],
)
def test_given_what_stands_against_it_then_either_word_is_refused(found: Room, code: str) -> None:
    for before in (None, word()):
        decision = takeover.say(
            found, before, said(ACCOUNTANT), given.at(datetime(2021, 1, 20, tzinfo=UTC))
        )
        assert (decision.result, codes(decision)) == ("refused", [code])
