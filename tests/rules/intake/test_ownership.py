"""Whose dossier it is: who may send, act, and what a move changes."""

from dataclasses import replace

import pytest

from services.intake.domain.ownership import is_retry, move
from shared.contract.backoffice import CandidatureMoved
from shared.contract.intake import CandidatureChangedHands, DossierStatus
from tests.rules.intake.given import HOLDERS, OFFICER, PORTAL, a_dossier, a_file

KEY = "A" * 43 + "="
FILE = a_file()
DOSSIER = a_dossier(FILE)


def act(front_end: str, public_key: str | None = None) -> CandidatureMoved:
    return CandidatureMoved(
        candidature_id=FILE.candidature_id,
        front_end=front_end,
        public_key=public_key,
        actor=OFFICER,
        reason="Le porteur change de guichet.",
    )


@pytest.mark.parametrize("front_end, retry", [(HOLDERS, True), (PORTAL, False)])
def test_given_a_file_when_it_is_sent_again_then_it_is_a_retry_for_its_own_front_end_alone(
    front_end: str, retry: bool
) -> None:
    assert is_retry(DOSSIER, FILE, front_end) is retry


def test_given_a_file_when_its_front_end_sends_another_content_then_it_is_no_retry() -> None:
    place = FILE.place.model_copy(update={"name": "Le Hangar"})
    assert not is_retry(DOSSIER, FILE.model_copy(update={"place": place}), HOLDERS)


def test_given_a_dossier_when_an_officer_moves_it_then_the_front_end_it_leaves_reads_that_it_moved() -> (
    None
):
    decision = move(DOSSIER, act(PORTAL, KEY))
    assert decision.changes == (replace(DOSSIER, front_end=PORTAL, public_key=KEY),)
    told, own, left = decision.facts
    assert isinstance(told, CandidatureChangedHands)
    assert isinstance(own, DossierStatus)
    assert isinstance(left, DossierStatus)
    assert (told.front_end, told.public_key) == (PORTAL, KEY)
    assert (own.front_end, own.receipt_number) == (PORTAL, DOSSIER.receipt_number)
    assert (left.front_end, left.status, left.receipt_number) == (HOLDERS, "moved", None)


def test_given_a_lost_key_when_an_officer_gives_another_then_the_dossier_stays_where_it_is() -> (
    None
):
    decision = move(replace(DOSSIER, public_key="B" * 43 + "="), act(HOLDERS, KEY))
    assert decision.changes == (replace(DOSSIER, public_key=KEY),)
    assert [fact.front_end for fact in decision.facts if isinstance(fact, DossierStatus)] == [
        HOLDERS
    ]


def test_given_the_same_move_twice_then_the_second_changes_nothing() -> None:
    assert move(replace(DOSSIER, front_end=PORTAL), act(PORTAL)).result == "duplicate"
