"""Every query of intake."""

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from services.intake.domain.attachments import Examination
from services.intake.domain.claims import LABELS, ProjectClaim, label_keys, project_key
from services.intake.domain.contests import Contest, ContestState
from services.intake.domain.counter import Counter
from services.intake.domain.dossier import Dossier, FileState
from services.intake.domain.erasure import KeptApart, never_kept
from services.intake.domain.finding import Sought, has_words
from services.intake.domain.reading import EarlierVersion
from services.intake.domain.refusals import Refusal
from services.intake.domain.stated import Stated
from services.intake.domain.waves import WaveState, wave_at
from services.intake.tables import JOURNAL
from shared.contract.front_ends import OFFICERS, FrontEnd
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.subjects import stream_of
from shared.contract.topology import stream_heard
from shared.kit.storage.journal import Journal
from shared.kit.storage.states import States
from shared.programme import Programme
from shared.reference.commune_codes import code_mistake, postal_code_in
from shared.reference.communes import Communes

# What queries ask for, typed: the type checker does not look into a comparison with a column.
OPEN: ContestState = "open"
INCOMPLETE: FileState = "incomplete"
REFUSED: FileState = "refused"
WITHDRAWN: FileState = "withdrawn"
ERASED: FileState = "erased"
SENDINGS = ("CandidatureSubmitted", "CandidatureImported")
# The same file refused again is a duplicate, with its reasons.
TURNED_AWAY = ("refused", "duplicate")
# Reasons of who came while every wave was closed.
NO_WAVE = frozenset(("no-open-wave", "programme-closed"))


def counter_for(
    states: States,
    programme: Programme,
    communes: Communes,
    stated: Stated,
    now: datetime,
) -> Counter:
    """All that the rules look at for this file, received at this instant."""
    waves = wave_states(states, programme)
    wave = wave_at(programme, waves, now)
    code = stated.commune_code
    commune = communes.resolve(code) if code else None
    postal_code = postal_code_in(stated.address or "", communes)
    claim = None
    label = None
    if stated.siret is not None and commune is not None:
        label = _label_of(states, stated.siret, stated.names, commune)
        if wave:
            claim = states.one(ProjectClaim, project_key(stated.siret, commune, wave.id))
    return Counter(
        programme=programme,
        waves=waves,
        wave=wave,
        dossier=states.one(Dossier, stated.candidature_id),
        commune_code=commune,
        postal_code=postal_code,
        commune_mistake=code_mistake(communes, code, postal_code) if code else None,
        claim=claim,
        label=label,
        claimed_by=_holder_of(states, claim),
    )


def _label_of(
    states: States, siret: str, names: Sequence[str], commune: str
) -> ProjectClaim | None:
    """The first label that somebody holds, by SIRET or by name; else that of the SIRET."""
    found = [states.one(ProjectClaim, key) for key in label_keys(siret, names, commune)]
    held = (label for label in found if label and label.candidature_id)
    return next(held, found[0])


def labels_of(states: States, candidature_id: str) -> list[ProjectClaim]:
    """The labels that a dossier holds, for rare events: they are found by what they are for."""
    is_its_own = states.column(ProjectClaim, "candidature_id") == candidature_id
    is_label = or_(*(states.column(ProjectClaim, "key").endswith(f"|{kind}") for kind in LABELS))
    return states.where(ProjectClaim, is_its_own, is_label)


def _holder_of(states: States, claim: ProjectClaim | None) -> str:
    """The front-end of the dossier that holds it; empty where nobody does."""
    first = states.one(Dossier, claim.candidature_id) if claim and claim.candidature_id else None
    return first.front_end if first else ""


def open_claims(
    states: States,
    programme: Programme,
    communes: Communes,
    events: Sequence[CandidatureSubmitted],
) -> None:
    """Reads in one query what `counter_for` will ask for, whatever the wave of each event is."""
    keys = []
    for event in events:
        siret = event.holder.siret
        commune = communes.resolve(event.place.commune_code)
        if commune:
            names = (event.place.name, event.holder.legal_name)
            keys.extend(label_keys(siret, names, commune))
            keys.extend(project_key(siret, commune, wave.id) for wave in programme.waves)
    states.many(ProjectClaim, [(key,) for key in keys])


def wave_states(states: States, programme: Programme) -> dict[str, WaveState]:
    found = states.many(WaveState, [(wave.id,) for wave in programme.waves])
    return {wave.id: found.get((wave.id,)) or WaveState(wave.id) for wave in programme.waves}


