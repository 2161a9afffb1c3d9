"""Following a dossier: how it stands, what was heard, what comes next, its receipt and documents."""

import asyncio
import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from deploy.portal.bus import PlatformAway
from deploy.portal.coming import coming, known_of, may_appeal
from deploy.portal.forms.acts import (
    APPEAL,
    COMPETING,
    ENDED,
    LAUREATES,
    STATE_AID,
    Act,
    act_named,
    acts_for,
)
from deploy.portal.limits import SETTING
from deploy.portal.pages.public import WaveLine, waves_of
from deploy.portal.standings import DECIDED, Standing, standing
from deploy.portal.store import Entry, File
from deploy.portal.web import Visit

SHOWN_MAX = 20
PAGE_DIGITS_MAX = 4
AGAIN = "repris"


@dataclass(frozen=True, slots=True)
class Line:
    """A dossier with its public status, which is empty while the platform is away or has not answered yet."""

    file: File
    status: dict[str, Any]
    is_away: bool

    @property
    def word(self) -> str:
        return str(self.status.get("status") or "sent")

    @property
    def standing(self) -> Standing:
        return standing(self.word)


@dataclass(frozen=True, slots=True)
class Followed(Line):
    """With all that was heard of it; `receipt` is empty before there is one."""

    history: list[Entry]
    receipt: dict[str, Any]

    @property
    def missing(self) -> tuple[str, ...]:
        """The pieces of the latest request; none once the file is complete."""
        if self.word != "incomplete":
            return ()
        said = [entry.told["missing"] for entry in self.history if entry.what == "pieces-requested"]
        return tuple(said[-1]) if said else ()


async def mine(visit: Visit) -> Response:
    """The dossiers that this browser may see, a page of them, with how each stands."""
    at = visit.number_asked("page", PAGE_DIGITS_MAX)
    store = visit.portal.store
    # One more than is shown tells whether another page follows.
    files = (
        store.dossiers(visit.session, (at - 1) * SHOWN_MAX, SHOWN_MAX + 1) if visit.session else []
    )
    drafts = store.drafts(visit.session) if visit.session else []
    lines = await asyncio.gather(*(_line(visit, file) for file in files[:SHOWN_MAX]))
    return visit.page("mine.html", lines=lines, drafts=drafts, at=at, more=len(files) > SHOWN_MAX)


async def dossier(visit: Visit) -> Response:
    followed = await own(visit)
    wave = await wave_of(visit, followed)
    now = visit.portal.now()
    deadline = wave.deadline if wave else None
    known = known_of(followed.word, followed.status, followed.receipt, deadline, followed.history)
    return visit.page(
        "dossier.html",
        followed=followed,
        wave=wave,
        answer_due_on=known.answer_due_on,
        coming=coming(visit.portal.programme, known, visit.portal.programme.local_day(now)),
        documents=await _documents(visit, followed),
        answers_asked=await _answers_asked(visit, followed),
        acts=acts_now(visit, followed),
        forms=_refused_forms(visit, followed),
        may_change=may_change(followed, wave, now),
        done=visit.asked.get("fait", ""),
    )


async def receipt(visit: Visit) -> Response:
    """To print and to keep. Raises HTTPException before there is one."""
    followed = await own(visit)
    if not followed.receipt:
        raise HTTPException(404)
    return visit.page("receipt.html", followed=followed)


async def document(visit: Visit) -> Response:
    """A decision as a PDF file. Raises HTTPException for one that there is not, TooMany, PlatformAway."""
    followed = await own(visit)
    visit.limit(SETTING, followed.file.candidature_id)
    kind = visit.path["kind"]
    told = await visit.portal.bus.known(
        "notify", "document", candidature_id=followed.file.candidature_id, kind=kind
    )
    if told is None:
        raise HTTPException(404)
    named = f'attachment; filename="{told["number"]}.pdf"'
    headers = {"Content-Disposition": named}
    return Response(base64.b64decode(told["pdf"]), media_type="application/pdf", headers=headers)


