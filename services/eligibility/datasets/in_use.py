"""The datasets in use, and the places they are asked about: filed ones, and those only tried."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Engine

from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.domain.files import TerritoryAnswer
from services.eligibility.domain.territory.answer import Answer
from services.eligibility.domain.territory.facts import Rule, Site
from services.eligibility.domain.territory.selection import rule_for
from shared.contract.eligibility import for_the_holder
from shared.contract.intake import CandidatureRegistered
from shared.contract.values import CommuneCode, DeclaredZones, Line, QpvCode
from shared.programme import Programme
from shared.reference.commune_codes import postal_code_in
from shared.reference.communes import load_communes


class Place(BaseModel):
    model_config = ConfigDict(extra="forbid")

    commune_code: CommuneCode | None = None
    address: Line | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    declared_qpv: QpvCode | None = None
    declared_zones: DeclaredZones = ()


def site_of(place: Place) -> Site:
    """A place that is only tried is read as one that is filed."""
    postal_code = postal_code_in(place.address or "", load_communes())
    return Site(
        place.commune_code,
        place.latitude,
        place.longitude,
        place.declared_qpv,
        postal_code,
        typed=True,
        declared_zones=place.declared_zones,
    )


class DatasetsInUse:
    """A newer import is picked up by the timer, and each answer names the versions it used."""

    def __init__(self, programme: Programme, engine: Engine) -> None:
        self._programme = programme
        self._engine = engine
        self._index = TerritoryIndex.load(engine)
        self._ahead: dict[tuple[str, int], Answer] = {}

    def take_newer(self) -> None:
        if self._index.is_stale(self._engine):
            self._index = TerritoryIndex.load(self._engine)

    def look_ahead(self, events: Sequence[CandidatureRegistered]) -> None:
        """Measures the places of a batch together: many at once cost little more than one."""
        self._ahead.clear()
        for wave in {event.wave for event in events}:
            together = [event for event in events if event.wave == wave]
            answers = self._index.classify_many(
                [_site(event) for event in together], self._rule(wave)
            )
            for event, answer in zip(together, answers, strict=True):
                self._ahead[event.candidature_id, event.version] = answer

    def classify(self, event: CandidatureRegistered) -> TerritoryAnswer:
        answer = self._ahead.pop((event.candidature_id, event.version), None)
        if answer is None:
            answer = self._index.classify(_site(event), self._rule(event.wave))
        return TerritoryAnswer(
            answer.zones,
            answer.needs_instruction,
            answer.reasons,
            answer.evidence,
        )

    def dry_run(self, question: dict[str, Any]) -> dict[str, Any]:
        """A place that nobody has filed yet: its zones and reasons, or the fields that are no place's."""
        try:
            place = Place.model_validate(question)
        except ValidationError as error:
            fields = sorted({".".join(map(str, mistake["loc"])) for mistake in error.errors()})
            return {"error": "invalid", "message": f"Champs non valides : {', '.join(fields)}."}
        rule = rule_for(self._programme, self._programme.waves[-1])
        return _answered(self._index.classify(site_of(place), rule))

    def _rule(self, wave: str) -> Rule:
        return rule_for(self._programme, self._programme.wave(wave) or self._programme.waves[-1])


def department_of(commune_code: str) -> str | None:
    commune = load_communes().get(commune_code)
    return commune.department if commune else None


def _site(event: CandidatureRegistered) -> Site:
    return Site(
        commune_code=event.commune_given or event.commune_code,
        latitude=event.latitude,
        longitude=event.longitude,
        declared_qpv=event.declared_qpv,
        postal_code=event.postal_code,
        typed=True,
        declared_zones=event.declared_zones,
    )


def _answered(answer: Answer) -> dict[str, Any]:
    """`point_tells` is the code of the commune that the point tells, where it is asked for or in doubt."""
    hint = answer.facts.hint
    return {
        **answer.as_json(),
        "point_tells": hint.commune.code if hint else None,
        "eligible": answer.eligible,
        "needs_instruction": answer.needs_instruction,
        "reasons": [reason.model_dump() for reason in for_the_holder(answer.reasons)],
    }
