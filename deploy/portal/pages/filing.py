"""Filing a candidature: drafts, steps, the last look, the sending. Whatever was typed is kept first."""

from contextlib import suppress
from datetime import UTC, datetime

from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from deploy.portal.bus import Heard, PlatformAway, new_attempt
from deploy.portal.forms.candidature import (
    COMMUNE,
    Candidature,
    Step,
    fields_of,
    read_candidature,
    steps_of,
)
from deploy.portal.forms.fields import Mistake, Typed, typed_from
from deploy.portal.forms.reading import told_in
from deploy.portal.pages import dossiers
from deploy.portal.pages.public import place_in, waves_of
from deploy.portal.seals import hashed
from deploy.portal.store import DraftsFull, File
from deploy.portal.web import Visit
from shared.contract.frontdesk import CandidatureSubmitted

ANSWER_SECONDS_MAX = 8.0
FILES, REVIEW = "fichiers", "relecture"
GO_ON = "continuer"
FULL = Mistake(
    "",
    "Ce n'est pas gardé : il n'y a plus de place pour des brouillons. Ce que vous avez écrit est encore ici. "
    "Dans un autre onglet, effacez un brouillon ; ou raccourcissez les textes. Puis enregistrez.",
)


async def begin(visit: Visit) -> Response:
    """What is under way in this browser, and how to begin."""
    return await _begin_page(visit, place_in(visit.typed_in_address))


async def begun(visit: Visit) -> Response:
    """With the place of the question that somebody comes from, where they asked one."""
    place = place_in(visit.typed)
    draft = visit.portal.store.new_draft(visit.require_session(), place)
    if draft is None:
        return await _begin_page(visit, place, 409, too_many=True)
    return visit.go(
        f"/candidature/{draft.candidature_id}/{steps_of(visit.portal.programme)[0].path}"
    )


async def _begin_page(
    visit: Visit, place: Typed, status: int = 200, too_many: bool = False
) -> Response:
    return visit.page(
        "begin.html",
        status,
        drafts=visit.portal.store.drafts(visit.session) if visit.session else [],
        waves=await waves_of(visit),
        place=place,
        too_many=too_many,
    )


async def step(visit: Visit) -> Response:
    file = own(visit)
    await require_open(visit, file)
    return _step_page(visit, file, _step(visit), ())


async def typed(visit: Visit) -> Response:
    """Kept first, then looked at. A draft that is gone with its session begins anew with what was typed."""
    at = _step(visit)
    file = visit.portal.store.draft_of(visit.session, visit.path["id"])
    if file is None:
        file = visit.portal.store.new_draft(visit.require_session(), {})
        if file is None:
            raise HTTPException(409)
    file.typed = dict(file.typed) | typed_from(at.fields, visit.typed)
    try:
        keep(visit, file)
    except DraftsFull:
        return _step_page(visit, file, at, (FULL,))
    if visit.one("suite") != GO_ON:
        return visit.go(f"/candidature/{file.candidature_id}/{at.path}?garde=oui")
    found = _read(visit, file)
    here = {field.name for field in at.fields}
    wrong = tuple(mistake for mistake in found.mistakes if mistake.field in here)
    if wrong:
        return _step_page(visit, file, at, wrong)
    return visit.go(f"/candidature/{file.candidature_id}/{_after(visit, at)}")


async def kept(visit: Visit) -> Response:
    """The script's way to save while somebody types."""
    at = _step(visit)
    file = visit.portal.store.draft_of(visit.session, visit.path["id"])
    if file is None:
        return JSONResponse({"kept": False}, 404)
    file.typed = dict(file.typed) | typed_from(at.fields, visit.typed)
    try:
        keep(visit, file)
    except DraftsFull:
        return JSONResponse({"kept": False}, 413)
    return JSONResponse({"kept": True})


async def forgotten(visit: Visit) -> Response:
    visit.portal.store.forget_draft(visit.session, visit.path["id"])
    return visit.go("/candidature")


async def review(visit: Visit) -> Response:
    """Everything on one page, with all that the counter would say of it now."""
    file = own(visit)
    return await _review_page(visit, file, _read(visit, file))


