"""The pages put together: which address shows which page, and what an error says."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from math import ceil
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from deploy.portal import french
from deploy.portal.bus import PlatformAway
from deploy.portal.drawing import STATIC
from deploy.portal.forms.account import without_account
from deploy.portal.headers import SecurityHeaders
from deploy.portal.pages import (
    accompanying,
    acting,
    attaching,
    carrying,
    deciding,
    dossiers,
    entering,
    filing,
    gathering,
    keys,
    office,
    paying,
    pointing,
    public,
    reviewing,
    supporting,
)
from deploy.portal.portal import Portal
from deploy.portal.web import Failed, FormRefused, Handler, TooMany, Visit, serving, visit_of
from shared.contract.front_ends import ASSOCIATION, REVIEWERS

ID = "{id:uuid}"


def build(portal: Portal) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with portal.running():
            yield

    app = Starlette(
        routes=[
            *_public(),
            *_filing(),
            *_dossiers(),
            *_entering(),
            *_staff(portal),
            *_files(portal),
        ],
        exception_handlers={
            keys.NotEntered: _not_entered,
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


def _page(
    path: str,
    read: Handler | None = None,
    send: Handler | None = None,
    save: Handler | None = None,
    receive: Handler | None = None,
    upload: Handler | None = None,
) -> Route:
    methods = [*(["GET"] if read else []), *(["POST"] if send or save or receive or upload else [])]
    return Route(path, serving(read, send, save, receive, upload), methods=methods)


def _public() -> list[Route]:
    return [
        _page("/", public.call),
        _page("/eligibilite", public.eligibility),
        _page("/communes", public.communes),
        _page("/carte", pointing.where),
        _page("/carte/{department}.svg", pointing.department_picture),
        _page("/calendrier", public.calendar),
        _page("/resultats", public.results),
        _page("/annuaire", public.directory),
        _page("/impact", public.impact),
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
        _page(f"/candidature/{ID}/fichiers", attaching.files, upload=attaching.added),
        _page(f"/candidature/{ID}/fichiers/retirer", send=attaching.removed),
        _page(f"/candidature/{ID}/{{step}}/garder", save=filing.kept),
        _page(f"/candidature/{ID}/{{step}}", filing.step, filing.typed),
    ]


def _dossiers() -> list[Route]:
    return [
        _page("/dossiers", dossiers.mine),
        _page(f"/dossier/{ID}", dossiers.dossier),
        _page(f"/dossier/{ID}/recepisse", dossiers.receipt),
        _page(f"/dossier/{ID}/document/{{kind}}", dossiers.document),
        _page(f"/dossier/{ID}/accompagnement", supporting.support),
        _page(f"/dossier/{ID}/accompagnement/{{what}}", supporting.form, supporting.answered),
        _page(
            f"/dossier/{ID}/accompagnement/{{what}}/{{named}}", supporting.form, supporting.answered
        ),
        _page(f"/dossier/{ID}/{{act}}", acting.form, acting.done),
    ]


def _entering() -> list[Route]:
    return [
        _page("/acces", entering.ask, entering.asked),
        _page("/acces/{secret}", entering.link, entering.entered),
        _page("/quitter", send=entering.left),
        _page("/adresse/{code}", entering.proof, entering.proven),
    ]


def _staff(portal: Portal) -> list[Route]:
    """People with a key: their pages are there where an identity carries what they sign."""
    if not portal.staff.buses:
        return []
    return [
        _page("/cle", keys.key),
        _page("/entrer", keys.door, keys.entered_here),
        _page("/espace", keys.home),
        _page("/sortir", send=entering.left),
        _page("/signe/question", save=carrying.question),
        _page("/signe/acte", save=carrying.act),
        _page("/bureau", office.todo),
        _page("/bureau/vagues", office.waves),
        _page("/bureau/vague/{wave}", office.wave),
        _page("/bureau/vague/{wave}/simulation", office.simulation),
        _page("/bureau/dossiers", office.find),
        _page("/bureau/dossier/{name}", office.dossier),
        _page("/bureau/paiements", paying.payments),
        _page("/bureau/paiements/banque", paying.bank, receive=paying.read_file),
        _page("/bureau/paiements/banque/{statement}", paying.statement),
        _page("/bureau/paiements/ligne/{statement}/{part:int}/{line:int}", paying.line),
        _page("/bureau/paiements/doute/{order}", paying.doubt),
        _page("/bureau/bilans", deciding.reports),
        _page("/bureau/bilans/{receipt}", deciding.report),
        _page("/bureau/recours", deciding.appeals),
        _page("/bureau/recours/{receipt}", deciding.appeal),
        _page("/bureau/remboursements/{receipt}", deciding.recovery),
        _page("/bureau/commentaires", deciding.comments),
        _page("/bureau/commentaires/{receipt}", deciding.comment),
        _page("/bureau/accompagnement", accompanying.steps),
        _page("/bureau/accompagnement/{receipt}", accompanying.plan),
        _page("/bureau/accompagnement/{receipt}/{step}", accompanying.step),
        _page("/bureau/rencontres", gathering.agenda),
        _page("/bureau/rencontres/{gathering}", gathering.meeting),
        _page("/bureau/communs", gathering.commons),
        _page("/bureau/communs/{receipt}/{common}", gathering.common),
        _page("/bureau/effets", gathering.effects_of_support),
        _page("/bureau/effets.csv", gathering.effects_file),
        _page("/bureau/effacements", deciding.erasures),
        _page("/bureau/effacements/{name}", deciding.erasure),
        *(_reviewers() if REVIEWERS in portal.staff.buses else []),
        *(_association() if ASSOCIATION in portal.staff.buses else []),
    ]


def _reviewers() -> list[Route]:
    return [
        _page("/evaluations", reviewing.mine),
        _page(f"/evaluations/{ID}", reviewing.dossier),
    ]


def _association() -> list[Route]:
    return [
        _page("/accompagnement", accompanying.handed_steps),
        _page(f"/accompagnement/{ID}", accompanying.handed_plan),
        _page(f"/accompagnement/{ID}/{{step}}", accompanying.handed_step),
    ]


def _files(portal: Portal) -> list[Mount]:
    files = [Mount("/static", StaticFiles(directory=STATIC), name="static")]
    if portal.theme.folder:
        files.append(Mount("/theme", StaticFiles(directory=portal.theme.folder), name="theme"))
    return files


ERRORS = {
    400: (
        "Demande illisible",
        "Cette demande ne peut pas être lue. Revenez à la page d'avant et recommencez.",
    ),
    403: (
        "Accès réservé",
        "Vos rôles n'ouvrent pas cette page. Deux administrateurs donnent les rôles.",
    ),
    404: (
        "Page introuvable",
        "Il n'y a rien à cette adresse, ou ce navigateur n'y a pas accès. Un dossier s'ouvre par le lien que "
        "nous envoyons à son adresse électronique.",
    ),
    409: (
        "Démarche fermée",
        "Le dossier n'en est pas là : cette démarche n'est pas ouverte maintenant.",
    ),
    413: (
        "Trop long ou trop lourd",
        "Rien n'a été gardé : raccourcissez les textes et envoyez de nouveau. Un fichier pèse 5 Mo au plus.",
    ),
}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title, told = ERRORS.get(error.status_code, ERRORS[400])
    return visit_of(request).page("error.html", error.status_code, title=title, told=told)


async def _not_entered(request: Request, _error: Exception) -> Response:
    """A page is come back to after the door; a script is told to send its reader there."""
    if request.method == "GET":
        return visit_of(request).go(f"/entrer?vers={quote(request.url.path)}")
    return JSONResponse({"error": "not-entered", "message": keys.NOT_ENTERED}, 401)


async def _form_refused(request: Request, error: Exception) -> Response:
    """What was typed is shown again, to be sent by its author; a form of another site is refused."""
    assert isinstance(error, FormRefused)
    visit = visit_of(request)
    if error.ours and error.typed:
        lead = "Rien n'a été envoyé, et rien de ce que vous avez écrit n'est perdu : renvoyez-le d'ici."
        return _given_back(visit, 403, "Votre session a expiré", lead, error.typed)
    told = "Ce formulaire ne vient pas de ces pages, ou il est trop ancien. Rien n'a été fait."
    return visit.page("error.html", 403, title="Envoi refusé", told=told)


async def _too_many(request: Request, error: Exception) -> Response:
    """A form is given back, so that waiting costs its author nothing."""
    assert isinstance(error, TooMany)
    visit = visit_of(request)
    minutes = french.number(max(1, ceil(error.seconds / 60)), "minute", "minutes")
    told = (
        f"Trop de demandes sont arrivées d'un coup. Attendez {minutes}, puis recommencez :"
        " rien n'est perdu."
    )
    if error.typed is None:
        response = visit.page("error.html", 429, title="Un instant", told=told)
    else:
        response = _given_back(visit, 429, "Un instant", told, error.typed)
    response.headers["Retry-After"] = str(int(error.seconds) + 1)
    return response


def _given_back(
    visit: Visit, status: int, title: str, lead: str, typed: Mapping[str, Any]
) -> Response:
    shown = without_account(typed)
    return visit.page(
        "again.html", status, title=title, lead=lead, typed=shown, expired=status == 403
    )


async def _away(request: Request, _error: Exception) -> Response:
    response = visit_of(request).page("away.html", 503)
    response.headers["Retry-After"] = "30"
    return response


async def _failed(request: Request, _error: Exception) -> Response:
    told = (
        "Quelque chose d'imprévu est arrivé de notre côté. Ce que vous aviez enregistré est gardé."
    )
    return visit_of(request).page("error.html", 500, title="Erreur", told=told)
