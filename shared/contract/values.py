"""Value types that the events and the rules share. Money is integer euro cents, instants carry a zone."""

from collections.abc import Hashable
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from unicodedata import category

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from shared.contract.identity import EMAIL_PATTERN, bare_number, composed, lower_uuid, mailable, upper_code

T = TypeVar("T", bound=Hashable)
HIDDEN = frozenset(("Cc", "Cf", "Zl", "Zp"))  # controls, formats such as a change of writing direction, line breaks
NOT_BLANK = r"\S"
UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def _one_visible_line(text: str) -> str:
    """A line break in a name is the first half of a forged mail header; a hidden character makes it look another."""
    if not text.isprintable() and any(category(character) in HIDDEN for character in text):
        raise PydanticCustomError("hidden_character", "control and format characters are not allowed")
    if not text.strip():
        raise PydanticCustomError("blank", "there is nothing but spaces")
    return text


def _each_once(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) != len(values):
        raise PydanticCustomError("repeated", "the same value stands twice")
    return values


def _no_nul(text: str) -> str:
    """PostgreSQL cannot keep it: better refused at the edge than by the database."""
    if "\x00" in text:
        raise ValueError("the NUL character is not allowed")
    return text


CandidatureId = Annotated[str, Field(pattern=UUID_PATTERN), BeforeValidator(lower_uuid)]
TrancheId = Annotated[str, Field(pattern=UUID_PATTERN[:-1] + r"-T[1-9]$"), BeforeValidator(lower_uuid)]
WaveId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,20}$")]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
CriterionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Line = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra={"pattern": NOT_BLANK}),
    AfterValidator(_one_visible_line),
    AfterValidator(composed),
]
Text = Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(_no_nul), AfterValidator(composed)]
Piece = Annotated[str, Field(max_length=10_000), AfterValidator(composed)]
Siret = Annotated[str, Field(max_length=20), BeforeValidator(bare_number)]
Siren = Annotated[str, Field(pattern=r"^[0-9]{9}([0-9]{5})?$"), BeforeValidator(bare_number)]  # or a SIRET of it
Cents = Annotated[int, Field(strict=True, ge=0, le=10**12)]
CommuneCode = Annotated[str, Field(pattern=r"^([0-9]{2}|2[AB])[0-9]{3}$"), BeforeValidator(upper_code)]
QpvCode = Annotated[str, Field(pattern=r"^Q[PN][0-9A-Z]{6}$"), BeforeValidator(upper_code)]
Email = Annotated[str, Field(max_length=200, json_schema_extra={"pattern": EMAIL_PATTERN}), AfterValidator(mailable)]
Instant = AwareDatetime
Score = Annotated[int, Field(strict=True, ge=0, le=100)]


class Value(BaseModel):
    """A frozen piece of an event. Unknown fields are decided by the event that holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LegalForm(StrEnum):
    COMPANY = "company"
    ASSOCIATION = "association"
    FOUNDATION = "foundation"
    GIP_GIE = "gip-gie"
    LOCAL_AUTHORITY = "local-authority"
    SYNDICAT_MIXTE = "syndicat-mixte"
    CONSORTIUM = "consortium"


class PlaceKind(StrEnum):
    COWORKING = "coworking"
    TIERS_LIEU = "tiers-lieu"
    FABLAB = "fablab"
    LIVING_LAB = "living-lab"
    FRICHE_ARTISTIQUE = "friche-artistique"
    OTHER = "other"


class Zone(StrEnum):
    OUTSIDE_URBAN = "outside-urban"
    QPV = "qpv"


class Outcome(StrEnum):
    LAUREATE = "laureate"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"


class Role(StrEnum):
    INSTRUCTOR = "instructor"
    DIRECTOR = "director"
    AUTHORISING_OFFICER = "authorising-officer"  # ordonnateur
    ACCOUNTANT = "accountant"  # comptable


class Reason(Value):
    """Why: a stable code, the field it is about, and a French sentence for people.

    Only our own facts hold reasons: a reader of today must live with a field that a newer service adds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: Code
    field: str | None = None
    message: str


class Actor(Value):
    id: Token
    role: Role


class Holder(Value):
    legal_name: Line
    siret: Siret
    legal_form: LegalForm
    representative: Line
    email: Email
    phone: Annotated[str, Field(max_length=30, pattern=r"^[+0-9 ().-]+$")] | None = None
    public_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")] | None = None


class Place(Value):
    name: Line
    kinds: Annotated[
        tuple[PlaceKind, ...],
        Field(min_length=1, max_length=6, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_each_once),
    ]
    address: Line
    commune_code: CommuneCode
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    existing: bool
    declared_qpv: QpvCode | None = None


class Project(Value):
    """The texts of the file. A text left empty is a missing piece, asked for and completed later."""

    summary: Piece | None = None
    territory_and_tiers_lieux: Piece | None = None
    anchoring: Piece | None = None
    governance: Piece | None = None
    business_model: Piece | None = None
    learning: Piece | None = None
    business_digital_transition: Piece | None = None
    digital_mediation: Piece | None = None
    support_needs: tuple[Code, ...] = Field(default=(), max_length=20)


class Budget(Value):
    requested_cents: tuple[Cents, ...] = Field(min_length=1, max_length=5)


Figures = dict[Code, Annotated[int, Field(strict=True)]]
Evidence = dict[str, Any]
