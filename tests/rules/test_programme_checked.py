"""A programme file is checked whole: every mistake at once, each with its line, whatever else is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.programme import ProgrammeInvalid, load_programme
from tests.conftest import SHIPPED_PROGRAMME

SHIPPED = SHIPPED_PROGRAMME.read_text(encoding="utf-8")
Refusal = Callable[..., list[str]]
MISTAKES = {
    "a piece that does not exist": (
        'governance", "business_model"]\ngrace',
        'governance", "business_modle"]\ngrace',
    ),
    "a piece twice": (
        '"governance", "business_model"]\ngrace',
        '"governance", "governance"]\ngrace',
    ),
    "an account with a wrong key": ("M02606", "M02607"),
    "a bank's code that is none": ('"PSSTFRPPPAR"', '"PSSTFRPPPA"'),
    "an authority that is nobody": ("13002603200016", "00000000000000"),
    "a generation of no map": ('qpv_generation = "2014"', 'qpv_generation = "2015"'),
    "a regime of no regulation": ("ue-1407-2013", "ue-1407-2031"),
    "a grid that the rule does not read": (
        '"best" ',
        '"epci" ',
        'density_dataset = ""',
        'density_dataset = "x"',
    ),
    "a wave id that no receipt can hold": (
        'id = "2021-1"',
        'id = "2021-premiere-vague"',
        "FABT",
        "FABRIQ",
    ),
    "a wave id twice": ('id = "2021-2"', 'id = "2021-1"'),
    "a wave that opens before the one before is over": (
        "opens_on = 2021-03-31",
        "opens_on = 2021-03-30",
    ),
    "a wave that closes before it opens": ("closes_on = 2021-03-30", "closes_on = 2020-03-30"),
    "a criterion twice": ('id = "governance"', 'id = "anchoring"'),
    "a criterion that no fact can carry": ('id = "governance"', 'id = "_governance"'),
    "a key that no file has": ('"ambition", "anchoring", "gov', '"ambitions", "anchoring", "gov'),
    "a reserve that ends before its wave": (
        "reserve_ends_on = 2022-12-31",
        "reserve_ends_on = 2021-09-30",
    ),
    "orders that no bank takes": ('id = "2020-4"', 'id = "quatrieme-trimestre"'),
    "a mark that nobody reaches": ("pass_mark = 1000", "pass_mark = 2001"),
    "a zone that is none": ("qpv = 150", "zrr = 150"),
    "a zone twice": ('id = "qpv"', 'id = "outside-urban"'),
    "a zone id that no table keeps": (
        'id = "qpv"',
        'id = "quartiers-prioritaires"',
        "\nqpv = 150",
        "\nquartiers-prioritaires = 150",
    ),
    "a list that one officer approves": ("approvals = 2", "approvals = 1"),
    "a rule of no zone": ('rule = "near-qpv"', 'rule = "near-zrr"'),
    "a zone whose rule lacks its list": ('rule = "near-qpv"', 'rule = "communes"'),
    "silence that refuses before the reviews are due": (
        "silence_months = 2",
        "silence_months = 1",
        "due_days = 21",
        "due_days = 31",
    ),
    "a first payment before an account cools off": ("first_due_months = 3", "first_due_months = 0"),
    "a yearly day that is none": ('"02-14"', '"02-30"'),
    "a time zone that is none": ("Europe/Paris", "Europe/Pariss"),
}


@pytest.fixture
def refusal(tmp_path: Path) -> Refusal:
    def refused(text: str) -> list[str]:
        path = tmp_path / "programme.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ProgrammeInvalid) as failure:
            load_programme(path)
        return failure.value.mistakes

    return refused


def mistaken(text: str, *changes: str) -> str:
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize("changes", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_of_any_kind_is_told_with_the_line_it_stands_on(
    changes: tuple[str, ...], refusal: Refusal
) -> None:
    text = mistaken(SHIPPED, *changes)
    told = refusal(text)
    changed = {
        n
        for n, (a, b) in enumerate(zip(SHIPPED.splitlines(), text.splitlines(), strict=True), 1)
        if a != b
    }
    lines = {
        int(mistake.split(":")[0].removeprefix("line "))
        for mistake in told
        if mistake.startswith("line ")
    }
    tables = {
        n
        for n, line in enumerate(SHIPPED.splitlines(), 1)
        if line.startswith(("[[waves]]", "[[zones]]"))
    }
    assert lines & (changed | tables)


def test_mistakes_of_every_part_are_told_at_once(refusal: Refusal) -> None:
    """A wrong form hides no wrong rule: of two kinds of waves, one wrong alone, one against its neighbour."""
    text = SHIPPED
    for name in (
        "an account with a wrong key",
        "a bank's code that is none",
        "a generation of no map",
    ):
        text = mistaken(text, *MISTAKES[name])
    text = mistaken(text, "closes_on = 2020-12-30", "closes_on = 2019-12-30")
    text = mistaken(
        text, "opens_on = 2021-07-01", "opens_on = 2021-06-30", "years = 3", "years = 9"
    )
    told = "\n".join(refusal(text))
    expected = (
        "debtor_iban",
        "debtor_bic",
        "qpv_generation",
        "waves.0",
        "waves.3.opens_on",
        "award.years",
    )
    assert [name for name in expected if name not in told] == []


def test_codes_that_no_commune_or_department_has_are_told(refusal: Refusal) -> None:
    """Before they leave a place out of its zone."""
    listed = 'rule = "communes"\ncommunes = ["03310", "03999"]'
    assert refusal(mistaken(SHIPPED, 'rule = "near-qpv"', listed)) == [
        "line 33: zones.1.communes: no commune in force has the code 03999"
    ]
    listed = 'rule = "departments"\ndepartments = ["03", "20"]'
    assert refusal(mistaken(SHIPPED, 'rule = "near-qpv"', listed)) == [
        "line 33: zones.1.departments: no department has the code 20"
    ]


def test_a_table_that_is_missing_is_named(refusal: Refusal) -> None:
    assert [
        line
        for line in refusal(SHIPPED.replace("[retention]", "[retenue]"))
        if line.startswith("retention:")
    ]


def test_a_programme_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "programme.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SHIPPED_PROGRAMME.read_bytes())
    assert load_programme(path) == load_programme(SHIPPED_PROGRAMME)
