"""A laureate of before the platform: the label, its amounts, and what was paid of them by other means."""

from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

from pydantic import AfterValidator, ConfigDict, Field

from shared.contract.event import Event
from shared.contract.values import (
    CandidatureId,
    Cents,
    Day,
    Line,
    PlaceKind,
    ReceiptNumber,
    Value,
    WaveId,
    ZoneId,
    each_once,
)

YEARS_MAX = 5
Reference = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,12}$")]
# In one form each: what two people said and what the fact tells are compared as they were written.
OwnSiret = Annotated[str, Field(pattern=r"^[0-9]{14}$")]
OwnCommune = Annotated[str, Field(pattern=r"^([0-9]{2}|2[AB])[0-9]{3}$")]


class Laureate(Value):
    """One label of an earlier `wave`; `reference` tells it from the others of that wave.

    Each year of `awarded_cents` is due on a day of `due_on`. The first years were paid, on the days of `paid_on`.
    Without a SIRET the place is known by its name and its commune. Every field is written, empty ones too.
    """

    wave: WaveId
    reference: Reference
    legal_name: Line
    place_name: Line
    siret: OwnSiret | None
    commune_code: OwnCommune
    kinds: Annotated[tuple[PlaceKind, ...], Field(max_length=6), AfterValidator(each_once)]
    zone: Annotated[ZoneId, Field(max_length=20)]
    awarded_on: Day
    agreed_on: Day | None
    awarded_cents: Annotated[tuple[Cents, ...], Field(min_length=1, max_length=YEARS_MAX)]
    due_on: Annotated[tuple[Day, ...], Field(min_length=1, max_length=YEARS_MAX)]
    paid_on: Annotated[tuple[Day, ...], Field(max_length=YEARS_MAX)]

    def receipt(self, prefix: str) -> str:
        """As those of the platform: `FABT-2019-1-017`."""
        return f"{prefix}-{self.wave}-{self.reference}"


class LaureateTaken(Laureate):
    """The same in a fact of ours: a reader of today lives with a field that is added later."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class GrantTakenOver(Event, says="funding.grant.taken-over"):
    """A label of before the platform, as two people have said it: from now on it is a grant like any other."""

    candidature_id: CandidatureId
    receipt_number: ReceiptNumber
    laureate: LaureateTaken


def laureate_id(programme: str, receipt: str) -> str:
    """It follows from programme and receipt: whoever says the same label again names the same dossier."""
    return str(uuid5(NAMESPACE_URL, f"fabriques:{programme}/{receipt}"))


def is_laureates(candidature_id: str) -> bool:
    """Whether it is of the version that `laureate_id` gives: anybody can work one out, so nobody files under one."""
    return candidature_id[14:15] == "5"
