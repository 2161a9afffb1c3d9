"""Acting on a dossier: a form, what will follow, one act; then the dossier, or the form and why not."""

from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from deploy.portal.bus import Heard, PlatformAway, new_attempt
from deploy.portal.forms import acts
from deploy.portal.forms.account import account_mistakes, sealed_account, without_account
from deploy.portal.forms.acts import Act
from deploy.portal.forms.fields import Field, Mistake, Typed, typed_from
from deploy.portal.forms.reading import told_in
from deploy.portal.pages.dossiers import AGAIN, Followed, acts_now, own
from deploy.portal.store import File
from deploy.portal.web import Visit
from shared.contract.event import Event

# Acts are answered only where they are refused: most refusals come by then.
REFUSAL_SECONDS_MAX = 0.6
PIECES_SECONDS_MAX = 8.0
REFUSALS = ("refused", "act-refused")
AWAY = "La plateforme ne répond pas pour l'instant. Ce que vous avez écrit est ici : renvoyez-le."
AWAY_ACCOUNT = (
    "La plateforme ne répond pas pour l'instant : rien n'est envoyé. Recommencez plus tard."
)
PIECES = Act(
    "pieces",
    "Compléter les pièces",
    "Le dossier complet est enregistré et reçoit son numéro de récépissé. Vous pouvez aussi n'envoyer qu'une "
    "partie des pièces.",
    "Envoyer les pièces",
    frozenset(("incomplete",)),
    (),
)


async def form(visit: Visit) -> Response:
    followed, act = await _offered(visit)
    fields = _fields(visit, followed, act)
    typed, mistakes = refused_later(visit, followed, fields)
    return _page(visit, followed, act, fields, typed, mistakes, 200)


async def done(visit: Visit) -> Response:
    """What is wrong, or refused, is told at its field, with all that was typed but an account's numbers."""
    followed, act = await _offered(visit)
    fields = _fields(visit, followed, act)
    typed = typed_from(fields, visit.typed)
    dossier = followed.file.candidature_id
    try:
        event, mistakes = await _read(visit, followed, act, fields, typed)
        if event is None:
            return _page(visit, followed, act, fields, typed, mistakes)
        wait_seconds = PIECES_SECONDS_MAX if act is PIECES else REFUSAL_SECONDS_MAX
        heard = await say_typed(visit, event, act, typed, wait_seconds)
    except PlatformAway:
        away = Mistake("", AWAY_ACCOUNT if act is acts.ACCOUNT else AWAY)
        return _page(visit, followed, act, fields, typed, [away], 503)
    if heard is not None and heard.verb in REFUSALS:
        return _page(visit, followed, act, fields, typed, told_in(heard.body, fields))
    visit.portal.store.note(dossier, f"act:{act.path}")
    if act is PIECES:
        _keep_pieces(visit, followed.file, typed)
    return visit.go(f"/dossier/{dossier}?fait={act.path}")


async def say_typed(
    visit: Visit, event: Event, act: Act, typed: Typed, wait_seconds: float
) -> Heard | None:
    """Says an act, and keeps what was typed for a refusal that comes later. Raises TooMany, PlatformAway.

    An account's numbers are kept nowhere, and pieces with the texts of their file.
    """
    attempt = new_attempt()
    if act not in (PIECES, acts.ACCOUNT):
        address = visit.request.url.path
        visit.portal.store.keep_said(visit.path["id"], act.path, attempt, address, typed)
    return await visit.say(event, wait_seconds, attempt)


def refused_later(
    visit: Visit, followed: Followed, fields: Sequence[Field]
) -> tuple[Typed, list[Mistake]]:
    """What was typed in the attempt that the address names, and why it was refused; else nothing."""
    attempt = visit.asked.get(AGAIN, "")
    told = next((one.told for one in followed.history if one.attempt == attempt), None)
    if not attempt or told is None:
        return {}, []
    said = visit.portal.store.said(followed.file.candidature_id)
    typed: Typed = next((one.typed for one in said if one.attempt == attempt), {})
    return typed, told_in(told, fields)


def _keep_pieces(visit: Visit, file: File, typed: dict[str, Any]) -> None:
    """With the other texts of the file: whoever changes it later sends them along."""
    pieces = {
        name.replace("pieces.", "project.", 1): text for name, text in typed.items() if text.strip()
    }
    if file.typed:
        visit.portal.store.save(file, file.typed | pieces, file.address, file.name)


async def _offered(visit: Visit) -> tuple[Followed, Act]:
    """The act, where the dossier stands so that it may be done. Raises HTTPException, or PlatformAway."""
    followed = await own(visit)
    path = visit.path["act"]
    act = PIECES if path == PIECES.path else acts.act_named(path)
    if act is None:
        raise HTTPException(404)
    if followed.is_away:
        raise PlatformAway
    is_offered = followed.word in act.offered if act is PIECES else act in acts_now(visit, followed)
    if not is_offered:
        raise HTTPException(409)
    return followed, act


def _fields(visit: Visit, followed: Followed, act: Act) -> tuple[Field, ...]:
    if act is PIECES:
        return acts.pieces_fields(followed.missing or visit.portal.programme.intake.required_pieces)
    if act is acts.REPORT:
        return acts.report_fields(visit.portal.programme)
    if act is acts.STATE_AID:
        return acts.aid_fields()
    if act is acts.SIGN:
        return acts.agreement_fields(visit.portal.programme)
    return act.fields


async def _read(
    visit: Visit, followed: Followed, act: Act, fields: tuple[Field, ...], typed: dict[str, Any]
) -> acts.Reading:
    dossier = followed.file.candidature_id
    if act is PIECES:
        return acts.read_pieces(fields, typed, dossier)
    if act is acts.REPORT:
        return acts.read_report(fields, typed, dossier)
    if act is acts.STATE_AID:
        return acts.read_aids(fields, typed, dossier)
    if act is acts.ACCOUNT:
        return await _sealed(visit, typed, dossier)
    return acts.read_act(act, fields, typed, dossier)


async def _sealed(
    visit: Visit, typed: dict[str, Any], dossier: str
) -> tuple[Event | None, list[Mistake]]:
    """Nothing but the box leaves this function. Raises PlatformAway."""
    if mistakes := account_mistakes(typed):
        return None, mistakes
    answer = await visit.portal.bus.answer("funding", "sealing-key")
    return sealed_account(typed, dossier, answer["public_key"]), []


def _page(
    visit: Visit,
    followed: Followed,
    act: Act,
    fields: tuple[Field, ...],
    typed: Typed,
    mistakes: list[Mistake],
    status: int = 422,
) -> Response:
    return visit.page(
        act.template,
        status=status if mistakes else 200,
        followed=followed,
        act=act,
        fields=fields,
        typed=without_account(typed),
        mistakes=mistakes,
    )
