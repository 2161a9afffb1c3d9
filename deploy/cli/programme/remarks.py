"""What a right programme file may still lack: told beside its mistakes, and no reason to refuse it."""

from collections.abc import Iterator

from shared.programme import Programme
from shared.programme.checking import Mistake

EXAMPLE_IBAN = "FR1420041010050500013M02606"
OPEN, CLOSED = "[]"


def remarks_on(programme: Programme) -> list[Mistake]:
    """Each with the place it is about, in no order."""
    return [
        *_still_to_fill_in(programme),
        *_without_guide(programme),
        *_beyond_the_envelope(programme),
        *_never_reached(programme),
    ]


def _still_to_fill_in(programme: Programme) -> Iterator[Mistake]:
    for part in ("authority", "support"):
        for name, value in getattr(programme, part):
            if isinstance(value, str) and value.startswith(OPEN) and value.endswith(CLOSED):
                yield (part, name), "is still to be filled in: letters and documents show it"
    if programme.payment.debtor_iban == EXAMPLE_IBAN:
        yield ("payment", "debtor_iban"), "is the account of examples: name the one that pays"


def _without_guide(programme: Programme) -> Iterator[Mistake]:
    for place, criterion in enumerate(programme.criteria):
        if not criterion.guide:
            yield (
                ("criteria", place, "id"),
                f"{criterion.id} has no guide: reviewers mark as each sees fit",
            )


def _beyond_the_envelope(programme: Programme) -> Iterator[Mistake]:
    places = sum(programme.quotas.values())
    paid = programme.envelope_cents // programme.award.floor_cents
    if paid < places:
        yield (
            ("envelope_cents",),
            f"pays {paid} of the {places} places even at the floor of an award",
        )


def _never_reached(programme: Programme) -> Iterator[Mistake]:
    places = sum(programme.quotas.values())
    most = programme.selection.laureates_max * len(programme.waves)
    if most < places:
        told = f"{len(programme.waves)} waves of it give {most} of the {places} places"
        yield ("selection", "laureates_max"), told
