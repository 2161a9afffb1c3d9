"""The rules on what a file asks for: an amount for each year, within the caps. No I/O."""

from collections.abc import Iterator

from shared.contract.values import Reason
from shared.programme import Programme


def amount_reasons(programme: Programme, requested_cents: tuple[int, ...]) -> Iterator[Reason]:
    award, field = programme.award, "budget.requested_cents"
    if len(requested_cents) != award.years:
        yield Reason(
            code="years-wrong", field=field, message=f"Indiquez un montant pour chacune des {award.years} années."
        )
    if any(cents > award.yearly_cap_cents for cents in requested_cents):
        yield Reason(
            code="yearly-cap-exceeded",
            field=field,
            message=f"Une année ne peut pas dépasser {euros(award.yearly_cap_cents)}.",
        )
    total = sum(requested_cents)
    if not award.floor_cents <= total <= award.ceiling_cents:
        yield Reason(
            code="amount-out-of-range",
            field=field,
            message=f"Le total doit être compris entre {euros(award.floor_cents)} et {euros(award.ceiling_cents)}.",
        )


def euros(cents: int) -> str:
    """50 000 €, as people write it; the spaces do not break."""
    return f"{cents // 100:,}".replace(",", "\u202f") + "\u00a0€"
