"""What a question brings with it: validated at the edge, so that a wrong one is told all its mistakes."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from shared.contract.support import StepOwner
from shared.contract.values import (
    Actor,
    Cents,
    Count,
    CriterionId,
    Digest,
    DocumentKind,
    Instant,
    Line,
    Number,
    PublicKey,
    ShortOfMoney,
    Token,
)

PAGE_MAX = 500
PLACES_MAX = 250  # about 2 kB each, at most 3: one answer stays well under the broker's megabyte
Name = Annotated[str, Field(max_length=80)]
Sought = Annotated[str, Field(min_length=2, max_length=80)]
PageSize = Annotated[int, Field(ge=1, le=PAGE_MAX)]
COMMONS_PAGE_MAX = 100  # about 3 kB each, and seven where each letter has an accent
CommonsSize = Annotated[int, Field(ge=1, le=COMMONS_PAGE_MAX)]
PlacesSize = Annotated[int, Field(ge=1, le=PLACES_MAX)]
ActName = Annotated[str, Field(max_length=120)]
Hundredths = Annotated[int, Field(strict=True, ge=0, le=10**6)]
Laureates = Annotated[int, Field(strict=True, ge=0, le=10**12)]
LetterId = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,80}-[1-9][0-9]{0,18}$")]


class Asked(BaseModel):
    """`asker` is the front-end or tool that asks, as the server wrote it: whatever the body says of that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asker: str = ""


class Nothing(Asked):
    """A question that needs nothing but its name."""


class Body(Asked):
    """Anything at all: what is wrong with it is what the answer is about."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @property
    def body(self) -> dict[str, Any]:
        return self.model_extra or {}


class DossierAsked(Asked):
    """`candidature_id` may be the receipt number where intake is asked: it knows both."""

    candidature_id: Name


class DocumentAsked(DossierAsked):
    kind: DocumentKind


class SignedAsked(Asked):
    """A question that a person signs as they sign an act, in a role; or a holder, with the dossier's key.

    `asked_at` is when: it counts for a minute. The answer is sealed to `answer_key`, an X25519 key of this one
    question: whoever listens beside its front-end reads nothing.
    """

    actor: Actor | None = None
    asked_at: Instant
    answer_key: PublicKey


class SignedDossierAsked(SignedAsked):
    candidature_id: Name


class FileAsked(SignedDossierAsked):
    """The latest `version`, where none is named."""

    version: Number | None = None


class AttachmentAsked(SignedDossierAsked):
    """A file by its name, one part of it: parts are counted from 1.

    `sha256` says which, where an earlier version has another file of this name; else the latest.
    """

    name: Line
    sha256: Digest | None = None
    part: Number = 1


class FindAsked(Asked):
    """A receipt number or its beginning, a SIRET or SIREN, a commune's or postal code, or words of a name."""

    text: Sought
    limit: PageSize = 50


class WaveAsked(Asked):
    wave: Name


class GatheringAsked(Asked):
    gathering: Name


class RetentionAsked(Asked):
    """What is due to be erased by an instant, or else what becomes of one file."""

    candidature_id: Name | None = None
    by: Instant | None = None
    limit: PageSize = 100


class RankingAsked(WaveAsked):
    """The places after a rank, so many of them."""

    after: Count | None = None
    limit: PlacesSize = PLACES_MAX


class PolicyAsked(BaseModel):
    """The rules of a selection, as a list keeps them. Marks are in hundredths of a mark.

    `laureates_max` is None where only places and money bound a list.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pass_mark: Hundredths
    criterion_pass_marks: dict[CriterionId, Hundredths] = Field(default={}, max_length=100)
    laureates_max: Laureates | None = None
    when_short_of_money: ShortOfMoney
    tie_break: tuple[CriterionId, ...] = Field(max_length=20)
    floor_cents: Cents
    ceiling_cents: Cents
    yearly_cap_cents: Cents


class SimulationAsked(WaveAsked):
    """Exactly the list of this digest, under another policy."""

    digest: Digest
    policy: PolicyAsked

    @field_validator("policy")
    @classmethod
    def _consistent(cls, policy: PolicyAsked) -> PolicyAsked:
        if policy.floor_cents > policy.ceiling_cents:
            raise PydanticCustomError("floor_above_ceiling", "floor_cents is above ceiling_cents")
        return policy


class InstructionsAsked(Asked):
    """The files that wait for an officer after one, by candidature, so many of them."""

    after: Name | None = None
    limit: PlacesSize = PLACES_MAX


class GrantsAsked(Asked):
    """The grants after one, by candidature, so many of them."""

    after: Name | None = None
    limit: PageSize = 100


class CommonsAsked(Asked):
    """What laureates share after one, by `candidature/common`, so many of it."""

    after: Annotated[str, Field(max_length=100)] | None = None
    limit: CommonsSize = COMMONS_PAGE_MAX


class ReportsAsked(GrantsAsked):
    """Those that are overdue, or those of one grant, by its receipt number."""

    overdue: bool = False
    receipt_number: Name | None = None


class OrdersAsked(GrantsAsked):
    """The orders of one run, or those that no run has taken; after one, by their number, so many of them."""

    run_id: Name | None = None


class StatementAsked(Asked):
    statement_id: Name
    part: Number = 1


class DecisionAsked(Asked):
    """`event_id` may be without its stamp where the dossier is given: who publishes learns the place, not the time.

    Or `act`, `person/act id`: what came of a signed act, before it is said once more.
    """

    act: ActName = ""
    event_id: Annotated[Name, Field(validate_default=True)] = ""
    dossier: Name = ""

    @field_validator("event_id")
    @classmethod
    def _named(cls, event_id: str, told: ValidationInfo) -> str:
        if not event_id and not told.data.get("act"):
            raise PydanticCustomError("missing", "an event or an act is named")
        return event_id


class WaitingAsked(Asked):
    """The oldest events that wait, so many of them."""

    limit: PageSize = 100


class TodoAsked(Asked):
    """The oldest that waits for an officer, so much of it."""

    limit: PageSize = 100


class StepsAsked(Asked):
    """The steps of one owner, or those that are overdue, so many of them."""

    owner: StepOwner | None = None
    overdue: bool = False
    limit: PageSize = 100


class RedriveAsked(Asked):
    """A dead letter, and who wants its event decided again."""

    letter_id: LetterId
    by: Token


class DiscardAsked(RedriveAsked):
    reason: Line
