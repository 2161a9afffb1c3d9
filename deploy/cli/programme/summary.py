"""A call in the terminal: what an operator looks at before it is published."""

from collections.abc import Iterator
from typing import Any

from deploy.cli.terminal.printing import euros, print_pairs, print_table
from shared.programme import Programme
from shared.programme.promises import answer_due_on

WAVES = ("wave", "opens", "last day", "silence refuses from")
CRITERIA = ("criterion", "title", "pass mark")


def tell_summary(programme: Programme) -> None:
    print_pairs(
        _figures(programme), f"{programme.name} ({programme.id}, version {programme.version})"
    )
    print_table(WAVES, _waves(programme), f"Waves ({programme.timezone})")
    print_table(
        CRITERIA, _criteria(programme), f"Criteria, each from 0 to {programme.reviews.mark_max}"
    )


def _figures(programme: Programme) -> dict[str, Any]:
    award = programme.award
    return {
        "envelope_cents": programme.envelope_cents,
        "places": {
            zone: "no quota" if quota is None else quota for zone, quota in programme.places.items()
        },
        "award": f"{euros(award.floor_cents)} to {euros(award.ceiling_cents)}",
        "a_year_at_most_cents": award.yearly_cap_cents,
        "years": award.years,
        "laureates_a_wave_at_most": programme.selection.laureates_max,
        "reviewers_a_dossier": programme.reviews.reviewers_per_dossier,
        "approvals_of_a_list": programme.selection.approvals,
        "first_payment": f"{programme.payment.first_due_months} months after the award, at the earliest",
        "kept_if_refused": f"{programme.retention.refused_years} years",
        "kept_if_accepted": f"{programme.retention.accepted_years} years",
    }


def _waves(programme: Programme) -> Iterator[tuple[Any, ...]]:
    for wave in programme.waves:
        yield wave.id, wave.opens_on, wave.closes_on, answer_due_on(programme, wave.closes_on)


def _criteria(programme: Programme) -> Iterator[tuple[Any, ...]]:
    for criterion in programme.criteria:
        yield (
            criterion.id,
            criterion.title,
            criterion.pass_mark / 100 if criterion.pass_mark else None,
        )
