"""The rules on what a file asks for: an amount for each year, within the caps."""

from collections.abc import Iterator

from services.intake.domain import sentences
from shared.contract.values import Reason
from shared.programme.model import Award


def amount_reasons(award: Award, requested_cents: tuple[int, ...]) -> Iterator[Reason]:
    if len(requested_cents) != award.years:
        yield sentences.years_wrong(award)
    if any(cents > award.yearly_cap_cents for cents in requested_cents):
        yield sentences.yearly_cap_exceeded(award)
    if not award.floor_cents <= sum(requested_cents) <= award.ceiling_cents:
        yield sentences.amount_out_of_range(award)
