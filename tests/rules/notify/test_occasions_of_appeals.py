"""Which letter answers an appeal."""

import pytest

from services.notify.domain.occasions import appeals
from shared.contract import funding
from shared.contract.values import Outcome
from tests.rules.notify.given import CAUSE, WAVE, WHY, letter, letters
from tests.rules.notify.notify_samples import DOSSIER, a_contact

CONTACT = a_contact()
REASONS = [["rank-too-low", "Le rang ne suffit pas."]]


@pytest.mark.parametrize(
    ("upheld", "before", "outcome", "told"),
    [
        (True, Outcome.DECLINED, Outcome.LAUREATE, []),
        (True, Outcome.DECLINED, Outcome.WAITLISTED, []),
        (True, Outcome.DECLINED, Outcome.DECLINED, [("appeal_without_grant", "holder")]),
        (True, Outcome.LAUREATE, Outcome.LAUREATE, [("appeal_upheld", "holder")]),
        (False, Outcome.DECLINED, Outcome.DECLINED, [("appeal_rejected", "holder")]),
        (False, Outcome.LAUREATE, Outcome.LAUREATE, [("appeal_rejected", "holder")]),
    ],
)
def test_an_appeal_is_answered_always_by_a_letter_of_its_own_or_by_what_follows_from_it(
    upheld: bool, before: Outcome, outcome: Outcome, told: list[tuple[str, str]]
) -> None:
    examined = funding.CandidatureReexamined(
        candidature_id=DOSSIER,
        wave=WAVE,
        upheld=upheld,
        outcome_before=before,
        outcome=outcome,
        reasons=WHY,
    )
    decision = appeals.reexamined(CONTACT, examined, CAUSE)
    assert letters(decision) == told
    if not told:
        assert decision.result == "told-by-the-outcome"
    else:
        assert letter(decision).context == {
            "receipt": "FABT-2020-4-00012",
            "wave": WAVE,
            "reasons": REASONS,
        }