def dossier_named(states: States, programme: Programme, name: str) -> Dossier | None:
    """By its id, or by its receipt number, which tells the wave to look in."""
    prefix = f"{programme.receipt_prefix}-"
    if not name.startswith(prefix):
        return states.one(Dossier, name)
    wave = name.removeprefix(prefix).rpartition("-")[0]
    column = states.column
    found = states.where(
        Dossier,
        column(Dossier, "wave") == wave,
        column(Dossier, "receipt_number") == name,
    )
    return found[0] if found else None


def found_dossiers(states: States, communes: Communes, wanted: Sought, limit: int) -> list[Dossier]:
    """At most so many, by id. A file that a SIRET or a commune finds is one that holds its project."""
    if wanted.form == "words":
        ids = _ids_with_words(states, wanted.text, limit)
        return list(states.many(Dossier, [(one,) for one in ids]).values())
    receipt, project = (
        states.column(Dossier, "receipt_number"),
        states.column(Dossier, "project_key"),
    )
    if wanted.form == "receipt":
        return states.where(
            Dossier,
            receipt.startswith(wanted.text, autoescape=True),
            limit=limit,
        )
    if wanted.form == "siret":
        return states.where(Dossier, project.startswith(wanted.text), limit=limit)
    codes = {
        communes.resolve(wanted.text),
        *(one.code for one in communes.at_postal_code(wanted.text)),
    }
    places = [project.contains(f"|{code}|") for code in codes if code]
    return states.where(Dossier, or_(*places), limit=limit) if places else []


def _ids_with_words(states: States, words: str, limit: int) -> list[str]:
    """Every file is read: names stand in what the holder wrote alone."""
    columns = (states.column(Dossier, "candidature_id"), states.column(Dossier, "content"))
    rows = states.connection.execute(select(*columns).order_by(columns[0]))
    found = (row[0] for row in rows if has_words(json.loads(row[1] or "{}"), words))
    return list(islice(found, limit))


def open_contests(states: States) -> list[Contest]:
    """Those that an officer decides, oldest first."""
    found = states.where(Contest, states.column(Contest, "state") == OPEN)
    return sorted(found, key=attrgetter("received_at"))


def incomplete_files(states: States, wave: str) -> list[Dossier]:
    column = states.column
    return states.where(
        Dossier,
        column(Dossier, "wave") == wave,
        column(Dossier, "status") == INCOMPLETE,
    )


def filed_in(states: States, wave: str) -> list[Dossier]:
    """Every file of a wave."""
    return states.where(Dossier, states.column(Dossier, "wave") == wave)


def refused_at_closing(states: States, wave: str) -> list[Dossier]:
    """The files that their wave's closing refused, for what they lacked: nothing else takes a receipt."""
    return states.where(
        Dossier,
        states.column(Dossier, "wave") == wave,
        *_lost_its_receipt(states),
    )


def turned_away(states: States, programme: Programme, wave_id: str) -> list[str]:
    """Whose file was refused since the wave opened because none took files, and was kept by nothing since."""
    wave = programme.wave(wave_id)
    if wave is None:
        return []
    inbox = JOURNAL.inbox.c
    refused = select(inbox.dossier, inbox.reasons).where(
        inbox.type.in_(SENDINGS),
        inbox.result.in_(TURNED_AWAY),
        inbox.decided_at >= programme.opening(wave),
    )
    found = {
        row.dossier
        for row in states.connection.execute(refused)
        if not NO_WAVE.isdisjoint(reason["code"] for reason in row.reasons or ())
    }
    kept = states.many(Dossier, [(one,) for one in found])
    return sorted(found - {dossier.candidature_id for dossier in kept.values()})


def _lost_its_receipt(states: States) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    column = states.column
    return column(Dossier, "status") == REFUSED, column(Dossier, "receipt_number") == ""


def file_of(states: States, front_ends: Sequence[FrontEnd], candidature_id: str) -> Dossier | None:
    """Also of a file that was refused as it came, by what the counter heard of it."""
    dossier = states.one(Dossier, candidature_id)
    if dossier:
        return dossier
    refused = _refused_as_they_came(states, front_ends, JOURNAL.inbox.c.dossier == candidature_id)
    return refused[0] if refused else None


def kept_apart(states: States, candidature_id: str) -> list[KeptApart]:
    return [*states.of(EarlierVersion, candidature_id), *states.of(Refusal, candidature_id)]


