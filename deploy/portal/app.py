"""The pages put together: which address shows which page, and what an error says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from deploy.portal.bus import PlatformAway
from deploy.portal.pages import acting, dossiers, entering, filing, public
from deploy.portal.portal import FOLDER, Portal
from deploy.portal.web import Failed, FormRefused, Handler, SecurityHeaders, TooMany, serving, visit_of

ID = "{id:uuid}"


def build(portal: Portal) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with portal.running():
            yield

    app = Starlette(
        routes=[*_public(), *_filing(), *_dossiers(), *_entering(), _files()],
        exception_handlers={
            HTTPException: _refused,
            FormRefused: _form_refused,
            TooMany: _too_many,
            PlatformAway: _away,
            Failed: _failed,
        },
        lifespan=lifespan,
    )
    app.state.portal = portal
    return SecurityHeaders(app, portal.own.is_encrypted)


def _page(path: str, read: Handler | None = None, send: Handler | None = None) -> Route:
    methods = [*(["GET"] if read else []), *(["POST"] if send else [])]
    return Route(path, serving(read, send), methods=methods)


def _public() -> list[Route]:
    return [
        _page("/", public.call),
        _page("/eligibilite", public.eligibility),
        _page("/communes", public.communes),
        _page("/calendrier", public.calendar),
        _page("/resultats", public.results),
        _page("/donnees", public.data),
        _page("/accessibilite", public.accessibility),
        _page("/health", public.health),
    ]


def _filing() -> list[Route]:
    """The fixed words come before a step of the same form."""
    return [
        _page("/candidature", filing.begin, filing.begun),
        _page(f"/candidature/{ID}/relecture", filing.review, filing.sent),
        _page(f"/candidature/{ID}/effacer", send=filing.forgotten),
        _page(f"/candidature/{ID}/{{step}}/garder", send=filing.kept),
        _page(f"/candidature/{ID}/{{step}}", filing.step, filing.typed),
    ]


def _dossiers() -> list[Route]:
    return [
        _page("/dossiers", dossiers.mine),
        _page(f"/dossier/{ID}", dossiers.dossier),
        _page(f"/dossier/{ID}/recepisse", dossiers.receipt),
        _page(f"/dossier/{ID}/{{act}}", acting.form, acting.done),
    ]


def _entering() -> list[Route]:
    return [
        _page("/acces", entering.ask, entering.asked),
        _page("/acces/{secret}", entering.link, entering.entered),
        _page("/quitter", send=entering.left),
        _page("/adresse/{code}", entering.proof, entering.proven),
    ]


def _files() -> Mount:
    return Mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")


ERRORS = {
    400: (
        "Demande illisible",
        "Cette demande ne peut pas être lue. Revenez à la page d'avant et recommencez.",
    ),
    404: (
        "Page introuvable",
        "Il n'y a rien à cette adresse, ou ce navigateur n'y a pas accès. Un dossier s'ouvre par le lien que "
        "nous envoyons à son adresse électronique.",
    ),
    409: ("Démarche fermée", "Le dossier n'en est pas là : cette démarche n'est pas ouverte maintenant."),
    413: ("Trop long", "Ce qui a été envoyé est trop long. Raccourcissez les textes et envoyez de nouveau."),
}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title, told = ERRORS.get(error.status_code, ERRORS[400])
    return visit_of(request).page("error.html", error.status_code, title=title, told=told)


async def _form_refused(request: Request, error: Exception) -> Response:
    """What was typed is shown again, to be sent by its author; a form of another site is refused."""
    assert isinstance(error, FormRefused)
    visit = visit_of(request)
    if error.ours and error.typed:
        return visit.page("expired.html", 403, typed=error.typed)
    told = "Ce formulaire ne vient pas de ces pages, ou il est trop ancien. Rien n'a été fait."
    return visit.page("error.html", 403, title="Envoi refusé", told=told)


async def _too_many(request: Request, error: Exception) -> Response:
    assert isinstance(error, TooMany)
    told = (
        "Trop de demandes viennent de votre réseau. Attendez un moment, puis recommencez : rien n'est perdu."
    )
    response = visit_of(request).page("error.html", 429, title="Un instant", told=told)
    response.headers["Retry-After"] = str(int(error.seconds) + 1)
    return response


async def _away(request: Request, _error: Exception) -> Response:
    response = visit_of(request).page("away.html", 503)
    response.headers["Retry-After"] = "30"
    return response


async def _failed(request: Request, _error: Exception) -> Response:
    told = "Quelque chose d'imprévu est arrivé de notre côté. Ce que vous aviez enregistré est gardé."
    return visit_of(request).page("error.html", 500, title="Erreur", told=told)
