"""The programme file's shape. What must hold between its parts is in `checking`."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from shared.contract.support import StepOwner
from shared.contract.values import (
    Cents,
    Code,
    CriterionId,
    DepartmentCode,
    Email,
    LegalForm,
    Line,
    ShortOfMoney,
    WaveId,
    ZoneId,
)
from shared.programme.values import Bic, Generation, Iban, OwnSiret, Part, PieceName, Regime
from shared.programme.zones import Zone

PositiveCents = Annotated[int, Field(strict=True, gt=0, le=10**12)]


class Award(Part):
    floor_cents: PositiveCents
    ceiling_cents: PositiveCents
    yearly_cap_cents: PositiveCents
    years: int = Field(ge=1, le=5)

    @model_validator(mode="after")
    def _consistent(self) -> "Award":
        if self.floor_cents > self.ceiling_cents:
            raise ValueError("floor_cents is above ceiling_cents")
        if self.yearly_cap_cents * self.years < self.floor_cents:
            raise ValueError(
                "the floor cannot be reached: yearly_cap_cents x years is below floor_cents"
            )
        return self

    @property
    def is_flat(self) -> bool:
        """Every laureate gets the same."""
        return self.floor_cents == self.ceiling_cents


class Wave(Part):
    id: WaveId
    opens_on: date
    closes_on: date

    @model_validator(mode="after")
    def _in_order(self) -> "Wave":
        if self.opens_on > self.closes_on:
            raise ValueError(f"wave {self.id} closes before it opens")
        return self


class Intake(Part):
    legal_forms: tuple[LegalForm, ...] = Field(min_length=1)
    required_pieces: tuple[PieceName, ...]
    grace_minutes: int = Field(ge=0, le=7 * 24 * 60)
    silence_months: int = Field(ge=1, le=24)


class UrbanRule(StrEnum):
    """`best` is INSEE's density grid once one is imported, the nature of the EPCI until then."""

    BEST = "best"
    EPCI = "epci"
    DENSITY = "density"
    URBAN_UNIT = "urban-unit"


class Territory(Part):
    urban_rule: UrbanRule
    near_metres: int = Field(ge=0, le=50_000)
    density_dataset: Annotated[str, Field(max_length=80)]
    qpv_generation: Generation


class Reviews(Part):
    grid: Line
    reviewers_per_dossier: int = Field(ge=1, le=10)
    mark_max: int = Field(ge=1, le=100)
    discrepancy_marks: int = Field(ge=0)
    comment_below: int = Field(default=0, ge=0, le=100)
    same_department_excluded: bool
    seed: Line
    due_days: int = Field(default=21, ge=1, le=365)
    remind_days: int = Field(default=7, ge=0, le=364)

    @model_validator(mode="after")
    def _reminded_in_time(self) -> "Reviews":
        if self.remind_days >= self.due_days:
            raise ValueError("remind_days: a reminder goes out before the review is even asked for")
        return self


class Criterion(Part):
    """`guide` says in a sentence what each mark means, from nought to the highest."""

    id: CriterionId
    title: Line
    pass_mark: int = Field(ge=0)
    guide: tuple[Annotated[Line, Field(max_length=200)], ...] = Field(default=(), max_length=101)


class Indicator(Part):
    """A number that a yearly report tells: what the call is for."""

    id: CriterionId
    title: Line


class Selection(Part):
    """Marks are in hundredths, out of the sum of the criteria."""

    pass_mark: int = Field(ge=0)
    laureates_max: int = Field(ge=0)
    when_short_of_money: ShortOfMoney
    tie_break: tuple[str, ...] = Field(min_length=1)
    reserve_ends_on: date
    approvals: int = Field(ge=2, le=5)


class Authority(Part):
    """Who decides and answers, as the law wants it told. A name in brackets is still to be filled in.

    `delivery_days` is how long a letter of decision may be on its way: nobody is late by the time it took.
    """

    service: Line
    postal_address: Line
    phone: Line
    signatory_name: Line
    signatory_function: Line
    court: Line
    appeal_months: int = Field(default=2, ge=1, le=12)
    delivery_days: int = Field(default=15, ge=0, le=60)


class Payment(Part):
    """`due_day` is the yearly day of payments, `02-14`; where it is empty, each award has its own.

    Where `de_minimis_regime` is empty the grants are under another regime, and no ceiling is told.
    """

    first_due_months: int = Field(ge=0, le=36)
    due_day: Annotated[str, Field(pattern=r"^((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]))?$")] = ""
    cooling_off_days: int = Field(ge=0, le=365)
    report_gate: bool
    report_due_days: int = Field(default=28, ge=1, le=300)
    report_due_months: int = Field(ge=1, le=24)
    report_remind_days: tuple[Annotated[int, Field(ge=1, le=300)], ...] = ()
    cut_off_hour: int = Field(default=15, ge=1, le=24)
    given_up_answer_days: int = Field(default=0, ge=0, le=365)
    debtor_name: Annotated[Line, Field(max_length=70)]
    debtor_iban: Iban
    debtor_bic: Bic
    attributing_siret: OwnSiret
    de_minimis_ceiling_cents: Cents = 0
    de_minimis_years: int = Field(default=3, ge=1, le=10)
    de_minimis_regime: Regime = "ue-1407-2013"


class Retention(Part):
    refused_years: int = Field(ge=0, le=100)
    accepted_years: int = Field(ge=0, le=100)
    drafts_months: int = Field(ge=0, le=120)
    backups_days: int = Field(default=90, ge=1, le=3660)


