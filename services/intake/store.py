"""Every query of intake."""

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


def wave_states(book: Book, programme: Programme) -> dict[str, WaveState]:
    found = book.many(WaveState, [(wave.id,) for wave in programme.waves])
    return {wave.id: found.get((wave.id,)) or WaveState(wave.id) for wave in programme.waves}


def incomplete_files(book: Book, wave: str) -> list[Dossier]:
    column = book.column
    return book.where(Dossier, column(Dossier, "wave") == wave, column(Dossier, "status") == "incomplete")
