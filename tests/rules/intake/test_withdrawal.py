"""A holder may take a file back at any time; then nothing brings it back."""

from services.intake.domain.dossier import Dossier
from services.intake.domain.progress import hear
from services.intake.domain.withdrawal import withdraw
from shared.contract.intake import CandidatureWithdrawn, DossierStatus
from tests.rules.intake.given import LATER, NOW, WAVE, a_dossier, claims, facts, kept, said


def test_given_a_registered_file_when_it_is_withdrawn_then_the_others_are_told_and_the_project_is_free() -> (
    None
):
    known = a_dossier()
    decision = withdraw(known, LATER)
    assert decision.result == "withdrawn"
    assert said(decision, CandidatureWithdrawn).wave == WAVE.id
    assert said(decision, DossierStatus).status == "withdrawn"
    assert claims(decision) == {known.project_key: ""}


def test_given_an_outcome_when_the_file_is_withdrawn_then_its_holder_reads_that_it_is_withdrawn() -> (
    None
):
    gone = kept(withdraw(a_dossier(outcome="laureate", outcome_at=NOW), LATER), Dossier)
    assert (gone.status, gone.outcome, gone.since) == ("withdrawn", None, LATER)


def test_given_a_file_that_was_never_complete_when_it_is_withdrawn_then_no_other_service_hears_of_it() -> (
    None
):
    assert facts(withdraw(a_dossier(status="incomplete", version=0), LATER)) == ["DossierStatus"]


def test_given_a_withdrawn_file_when_it_is_withdrawn_again_then_nothing_changes() -> None:
    gone = kept(withdraw(a_dossier(), LATER), Dossier)
    assert (withdraw(gone, LATER).result, withdraw(gone, LATER).changes) == ("duplicate", ())


def test_given_a_withdrawn_file_when_another_service_speaks_of_it_then_it_stays_withdrawn() -> None:
    gone = kept(withdraw(a_dossier(), NOW), Dossier)
    assert hear(gone, "laureate", LATER) is None
