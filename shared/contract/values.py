"""Value types that the events and the rules share. Money is integer euro cents, instants carry a zone."""

import base64
from collections.abc import Hashable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar
from unicodedata import category

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError, to_json

from shared.contract.identity import (
    EMAIL_PATTERN,
    bare_number,
    composed,
    lower_uuid,
    mailable,
    upper_code,
)

T = TypeVar("T", bound=Hashable)
D = TypeVar("D", bound=date)
# Controls, formats such as a writing direction, line breaks.
HIDDEN = frozenset(("Cc", "Cf", "Zl", "Zp"))
NOT_BLANK = r"\S"
NOTE_LENGTH_MAX = 1_000
INTEGER_MAX = 2**31 - 1  # what an INTEGER column holds
SEQUENCE_MAX = 2**63 - 1  # what a BIGINT column holds, and the broker counts to
YEARS = range(1900, 2201)
EVIDENCE_BYTES_MAX = 50_000
FRONT_END_PATTERN = r"^[a-z][a-z0-9-]{1,19}$"
UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def _one_visible_line(text: str) -> str:
    """A line break in a name begins a forged mail header; a hidden character makes it look another."""
    if not text.isprintable() and any(category(character) in HIDDEN for character in text):
        raise PydanticCustomError(
            "hidden_character", "control and format characters are not allowed"
        )
    if not text.strip():
        raise PydanticCustomError("blank", "there is nothing but spaces")
    return text


def _composed(text: object) -> object:
    """Before its length is taken: some letters become three."""
    return composed(text) if isinstance(text, str) else text


def each_once(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) != len(values):
        raise PydanticCustomError("repeated", "the same value stands twice")
    return values


def _no_nul(text: str) -> str:
    """PostgreSQL cannot keep it: better refused at the edge than by the database."""
    if "\x00" in text:
        raise ValueError("the NUL character is not allowed")
    return text


def within_our_years(day: D) -> D:
    """No rule that adds months to a day, and no zone, leaves the calendar then."""
    if day.year not in YEARS:
        raise PydanticCustomError("year_out_of_range", "the year is out of range")
    return day


def of_bounded_size(document: dict[str, Any]) -> dict[str, Any]:
    if len(to_json(document)) > EVIDENCE_BYTES_MAX:
        raise PydanticCustomError("document_too_large", "the document is too large")
    return document


def _written_one_way(key: str) -> str:
    """Base64 has four ways to write the same 32 bytes: one person must not pass for several."""
    if base64.b64encode(base64.b64decode(key)).decode() != key:
        raise PydanticCustomError("key_invalid", "this is not the base64 of an Ed25519 public key")
    return key


def dossier_of_tranche(tranche_id: str) -> str:
    """`<candidature id>-T2` → the candidature's id."""
    return tranche_id.rpartition("-T")[0]


def number_of_tranche(tranche_id: str) -> int:
    """`<candidature id>-T2` → 2."""
    return int(tranche_id.rpartition("-T")[2])


CandidatureId = Annotated[str, Field(pattern=UUID_PATTERN), BeforeValidator(lower_uuid)]
TrancheId = Annotated[
    str, Field(pattern=UUID_PATTERN[:-1] + r"-T[1-9]$"), BeforeValidator(lower_uuid)
]
WaveId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,20}$")]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
# The bank reads it too, with the file's number behind it: 35 characters in all, of those SEPA accepts.
RunId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]{0,28}[A-Za-z0-9])?$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
# Twenty of one laureate, and no word they choose: facts keep the name when what it named is gone.
CommonName = Annotated[str, Field(pattern=r"^common-([1-9]|1[0-9]|20)$")]
StepName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,80}$")]
# Which there are, the programme says.
ZoneId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
CriterionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Line = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra={"pattern": NOT_BLANK}),
    BeforeValidator(_composed),
    AfterValidator(_one_visible_line),
]
Text = Annotated[
    str,
    Field(min_length=1, max_length=10_000),
    BeforeValidator(_composed),
    AfterValidator(_no_nul),
]
Note = Annotated[
    str,
    Field(max_length=NOTE_LENGTH_MAX, pattern=NOT_BLANK),
    BeforeValidator(_composed),
    AfterValidator(_no_nul),
]
PublicUrl = Annotated[str, Field(max_length=400, pattern=r"^https://[A-Za-z0-9.-]+(/[!-~]*)?$")]
# Open licences by their SPDX names; `etalab-2.0` is the one of the French State.
Licence = Literal[
    "CC0-1.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "etalab-2.0",
    "ODbL-1.0",
    "MIT",
    "EUPL-1.2",
    "AGPL-3.0-or-later",
]
Piece = Annotated[str, Field(max_length=10_000), BeforeValidator(_composed)]
Siret = Annotated[str, Field(max_length=20), BeforeValidator(bare_number)]
# Or its SIRET.
Siren = Annotated[str, Field(pattern=r"^[0-9]{9}([0-9]{5})?$"), BeforeValidator(bare_number)]
Cents = Annotated[int, Field(strict=True, ge=0, le=10**12)]
CommuneCode = Annotated[
    str, Field(pattern=r"^([0-9]{2}|2[AB])[0-9]{3}$"), BeforeValidator(upper_code)
]
DepartmentCode = Annotated[
    str, Field(pattern=r"^([0-9]{2}|2[AB]|9[78][0-9])$"), BeforeValidator(upper_code)
]
PublicKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
PersonKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$"), AfterValidator(_written_one_way)]
QpvCode = Annotated[str, Field(pattern=r"^Q[PN][0-9A-Z]{6}$"), BeforeValidator(upper_code)]
Email = Annotated[
    str,
    Field(max_length=200, json_schema_extra={"pattern": EMAIL_PATTERN}),
    AfterValidator(mailable),
]


