"""What the allocator reads and says. Marks are integers in hundredths of a mark, money is integer cents.

A zone is written by its code, as the programme or a study has it. A quota of None
is no limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.contract.values import Outcome, Reason, ShortOfMoney
from shared.programme.model import Programme

ZoneCode = str
Quotas = Mapping[ZoneCode, int | None]
# 1 where no laureate of an earlier wave is in the department, else 0.
NEW_DEPARTMENT = "new_department"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a wave. In `tie_break` a criterion counts from high to low, the receipt from low to high.

    Whatever `tie_break` says, the receipt and then the id decide last: no two files are ever level.
    `laureates_max` is None where only quotas and money bound the wave.
    """

    pass_mark: int
    criterion_pass_marks: Mapping[str, int]
    laureates_max: int | None
    when_short_of_money: ShortOfMoney
    tie_break: tuple[str, ...]
    floor_cents: int
    ceiling_cents: int
    yearly_cap_cents: int

    @classmethod
    def from_programme(cls, programme: Programme) -> "Policy":
        selection, award = programme.selection, programme.award
        return cls(
            pass_mark=selection.pass_mark,
            criterion_pass_marks={
                criterion.id: criterion.pass_mark for criterion in programme.criteria
            },
            laureates_max=selection.laureates_max,
            when_short_of_money=selection.when_short_of_money,
            tie_break=selection.tie_break,
            floor_cents=award.floor_cents,
            ceiling_cents=award.ceiling_cents,
            yearly_cap_cents=award.yearly_cap_cents,
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """An eligible, fully scored candidature. `criteria` holds at least what the policy names.

    Among them is `new_department` where the policy compares it: it is no mark, and counts in no score.
    """

    id: str
    receipt_sequence: int
    score: int
    criteria: Mapping[str, int]
    zones: tuple[ZoneCode, ...]
    requested_cents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WaveInputs:
    """All that decides a wave. The order of `candidatures` means nothing."""

    policy: Policy
    quotas_left: Quotas
    envelope_left_cents: int
    candidatures: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """Why: a stable code, the rule it applies, its threshold against the dossier's value, a sentence."""

    code: str
    rule: str
    threshold: int | None
    value: int | None
    message: str

    def published(self) -> Reason:
        """The reason as events carry it: the rule is the field it is about."""
        return Reason(code=self.code, field=self.rule, message=self.message)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place in the list. `tie_break` holds the values compared after the score, in the policy's order."""

    id: str
    rank: int
    score: int
    tie_break: tuple[int, ...]
    outcome: Outcome
    zone: ZoneCode | None
    awarded_cents: tuple[int, ...]
    reasons: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The list in rank order. `digest` covers the ranking and the two other digests."""

    ranking: tuple[Ranked, ...]
    inputs_digest: str
    policy_digest: str
    digest: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waitlisted candidature, at the rank that was published."""

    rank: int
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Free:
    """What is free now. Places held by published laureates are already taken off `quotas`."""

    quotas: Quotas
    envelope_cents: int
    laureates: int | None


@dataclass(frozen=True, slots=True)
class Promotion:
    id: str
    rank: int
    zone: ZoneCode
    awarded_cents: tuple[int, ...]
    reasons: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """One reviewer's marks as the log holds them, before any counting."""

    reviewer_id: str
    marks: Mapping[str, int]
    recused: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """A property that does not hold, the dossiers it fails on, and the figures that show it."""

    property: str
    dossiers: tuple[str, ...]
    detail: str
