"""What intake answers: plain JSON from committed states."""

import json
from datetime import datetime
from typing import Any

from services.intake import store
from services.intake.domain.attachments import Examination, bucket_of_file
from services.intake.domain.contests import Contest
from services.intake.domain.dossier import Dossier
from services.intake.domain.finding import sought
from services.intake.domain.preview import NO_ID, preview
from services.intake.domain.public_status import public_word
from services.intake.domain.reading import (
    NO_SUCH_PART,
    UNREGISTERED,
    EarlierVersion,
    ReviewerOfFile,
    find_attachment,
    read_file,
    require_reader,
)
from services.intake.domain.registration import answer_due_on
from services.intake.domain.stated import Stated, stated_by, stated_in
from services.intake.domain.waves import deadline_of
from shared.contract.asked import AttachmentAsked, FileAsked, SignedDossierAsked
from shared.contract.backoffice import ContestDecided
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.reading import Reader
from shared.contract.values import Reason
from shared.contract.work import Work, page_of
from shared.kit.errors import ReadingRefused, Unreadable
from shared.kit.people.readings import listed_readings
from shared.kit.questions import refused
from shared.kit.storage.states import States
from shared.kit.strict_json import read_event
from shared.programme import Programme
from shared.reference.communes import Communes

UNKNOWN = Reason(code="unknown", message="Aucun dossier n'a cet identifiant.")


def dossier(states: States, programme: Programme, name: str) -> dict[str, Any]:
    """The public status of one dossier, with its receipt. Either of its names will do."""
    return _public(states, programme, store.dossier_named(states, programme, name))


def own_dossier(states: States, programme: Programme, name: str, asker: str) -> dict[str, Any]:
    """The same, where it is a dossier of the front-end that asks."""
    found = store.dossier_named(states, programme, name)
    if found and found.front_end != asker:
        return refused(UNKNOWN)
    return _public(states, programme, found)


def _public(states: States, programme: Programme, found: Dossier | None) -> dict[str, Any]:
    if found is None:
        return refused(UNKNOWN)
    return {
        "candidature_id": found.candidature_id,
        "status": public_word(found),
        "receipt_number": found.receipt_number or None,
        "wave": found.wave,
        "version": found.version,
        "received_at": found.received_at.isoformat(),
        "answer_due_on": _answer_due_on(states, programme, found),
        "since": (found.since or found.received_at).isoformat(),
        "tranches": list(found.tranches),
    }


def _answer_due_on(states: States, programme: Programme, found: Dossier) -> str | None:
    """A label of before the platform waits for no answer."""
    if programme.wave(found.wave) is None:
        return None
    return answer_due_on(programme, store.wave_states(states, programme), found).isoformat()


def file(states: States, programme: Programme, asked: FileAsked, reader: Reader) -> dict[str, Any]:
    """The texts and the budget, for whoever may read them. Raises ReadingRefused."""
    found = _readable(states, programme, asked, reader)
    return read_file(found, states.of(EarlierVersion, found.candidature_id), asked.version, reader)


def attachment(
    states: States, programme: Programme, asked: AttachmentAsked, reader: Reader
) -> dict[str, Any]:
    """What a file of the dossier is, and in whose bucket it lies. Raises ReadingRefused."""
    found = _readable(states, programme, asked, reader)
    dossier = found.candidature_id
    named = find_attachment(found, states.of(EarlierVersion, dossier), asked)
    if asked.part > named.parts:
        raise ReadingRefused(NO_SUCH_PART)
    bucket = bucket_of_file(states.of(Examination, dossier), named)
    told = named.model_dump(mode="json")
    return {
        "candidature_id": dossier,
        **told,
        "part": asked.part,
        "parts": named.parts,
        "bucket": bucket,
    }


def _readable(
    states: States, programme: Programme, asked: SignedDossierAsked, reader: Reader
) -> Dossier:
    """The dossier, where this reader may open it. Raises ReadingRefused."""
    found = store.dossier_named(states, programme, asked.candidature_id)
    if found is None or not found.receipt_number or found.status == "erased":
        raise ReadingRefused(UNREGISTERED)
    require_reader(
        found, states.one(ReviewerOfFile, found.candidature_id, reader.reader_id), reader
    )
    return found


