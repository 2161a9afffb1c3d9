"""When the tranches of a grant fall due."""

from services.funding.domain.states import Grant, Tranche
from shared.programme import Programme
from shared.programme.promises import tranche_due_on


def schedule(programme: Programme, grant: Grant) -> list[Tranche]:
    """One tranche for each year that has money, the first some months after the award, then yearly."""
    awarded_on = programme.local_day(grant.awarded_at)
    tranches = []
    for number, cents in enumerate(grant.awarded_cents, start=1):
        if not cents:
            continue  # a year without money keeps its number: T2 is the second year, whoever asks for what
        tranche = Tranche(
            tranche_id=f"{grant.candidature_id}-T{number}",
            candidature_id=grant.candidature_id,
            number=number,
            due_on=tranche_due_on(programme, awarded_on, number),
            amount_cents=cents,
            state="scheduled",
            since=grant.awarded_at,
        )
        tranches.append(tranche)
    return tranches
