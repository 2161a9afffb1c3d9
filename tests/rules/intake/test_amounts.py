"""What a file may ask for: an amount for each year, each and all of them within the caps."""

import pytest

from services.intake.domain.amounts import amount_reasons
from shared.programme.model import Award
from tests.rules.intake.given import PROGRAMME

YEAR = PROGRAMME.award.yearly_cap_cents
FLOOR = PROGRAMME.award.floor_cents
CEILING = PROGRAMME.award.ceiling_cents


def codes(*requested_cents: int) -> list[str]:
    return [reason.code for reason in amount_reasons(PROGRAMME.award, requested_cents)]


@pytest.mark.parametrize("asked", [(YEAR, YEAR, YEAR), (FLOOR - 2, 1, 1), (0, FLOOR - YEAR, YEAR)])
def test_three_years_within_the_caps_may_be_asked_for(asked: tuple[int, ...]) -> None:
    within_a_year = tuple(min(cents, YEAR) for cents in asked)
    rest = sum(asked) - sum(within_a_year)
    assert codes(within_a_year[0], within_a_year[1] + rest, within_a_year[2]) == []


def test_a_year_at_its_cap_may_be_asked_for_and_one_cent_more_may_not() -> None:
    assert codes(YEAR, YEAR - 1, YEAR) == []
    assert codes(YEAR + 1, YEAR - 1, YEAR) == ["yearly-cap-exceeded"]


def test_the_floor_may_be_asked_for_and_one_cent_less_may_not() -> None:
    assert codes(FLOOR - YEAR, YEAR, 0) == []
    assert codes(FLOOR - YEAR - 1, YEAR, 0) == ["amount-out-of-range"]


def test_the_ceiling_may_be_asked_for_and_one_cent_more_may_not() -> None:
    assert codes(CEILING - 2 * YEAR, YEAR, YEAR) == []
    assert codes(CEILING - 2 * YEAR + 1, YEAR, YEAR) == [
        "yearly-cap-exceeded",
        "amount-out-of-range",
    ]


def test_each_year_has_its_amount() -> None:
    assert codes(YEAR, YEAR) == ["years-wrong"]
    assert codes(YEAR, YEAR, YEAR, 0) == ["years-wrong"]


def test_a_sentence_names_the_cap_as_people_write_it() -> None:
    [reason] = amount_reasons(PROGRAMME.award, (YEAR + 1, 0, YEAR))
    assert "50\u202f000\u00a0€" in reason.message


def test_where_everybody_gets_the_same_for_one_year_nothing_else_may_be_asked_for() -> None:
    flat = Award(
        floor_cents=5_000_000, ceiling_cents=5_000_000, yearly_cap_cents=5_000_000, years=1
    )
    assert list(amount_reasons(flat, (5_000_000,))) == []
    [less] = amount_reasons(flat, (4_999_999,))
    assert (less.code, less.message) == (
        "amount-out-of-range",
        "Le montant est le même pour tous : demandez 50\u202f000\u00a0€ en tout.",
    )
    [spread] = amount_reasons(flat, (2_500_000, 2_500_000))
    assert spread.message == "Indiquez un seul montant : la subvention porte sur une année."