async def sent(visit: Visit) -> Response:
    """Says the file, and waits for its one answer. A file that is said again is answered the same."""
    file = own(visit)
    await require_open(visit, file)
    found = _read(visit, file)
    if found.event is None:
        return await _review_page(visit, file, found)
    heard = await _said(visit, file, found.event)
    if heard and heard.verb == "refused":
        mistakes = told_in(heard.body, fields_of(visit.portal.programme))
        return await _review_page(visit, file, Candidature(None, found.body, tuple(mistakes)))
    return visit.go(f"/dossier/{file.candidature_id}?fait=envoi")


async def _said(visit: Visit, file: File, event: CandidatureSubmitted) -> Heard | None:
    """Says nothing that the counter has already. Raises TooMany, or PlatformAway: then it stays a draft."""
    sent_hash = hashed(event.model_dump_json())
    if sent_hash == file.taken_hash:
        return None
    store = visit.portal.store
    attempt = new_attempt()
    sent_at = datetime.now(UTC)
    store.sending(file, attempt, visit.portal.seals.address(event.holder.email), sent_hash)
    heard = await visit.say(event, ANSWER_SECONDS_MAX, attempt)
    store.filed(file.candidature_id, sent_at, [one.name for one in event.attachments])
    return heard


async def require_open(visit: Visit, file: File) -> None:
    """Raises HTTPException for a dossier that may not be changed now, or PlatformAway where nobody knows."""
    if file.filed_at is None:
        return
    followed = await dossiers.own(visit)
    if followed.is_away:
        raise PlatformAway
    wave = await dossiers.wave_of(visit, followed)
    if not dossiers.may_change(followed, wave, visit.portal.now()):
        raise HTTPException(409)


def own(visit: Visit) -> File:
    """Raises HTTPException: to others a draft is not there."""
    file = visit.portal.store.draft_of(visit.session, visit.path["id"]) if visit.session else None
    if file is None:
        raise HTTPException(404)
    return file


def _step(visit: Visit) -> Step:
    for one in steps_of(visit.portal.programme):
        if one.path == visit.path["step"]:
            return one
    raise HTTPException(404)


def _after(visit: Visit, at: Step) -> str:
    paths = [one.path for one in steps_of(visit.portal.programme)]
    return [*paths[1:], FILES][paths.index(at.path)]


def keep(visit: Visit, file: File) -> None:
    """Raises DraftsFull."""
    portal = visit.portal
    try:
        address = portal.seals.address(file.typed.get("holder.email", ""))
    except PydanticCustomError:
        address = ""
    portal.store.save(file, file.typed, address, file.typed.get("place.name", ""))


def _read(visit: Visit, file: File) -> Candidature:
    return read_candidature(
        visit.portal.programme, visit.portal.places, file.typed, file.candidature_id
    )


def _step_page(visit: Visit, file: File, at: Step, mistakes: tuple[Mistake, ...]) -> Response:
    places = visit.portal.places
    meant = places.meant(file.typed.get(COMMUNE, "")) if file.typed.get(COMMUNE) else []
    return visit.page(
        "step.html",
        status=422 if mistakes else 200,
        file=file,
        steps=steps_of(visit.portal.programme),
        at=at,
        typed=file.typed,
        mistakes=mistakes,
        meant=meant,
        kept=visit.asked.get("garde") == "oui",
    )


async def _review_page(visit: Visit, file: File, found: Candidature) -> Response:
    """The counter's own look comes second: what the form knows is said even while the platform is away."""
    portal = visit.portal
    mistakes = list(found.mistakes)
    counter = None
    with suppress(PlatformAway):
        counter = await portal.bus.ask("intake", "check", **found.body)
    if counter and "reasons" in counter:
        mistakes = told_in(counter, fields_of(portal.programme), mistakes)
    return visit.page(
        "review.html",
        status=422 if visit.request.method == "POST" else 200,
        file=file,
        steps=steps_of(portal.programme),
        typed=file.typed,
        mistakes=mistakes,
        counter=counter,
    )