def _refused_as_they_came(
    states: States, front_ends: Sequence[FrontEnd], which: ColumnElement[bool]
) -> list[Dossier]:
    """Each by what the counter heard of it last."""
    inbox = JOURNAL.inbox.c
    heard = select(inbox.dossier, inbox.consumer, inbox.decided_at).where(
        inbox.type.in_(SENDINGS), which
    )
    last = {row.dossier: row for row in states.connection.execute(heard.order_by(inbox.decided_at))}
    return [
        never_kept(row.dossier, _front_end_of(row.consumer, front_ends), row.decided_at)
        for row in last.values()
    ]


def _front_end_of(consumer: str, front_ends: Sequence[FrontEnd]) -> str:
    """Whose stream the consumer reads; paper came from the officers."""
    stream = stream_heard(consumer)
    owners = [one.name for one in front_ends if stream_of("frontdesk", one.name) == stream]
    return owners[0] if owners else OFFICERS


def files_before(states: States, before: datetime) -> list[Dossier]:
    """Those of which nothing was said since: what may be due."""
    since, received_at = states.column(Dossier, "since"), states.column(Dossier, "received_at")
    not_erased = states.column(Dossier, "status") != ERASED
    return states.where(Dossier, func.coalesce(since, received_at) < before, not_erased)


def never_kept_before(
    states: States, front_ends: Sequence[FrontEnd], before: datetime
) -> list[Dossier]:
    """Those of which the counter heard, and kept no file."""
    inbox = JOURNAL.inbox.c
    known = select(states.column(Dossier, "candidature_id"))
    heard = select(inbox.dossier).where(inbox.type.in_(SENDINGS), inbox.dossier.not_in(known))
    last = heard.group_by(inbox.dossier).having(func.max(inbox.decided_at) < before)
    return _refused_as_they_came(states, front_ends, inbox.dossier.in_(last))


def contents_of(states: States, dossiers: Sequence[str]) -> dict[str, list[str]]:
    """What is kept of what the holders of these dossiers sent: the file, earlier ones, a contested one."""
    found = states.many(Dossier, [(one,) for one in dossiers])
    contests = contests_of(states, dossiers)
    states.prefetch(EarlierVersion, dossiers)
    kept: dict[str, list[str]] = {}
    for one in dossiers:
        holding = (found.get((one,)), contests.get(one), *states.of(EarlierVersion, one))
        kept[one] = [each.content for each in holding if each and each.content]
    return kept


def needs_file(states: States, dossier: str, sha256: str) -> bool:
    """Whether what is kept of a dossier names this file, or it was found for one that is not decided yet."""
    if any(sha256 in content for content in contents_of(states, [dossier])[dossier]):
        return True
    found = {one.submission for one in states.of(Examination, dossier) if one.has_found(sha256)}
    event_id = JOURNAL.inbox.c.event_id
    return not found.issubset(
        states.connection.scalars(select(event_id).where(event_id.in_(found)))
    )


def contests_of(states: States, candidature_ids: Sequence[str]) -> dict[str, Contest]:
    found = states.many(Contest, [(one,) for one in candidature_ids])
    return {contest.candidature_id: contest for contest in found.values()}


def summary(states: States, journal: Journal) -> dict[str, Any]:
    """How the sendings were answered, by the audit trail. A refusal counts under its first reason."""
    inbox = journal.inbox.c
    counted = (
        select(inbox.result, func.count()).where(inbox.type.in_(SENDINGS)).group_by(inbox.result)
    )
    results = {row[0]: int(row[1]) for row in states.connection.execute(counted)}
    refused: dict[str, int] = {}
    refusals = select(inbox.reasons).where(inbox.type.in_(SENDINGS), inbox.result == "refused")
    for reasons in states.connection.scalars(refusals):
        refused[reasons[0]["code"]] = refused.get(reasons[0]["code"], 0) + 1
    if never_completed := _never_completed(states):
        refused["incomplete-at-deadline"] = never_completed
    return {
        "registered": results.get("registered", 0) + _completed(states, journal),
        "already_registered": results.get("already-registered", 0),
        "duplicates": results.get("duplicate", 0) + results.get("superseded", 0),
        "changed": results.get("changed", 0),
        "refused": refused,
        "pieces_requested": results.get("pieces-requested", 0),
        "withdrawn": len(states.where(Dossier, states.column(Dossier, "status") == WITHDRAWN)),
    }


def _never_completed(states: States) -> int:
    """Files that their wave's closing refused: until then the pieces may still come."""
    return len(states.where(Dossier, *_lost_its_receipt(states)))


def _completed(states: States, journal: Journal) -> int:
    """Files that were registered by the pieces that completed them."""
    inbox = journal.inbox.c
    query = select(func.count()).where(
        inbox.type == "PiecesCompleted", inbox.result == "registered"
    )
    return states.connection.scalar(query) or 0
