"""How much a laureate gets: what was asked, inside the yearly cap and the ceiling, in whole cents."""

from services.funding.domain.selection.values import Policy


def bounded_award(requested_cents: tuple[int, ...], policy: Policy) -> tuple[int, ...]:
    """Each year up to the yearly cap, the whole up to the ceiling. Below the floor nothing is due."""
    # The yearly cap comes first: a year above it must not take from the others under the ceiling.
    capped = tuple(min(year, policy.yearly_cap_cents) for year in requested_cents)
    return cut_to(capped, policy.ceiling_cents)


def cut_to(yearly_cents: tuple[int, ...], total_cents: int) -> tuple[int, ...]:
    """The same years in proportion, down to `total_cents` exactly."""
    whole_cents = sum(yearly_cents)
    if whole_cents <= total_cents:
        return yearly_cents
    shares = [year * total_cents // whole_cents for year in yearly_cents]
    odd_cents = total_cents - sum(shares)
    # Each share was rounded down, so that fewer cents are left over than there are years.
    # They go to the earliest years that were cut: no year grows above its request.
    for index, year in enumerate(yearly_cents):
        if odd_cents == 0:
            break
        if shares[index] < year:
            shares[index] += 1
            odd_cents -= 1
    return tuple(shares)
