"""Filing a candidature: drafts, steps, the last look, the sending. Whatever was typed is kept first."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from deploy.portal.bus import PlatformAway
from deploy.portal.forms.candidature import (
    COMMUNE,
    Candidature,
    Step,
    fields_of,
    read_candidature,
    steps_of,
)
from deploy.portal.forms.fields import Mistake, typed_from
from deploy.portal.forms.reading import at_their_fields
from deploy.portal.pages.public import waves_of
from deploy.portal.store import File
from deploy.portal.web import Visit

ANSWER_SECONDS_MAX = 8.0
REVIEW = "relecture"
GO_ON = "continuer"


async def begin(visit: Visit) -> Response:
    """What is under way in this browser, and how to begin."""
    drafts = visit.portal.store.drafts(visit.session) if visit.session else []
    return visit.page("begin.html", drafts=drafts, waves=await waves_of(visit))


async def begun(visit: Visit) -> Response:
    draft = visit.portal.store.new_draft(visit.require_session(), {})
    if draft is None:
        return visit.page("begin.html", 409, drafts=visit.portal.store.drafts(visit.session),
                          waves=await waves_of(visit), too_many=True)  # fmt: skip
    return visit.go(f"/candidature/{draft.candidature_id}/{steps_of(visit.portal.programme)[0].path}")


async def step(visit: Visit) -> Response:
    return _step_page(visit, _own(visit), _step(visit), ())


async def typed(visit: Visit) -> Response:
    """Kept first, then looked at. A draft that is gone with its session begins anew with what was typed."""
    at = _step(visit)
    file = visit.portal.store.draft_of(visit.session, visit.path["id"])
    if file is None:
        file = visit.portal.store.new_draft(visit.require_session(), {})
        if file is None:
            raise HTTPException(409)
    _keep(visit, file, dict(file.typed) | typed_from(at.fields, visit.typed))
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
    _keep(visit, file, dict(file.typed) | typed_from(at.fields, visit.typed))
    return JSONResponse({"kept": True})


async def forgotten(visit: Visit) -> Response:
    visit.portal.store.forget_draft(visit.session, visit.path["id"])
    return visit.go("/candidature")


async def review(visit: Visit) -> Response:
    """Everything on one page, with all that the counter would say of it now."""
    file = _own(visit)
    return await _review_page(visit, file, _read(visit, file))


async def sent(visit: Visit) -> Response:
    """Says the file, and waits for its one answer. A file that is said again is answered the same."""
    file = _own(visit)
    found = _read(visit, file)
    if found.event is None:
        return await _review_page(visit, file, found)
    portal = visit.portal
    portal.store.filed(file, visit.session, portal.seals.address(found.event.holder.email))
    portal.store.note(file.candidature_id, "act:submitted")
    heard = await portal.bus.say(found.event, ANSWER_SECONDS_MAX)
    if heard and heard.verb == "refused":
        said = [Mistake(one.get("field") or "", one["message"]) for one in heard.body["reasons"]]
        mistakes = at_their_fields(said, fields_of(portal.programme))
        return await _review_page(visit, file, Candidature(None, found.body, tuple(mistakes)))
    return visit.go(f"/dossier/{file.candidature_id}?fait=envoi")


def _own(visit: Visit) -> File:
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
    return [*paths[1:], REVIEW][paths.index(at.path)]


def _keep(visit: Visit, file: File, given: Mapping[str, Any]) -> None:
    portal = visit.portal
    try:
        address = portal.seals.address(given.get("holder.email", ""))
    except PydanticCustomError:
        address = ""
    portal.store.save(file, given, address, given.get("place.name", ""))
    file.typed = dict(given)


def _read(visit: Visit, file: File) -> Candidature:
    return read_candidature(visit.portal.programme, visit.portal.places, file.typed, file.candidature_id)


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
    fields = fields_of(portal.programme)
    mistakes = list(found.mistakes)
    counter = None
    with suppress(PlatformAway):
        counter = await portal.bus.ask("intake", "check", **found.body)
    if counter and "reasons" in counter:
        said = [Mistake(one.get("field") or "", one["message"]) for one in counter["reasons"]]
        mistakes = at_their_fields([*mistakes, *said], fields)
    return visit.page(
        "review.html",
        status=422 if visit.request.method == "POST" else 200,
        file=file,
        steps=steps_of(portal.programme),
        typed=file.typed,
        mistakes=mistakes,
        counter=counter,
    )
