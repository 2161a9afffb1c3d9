"""What other services say of a file: the latest word counts, in whatever order their streams are read."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.intake.domain.claims import ProjectClaim, label_key, label_of
from services.intake.domain.dossier import Dossier
from services.intake.domain.progress import (
    agree,
    amend,
    award,
    cancel_award,
    decided,
    follow,
    follow_appeal,
    follow_eligibility,
)
from services.intake.domain.public_status import status_of
from services.intake.domain.tranches import follow_tranche, hear_tranche
from shared.contract.answers import AnswerDecided
from shared.contract.eligibility import OFFICE_CODES, EligibilityChecked
from shared.contract.funding import (
    AwardCancelled,
    CandidatureReexamined,
    TrancheOrdered,
    TrancheRejected,
    TrancheWithheld,
)
from shared.contract.intake import DossierStatus
from shared.contract.values import Outcome, Reason
from tests.rules.intake.given import (
    LATER,
    NOW,
    SECOND,
    WAVE,
    a_dossier,
    a_file,
    claims,
    facts,
    kept,
    said,
)

WHY = (Reason(code="rank-too-low", message="Le rang ne suffit pas."),)
DOSSIER = a_dossier()
LAST = {"outcome_before": Outcome.DECLINED, "outcome": Outcome.DECLINED}
DUE = NOW + timedelta(days=400)


def checked(eligible: bool, *codes: str) -> EligibilityChecked:
    reasons = tuple(Reason(code=code, message=code) for code in codes)
    return EligibilityChecked(
        candidature_id=DOSSIER.candidature_id,
        wave=WAVE.id,
        revision=1,
        file_version=1,
        eligible=eligible,
        zones=(),
        reasons=reasons,
        evidence={},
    )


def cancelled() -> AwardCancelled:
    return AwardCancelled(
        candidature_id=DOSSIER.candidature_id, wave=WAVE.id, zone="qpv", freed_cents=0, reasons=WHY
    )


def withheld(number: int) -> TrancheWithheld:
    return TrancheWithheld(
        tranche_id=f"{DOSSIER.candidature_id}-T{number}",
        candidature_id=DOSSIER.candidature_id,
        reasons=WHY,
        since=DUE,
    )


def ordered(number: int) -> TrancheOrdered:
    return TrancheOrdered(
        tranche_id=f"{DOSSIER.candidature_id}-T{number}",
        candidature_id=DOSSIER.candidature_id,
        order_id=f"FABT-2020-4-00012-T{number}-A1",
        amount_cents=5_000_000,
    )


def test_given_a_file_when_a_service_speaks_then_its_holder_reads_the_word_and_since_when() -> None:
    status = said(follow(DOSSIER, "reviewed", LATER), DossierStatus)
    assert (status.status, status.since, status.received_at) == ("reviewed", LATER, NOW)


def test_given_a_later_word_when_an_earlier_one_is_read_then_it_changes_nothing() -> None:
    laureate = kept(follow(DOSSIER, "agreed", LATER), Dossier)
    assert (follow(laureate, "reviewed", NOW).result, follow(laureate, "reviewed", NOW).facts) == (
        "superseded",
        (),
    )


def test_given_two_words_of_one_instant_when_they_are_read_then_the_last_one_counts() -> None:
    eligible = kept(follow(DOSSIER, "eligible", LATER), Dossier)
    assert kept(follow(eligible, "reviewed", LATER), Dossier).outcome == "reviewed"


@pytest.mark.parametrize(("eligible", "word"), [(True, "eligible"), (False, "ineligible")])
def test_a_place_is_shown_as_eligible_or_not(eligible: bool, word: str) -> None:
    told = said(follow_eligibility(DOSSIER, checked(eligible, "by-its-zone"), LATER), DossierStatus)
    assert (told.status, told.since) == (word, LATER)
    assert [reason.code for reason in told.reasons] == ["by-its-zone"]


def test_what_the_office_lacks_is_not_shown_to_the_holder() -> None:
    code = sorted(OFFICE_CODES)[0]
    decision = follow_eligibility(DOSSIER, checked(False, code, "outside-every-zone"), LATER)
    assert [reason.code for reason in decision.reasons] == ["outside-every-zone"]


@pytest.mark.parametrize(("upheld", "word"), [(True, "appeal-upheld"), (False, "appeal-rejected")])
def test_an_appeal_is_shown_as_answered(upheld: bool, word: str) -> None:
    examined = CandidatureReexamined(
        candidature_id=DOSSIER.candidature_id, wave=WAVE.id, upheld=upheld, reasons=WHY, **LAST
    )
    decision = follow_appeal(DOSSIER, examined, LATER)
    status = said(decision, DossierStatus)
    assert (decision.result, status.status, status.reasons) == (word, word, WHY)
    assert (status.since, decision.reasons) == (LATER, WHY)


@pytest.mark.parametrize("upheld", [True, False])
def test_given_a_grant_when_an_appeal_of_its_holder_is_answered_then_the_status_still_tells_of_it(
    upheld: bool,
) -> None:
    """Its file is kept by that word: a grant whose holder appealed is no refused file."""
    examined = CandidatureReexamined(
        candidature_id=DOSSIER.candidature_id,
        wave=WAVE.id,
        upheld=upheld,
        reasons=WHY,
        outcome_before=Outcome.LAUREATE,
        outcome=Outcome.LAUREATE,
    )
    decision = follow_appeal(replace(DOSSIER, outcome="agreed"), examined, LATER)
    assert (decision.result, decision.facts, decision.changes) == ("already-laureate", (), ())


def test_given_an_award_then_the_place_has_the_label_and_the_front_end_hears_it() -> None:
    decision = award(DOSSIER, LATER)
    assert kept(decision, ProjectClaim) == label_of(DOSSIER)
    assert said(decision, AnswerDecided).outcome == Outcome.LAUREATE
    assert (decision.result, said(decision, AnswerDecided).front_end) == (
        "laureate",
        DOSSIER.front_end,
    )


def test_given_a_later_word_when_the_award_is_read_then_it_is_told_and_the_label_kept_all_the_same() -> (
    None
):
    agreed = kept(follow(DOSSIER, "agreed", LATER + SECOND), Dossier)
    decision = award(agreed, LATER)
    assert facts(decision) == ["AnswerDecided"]
    refused = decided(agreed, Outcome.DECLINED, LATER, WHY)
    assert (refused.result, refused.reasons, said(refused, AnswerDecided).reasons) == (
        "declined",
        WHY,
        WHY,
    )
    assert decision.changes == (label_of(DOSSIER),)


def test_given_a_withdrawn_file_when_a_decision_is_read_then_nothing_is_told() -> None:
    gone = a_dossier(status="withdrawn")
    decision = decided(gone, Outcome.DECLINED, LATER, WHY)
    assert (decision.result, decision.facts) == ("withdrawn", ())
    assert award(gone, LATER).changes == ()


def test_given_a_label_when_its_award_is_cancelled_then_the_place_is_free_for_another_file() -> (
    None
):
    decision = cancel_award(DOSSIER, [label_of(DOSSIER)], cancelled(), LATER)
    assert said(decision, DossierStatus).reasons == WHY
    assert claims(decision) == {label_of(DOSSIER).key: ""}


def test_given_another_files_label_when_an_older_award_is_cancelled_then_the_label_stays() -> None:
    other = label_of(a_dossier(a_file(2)))
    assert claims(cancel_award(DOSSIER, [other], cancelled(), LATER)) == {}
    assert claims(cancel_award(DOSSIER, [], cancelled(), LATER)) == {}


def test_given_a_withheld_tranche_then_its_holder_reads_which_and_why() -> None:
    status = said(follow_tranche(DOSSIER, withheld(2), DUE), DossierStatus)
    assert (status.status, status.reasons) == ("tranche-withheld", WHY)
    assert [(line.number, line.status) for line in status.tranches] == [(2, "withheld")]


@pytest.mark.parametrize("declared", [True, False])
def test_given_a_payment_that_the_bank_wrote_off_then_its_holder_has_nothing_to_do(
    declared: bool,
) -> None:
    fact = TrancheRejected(**ordered(1).model_dump(), reason_code="AM05", declared=declared)
    status = said(follow_tranche(DOSSIER, fact, DUE), DossierStatus)
    word, codes = ("withheld", ["payment-not-made"]) if declared else ("rejected", [])
    assert (status.status, status.tranches[0].status) == (f"tranche-{word}", word)
    assert [reason.code for reason in status.reasons] == codes


def test_given_a_later_outcome_when_a_tranche_is_read_then_its_line_is_kept_and_the_outcome_stays() -> (
    None
):
    ended = a_dossier(outcome="cancelled", outcome_at=DUE + SECOND)
    status = said(follow_tranche(ended, ordered(1), DUE), DossierStatus)
    assert (status.status, status.tranches[0].status) == ("cancelled", "ordered")


def test_given_a_withdrawn_file_when_a_tranche_is_read_then_nothing_changes() -> None:
    assert follow_tranche(a_dossier(status="withdrawn"), ordered(1), DUE).result == "superseded"


def test_each_tranche_keeps_its_line_whatever_is_said_of_the_others_later() -> None:
    both = DOSSIER
    for number, word, at in ((2, "withheld", DUE + SECOND), (1, "settled", DUE)):
        both = hear_tranche(both, number, word, at) or both
    told = status_of(both)
    assert [(line.number, line.status, line.since) for line in told.tranches] == [
        (1, "settled", DUE),
        (2, "withheld", DUE + SECOND),
    ]


def test_an_older_word_on_a_tranche_does_not_replace_a_newer_one() -> None:
    settled = hear_tranche(DOSSIER, 1, "settled", DUE)
    assert settled
    assert hear_tranche(settled, 1, "ordered", DUE - SECOND) == settled


def test_given_an_award_then_the_label_is_of_the_siret_in_its_commune_whatever_the_wave() -> None:
    siret, commune, _wave = DOSSIER.project_key.split("|")
    assert claims(award(DOSSIER, LATER)) == {label_key(siret, commune): DOSSIER.candidature_id}


def test_given_a_dossier_when_its_status_is_read_then_it_names_the_wave_it_competes_in() -> None:
    assert status_of(DOSSIER).wave == WAVE.id


DAYS = (date(2022, 2, 14), date(2023, 2, 14))


def test_given_an_agreement_its_holder_reads_the_days_of_the_tranches_and_those_of_an_amendment() -> (
    None
):
    agreed = agree(DOSSIER, DAYS, LATER)
    status = said(agreed, DossierStatus)
    assert (status.status, status.due_on) == ("agreed", DAYS)
    later = (DAYS[0], date(2023, 6, 14))
    assert said(amend(kept(agreed, Dossier), later), DossierStatus).due_on == later


def test_given_an_amendment_while_a_tranche_is_withheld_the_status_still_says_why() -> None:
    """The days are told with the tranche's next word."""
    waits = kept(follow_tranche(DOSSIER, withheld(1), LATER), Dossier)
    amended = amend(waits, DAYS)
    assert (amended.facts, kept(amended, Dossier).due_on) == ((), tuple(map(str, DAYS)))


def test_given_an_agreement_heard_late_the_latest_word_stays_and_the_days_are_kept() -> None:
    waits = kept(follow_tranche(DOSSIER, ordered(1), DUE), Dossier)
    status = said(agree(waits, DAYS, LATER), DossierStatus)
    assert (status.status, status.due_on) == ("tranche-ordered", DAYS)


def test_given_an_erased_file_no_agreement_is_told() -> None:
    gone = replace(DOSSIER, status="erased")
    assert agree(gone, DAYS, LATER).facts == amend(gone, DAYS).facts == ()
