"""How much a laureate gets: what was asked, inside the yearly cap and the ceiling, in whole cents."""

from services.funding.domain.selection.values import Policy


def bounded_award(requested_cents: tuple[int, ...], policy: Policy) -> tuple[int, ...]:
    """Each year up to the yearly cap, the whole up to the ceiling. It may be below the floor: then nothing is due."""
    return cut_to(tuple(min(year, policy.yearly_cap_cents) for year in requested_cents), policy.ceiling_cents)


def cut_to(yearly_cents: tuple[int, ...], total_cents: int) -> tuple[int, ...]:
    """The same years in proportion, down to `total_cents`; the odd cents go to the earliest years that were cut."""
    whole = sum(yearly_cents)
    if whole <= total_cents:
        return yearly_cents
    shares = [year * total_cents // whole for year in yearly_cents]
    odd = total_cents - sum(shares)
    for index, year in enumerate(yearly_cents):
        if odd and shares[index] < year:
            shares[index] += 1
            odd -= 1
    return tuple(shares)
