"""A file that lacks texts is held, with its receipt; it is registered by the pieces that complete it."""

from services.intake.domain.dossier import Dossier
from services.intake.domain.filing import complete_pieces, decide_sending
from services.intake.domain.pieces import missing_pieces
from services.intake.domain.waves import WaveState
from shared.contract.intake import CandidaturePiecesRequested, DossierStatus
from tests.rules.intake.given import (
    DEADLINE,
    HOLDERS,
    LATER,
    NOW,
    PROGRAMME,
    SECOND,
    a_dossier,
    a_file,
    claims,
    codes,
    counter,
    facts,
    incomplete,
    kept,
    said,
    sent,
)

COMPLETE = {"governance": "Un conseil où siègent usagers et commune."}
WAITING = a_dossier(incomplete(), status="incomplete", version=0)


def test_given_a_file_without_a_required_text_when_it_comes_then_it_is_asked_for_until_the_deadline() -> (
    None
):
    decision = decide_sending(counter(), sent(incomplete()))
    asked = said(decision, CandidaturePiecesRequested)
    assert decision.result == "pieces-requested"
    assert (asked.missing, asked.complete_before) == (("governance",), DEADLINE)


def test_given_an_incomplete_file_when_it_waits_then_it_has_receipt_and_project_and_is_not_counted() -> (
    None
):
    decision = decide_sending(counter(), sent(incomplete()))
    dossier = kept(decision, Dossier)
    assert (dossier.status, dossier.version, dossier.receipt_number) == (
        "incomplete",
        0,
        "FABT-2020-4-00012",
    )
    assert claims(decision) == {dossier.project_key: dossier.candidature_id}
    assert not [state for state in decision.changes if isinstance(state, WaveState)]


def test_given_an_incomplete_file_when_its_pieces_come_then_it_is_registered_at_the_place_it_had() -> (
    None
):
    decision = complete_pieces(
        counter(dossier=WAITING), sent(incomplete(), LATER, sequence=90), COMPLETE
    )
    dossier = kept(decision, Dossier)
    assert (decision.result, dossier.status, dossier.version) == ("registered", "registered", 1)
    assert (dossier.receipt_number, dossier.received_at) == (WAITING.receipt_number, NOW)
    assert kept(decision, WaveState).registered == 1


def test_given_two_missing_texts_when_one_comes_then_the_other_is_still_asked_for() -> None:
    file = a_file(project__governance=None, project__anchoring=None)
    decision = complete_pieces(
        counter(dossier=a_dossier(file, status="incomplete", version=0)),
        sent(file, LATER),
        COMPLETE,
    )
    assert said(decision, CandidaturePiecesRequested).missing == ("anchoring",)


def test_given_newer_content_when_older_pieces_are_read_then_they_are_superseded() -> None:
    pieces = sent(incomplete(), LATER)
    newer = a_dossier(incomplete(), status="incomplete", content_sequence=pieces.order)
    assert complete_pieces(counter(dossier=newer), pieces, COMPLETE).result == "superseded"


def test_given_a_name_that_is_no_text_of_the_file_when_it_comes_as_a_piece_then_it_is_refused() -> (
    None
):
    decision = complete_pieces(
        counter(dossier=WAITING), sent(incomplete(), LATER), {"support_needs": "x"}
    )
    assert codes(decision) == ["piece-unknown"]
    assert (decision.changes, facts(decision)) == ((), ["CandidatureRefused"])


def test_given_no_receipt_when_a_wrong_piece_is_refused_then_the_front_end_that_sent_it_reads_so() -> (
    None
):
    decision = complete_pieces(counter(), sent(incomplete(), LATER), {"support_needs": "x"})
    status = said(decision, DossierStatus)
    assert (status.front_end, status.status, status.since) == (HOLDERS, "refused", LATER)
    assert [reason.code for reason in status.reasons] == ["piece-unknown"]


def test_given_a_deadline_that_is_over_when_pieces_come_then_it_is_too_late() -> None:
    late = DEADLINE + SECOND
    decision = complete_pieces(counter(late, dossier=WAITING), sent(incomplete(), late), COMPLETE)
    assert codes(decision) == ["change-too-late"]


def test_given_a_registered_file_when_a_change_leaves_a_text_out_then_it_stays_registered() -> None:
    decision = decide_sending(counter(dossier=a_dossier()), sent(incomplete(), LATER))
    assert (decision.result, kept(decision, Dossier).status) == ("changed", "registered")


def test_a_text_of_spaces_is_a_missing_text() -> None:
    assert missing_pieces(PROGRAMME, a_file()) == ()
    assert missing_pieces(PROGRAMME, a_file(project__summary=" \n ", project__governance=None)) == (
        "summary",
        "governance",
    )
