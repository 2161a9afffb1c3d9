"""A wave played by hand for funding or eligibility alone: what other services would say, in their names."""

import asyncio
import itertools
import json
import uuid
from pathlib import Path
from typing import Any

from shared.contract import backoffice as officers
from shared.contract import eligibility, intake
from shared.contract.event import Event
from tests.conftest import SHIPPED_PROGRAMME
from tests.platform import Platform, until

CLOSED = "2020-12-31T00:00:00+01:00"
REVIEWED = "2021-01-15T10:00:00+01:00"
PUBLISHED = "2021-01-20T10:00:00+01:00"
LATER = "2021-02-20T10:00:00+01:00"
WAVE = "2020-4"
CRITERIA = ("ambition", "anchoring", "governance", "business_model")
_fact = itertools.count(1)


def dossier(number: int) -> str:
    """The candidature received as `number`."""
    return str(uuid.UUID(int=0x0198F2C5 << 96 | 7 << 76 | 2 << 62 | number))


def marks_of(mark: int) -> dict[str, int]:
    return dict.fromkeys(CRITERIA, mark)


def act(actor: str = "director-1", role: str = "director", **fields: Any) -> dict[str, Any]:
    return {"actor": {"id": actor, "role": role}, "reason": "selon le dossier", **fields}


def registered(
    number: int, commune: str = "03310", siret: str = "", **changes: Any
) -> dict[str, Any]:
    return {
        "candidature_id": dossier(number),
        "receipt_number": f"FABT-2020-4-{number:05d}",
        "receipt_sequence": number,
        "wave": WAVE,
        "version": 1,
        "received_at": "2020-11-02T10:00:00+01:00",
        "answer_due_on": "2021-02-28",
        "legal_name": f"Association {number}",
        "siret": siret or f"{900_000_000 + number:09d}00012",
        "legal_form": "association",
        "place_name": "La Passerelle",
        "kinds": ["fablab"],
        "commune_code": commune,
        "latitude": 46.12,
        "longitude": 3.42,
        "requested_cents": [5_000_000] * 3,
        "front_end": "holders",
        **changes,
    }


def checked(number: int, *zones: str, revision: int = 1) -> dict[str, Any]:
    outside = {"code": "outside", "field": None, "message": "Le lieu n'est dans aucune zone."}
    return {
        "candidature_id": dossier(number),
        "wave": WAVE,
        "revision": revision,
        "file_version": 1,
        "eligible": bool(zones),
        "zones": list(zones),
        "reasons": [] if zones else [outside],
        "evidence": {},
    }


def scored(number: int, mark: int, revision: int = 1, **changes: Any) -> dict[str, Any]:
    """Two reviewers who agree. Marks are out of 5 a criterion."""
    reviews = [
        {"reviewer_id": name, "marks": marks_of(mark), "recused": False} for name in ("r1", "r2")
    ]
    return {
        "candidature_id": dossier(number),
        "wave": WAVE,
        "revision": revision,
        "grid": "2020-1",
        "score": 400 * mark,
        "criteria": marks_of(100 * mark),
        "reviewers": ["r1", "r2"],
        "reviews": reviews,
        **changes,
    }


def closed(count: int) -> dict[str, Any]:
    return {"wave": WAVE, "deadline": CLOSED, "registered": count, "frontdesk_sequence": count}


def reopened() -> dict[str, Any]:
    return {"wave": WAVE, "deadline": "2021-01-16T00:00:00+01:00", "reopening": 1}


async def say(
    platform: Platform, event: type[Event], body: dict[str, Any], at: str = CLOSED
) -> None:
    """A fact of a service, under that service's own identity."""
    headers = {"ce-id": f"said-{next(_fact):08d}", "ce-time": at}
    await platform.publish(
        event.publisher, event, str(body[event.dossier_field]), body, headers=headers
    )


async def enter(platform: Platform, number: int, mark: int, *zones: str) -> None:
    await say(platform, intake.CandidatureRegistered, registered(number))
    await say(
        platform, eligibility.EligibilityChecked, checked(number, *(zones or ("outside-urban",)))
    )
    await say(platform, eligibility.CandidatureScored, scored(number, mark))


async def rank(platform: Platform, marks: dict[int, int]) -> dict[str, Any]:
    """A closed wave with these marks by number. Returns what funding says of it once it is ranked."""
    await asyncio.gather(*(enter(platform, number, mark) for number, mark in marks.items()))
    await say(platform, intake.WaveClosed, closed(len(marks)))
    return await state_is(platform, "ranked")


async def state_is(platform: Platform, state: str) -> dict[str, Any]:
    async def found() -> dict[str, Any] | None:
        seen = await platform.ask("funding", "wave", wave=WAVE)
        return seen if seen["state"] == state else None

    return await until(found, f"wave {WAVE} is {state}")


async def approve(platform: Platform, digest: str, *actors: str, at: str = PUBLISHED) -> None:
    for actor in actors or ("director-1", "director-2"):
        body = act(actor, wave=WAVE, digest=digest)
        await platform.publish("officers", officers.WaveApproved, WAVE, body, at=at)


async def publish(platform: Platform, marks: dict[int, int]) -> str:
    """Ranked, approved and published. Returns the digest of the list."""
    digest = str((await rank(platform, marks))["proposal"]["digest"])
    await approve(platform, digest)
    await state_is(platform, "published")
    return digest


async def list_of(platform: Platform, page: int = 250) -> list[dict[str, Any]]:
    """The whole list as funding keeps it, in rank order."""
    places: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        answer = await platform.ask("funding", "ranking", wave=WAVE, after=after, limit=page)
        places += answer["places"]
        after = answer["next"]
    return places


def programme_file(folder: Path, **changes: str) -> Path:
    """The shipped programme with other lines: `laureates_max="30"`."""
    lines = SHIPPED_PROGRAMME.read_text(encoding="utf-8").splitlines()
    for name, value in changes.items():
        [index] = [i for i, line in enumerate(lines) if line.startswith(f"{name} = ")]
        lines[index] = f"{name} = {value}"
    path = folder / "programme.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def with_programme(platform: Platform, **changes: str) -> None:
    """Services that start from now on follow this programme."""
    path = programme_file(platform.home, **changes)
    platform.settings = platform.settings.model_copy(update={"programme_file": path})


def as_bytes(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
