"""A laureate's support: its steps, answers to a peer or an invitation, what it gives the community."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from deploy.portal.bus import PlatformAway
from deploy.portal.forms import answers
from deploy.portal.forms.acts import Act, Reading, read_act
from deploy.portal.forms.fields import Field, Mistake, Typed, typed_from
from deploy.portal.forms.reading import told_in
from deploy.portal.pages.acting import AWAY, REFUSAL_SECONDS_MAX, refused_later, say_typed
from deploy.portal.pages.dossiers import Followed, own
from deploy.portal.web import Visit

Told = dict[str, Any]
DOING = ("agreed", "under-way")  # what somebody can say is done
ID_LENGTH = 36
MOVED = (
    "Cette rencontre a changé depuis que vous avez ouvert cette page : relisez-la, puis répondez."
)


@dataclass(frozen=True, slots=True)
class Asking:
    """One question to a laureate: its form, what it is about, what was answered before, how it is read."""

    act: Act
    about: Mapping[str, Any]
    before: Typed
    read: Callable[[Typed], Reading]


async def support(visit: Visit) -> Response:
    followed, told = await _supported(visit)
    return visit.page(
        "support.html", followed=followed, told=told, doing=DOING, done=visit.asked.get("fait", "")
    )


async def form(visit: Visit) -> Response:
    followed, asking = await _asked(visit)
    typed, mistakes = refused_later(visit, followed, asking.act.fields)
    return _page(visit, followed, asking, typed or asking.before, mistakes, 200)


async def answered(visit: Visit) -> Response:
    followed, asking = await _asked(visit)
    typed = typed_from(asking.act.fields, visit.typed)
    event, mistakes = asking.read(typed)
    if _is_moved(visit, asking):
        mistakes = [Mistake("", MOVED)]
    if event is None or mistakes:
        return _page(visit, followed, asking, typed, mistakes)
    try:
        heard = await say_typed(visit, event, asking.act, typed, REFUSAL_SECONDS_MAX)
    except PlatformAway:
        return _page(visit, followed, asking, typed, [Mistake("", AWAY)], 503)
    if heard is not None and heard.verb == "act-refused":
        return _page(visit, followed, asking, typed, told_in(heard.body, asking.act.fields))
    dossier = followed.file.candidature_id
    visit.portal.store.note(dossier, f"act:{asking.act.path}")
    return visit.go(f"/dossier/{dossier}/accompagnement?fait={asking.act.path}")


def _is_moved(visit: Visit, asking: Asking) -> bool:
    """Whether the page that was answered showed another day or place than those that hold now."""
    return "revision" in asking.about and visit.one("revision") != str(asking.about["revision"])


async def _supported(visit: Visit) -> tuple[Followed, Told]:
    """Raises HTTPException where nobody is a laureate, or PlatformAway."""
    followed = await own(visit)
    told = await visit.portal.bus.known(
        "notify", "my-support", candidature_id=followed.file.candidature_id
    )
    if told is None:
        raise HTTPException(404)
    return followed, told


async def _asked(visit: Visit) -> tuple[Followed, Asking]:
    """Raises HTTPException for what nobody asked, or asks no more; PlatformAway."""
    followed, told = await _supported(visit)
    find = FOUND.get(visit.path["what"])
    if find is None:
        raise HTTPException(404)
    if told["state"] != "open" and find is not _recovery:
        raise HTTPException(409)
    if visit.path["what"] == answers.MESSAGE.path:
        told["message_fields"] = await _message_fields(visit, followed)
    return followed, find(told, visit.path.get("named", ""))


async def _message_fields(visit: Visit, followed: Followed) -> tuple[Field, ...]:
    """Nobody writes to themselves. Raises PlatformAway."""
    listed = await visit.portal.recent.directory()
    mine = followed.status.get("receipt_number")
    others = [one for one in listed if one["receipt_number"] != mine]
    return answers.message_fields(others, visit.portal.places)


def _peer(told: Told, named: str) -> Asking:
    about = _named(told["peers"], "peer", named)
    if about["answer"] in ("declined", "ended", "lapsed"):
        raise HTTPException(409)
    before = {"accepts": "oui"} if about["answer"] != "asked" else {}
    return _asking(told, answers.PEER, about, before, peer=named)


def _invitation(told: Told, named: str) -> Asking:
    about = _named(told["invitations"], "gathering", named)
    if not about["ahead"]:
        raise HTTPException(409)
    said = {"yes": "oui", "no": "non"}.get(about["answer"], "")
    before = {"comes": said, "people": str(about["people"] or "")}
    read = partial(
        answers.read_invitation,
        candidature_id=told["candidature_id"],
        gathering=about["gathering"],
        revision=about["revision"],
    )
    return Asking(answers.INVITATION, about, before, read)


def _step(told: Told, named: str) -> Asking:
    own = [one for one in told["steps"] if one["owner"] == "holder" and one["state"] in DOING]
    return _report_on(told, _named(own, "step", named), None)


def _mentored(told: Told, named: str) -> Asking:
    """`named` is whose plan it is, and the step."""
    helped, step = named[:ID_LENGTH], named[ID_LENGTH + 1 :]
    theirs = [
        one for one in told["mentored"] if one["candidature_id"] == helped and one["state"] in DOING
    ]
    return _report_on(told, _named(theirs, "step", step), helped)


def _report_on(told: Told, about: Mapping[str, Any], helped: str | None) -> Asking:
    return _asking(told, answers.STEP, about, {}, step=about["step"], helped=helped)


def _community(told: Told, named: str) -> Asking:
    if named:
        raise HTTPException(404)
    declared = told["declared"]
    act = replace(answers.COMMUNITY, fields=answers.community_fields(declared["offers"]))
    before = {"offers": declared["offers"]} | {
        name: "oui" for name in ("peers", "listed") if declared[name]
    }
    return _asking(told, act, declared, before)


def _recovery(told: Told, named: str) -> Asking:
    """Also of who is a laureate no more. Raises HTTPException where nothing is asked back, or no more."""
    about = told["asked_back"]
    if named or about is None:
        raise HTTPException(404)
    return _asking(told, answers.RECOVERY, about, {}, recovery=about["number"])


def _message(told: Told, named: str) -> Asking:
    """`named` is whom it is to, where a link said so."""
    act = replace(answers.MESSAGE, fields=told["message_fields"])
    return _asking(told, act, {}, {"addressee": named})


def _common(told: Told, named: str) -> Asking:
    """A new one, or that of this name."""
    if named:
        shared = [one for one in told["commons"] if one["state"] != "withdrawn"]
        return _saying(told, answers.COMMON_AGAIN, _named(shared, "common", named), named)
    free = answers.free_name(told["commons"])
    if not free:
        raise HTTPException(409)
    return _saying(told, answers.COMMON, {}, free)


def _saying(told: Told, act: Act, shared: Mapping[str, Any], common: str) -> Asking:
    before = {name: shared[name] for name in ("title", "url", "licence", "about") if shared}
    return _asking(told, act, {}, before, common=common)


def _asking(told: Told, act: Act, about: Mapping[str, Any], before: Typed, **named: Any) -> Asking:
    """One whose fields are the event's own; `named` is what it is about beside the dossier."""
    read = partial(read_act, act, act.fields, candidature_id=told["candidature_id"], **named)
    return Asking(act, about, before, read)


FOUND: Mapping[str, Callable[[Told, str], Asking]] = {
    answers.PEER.path: _peer,
    answers.INVITATION.path: _invitation,
    answers.COMMUNITY.path: _community,
    answers.MESSAGE.path: _message,
    answers.COMMON.path: _common,
    answers.RECOVERY.path: _recovery,
    answers.STEP.path: _step,
    "mentor": _mentored,
}


def _named(found: list[dict[str, Any]], by: str, named: str) -> dict[str, Any]:
    """Raises HTTPException: what this laureate was not asked is not there."""
    one = next((one for one in found if one[by] == named), None)
    if one is None:
        raise HTTPException(404)
    return one


def _page(
    visit: Visit,
    followed: Followed,
    asking: Asking,
    typed: Typed,
    mistakes: list[Mistake],
    status: int = 422,
) -> Response:
    support_page = f"/dossier/{followed.file.candidature_id}/accompagnement"
    return visit.page(
        asking.act.template,
        status=status if mistakes else 200,
        followed=followed,
        act=asking.act,
        about=asking.about,
        action=visit.request.url.path,
        back=support_page,
        fields=asking.act.fields,
        typed=typed,
        mistakes=mistakes,
    )
