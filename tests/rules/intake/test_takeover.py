"""A label of before the platform at the counter: a dossier without a file, a label nobody else may have."""

from services.intake.domain.claims import ProjectClaim, label_key, name_key
from services.intake.domain.dossier import Dossier
from services.intake.domain.takeover import take_over
from shared.contract.decision import Decision
from shared.contract.front_ends import OFFICERS
from shared.contract.funding import GrantTakenOver
from shared.contract.intake import DossierStatus
from shared.contract.laureates import LaureateTaken, laureate_id
from tests.rules.intake.given import COMMUNE, NOW, PROGRAMME, a_dossier, facts, kept, said
from tests.rules.waves.labels import SIRET, label

RECEIPT = "FABT-2019-1-017"


def taken(known: Dossier | None = None, **changes: object) -> Decision:
    fact = GrantTakenOver(
        candidature_id=laureate_id(PROGRAMME.id, RECEIPT),
        receipt_number=RECEIPT,
        laureate=LaureateTaken(**label(**changes).model_dump()),
    )
    return take_over(known, COMMUNE, fact, NOW)


def test_given_a_label_of_before_then_its_dossier_is_the_officers_and_has_no_file() -> None:
    decision = taken()
    dossier = kept(decision, Dossier)
    assert (decision.result, facts(decision)) == ("taken-over", ["DossierStatus"])
    assert (dossier.front_end, dossier.status, dossier.version) == (OFFICERS, "registered", 1)
    assert (dossier.wave, dossier.receipt_number, dossier.receipt_place) == (
        "2019-1",
        RECEIPT,
        "017",
    )
    assert (dossier.content, dossier.content_sequence, dossier.receipt_sequence) == ("", 0, 0)
    assert (dossier.received_at, dossier.outcome_at, dossier.since) == (NOW, NOW, NOW)
    assert dossier.project_key == f"{SIRET}|{COMMUNE}|2019-1"
    assert said(decision, DossierStatus).status == "agreed"


def test_given_a_label_without_an_agreement_then_its_status_says_laureate_alone() -> None:
    assert said(taken(agreed_on=None, paid_on=()), DossierStatus).status == "laureate"


def test_given_a_label_of_before_then_no_other_file_may_have_it() -> None:
    claim = kept(taken(), ProjectClaim)
    dossier_id = laureate_id(PROGRAMME.id, RECEIPT)
    assert claim == ProjectClaim(label_key(SIRET, COMMUNE), dossier_id, RECEIPT)


def test_given_a_label_whose_siret_nobody_knows_then_its_name_and_commune_keep_it() -> None:
    decision = taken(siret=None)
    assert kept(decision, ProjectClaim).key == name_key("La Passerelle", COMMUNE)
    assert kept(decision, Dossier).project_key == f"|{COMMUNE}|2019-1"


def test_given_a_label_that_was_taken_over_when_it_comes_again_then_nothing_changes() -> None:
    again = taken(known=a_dossier())
    assert (again.result, again.facts, again.changes) == ("duplicate", (), ())
