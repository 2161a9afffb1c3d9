"""What a text looks like is what it is looked for as."""

import pytest

from services.intake.domain.finding import has_words, sought

FILE = {
    "place": {"name": "La Fabrique d'Épinal", "address": "1 place des Vosges, 88000 Épinal"},
    "holder": {"legal_name": "Association Passerelle"},
}


@pytest.mark.parametrize(
    ("text", "form", "found"),
    [
        ("732 829 320 00074", "siret", "73282932000074"),
        ("732829320", "siret", "732829320"),
        ("03310", "commune", "03310"),
        ("2a004", "commune", "2A004"),
        ("fabt-2020-4-00012", "receipt", "FABT-2020-4-00012"),
        ("FABT-2020-4", "receipt", "FABT-2020-4"),
        ("  La   FABRIQUE d'Épinal ", "words", "la fabrique d'epinal"),
        ("MJC-93", "words", "mjc-93"),
        ("lieu-2000", "words", "lieu-2000"),
        ("fabtice-2000", "words", "fabtice-2000"),
        ("Saint-Dié", "words", "saint-die"),
        ("123456", "words", "123456"),
        ("٧٣٢٨٢٩٣٢٠", "words", "٧٣٢٨٢٩٣٢٠"),
    ],
)
def test_a_text_is_looked_for_as_what_it_looks_like(text: str, form: str, found: str) -> None:
    wanted = sought(text, "FABT")
    assert (wanted.form, wanted.text) == (form, found)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("fabrique epinal", True),
        ("passerelle", True),
        ("vosges 88000", True),
        ("fabrique nancy", False),
    ],
)
def test_every_word_must_stand_in_a_name_or_in_the_address(words: str, found: bool) -> None:
    assert has_words(FILE, words) is found


def test_a_file_that_was_emptied_has_no_words() -> None:
    assert not has_words({}, "fabrique")
