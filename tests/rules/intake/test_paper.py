"""A paper file counts from its receipt; it cannot name another dossier, nor come from the future."""

import pytest

from services.intake.domain.counter import require_possible
from shared.contract.backoffice import CandidatureImported
from shared.kit.errors import Rejected
from tests.rules.intake.given import LATER, NOW, OFFICER, REASON, SECOND, a_file


def typed_in(number: int = 1) -> CandidatureImported:
    return CandidatureImported(
        candidature_id=a_file(1).candidature_id,
        received_at=NOW,
        submission=a_file(number),
        actor=OFFICER,
        reason=REASON,
    )


def test_given_a_paper_file_when_it_is_typed_in_later_then_it_is_taken() -> None:
    require_possible(typed_in(), LATER)


def test_given_a_paper_file_when_it_is_received_after_it_was_typed_in_then_it_is_rejected() -> None:
    with pytest.raises(Rejected, match="after it is typed in"):
        require_possible(typed_in(), NOW - SECOND)


def test_given_a_paper_file_when_the_file_inside_is_another_dossiers_then_it_is_rejected() -> None:
    with pytest.raises(Rejected, match="another candidature"):
        require_possible(typed_in(2), LATER)
