"""What a file states that the counter's rules look at. Of a body that cannot be read whole: what can be."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.values import Budget, CommuneCode, DeclaredZones, LegalForm, Line, Siret
from shared.value import value

T = TypeVar("T")
SIRET: TypeAdapter[str] = TypeAdapter(Siret)
LEGAL_FORM = TypeAdapter(LegalForm)
COMMUNE_CODE: TypeAdapter[str] = TypeAdapter(CommuneCode)
LINE: TypeAdapter[str] = TypeAdapter(Line)
BUDGET = TypeAdapter(Budget)
DECLARED_ZONES: TypeAdapter[tuple[str, ...]] = TypeAdapter(DeclaredZones)


@value
class Stated:
    """None: not stated in a form that can be read, which is a reason of its own.

    `names` are the place's and the holder's.
    """

    candidature_id: str
    siret: str | None = None
    legal_form: LegalForm | None = None
    commune_code: str | None = None
    address: str | None = None
    requested_cents: tuple[int, ...] | None = None
    names: tuple[str, ...] = ()
    declared_zones: tuple[str, ...] = ()


def stated_by(event: CandidatureSubmitted) -> Stated:
    return Stated(
        candidature_id=event.candidature_id,
        siret=event.holder.siret,
        legal_form=event.holder.legal_form,
        commune_code=event.place.commune_code,
        address=event.place.address,
        requested_cents=event.budget.requested_cents,
        names=tuple(dict.fromkeys((event.place.name, event.holder.legal_name))),
        declared_zones=event.place.declared_zones,
    )


def stated_in(body: object, candidature_id: str) -> Stated:
    """Each value alone: one that is wrong hides no rule about another."""
    holder, place = _part(body, "holder"), _part(body, "place")
    budget = _read(BUDGET, _part(body, "budget"))
    names = (_read(LINE, place.get("name")), _read(LINE, holder.get("legal_name")))
    return Stated(
        candidature_id=candidature_id,
        siret=_read(SIRET, holder.get("siret")),
        legal_form=_read(LEGAL_FORM, holder.get("legal_form")),
        commune_code=_read(COMMUNE_CODE, place.get("commune_code")),
        address=_read(LINE, place.get("address")),
        requested_cents=budget.requested_cents if budget else None,
        names=tuple(dict.fromkeys(name for name in names if name)),
        declared_zones=_read(DECLARED_ZONES, place.get("declared_zones")) or (),
    )


def _part(body: object, name: str) -> Mapping[str, Any]:
    part = body.get(name) if isinstance(body, dict) else None
    return part if isinstance(part, dict) else {}


def _read(kind: TypeAdapter[T], given: object) -> T | None:
    try:
        return kind.validate_python(given)
    except ValidationError:
        return None
