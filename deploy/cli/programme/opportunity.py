"""The call as a CommonGrants opportunity: one object of the protocol, made from the programme file alone.

Source: OpportunityBase of the CommonGrants protocol. What does not fit is told in docs/open-data.md.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from deploy.portal.french import number
from deploy.portal.words import LEGAL_FORMS
from shared.french import euros
from shared.programme import Programme, Wave

BETWEEN_WAVES = "between-waves"


def opportunity_of(programme: Programme, now: datetime) -> dict[str, Any]:
    """As JSON. The file keeps no day of its own: the opening of the first wave stands for it."""
    known_since = (
        programme.opening(programme.waves[0]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )
    return {
        "id": str(uuid5(NAMESPACE_URL, f"fabriques:{programme.id}")),
        "title": programme.name,
        "description": f"Appel à manifestation d'intérêt, version {programme.version}. {programme.contact}",
        "status": _status(programme, now),
        "funding": _funding(programme),
        "keyDates": _dates(programme),
        "acceptedApplicantTypes": [
            {"value": "custom", "customValue": form.value, "description": LEGAL_FORMS[form.value]}
            for form in programme.intake.legal_forms
        ],
        "customFields": {
            "zones": _field("zones", "array", _zones(programme)),
            "criteria": _field("criteria", "array", [one.title for one in programme.criteria]),
        },
        "createdAt": known_since,
        "lastModifiedAt": known_since,
    }


def _status(programme: Programme, now: datetime) -> dict[str, str]:
    first, last = programme.waves[0], programme.waves[-1]
    if now < programme.opening(first):
        return {"value": "forecasted"}
    if now >= programme.deadline(last):
        return {"value": "closed"}
    if any(programme.opening(wave) <= now < programme.deadline(wave) for wave in programme.waves):
        return {"value": "open"}
    return {"value": "custom", "customValue": BETWEEN_WAVES}


def _funding(programme: Programme) -> dict[str, Any]:
    award = programme.award
    found: dict[str, Any] = {
        "details": f"Sur {number(award.years, 'an', 'ans')}, {euros(award.yearly_cap_cents)} par an au plus.",
        "totalAmountAvailable": _money(programme.envelope_cents),
        "minAwardAmount": _money(award.floor_cents),
        "maxAwardAmount": _money(award.ceiling_cents),
    }
    if programme.quotas and None not in programme.places.values():
        found["maxAwardCount"] = sum(programme.quotas.values())
    return found


def _money(cents: int) -> dict[str, str]:
    return {"amount": f"{cents // 100}.{cents % 100:02d}", "currency": "EUR"}


def _dates(programme: Programme) -> dict[str, Any]:
    first, last = programme.waves[0], programme.waves[-1]
    return {
        "postDate": _day("Ouverture de la première vague", first.opens_on.isoformat()),
        "closeDate": _day("Dernier jour de la dernière vague", last.closes_on.isoformat()),
        "otherDates": {wave.id: _wave(wave, programme.timezone) for wave in programme.waves},
    }


def _day(name: str, date: str) -> dict[str, str]:
    return {"name": name, "eventType": "singleDate", "date": date}


def _wave(wave: Wave, timezone: str) -> dict[str, str]:
    return {
        "name": f"Vague {wave.id}",
        "eventType": "dateRange",
        "startDate": wave.opens_on.isoformat(),
        "endDate": wave.closes_on.isoformat(),
        "description": f"Jours entiers, {timezone}.",
    }


def _zones(programme: Programme) -> list[Mapping[str, Any]]:
    """`places` is None where a zone has no quota."""
    return [
        {"id": zone.id, "name": zone.name, "places": programme.places[zone.id]}
        for zone in programme.zones
    ]


def _field(name: str, kind: str, value: Any) -> dict[str, Any]:
    return {"name": name, "fieldType": kind, "value": value}
