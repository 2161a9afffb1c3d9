"""The benchmark's candidatures: complete files on real communes, all different, as many as are asked for."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from stdnum import luhn

from shared.contract.front_ends import HOLDERS
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.contract.subjects import stream_of
from shared.kit.ids import derived_id
from shared.kit.outgoing import Outgoing
from shared.programme import Programme
from shared.reference.communes import load_communes

SIREN_FROM = 10_000_000
COMMUNES = 500
OUTSIDE_URBAN = ("CC", "CA")
EPOCH_MS = 1_750_000_000_000
TEXT = "Un lieu ouvert à tous, porté par ses usagers, la commune et les entreprises du canton. "
PIECES = (
    "summary",
    "territory_and_tiers_lieux",
    "anchoring",
    "governance",
    "business_model",
    "learning",
    "business_digital_transition",
    "digital_mediation",
)


def candidature_id(number: int) -> str:
    """A UUIDv7, as front-ends make them: later files have larger ids."""
    return str(UUID(int=(EPOCH_MS + number) << 80 | 7 << 76 | 2 << 62 | number))


def siret(number: int) -> str:
    """A SIRET whose two check digits are right. No company is known to the benchmark."""
    head = f"{SIREN_FROM + number:08d}"
    establishment = f"{head}{luhn.calc_check_digit(head)}0001"
    return establishment + luhn.calc_check_digit(establishment)


def submission(number: int) -> dict[str, Any]:
    """The body that a front-end publishes: about two kilobytes of JSON, every piece filled in."""
    return {
        "candidature_id": candidature_id(number),
        "holder": {
            "legal_name": f"Association La Passerelle {number}",
            "siret": siret(number),
            "legal_form": "association",
            "representative": "Camille Exemple",
            "email": f"contact-{number}@passerelle.example",
            "phone": None,
            "public_key": None,
        },
        "place": {
            "name": f"La Passerelle {number}",
            "kinds": ["coworking", "fablab"],
            "address": "1 place du Marché",
            "commune_code": _communes()[number % COMMUNES],
            "latitude": 46.12,
            "longitude": 3.42,
            "existing": True,
            "declared_qpv": None,
        },
        "project": {
            **dict.fromkeys(PIECES, TEXT),
            "support_needs": ["business-model", "governance"],
        },
        "budget": {"requested_cents": [5_000_000, 5_000_000, 5_000_000]},
    }


def submissions(programme: Programme, first: int, count: int) -> Iterator[Outgoing]:
    """What a front-end sends: a JSON body on the right subject, nothing else."""
    stream = stream_of(CandidatureSubmitted.publisher, HOLDERS)
    head = f"{programme.id}.{CandidatureSubmitted.event_type()}"
    for number in range(first, first + count):
        found = candidature_id(number)
        body = json.dumps(submission(number), ensure_ascii=False).encode()
        yield Outgoing(stream, f"{head}.{found}", f"bench-{found}", body)


def registrations(programme: Programme, first: int, count: int) -> Iterator[Outgoing]:
    """What intake says of the same files once it has registered them, headers included."""
    now = datetime.now(UTC)
    head = f"{programme.id}.{CandidatureRegistered.event_type()}"
    stream = stream_of(CandidatureRegistered.publisher, HOLDERS)
    template = _registration(programme, now)
    for number in range(first, first + count):
        dossier = candidature_id(number)
        cause = f"FRONTDESK-{number:012d}-{number}"
        body = template % (
            dossier,
            number,
            number,
            number,
            siret(number),
            number,
            _communes()[number % COMMUNES],
        )
        event_id = derived_id(f"intake/{cause}/", 0, now)
        headers = {
            "ce-specversion": "1.0",
            "ce-id": event_id,
            "ce-type": CandidatureRegistered.event_type(),
            "ce-source": f"/{programme.id}/intake",
            "ce-time": now.isoformat(),
            "ce-correlationid": cause,
            "ce-causationid": cause,
        }
        yield Outgoing(stream, f"{head}.{dossier}", event_id, body.encode(), headers)


def _registration(programme: Programme, now: datetime) -> str:
    """The fact's JSON, with a place for what changes from file to file: a million are made in seconds."""
    wave = programme.waves[0].id
    file = submission(0)
    data = {
        "candidature_id": "%s",
        "receipt_number": f"{programme.receipt_prefix}-{wave}-%05d",
        "receipt_sequence": 0,
        "wave": wave,
        "version": 1,
        "received_at": now.astimezone(programme.zone).isoformat(),
        "answer_due_on": programme.local_day(now).isoformat(),
        "legal_name": "Association La Passerelle %d",
        "siret": "%s",
        "legal_form": file["holder"]["legal_form"],
        "place_name": "La Passerelle %d",
        "kinds": file["place"]["kinds"],
        "commune_code": "%s",
        "latitude": file["place"]["latitude"],
        "longitude": file["place"]["longitude"],
        "declared_qpv": None,
        "requested_cents": file["budget"]["requested_cents"],
        "support_needs": file["project"]["support_needs"],
        "public_key": None,
        "front_end": "holders",
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace('"receipt_sequence":0', '"receipt_sequence":%d')


@lru_cache(maxsize=1)
def _communes() -> tuple[str, ...]:
    """Communes from all over the country outside large urban centres: one answer per file, at once."""
    every = load_communes()
    outside = (commune.code for commune in every if commune.epci_nature in OUTSIDE_URBAN)
    # One that is a postal code too is left out: an officer would have to look at it.
    known = [code for code in outside if not every.is_postal_code(code)]
    return tuple(islice(known, 0, None, len(known) // COMMUNES))[:COMMUNES]
