"""Every rule against one file, all told at once: the calendar, the holder, the place, the amounts."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.intake.domain import sentences
from services.intake.domain.amounts import amount_reasons
from services.intake.domain.claims import is_held_by_another
from services.intake.domain.counter import Counter
from services.intake.domain.stated import Stated
from services.intake.domain.waves import deadline_of, last_day
from shared.contract.identity import is_siret
from shared.contract.laureates import is_laureates
from shared.contract.values import Reason
from shared.programme import Programme


def mistakes(counter: Counter, stated: Stated, now: datetime) -> list[Reason]:
    """Every rule against what a file states; what it does not state is told by who read it."""
    return [*_calendar_reasons(counter, now), *_content_reasons(counter, stated)]


def _calendar_reasons(counter: Counter, now: datetime) -> Iterator[Reason]:
    """A file may change while its own wave is open; a new one needs any open wave."""
    dossier = counter.dossier
    wave = counter.wave
    if dossier and dossier.status == "withdrawn":
        yield sentences.WITHDRAWN
    elif dossier and dossier.receipt_number and (wave is None or wave.id != dossier.wave):
        yield sentences.change_too_late(dossier.wave)
    elif wave is None:
        yield _no_wave(counter, now)


def _no_wave(counter: Counter, now: datetime) -> Reason:
    """Which wave opens next; or that the last one is over, since the end of the day it was extended to."""
    programme = counter.programme
    last = programme.waves[-1]
    clock = f"heure de {programme.timezone.rpartition('/')[2]}"
    coming = next((wave for wave in programme.waves if programme.opening(wave) > now), None)
    if coming is None and now >= deadline_of(programme, counter.waves, last):
        return sentences.programme_closed(last_day(counter.waves.get(last.id), last), clock)
    if coming is not None and coming is programme.waves[0]:
        return sentences.not_open_yet(coming, clock)
    return sentences.no_open_wave(coming, clock)


def _content_reasons(counter: Counter, stated: Stated) -> Iterator[Reason]:
    programme = counter.programme
    if is_laureates(stated.candidature_id):
        yield sentences.ID_OF_A_LAUREATE
    if stated.siret is not None and not is_siret(stated.siret):
        yield sentences.SIRET_INVALID
    if stated.legal_form is not None and stated.legal_form not in programme.intake.legal_forms:
        yield sentences.LEGAL_FORM_NOT_ELIGIBLE
    if counter.commune_mistake:
        yield counter.commune_mistake
    undeclarable = _undeclarable(programme, stated.declared_zones)
    if undeclarable:
        yield sentences.zone_not_to_declare(undeclarable)
    if is_held_by_another(counter.label, stated.candidature_id):
        yield sentences.ALREADY_LABELLED
    if stated.requested_cents is not None:
        yield from amount_reasons(programme.award, stated.requested_cents)


def _undeclarable(programme: Programme, declared: Sequence[str]) -> list[str]:
    """A zone that data tell of is not the holder's to declare, nor one that the call does not have."""
    may = {zone.id for zone in programme.zones if zone.is_declared}
    return sorted(set(declared) - may)
