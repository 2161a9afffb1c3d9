"""One line for each yearly tranche in the public status of a dossier. No I/O."""

from dataclasses import replace
from datetime import datetime

from services.intake.domain.filing import Dossier


def hear_tranche(dossier: Dossier, number: int, status: str, at: datetime) -> Dossier | None:
    """The word on one tranche keeps its own line, whatever is said of the others later."""
    if dossier.status == "withdrawn":
        return None
    line = {"number": number, "status": status, "since": at.isoformat()}
    before = [known for known in dossier.tranches if known["number"] == number]
    if before and datetime.fromisoformat(before[0]["since"]) > at:
        return dossier
    others = [known for known in dossier.tranches if known["number"] != number]
    return replace(dossier, tranches=tuple(sorted([*others, line], key=lambda known: known["number"])))
