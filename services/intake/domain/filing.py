"""The rules of the counter: register, refuse with every reason, ask for pieces, withdraw, close a wave. No I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from services.intake.domain.amounts import amount_reasons
from services.intake.domain.stated import Stated, stated_by
from shared.contract.decision import Decision, nothing
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.identity import is_siret
from shared.contract.intake import (
    CandidatureAlreadyRegistered,
    CandidaturePiecesRequested,
    CandidatureRefused,
    CandidatureRegistered,
    CandidatureWithdrawn,
    DossierStatus,
    TrancheStatus,
)
from shared.contract.values import Project, Reason
from shared.programme import Programme, Wave
from shared.programme.model import months_later
from shared.value import value

PAPER = "P"  # what tells paper files in receipt numbers
PAPER_AFTER = 2**52  # microseconds: receipt sequences of paper files come after those sent at the counter
CONTESTED = "contested"
TEXTS = frozenset(Project.model_fields) - {"support_needs"}


@value
class Dossier:
    """One candidature at the counter. `content` is the file as JSON, `content_sequence` the sending it came from.

    `outcome` is the latest word of the other services, of `outcome_at`: their streams come in any order. `since` is the
    time of what its public status says, `tranches` the latest word on each: number, status, since.
    `front_end` is whose dossier it is.
    """

    candidature_id: str
    front_end: str
    status: str  # incomplete, registered, refused, already-registered, withdrawn
    wave: str
    version: int
    receipt_number: str
    receipt_place: str  # the code of its front-end, and its place in that one's stream
    receipt_sequence: int
    received_at: datetime
    content_sequence: int
    content: str
    project_key: str
    public_key: str | None = None
    outcome: str | None = None
    outcome_at: datetime | None = None
    since: datetime | None = None
    tranches: tuple[Any, ...] = ()


@value
class ProjectClaim:
    """Which dossier holds a project (SIRET, commune, wave), or a label (SIRET, commune). Empty: nobody any more."""

    key: str
    candidature_id: str
    receipt_number: str


@value
class WaveState:
    """What became of a wave: its last day where it was extended, and how many dossiers it registered.

    `reopening` is one officer's word (actor, role, closes_on, stamped_ns) that another one's is awaited for.
    """

    wave: str
    closes_on: date | None = None
    registered: int = 0
    closed: bool = False
    published: bool = False
    reopenings: int = 0
    reopening: Mapping[str, Any] | None = None

    @property
    def closing(self) -> str:
        """The name of its next closing: a wave that was reopened closes once more."""
        return f"wave-closed-{self.wave}" + (f"-{self.reopenings}" if self.reopenings else "")


@value
class Counter:
    """All the counter looks at to answer one sending."""

    programme: Programme
    waves: Mapping[str, WaveState]
    wave: Wave | None  # the one that is open when the file is received
    dossier: Dossier | None
    commune_code: str | None  # resolved: a merged or arrondissement code gives today's commune
    postal_code: str | None  # of the address, where it has one
    commune_mistake: Reason | None  # why the commune code cannot be that of the place
    claim: ProjectClaim | None
    label: ProjectClaim | None
    claimed_by: str = ""  # the front-end of the dossier that holds the claim


@value
class Sending:
    """A file as it was sent: at the counter (`now` is the broker's stamp) or on paper (`now` is its receipt).

    `sequence` is its place in its own front-end's stream, `order` the broker's stamp in microseconds: what tells
    earlier from later among all of them. `code` is the front-end's, in receipt numbers.
    """

    event: CandidatureSubmitted
    now: datetime
    sequence: int
    order: int
    front_end: str
    code: str = ""


def project_key(siret: str, commune_code: str, wave: str) -> str:
    return f"{siret}|{commune_code}|{wave}"


def label_key(siret: str, commune_code: str) -> str:
    return f"{siret}|{commune_code}|label"


def wave_at(programme: Programme, waves: Mapping[str, WaveState], now: datetime) -> Wave | None:
    """The wave that is open at this instant; an extension moves the deadline, and the grace is added to it.

    A wave that was closed takes nothing more, whenever a file was received: its count is published.
    """
    return next((w for w in programme.waves if _takes(programme, waves, w, now)), None)


def _takes(programme: Programme, waves: Mapping[str, WaveState], wave: Wave, now: datetime) -> bool:
    state = waves.get(wave.id)
    closed = state is not None and state.closed
    return not closed and programme.opening(wave) <= now < deadline_of(programme, waves, wave)


def deadline_of(programme: Programme, waves: Mapping[str, WaveState], wave: Wave) -> datetime:
    state = waves.get(wave.id)
    deadline = programme.deadline(wave, state.closes_on if state else None)
    return deadline + timedelta(minutes=programme.intake.grace_minutes)


def may_be_extended(counter: Counter, now: datetime) -> bool:
    """Whether the deadline of a wave that is not closed is over: an extension that is not read yet may move it."""
    open_still = (wave for wave in counter.programme.waves if not counter.waves[wave.id].closed)
    first = next(open_still, None)
    return first is not None and deadline_of(counter.programme, counter.waves, first) <= now


def decide_sending(counter: Counter, sending: Sending) -> Decision:
    """One sending → registered (or a new version), pieces requested, already registered, refused, or nothing."""
    event, dossier = sending.event, counter.dossier
    content = event.model_dump_json()
    if dossier and dossier.receipt_number and dossier.content == content:
        return nothing("duplicate")
    if dossier and sending.order < dossier.content_sequence:
        return nothing("superseded")
    wave = counter.wave
    if reasons := mistakes(counter, stated_by(event), sending.now):
        return refuse(event.candidature_id, tuple(reasons), sending.front_end, sending.now, dossier)
    assert wave and counter.commune_code
    key = project_key(event.holder.siret, counter.commune_code, wave.id)
    if counter.claim and is_claimed(counter, event.candidature_id):
        if counter.claimed_by != sending.front_end:
            return nothing(CONTESTED)
        return _already_registered(event.candidature_id, counter.claim)
    return _accept(counter, event, _filed(counter, sending, wave, key, content))


def mistakes(counter: Counter, stated: Stated, now: datetime) -> list[Reason]:
    """Every rule against what a file states; what it does not state is told by who read it."""
    return [*_calendar_reasons(counter, now), *_content_reasons(counter, stated)]


def is_claimed(counter: Counter, candidature_id: str) -> bool:
    return counter.claim is not None and counter.claim.candidature_id not in ("", candidature_id)


def _calendar_reasons(counter: Counter, now: datetime) -> Iterator[Reason]:
    dossier = counter.dossier
    wave = counter.wave
    if dossier and dossier.status == "withdrawn":
        yield Reason(code="withdrawn", message="Cette candidature a été retirée ; déposez-en une nouvelle.")
    elif dossier and dossier.receipt_number and (wave is None or wave.id != dossier.wave):
        yield Reason(code="change-too-late", message=f"La vague {dossier.wave} est close : le dossier ne change plus.")
    elif wave is None:
        yield _no_wave(counter, now)


def _no_wave(counter: Counter, now: datetime) -> Reason:
    """Which wave opens next; or that the last one is over, since the end of the day it was extended to."""
    programme, last = counter.programme, counter.programme.waves[-1]
    clock = f"heure de {programme.timezone.rpartition('/')[2]}"
    coming = next((wave for wave in programme.waves if programme.opening(wave) > now), None)
    if coming is None and now >= deadline_of(programme, counter.waves, last):
        state = counter.waves.get(last.id)
        day = (state.closes_on if state else None) or last.closes_on
        return Reason(
            code="programme-closed", message=f"La dernière vague est close depuis le {day:%d/%m/%Y} à minuit, {clock}."
        )
    opens = f"la vague {coming.id} ouvre le {coming.opens_on:%d/%m/%Y} à 0 h, {clock}" if coming else "elle est close"
    if coming is programme.waves[0]:
        return Reason(code="not-open-yet", message=f"Le dépôt n'est pas ouvert : {opens}.")
    return Reason(code="no-open-wave", message=f"À cette date, aucune vague ne prend de dossier : {opens}.")


def _content_reasons(counter: Counter, stated: Stated) -> Iterator[Reason]:
    programme = counter.programme
    if stated.siret is not None and not is_siret(stated.siret):
        yield Reason(
            code="siret-invalid",
            field="holder.siret",
            message="Le numéro SIRET n'est pas valide : il a 14 chiffres, dont une clé de contrôle.",
        )
    if stated.legal_form is not None and stated.legal_form not in programme.intake.legal_forms:
        yield Reason(
            code="legal-form-not-eligible",
            field="holder.legal_form",
            message="Cette forme juridique ne peut pas porter de candidature.",
        )
    if counter.commune_mistake:
        yield counter.commune_mistake
    if counter.label and counter.label.candidature_id not in ("", stated.candidature_id):
        yield Reason(code="already-labelled", field="place", message="Ce lieu est déjà labellisé.")
    if stated.requested_cents is not None:
        yield from amount_reasons(programme, stated.requested_cents)


def _filed(counter: Counter, sending: Sending, wave: Wave, key: str, content: str) -> Dossier:
    """The dossier with this content. Its receipt number comes from its place in the log: no order changes it."""
    event, dossier = sending.event, counter.dossier
    known = dossier if dossier and dossier.receipt_number else None
    heard_later = known if known and known.outcome_at and known.outcome_at > sending.now else None
    place = known.receipt_place if known else f"{sending.code}{sending.sequence:05d}"
    return Dossier(
        candidature_id=event.candidature_id,
        front_end=known.front_end if known else sending.front_end,
        status=known.status if known else "new",
        wave=wave.id,
        version=known.version if known else 0,
        receipt_number=known.receipt_number if known else receipt_of(counter.programme, wave, place),
        receipt_place=place,
        receipt_sequence=known.receipt_sequence if known else _receipt_sequence(sending),
        received_at=known.received_at if known else sending.now,
        content_sequence=sending.order,
        content=content,
        project_key=key,
        public_key=event.holder.public_key,
        outcome=heard_later.outcome if heard_later else None,
        outcome_at=heard_later.outcome_at if heard_later else None,
        since=heard_later.outcome_at if heard_later else sending.now,
        tranches=known.tranches if known else (),
    )


def _receipt_sequence(sending: Sending) -> int:
    """Paper files come after those sent at the counter, where nothing else decides between them."""
    return sending.order + (PAPER_AFTER if sending.code == PAPER else 0)


def receipt_of(programme: Programme, wave: Wave, place: str) -> str:
    return f"{programme.receipt_prefix}-{wave.id}-{place}"


def _accept(counter: Counter, file: CandidatureSubmitted, dossier: Dossier) -> Decision:
    """Registers a complete file, or asks for what it lacks. Either way the project is claimed."""
    changes: list[Any] = [ProjectClaim(dossier.project_key, dossier.candidature_id, dossier.receipt_number)]
    before = counter.dossier
    if before and before.project_key not in ("", dossier.project_key):
        changes.append(ProjectClaim(before.project_key, "", ""))
    missing = missing_pieces(counter.programme, file)
    if missing and dossier.status != "registered":
        return _ask_for_pieces(counter, replace(dossier, status="incomplete"), missing, tuple(changes))
    state = counter.waves.get(dossier.wave) or WaveState(dossier.wave)
    if dossier.status != "registered":
        changes.append(replace(state, registered=state.registered + 1))
    dossier = replace(dossier, status="registered", version=dossier.version + 1)
    fact = _registered(counter, file, dossier)
    result = "registered" if dossier.version == 1 else "changed"
    return Decision(result, facts=(fact, status_of(dossier)), changes=(dossier, *changes))


def missing_pieces(programme: Programme, file: CandidatureSubmitted) -> tuple[str, ...]:
    texts = file.project
    return tuple(name for name in programme.intake.required_pieces if not (getattr(texts, name) or "").strip())


def _ask_for_pieces(counter: Counter, dossier: Dossier, missing: tuple[str, ...], changes: tuple[Any, ...]) -> Decision:
    wave = counter.programme.wave(dossier.wave)
    assert wave
    fact = CandidaturePiecesRequested(
        candidature_id=dossier.candidature_id,
        missing=missing,
        complete_before=deadline_of(counter.programme, counter.waves, wave),
    )
    return Decision("pieces-requested", facts=(fact, status_of(dossier)), changes=(dossier, *changes))


def _registered(counter: Counter, file: CandidatureSubmitted, dossier: Dossier) -> CandidatureRegistered:
    """What the next services need, and nobody's personal data."""
    programme = counter.programme
    return CandidatureRegistered(
        candidature_id=dossier.candidature_id,
        receipt_number=dossier.receipt_number,
        receipt_sequence=dossier.receipt_sequence,
        wave=dossier.wave,
        version=dossier.version,
        received_at=dossier.received_at.astimezone(programme.zone),
        answer_due_on=answer_due_on(programme, dossier).isoformat(),
        legal_name=file.holder.legal_name,
        siret=file.holder.siret,
        legal_form=file.holder.legal_form,
        place_name=file.place.name,
        kinds=file.place.kinds,
        commune_code=counter.commune_code or file.place.commune_code,
        commune_given=file.place.commune_code,
        postal_code=counter.postal_code,
        latitude=file.place.latitude,
        longitude=file.place.longitude,
        declared_qpv=file.place.declared_qpv,
        requested_cents=file.budget.requested_cents,
        support_needs=file.project.support_needs,
        public_key=file.holder.public_key,
        front_end=dossier.front_end,
    )


def answer_due_on(programme: Programme, dossier: Dossier) -> date:
    return months_later(programme.local_day(dossier.received_at), programme.intake.silence_months)


def refuse(
    candidature_id: str, reasons: tuple[Reason, ...], front_end: str, now: datetime, dossier: Dossier | None = None
) -> Decision:
    """A file that was registered stays as it was: only the change is refused."""
    facts: tuple[Any, ...] = (CandidatureRefused(candidature_id=candidature_id, reasons=reasons),)
    if dossier is None or not dossier.receipt_number:
        status = DossierStatus(
            front_end=front_end, candidature_id=candidature_id, status="refused", since=now, reasons=reasons
        )
        facts += (status,)
    return Decision("refused", reasons, facts)


def _already_registered(candidature_id: str, claim: ProjectClaim) -> Decision:
    fact = CandidatureAlreadyRegistered(candidature_id=candidature_id, receipt_number=claim.receipt_number)
    reason = Reason(code="same-project", message=f"Ce projet est déjà enregistré sous le n° {claim.receipt_number}.")
    return Decision("already-registered", (reason,), (fact,))


def complete_pieces(counter: Counter, sending: Sending, pieces: Mapping[str, str]) -> Decision:
    """`sending` is the file as it stands, sent again now with these pieces."""
    file = sending.event
    if not TEXTS.issuperset(pieces):
        message = f"Une pièce n'est pas de celles qui peuvent être complétées : {', '.join(sorted(TEXTS))}."
        reason = Reason(code="piece-unknown", field="pieces", message=message)
        return refuse(file.candidature_id, (reason,), sending.front_end, sending.now, counter.dossier)
    project = file.project.model_validate({**file.project.model_dump(), **pieces})
    return decide_sending(counter, replace(sending, event=file.model_copy(update={"project": project})))


def withdraw(dossier: Dossier, now: datetime) -> Decision:
    if dossier.status == "withdrawn":
        return nothing("duplicate")
    gone = replace(dossier, status="withdrawn", outcome=None, outcome_at=None, since=now)
    fact = CandidatureWithdrawn(candidature_id=dossier.candidature_id, wave=dossier.wave)
    known_to_others = (fact,) if dossier.version else ()  # a file that was never complete is known to nobody else
    free = ProjectClaim(dossier.project_key, "", "")
    return Decision("withdrawn", facts=(*known_to_others, status_of(gone)), changes=(gone, free))


def hear(dossier: Dossier, outcome: str, at: datetime) -> Dossier | None:
    """The dossier with another service's word on it; None where a later word, or its withdrawal, came before."""
    if dossier.status == "withdrawn" or (dossier.outcome_at and at < dossier.outcome_at):
        return None
    return replace(dossier, outcome=outcome, outcome_at=at, since=at)


def status_of(dossier: Dossier, reasons: tuple[Reason, ...] = (), status: str = "") -> DossierStatus:
    return DossierStatus(
        front_end=dossier.front_end,
        candidature_id=dossier.candidature_id,
        status=status or dossier.outcome or dossier.status,
        since=dossier.since or dossier.received_at,
        received_at=dossier.received_at,
        receipt_number=dossier.receipt_number or None,
        wave=dossier.wave,
        reasons=reasons,
        tranches=tuple(TrancheStatus.model_validate(line) for line in dossier.tranches),
    )