class SupportDays(Part):
    """From the opening of a step to its due day, where nobody says another."""

    introduction: int = Field(default=30, ge=1, le=1_000)
    interview: int = Field(default=60, ge=1, le=1_000)
    need: int = Field(default=365, ge=1, le=1_000)
    peers: int = Field(default=120, ge=1, le=1_000)


class Support(Part):
    """`peers` is how often a laureate is asked to help another: nought is no peers at all.

    Who is named to another has `peer_answer_days` to answer.
    Up to `peer_visit_km` peers can visit each other; an offer that meets a need is worth `peer_detour_km`.
    `owners` says whose a step for a need is: the association's, where nothing is said of it.
    """

    introduction_to: Line
    introduction_email: Email
    peers: int = Field(ge=0, le=20)
    peer_visit_km: int = Field(default=300, ge=0, le=20_000)
    peer_detour_km: int = Field(default=50, ge=0, le=20_000)
    peer_answer_days: int = Field(default=45, ge=7, le=1_000)
    days: SupportDays = SupportDays()
    owners: dict[Code, StepOwner] = Field(default={}, max_length=60)


class Gathering(Part):
    """A meeting of the community. It is for the laureates of the `departments`, where any is named."""

    id: Code
    title: Line
    starts_on: date
    ends_on: date
    place: Line
    departments: tuple[DepartmentCode, ...] = Field(default=(), max_length=110)
    cancelled: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> "Gathering":
        if self.starts_on > self.ends_on:
            raise ValueError(f"{self.id} ends before it starts")
        return self


class Programme(Part):
    """A zone that `quotas` does not name has as many places as the envelope and the waves allow."""

    id: Code
    version: Line
    name: Line
    receipt_prefix: Annotated[str, Field(pattern=r"^[A-Z]{2,6}$")]
    timezone: str
    contact: Email
    envelope_cents: PositiveCents
    zones: tuple[Zone, ...] = Field(min_length=1, max_length=10)
    quotas: dict[ZoneId, Annotated[int, Field(strict=True, ge=0)]] = {}
    authority: Authority
    award: Award
    waves: tuple[Wave, ...] = Field(min_length=1)
    intake: Intake
    territory: Territory
    reviews: Reviews
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    indicators: tuple[Indicator, ...] = Field(default=(), max_length=20)
    selection: Selection
    payment: Payment
    retention: Retention
    support: Support
    agenda: tuple[Gathering, ...] = Field(default=(), max_length=200)
    moved_days: Annotated[int, Field(strict=True)] = 0

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no such time zone: {name}") from error
        return name

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def places(self) -> dict[str, int | None]:
        """By zone; None where it has no quota."""
        return {zone.id: self.quotas.get(zone.id) for zone in self.zones}

    def asks(self, rule: str) -> bool:
        """Whether a zone of the call is told by this rule."""
        return any(zone.rule == rule for zone in self.zones)

    def where(self, zone_id: str) -> str:
        """What follows « le lieu est » of a place in this zone."""
        return next(
            (zone.where for zone in self.zones if zone.id == zone_id), f"en zone « {zone_id} »"
        )

    def zone_name(self, zone_id: str) -> str:
        """As it stands in tables."""
        return next((zone.name for zone in self.zones if zone.id == zone_id), zone_id)

    def wave(self, wave_id: str) -> Wave | None:
        return next((wave for wave in self.waves if wave.id == wave_id), None)

    def opening(self, wave: Wave) -> datetime:
        return self.midnight(wave.opens_on)

    def deadline(self, wave: Wave, closes_on: date | None = None) -> datetime:
        """The first instant that is late: the end of the stated day, in the programme's time zone."""
        return self.midnight((closes_on or wave.closes_on) + timedelta(days=1))

    @property
    def reserve_end(self) -> datetime:
        """The first instant without a reserve list: the next wave ends each but the last."""
        return self.midnight(self.selection.reserve_ends_on + timedelta(days=1))

    def kept_until(self, since: datetime, years: int) -> datetime:
        """The first instant after so many whole years, in the programme's time zone."""
        return self.midnight(months_later(self.local_day(since), 12 * years) + timedelta(days=1))

    def years_before(self, instant: datetime, years: int) -> datetime:
        """What was said after it cannot be kept for so many years by that instant."""
        return self.midnight(months_later(self.local_day(instant), -12 * years))

    def midnight(self, day: date) -> datetime:
        """The first instant of a day. Asked for each submission: computed once for each day."""
        found = self._midnights.get(day)
        if found is None:
            found = self._midnights[day] = datetime.combine(day, time(), self.zone)
        return found

    @cached_property
    def _midnights(self) -> dict[date, datetime]:
        return {}

    def local_day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def moved_to(self, now: datetime) -> "Programme":
        """The same programme, moved by whole days so that its first wave opened yesterday."""
        days = (self.local_day(now) - self.waves[0].opens_on).days - 1
        shift = timedelta(days=days)
        waves = tuple(
            wave.model_copy(
                update={"opens_on": wave.opens_on + shift, "closes_on": wave.closes_on + shift}
            )
            for wave in self.waves
        )
        agenda = tuple(
            one.model_copy(
                update={"starts_on": one.starts_on + shift, "ends_on": one.ends_on + shift}
            )
            for one in self.agenda
        )
        ends_on = self.selection.reserve_ends_on + shift
        selection = self.selection.model_copy(update={"reserve_ends_on": ends_on})
        moved = {"waves": waves, "selection": selection, "agenda": agenda, "moved_days": days}
        return self.model_copy(update=moved)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it has none (31 January + 1 month)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))
