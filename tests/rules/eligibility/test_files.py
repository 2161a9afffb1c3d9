"""A registered file is eligible or not in each zone; where data cannot tell, an officer is asked, once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.eligibility.domain.files import (
    decide_eligibility,
    decide_territory,
    same_place,
    withdraw,
)
from services.eligibility.domain.states import File
from shared.contract.eligibility import EligibilityChecked, InstructionRequested
from tests.rules.eligibility.given import (
    EVIDENCE,
    NOW,
    WHY,
    asked,
    dossier,
    file,
    officer_says,
    only_change,
    only_fact,
    registered,
    territory,
)

OFFICERS = {
    "rule": "officer",
    "actor": "officer-1",
    "role": "instructor",
    "reason": "Vu sur place.",
    "decided_at": NOW.isoformat(),
    "qpv": None,
}


def test_given_a_new_file_in_a_zone_then_it_is_eligible_and_says_why_and_on_what_data() -> None:
    decision = decide_eligibility(None, registered(), territory("outside-urban"))
    assert (decision.result, decision.reasons) == ("eligible", WHY)
    assert decision.changes == (file(),)
    assert decision.facts == (
        EligibilityChecked(
            candidature_id=dossier(),
            wave="2020-4",
            revision=1,
            file_version=1,
            eligible=True,
            zones=("outside-urban",),
            reasons=WHY,
            evidence=EVIDENCE,
        ),
    )


def test_given_a_new_file_then_its_place_and_the_claim_of_a_qpv_are_kept() -> None:
    decision = decide_eligibility(
        None, registered(declared_qpv="QP003001"), territory(instruct=True)
    )
    kept = only_change(decision, File)
    assert (kept.commune_code, kept.latitude, kept.longitude) == ("03310", 46.1, 3.4)
    assert kept.declared_qpv == "QP003001"


def test_given_a_new_file_in_no_zone_then_it_is_ineligible() -> None:
    decision = decide_eligibility(None, registered(), territory())
    fact = only_fact(decision, EligibilityChecked)
    assert (decision.result, only_change(decision, File).status) == ("ineligible", "ineligible")
    assert (fact.eligible, fact.zones, fact.revision) == (False, (), 1)


def test_given_data_that_cannot_tell_then_an_officer_is_asked_and_no_answer_is_given() -> None:
    decision = decide_eligibility(None, registered(), territory(instruct=True))
    assert decision.result == "instruction-requested"
    assert decision.reasons == WHY
    assert decision.facts == (
        InstructionRequested(candidature_id=dossier(), wave="2020-4", reasons=WHY),
    )
    assert only_change(decision, File) == file(status="instruction", zones=(), revision=0)


def test_given_a_certain_zone_beside_a_doubtful_one_then_the_file_is_eligible_for_it_meanwhile() -> (
    None
):
    decision = decide_eligibility(None, registered(), territory("qpv", instruct=True))
    assert (decision.result, decision.reasons) == ("instruction-requested", WHY)
    request, certain = decision.facts
    assert isinstance(request, InstructionRequested) and isinstance(certain, EligibilityChecked)
    assert (certain.eligible, certain.zones, certain.revision) == (True, ("qpv",), 1)
    assert (certain.reasons, certain.evidence) == (WHY, EVIDENCE)
    assert only_change(decision, File) == file(status="instruction", zones=("qpv",), revision=1)


@pytest.mark.parametrize("version", [1, 2])
def test_given_an_older_version_or_the_same_then_nothing_changes(version: int) -> None:
    decision = decide_eligibility(file(version=2), registered(version), territory())
    assert (decision.result, decision.facts, decision.changes) == ("superseded", (), ())


def test_given_a_withdrawn_file_then_a_later_version_changes_nothing() -> None:
    decision = decide_eligibility(file(status="withdrawn"), registered(2), territory())
    assert (decision.result, decision.facts, decision.changes) == ("withdrawn", (), ())


def test_given_a_changed_file_then_its_answer_is_the_next_revision_and_its_score_stays() -> None:
    before = file(revision=3, score=1400, score_revision=2)
    decision = decide_eligibility(before, registered(2, commune_code="03185"), territory())
    kept = only_change(decision, File)
    assert (kept.revision, kept.version, kept.commune_code) == (4, 2, "03185")
    assert (kept.score, kept.score_revision) == (1400, 2)
    fact = only_fact(decision, EligibilityChecked)
    assert (fact.revision, fact.file_version) == (4, 2)


def test_given_a_changed_file_that_needs_an_officer_then_only_a_certain_zone_is_a_revision() -> (
    None
):
    before = file(revision=3)
    doubtful = decide_eligibility(before, registered(2), territory(instruct=True))
    certain = decide_eligibility(before, registered(2), territory("qpv", instruct=True))
    assert (only_change(doubtful, File).revision, only_change(certain, File).revision) == (3, 4)


def test_given_an_officers_answer_and_the_same_place_then_nobody_is_asked_again() -> None:
    decided = file(
        status="eligible", zones=("qpv",), revision=2, decided=OFFICERS, score_revision=1
    )
    decision = decide_eligibility(
        decided, registered(2, siret="90000000100020"), territory(instruct=True)
    )
    fact = only_fact(decision, EligibilityChecked)
    assert (decision.result, decision.reasons, len(decision.facts)) == ("unchanged-place", (), 1)
    assert (fact.revision, fact.file_version, fact.zones) == (3, 2, ("qpv",))
    assert (fact.reasons, fact.evidence) == ((), OFFICERS)
    assert only_change(decision, File) == replace(
        decided, version=2, revision=3, siret="90000000100020"
    )


@pytest.mark.parametrize(
    "moved",
    [
        {"commune_code": "03185"},
        {"latitude": 46.2},
        {"longitude": 3.5},
        {"declared_qpv": "QP003001"},
    ],
)
def test_given_an_officers_answer_and_another_place_or_claim_then_data_answer_anew(
    moved: dict[str, object],
) -> None:
    decided = file(decided=OFFICERS)
    assert not same_place(decided, registered(2, **moved))
    decision = decide_eligibility(decided, registered(2, **moved), territory())
    assert (decision.result, only_change(decision, File).decided) == ("ineligible", None)


@pytest.mark.parametrize(
    ("zones", "status", "told"),
    [
        (("qpv",), "eligible", "Un agent a examiné le territoire du dossier : il est éligible."),
        (
            (),
            "ineligible",
            "Un agent a examiné le territoire du dossier : il n'est dans aucune des zones de l'appel. "
            "Vu sur place.",
        ),
    ],
)
def test_given_an_officers_answer_then_it_replaces_that_of_the_data_with_its_author_and_reason(
    zones: tuple[str, ...], status: str, told: str
) -> None:
    decision = decide_territory(file(status="instruction", revision=1), officer_says(*zones), NOW)
    fact = only_fact(decision, EligibilityChecked)
    kept = only_change(decision, File)
    assert (decision.result, kept.status, kept.revision, kept.decided) == (
        status,
        status,
        2,
        OFFICERS,
    )
    assert kept.zones == zones
    assert (fact.eligible, fact.zones, fact.revision, fact.evidence) == (
        bool(zones),
        zones,
        2,
        OFFICERS,
    )
    assert [(reason.code, reason.message) for reason in fact.reasons] == [("officer-decided", told)]
    assert decision.reasons == fact.reasons


def test_given_the_qpv_that_was_shown_to_an_officer_then_the_evidence_names_it() -> None:
    decision = decide_territory(file(), officer_says("qpv", qpv="QP003001"), NOW)
    assert only_fact(decision, EligibilityChecked).evidence["qpv"] == "QP003001"


def test_given_the_same_answer_of_the_same_officer_at_the_same_moment_then_it_is_one_answer() -> (
    None
):
    once = only_change(decide_territory(file(), officer_says("qpv"), NOW), File)
    assert decide_territory(once, officer_says("qpv"), NOW).result == "duplicate"


@pytest.mark.parametrize(
    "zones", [(), ("qpv", "outside-urban"), ("outside-urban",)], ids=["none", "both", "the other"]
)
def test_given_an_answer_that_differs_by_its_zones_alone_then_it_replaces_the_first(
    zones: tuple[str, ...],
) -> None:
    once = only_change(decide_territory(file(), officer_says("qpv"), NOW), File)
    fact = only_fact(decide_territory(once, officer_says(*zones), NOW), EligibilityChecked)
    assert (fact.zones, fact.eligible, fact.revision) == (zones, bool(zones), 3)


def test_given_an_answer_that_differs_by_its_author_reason_or_moment_then_it_is_another_answer() -> (
    None
):
    once = only_change(decide_territory(file(), officer_says("qpv"), NOW), File)
    others = [
        decide_territory(once, officer_says("qpv", by="officer-2"), NOW),
        decide_territory(once, officer_says("qpv", reason="Revu."), NOW),
        decide_territory(once, officer_says("qpv"), NOW + timedelta(seconds=1)),
    ]
    assert [only_change(decision, File).revision for decision in others] == [3, 3, 3]


def test_given_a_withdrawn_file_then_no_officer_answers_any_more() -> None:
    decision = decide_territory(file(status="withdrawn"), officer_says("qpv"), NOW)
    assert (decision.result, decision.facts, decision.changes) == ("withdrawn", (), ())


def test_given_a_withdrawal_then_nobody_is_reminded_of_the_file_any_more() -> None:
    decision = withdraw(file(score=1400), [asked("anna"), asked("bela", 4)])
    assert decision.result == "withdrawn"
    assert decision.facts == ()
    assert decision.changes == (file(score=1400, status="withdrawn"), asked("anna", remind_on=None))
