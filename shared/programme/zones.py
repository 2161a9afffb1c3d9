"""The zones of a call: which places lie in each, by a rule that data or an officer can answer."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from shared.contract.values import CommuneCode, Line, ZoneId
from shared.programme.values import Part

DepartmentCode = Annotated[str, Field(pattern=r"^([0-9]{2}|2[AB]|9[78][0-9])$")]


class ZoneRule(StrEnum):
    """How a place is found in a zone. What `urban` and `near` mean in figures is in `[territory]`."""

    EVERYWHERE = "everywhere"
    OUTSIDE_URBAN = "outside-urban"  # outside the large urban centres
    NEAR_QPV = "near-qpv"  # in a priority neighbourhood, or right next to one
    COMMUNES = "communes"
    DEPARTMENTS = "departments"
    DECLARED = "declared"  # its holder says so with evidence, an officer decides


class Zone(Part):
    """`name` stands in tables; `where` follows « le lieu est » in a sentence. An id fits in a column."""

    id: Annotated[ZoneId, Field(max_length=20)]
    name: Line
    where: Line
    rule: ZoneRule
    communes: tuple[CommuneCode, ...] = ()
    departments: tuple[DepartmentCode, ...] = ()

    @model_validator(mode="after")
    def _lists_what_its_rule_reads(self) -> "Zone":
        for listed in (ZoneRule.COMMUNES, ZoneRule.DEPARTMENTS):
            codes = getattr(self, listed.value)
            if self.rule is listed and not codes:
                raise ValueError(
                    f"{listed.value}: the rule of zone {self.id} reads them, and none is given"
                )
            if codes and self.rule is not listed:
                raise ValueError(f"{listed.value}: the rule of zone {self.id} is {self.rule.value}")
        return self

    @property
    def is_listed(self) -> bool:
        """The commune alone tells."""
        return self.rule in (ZoneRule.COMMUNES, ZoneRule.DEPARTMENTS)

    @property
    def is_declared(self) -> bool:
        """Only its holder's word tells, and what they show."""
        return self.rule is ZoneRule.DECLARED

    def lists(self, commune_code: str, department: str) -> bool:
        return commune_code in self.communes or department in self.departments