async def own(visit: Visit) -> Followed:
    """Raises HTTPException: somebody else's dossier is not there."""
    file = visit.portal.store.dossier_of(visit.session, visit.path["id"]) if visit.session else None
    if file is None:
        raise HTTPException(404)
    return await _followed(visit, file)


def acts_now(visit: Visit, followed: Followed) -> tuple[Act, ...]:
    """What may be done as it stands, and is not over."""
    programme = visit.portal.programme
    today = programme.local_day(visit.portal.now())
    out = set()
    if not may_appeal(programme, followed.word, followed.status.get("since", ""), today):
        out.add(APPEAL)
    if not programme.payment.de_minimis_regime:
        out.add(STATE_AID)
    return tuple(act for act in acts_for(followed.word) if act not in out)


def _refused_forms(visit: Visit, followed: Followed) -> dict[str, str]:
    """By attempt, where what was typed in a refused act may be taken up again."""
    offered = acts_now(visit, followed)
    kept = visit.portal.store.said(followed.file.candidature_id)
    open_now = [one for one in kept if act_named(one.act) in (None, *offered)]
    return {one.attempt: f"{quote(one.address)}?{AGAIN}={one.attempt}" for one in open_now}


def may_change(followed: Followed, wave: WaveLine | None, now: datetime) -> bool:
    """While its own wave is open, a file may be sent again; a refused one while any wave is."""
    if not followed.file.typed:
        return False
    if followed.word == "refused":
        return True
    return followed.word in COMPETING and wave is not None and wave.opens_at <= now < wave.deadline


async def wave_of(visit: Visit, followed: Followed) -> WaveLine | None:
    return next(
        (one for one in await waves_of(visit) if one.wave == followed.status.get("wave")), None
    )


async def _documents(visit: Visit, followed: Followed) -> list[dict[str, Any]]:
    """Those that may be had now; none while nobody answers, as the page says the rest all the same."""
    if not followed.word.startswith(DECIDED):
        return []
    try:
        told = await visit.portal.bus.ask(
            "notify", "documents", candidature_id=followed.file.candidature_id
        )
    except PlatformAway:
        return []
    return list(told.get("available", ()))


async def _answers_asked(visit: Visit, followed: Followed) -> int | None:
    """How many answers a laureate is asked for; None for others, and while nobody answers.

    Of who is one no more, what is asked about money paid.
    """
    if followed.word not in LAUREATES | ENDED:
        return None
    try:
        told = await visit.portal.bus.ask(
            "notify", "my-support", candidature_id=followed.file.candidature_id
        )
    except PlatformAway:
        return None
    asked_back = int(told.get("asked_back") is not None)
    if told.get("state") != "open":
        return asked_back or None
    peers = [one for one in told["peers"] if one["answer"] == "asked"]
    invitations = [one for one in told["invitations"] if one["ahead"] and not one["answer"]]
    return len(peers) + len(invitations) + asked_back


async def _line(visit: Visit, file: File) -> Line:
    """From a status of a moment ago: a list that is opened again and again asks the platform once."""
    try:
        return Line(
            file, await visit.portal.recent.status(file.candidature_id) or {}, is_away=False
        )
    except PlatformAway:
        return Line(file, {}, is_away=True)


async def _followed(visit: Visit, file: File) -> Followed:
    history = visit.portal.store.history(file.candidature_id)
    try:
        status = await visit.portal.bus.status(file.candidature_id) or {}
        receipt = _receipt_heard(history) or await _receipt_asked(visit, status)
    except PlatformAway:
        return Followed(file, {}, True, history, _receipt_heard(history))
    return Followed(file, status, False, history, receipt)


def _receipt_heard(history: list[Entry]) -> dict[str, Any]:
    """The latest answer that registered it, with the day from which silence means no."""
    said = [entry.told for entry in history if entry.what == "registered"]
    return dict(said[-1]) if said else {}


async def _receipt_asked(visit: Visit, status: dict[str, Any]) -> dict[str, Any]:
    """For an answer that came while these pages heard nothing. Raises PlatformAway."""
    if not status.get("receipt_number"):
        return {}
    told = await visit.portal.bus.ask("intake", "dossier", candidature_id=status["candidature_id"])
    return told if told.get("version") else {}