def in_utc(instant: datetime) -> datetime:
    """One form, whether just said or read again from a table: one decision always says the same bytes."""
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(within_our_years), AfterValidator(in_utc)]
Day = Annotated[date, AfterValidator(within_our_years)]
Score = Annotated[int, Field(strict=True, ge=0, le=100)]
Count = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
Number = Annotated[int, Field(ge=1, le=INTEGER_MAX)]
Sequence = Annotated[int, Field(ge=0, le=SEQUENCE_MAX)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Amounts = Annotated[tuple[Cents, ...], Field(max_length=10)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ReceiptNumber = Annotated[str, Field(max_length=35)]
Word = Annotated[str, Field(max_length=80)]
Told = Annotated[str, Field(max_length=500)]
Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,45}$")]
FrontEndName = Annotated[str, Field(pattern=FRONT_END_PATTERN)]
EventId = Annotated[str, Field(max_length=80)]
Needs = Annotated[tuple[Code, ...], Field(max_length=20), AfterValidator(each_once)]


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


class Outcome(StrEnum):
    LAUREATE = "laureate"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"


class ShortOfMoney(StrEnum):
    """What becomes of a list where the money does not reach for the next."""

    SKIP = "skip"
    STOP = "stop"
    PART_FUND = "part-fund"


class DocumentKind(StrEnum):
    """What a holder may have on paper: each is set from a template of the programme."""

    AGREEMENT = "agreement"  # convention attributive
    AWARD = "award"
    REFUSAL = "refusal"
    LABEL = "label"
    RECOVERY = "recovery"


class Role(StrEnum):
    """What a person may stand for. Which role may do which act is the table `MAY` of `shared/contract/people.py`."""

    ADMINISTRATOR = "administrator"  # says who the others are
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    INSTRUCTOR = "instructor"
    DIRECTOR = "director"
    AUTHORISING_OFFICER = "authorising-officer"  # ordonnateur
    ACCOUNTANT = "accountant"  # comptable
    ASSOCIATION = "association"  # it supports the laureates that were handed to it


class Reason(Value):
    """Why: a stable code, the field it is about, and a French sentence for people.

    Only our own facts hold reasons: a reader of today must live with a field that a newer service adds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: Code
    field: Told | None = None
    message: Annotated[str, Field(max_length=20_000)]


Reasons = Annotated[tuple[Reason, ...], Field(max_length=1_000)]


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
    public_key: PublicKey | None = None


# Zones that only their holder can tell; what shows it is among the files of the dossier.
DeclaredZones = Annotated[
    tuple[ZoneId, ...],
    Field(max_length=10, json_schema_extra={"uniqueItems": True}),
    AfterValidator(each_once),
]


class Place(Value):
    name: Line
    kinds: Annotated[
        tuple[PlaceKind, ...],
        Field(min_length=1, max_length=6, json_schema_extra={"uniqueItems": True}),
        AfterValidator(each_once),
    ]
    address: Line
    commune_code: CommuneCode
    latitude: Latitude
    longitude: Longitude
    existing: bool
    declared_qpv: QpvCode | None = None
    declared_zones: DeclaredZones = ()


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
    support_offers: tuple[Code, ...] = Field(default=(), max_length=20)


class Budget(Value):
    requested_cents: tuple[Cents, ...] = Field(min_length=1, max_length=5)


Evidence = Annotated[dict[Word, Any], Field(max_length=100), AfterValidator(of_bounded_size)]


class Party(Value):
    """Who signed an agreement, by which key, when. `name`: the officer, or the front-end that brought the holder's act.

    A holder has a key where their dossier has one.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    side: Literal["holder", "state"]
    name: Token | None
    public_key: PublicKey | None
    signed_at: Instant
