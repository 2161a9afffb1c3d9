"""Where letters say that their documents are."""

import pytest

from services.notify.domain.documents import SOURCES
from services.notify.letters.writer import PAPERS
from tests.rules.notify.notify_samples import CONTEXTS, WRITER, a_contact, a_notice, as_read


@pytest.mark.parametrize("template", sorted(CONTEXTS))
def test_a_letter_says_where_its_documents_are_and_no_other_letter_promises_one(
    template: str,
) -> None:
    letter = WRITER.write(a_notice(template), a_contact())
    kinds = [kind for kind, source in SOURCES.items() if template in source.letters]
    text = as_read(letter.text)
    assert ("À télécharger en PDF" in text, "À télécharger en PDF" in letter.html) == (
        bool(kinds),
    ) * 2
    assert all(PAPERS[kind] in text for kind in kinds)
