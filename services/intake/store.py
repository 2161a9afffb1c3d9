"""Every query of intake."""

from collections.abc import Sequence
from datetime import datetime

from services.intake.domain import Counter, Dossier, ProjectClaim, WaveState, label_key, project_key, wave_at
from shared.contract.frontdesk import CandidatureSubmitted
from shared.kit.book import Book
from shared.programme import Programme
from shared.reference.communes import Communes


def counter_for(
    book: Book, programme: Programme, communes: Communes, event: CandidatureSubmitted, now: datetime
) -> Counter:
    waves = wave_states(book, programme)
    commune = communes.resolve(event.place.commune_code)
    siret = event.holder.siret
    wave = wave_at(programme, waves, now)
    claim = book.one(ProjectClaim, project_key(siret, commune, wave.id)) if commune and wave else None
    label = book.one(ProjectClaim, label_key(siret, commune)) if commune else None
    return Counter(programme, waves, book.one(Dossier, event.candidature_id), commune, claim, label)


def open_claims(book: Book, programme: Programme, communes: Communes, events: Sequence[CandidatureSubmitted]) -> None:
    """Reads in one query what `counter_for` will ask for, whatever the wave of each event turns out to be."""
    keys = []
    for event in events:
        siret, commune = event.holder.siret, communes.resolve(event.place.commune_code)
        if commune:
            keys += [(label_key(siret, commune),), *((project_key(siret, commune, w.id),) for w in programme.waves)]
    book.many(ProjectClaim, keys)


def wave_states(book: Book, programme: Programme) -> dict[str, WaveState]:
    found = book.many(WaveState, [(wave.id,) for wave in programme.waves])
    return {wave.id: found.get((wave.id,)) or WaveState(wave.id) for wave in programme.waves}


def incomplete_files(book: Book, wave: str) -> list[Dossier]:
    column = book.column
    return book.where(Dossier, column(Dossier, "wave") == wave, column(Dossier, "status") == "incomplete")
