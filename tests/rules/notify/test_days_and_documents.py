"""Letters that move a day, and where letters say that their documents are."""

from datetime import date

import pytest

from services.notify.domain.documents import SOURCES
from services.notify.domain.occasions.files import deadline_moved
from services.notify.letters.writer import PAPERS
from shared.contract.intake import CandidatureDeadlineMoved
from tests.rules.notify.given import CAUSE, DEADLINE, WAVE, letter
from tests.rules.notify.notify_samples import CONTEXTS, DOSSIER, WRITER, a_contact, a_notice


def test_who_filed_in_a_wave_that_closes_later_is_told_both_days() -> None:
    fact = CandidatureDeadlineMoved(
        candidature_id=DOSSIER,
        wave=WAVE,
        deadline=DEADLINE,
        answer_due_on=date(2021, 3, 8),
        complete=False,
    )
    queued = letter(deadline_moved(a_contact(), fact, CAUSE))
    assert queued.template == "deadline_moved"
    said = {"wave": WAVE, "deadline": DEADLINE.isoformat(), "answer_due_on": "2021-03-08", "complete": False}
    assert queued.context.items() >= said.items()


@pytest.mark.parametrize("template", sorted(CONTEXTS))
def test_a_letter_says_where_its_documents_are_and_no_other_letter_promises_one(template: str) -> None:
    letter = WRITER.write(a_notice(template), a_contact())
    kinds = [kind for kind, source in SOURCES.items() if template in source.letters]
    text = " ".join(letter.text.replace("\u00a0", " ").split())
    assert ("À télécharger en PDF" in text, "À télécharger en PDF" in letter.html) == (bool(kinds),) * 2
    assert all(PAPERS[kind] in text for kind in kinds)
