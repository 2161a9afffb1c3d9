"""Every query of intake."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import func, select

from services.intake.domain.contests import OPEN, Contest
from services.intake.domain.filing import Counter, Dossier, ProjectClaim, WaveState, label_key, project_key, wave_at
from services.intake.domain.stated import Stated
from shared.contract.frontdesk import CandidatureSubmitted
from shared.kit.storage.journal import Journal
from shared.kit.storage.states import States
from shared.programme import Programme
from shared.reference.commune_codes import code_mistake, postal_code_in
from shared.reference.communes import Communes


def counter_for(book: States, programme: Programme, communes: Communes, stated: Stated, now: datetime) -> Counter:
    waves = wave_states(book, programme)
    wave = wave_at(programme, waves, now)
    siret, code = stated.siret, stated.commune_code
    commune = communes.resolve(code) if code else None
    postal_code = postal_code_in(stated.address or "", communes)
    mistake = code_mistake(communes, code, postal_code) if code else None
    known = siret is not None and commune is not None
    claim = book.one(ProjectClaim, project_key(str(siret), str(commune), wave.id)) if known and wave else None
    label = book.one(ProjectClaim, label_key(str(siret), str(commune))) if known else None
    dossier = book.one(Dossier, stated.candidature_id)
    first = book.one(Dossier, claim.candidature_id) if claim and claim.candidature_id else None
    claimed_by = first.front_end if first else ""
    return Counter(programme, waves, wave, dossier, commune, postal_code, mistake, claim, label, claimed_by)


def open_claims(book: States, programme: Programme, communes: Communes, events: Sequence[CandidatureSubmitted]) -> None:
    """Reads in one query what `counter_for` will ask for, whatever the wave of each event turns out to be."""
    keys = []
    for event in events:
        siret, commune = event.holder.siret, communes.resolve(event.place.commune_code)
        if commune:
            keys += [(label_key(siret, commune),), *((project_key(siret, commune, w.id),) for w in programme.waves)]
    book.many(ProjectClaim, keys)


def wave_states(book: States, programme: Programme) -> dict[str, WaveState]:
    found = book.many(WaveState, [(wave.id,) for wave in programme.waves])
    return {wave.id: found.get((wave.id,)) or WaveState(wave.id) for wave in programme.waves}


def open_contests(book: States) -> list[dict[str, Any]]:
    """Both files of each, as an officer needs them to decide."""
    found = book.where(Contest, book.column(Contest, "state") == OPEN)
    return [
        {**_told(one.candidature_id, one.front_end, one.content), "against": _first(book, one)}
        for one in sorted(found, key=attrgetter("received_at"))
    ]


def _first(book: States, contest: Contest) -> dict[str, Any] | None:
    first = book.one(Dossier, contest.against)
    return _told(first.candidature_id, first.front_end, first.content) if first else None


def _told(candidature_id: str, front_end: str, content: str) -> dict[str, Any]:
    file = CandidatureSubmitted.model_validate_json(content)
    return {
        "candidature_id": candidature_id,
        "front_end": front_end,
        "legal_name": file.holder.legal_name,
        "siret": file.holder.siret,
        "place_name": file.place.name,
    }


def incomplete_files(book: States, wave: str) -> list[Dossier]:
    column = book.column
    return book.where(Dossier, column(Dossier, "wave") == wave, column(Dossier, "status") == "incomplete")


def refused_at_closing(book: States, wave: str) -> list[Dossier]:
    """The files that their wave's closing refused, for what they lacked. Nothing else takes a receipt away."""
    column = book.column
    lost = (column(Dossier, "status") == "refused", column(Dossier, "receipt_number") == "")
    return book.where(Dossier, column(Dossier, "wave") == wave, *lost)


SENDINGS = ("CandidatureSubmitted", "CandidatureImported")


def summary(book: States, journal: Journal) -> dict[str, Any]:
    """How the sendings were answered, counted from the audit trail. A refusal counts under its first reason."""
    inbox = journal.inbox.c
    counted = select(inbox.result, func.count()).where(inbox.type.in_(SENDINGS)).group_by(inbox.result)
    results = {row[0]: int(row[1]) for row in book.connection.execute(counted)}
    refused: dict[str, int] = {}
    refusals = select(inbox.reasons).where(inbox.type.in_(SENDINGS), inbox.result == "refused")
    for reasons in book.connection.scalars(refusals):
        refused[reasons[0]["code"]] = refused.get(reasons[0]["code"], 0) + 1
    if never_completed := _never_completed(book):
        refused["incomplete-at-deadline"] = never_completed
    return {
        "registered": results.get("registered", 0) + _completed(book, journal),
        "already_registered": results.get("already-registered", 0),
        "duplicates": results.get("duplicate", 0) + results.get("superseded", 0),
        "changed": results.get("changed", 0),
        "refused": refused,
        "pieces_requested": results.get("pieces-requested", 0),
        "withdrawn": len(book.where(Dossier, book.column(Dossier, "status") == "withdrawn")),
    }


def _never_completed(book: States) -> int:
    """Files that their wave's closing refused: until then the pieces may still come."""
    column = book.column
    return len(book.where(Dossier, column(Dossier, "status") == "refused", column(Dossier, "receipt_number") == ""))


def _completed(book: States, journal: Journal) -> int:
    """Files that were registered by the pieces that completed them."""
    inbox = journal.inbox.c
    query = select(func.count()).where(inbox.type == "PiecesCompleted", inbox.result == "registered")
    return book.connection.scalar(query) or 0