def readings(states: States, programme: Programme, name: str, asker: str) -> dict[str, Any]:
    """Who read a dossier. Either of its names will do."""
    found = store.dossier_named(states, programme, name)
    return listed_readings(states, found.candidature_id if found else name, asker)


def dossier_key(states: States, programme: Programme, asked: SignedDossierAsked) -> str | None:
    found = store.dossier_named(states, programme, asked.candidature_id)
    return found.public_key if found else None


def find(
    states: States, programme: Programme, communes: Communes, text: str, limit: int
) -> dict[str, Any]:
    """The dossiers that a text finds, and whether there are more. Who the holder is, it does not tell."""
    wanted = sought(text, programme.receipt_prefix)
    found = store.found_dossiers(states, communes, wanted, limit + 1)
    return {
        "looked_for": wanted.form,
        "dossiers": [_found(one) for one in found[:limit]],
        "more": len(found) > limit,
    }


def _found(found: Dossier) -> dict[str, Any]:
    file = json.loads(found.content or "{}")
    place = file.get("place") or {}
    return {
        "candidature_id": found.candidature_id,
        "receipt_number": found.receipt_number or None,
        "wave": found.wave,
        "status": public_word(found),
        "siret": (file.get("holder") or {}).get("siret"),
        "commune_code": place.get("commune_code"),
        "place_name": place.get("name"),
    }


def calendar(states: States, programme: Programme) -> list[dict[str, Any]]:
    """When each wave opens and closes, and how many dossiers it registered."""
    known = store.wave_states(states, programme)
    return [
        {
            "wave": wave.id,
            "opens_at": programme.opening(wave).isoformat(),
            "deadline": deadline_of(programme, known, wave).isoformat(),
            "registered": known[wave.id].registered,
            "closed": known[wave.id].closed,
        }
        for wave in programme.waves
    ]


def contests(states: States) -> dict[str, Any]:
    """Both files of each open contest, as an officer needs them to decide."""
    found = []
    for contest in store.open_contests(states):
        first = states.one(Dossier, contest.against)
        against = _told(first.candidature_id, first.front_end, first.content) if first else None
        contestant = _told(contest.candidature_id, contest.front_end, contest.content)
        found.append({**contestant, "against": against})
    return {"contests": found}


def todo(states: States, limit: int) -> dict[str, Any]:
    return page_of(waiting(states), limit)


def waiting(states: States) -> list[Work]:
    """The files of one project from two front-ends, for an officer to decide."""
    return [_contest(contest) for contest in store.open_contests(states)]


def _contest(contest: Contest) -> Work:
    detail = f"projet déposé aussi par le portail « {contest.front_end} »"
    return Work(ContestDecided, contest.candidature_id, detail, contest.received_at, "")


def _told(candidature_id: str, front_end: str, content: str) -> dict[str, Any]:
    file = CandidatureSubmitted.model_validate_json(content)
    return {
        "candidature_id": candidature_id,
        "front_end": front_end,
        "legal_name": file.holder.legal_name,
        "siret": file.holder.siret,
        "place_name": file.place.name,
    }


def check(
    states: States,
    programme: Programme,
    communes: Communes,
    body: dict[str, Any],
    asker: str,
    now: datetime,
) -> dict[str, Any]:
    """What `CandidatureSubmitted` with this body would be answered now. Its id may be left out."""
    event, stated, unread = _read({"candidature_id": NO_ID, **body})
    counter = store.counter_for(states, programme, communes, stated, now)
    found = preview(counter, event, stated, unread, asker, now)
    return {
        "would_be": found.would_be,
        "wave": found.wave,
        "deadline": found.deadline.isoformat() if found.deadline else None,
        "reasons": [reason.model_dump() for reason in found.reasons],
        "missing": list(found.missing),
    }


def _read(body: dict[str, Any]) -> tuple[CandidatureSubmitted | None, Stated, tuple[Reason, ...]]:
    try:
        event = read_event(CandidatureSubmitted, json.dumps(body).encode())
    except Unreadable as failure:
        return None, stated_in(body, str(body["candidature_id"])), failure.reasons
    return event, stated_by(event), ()
