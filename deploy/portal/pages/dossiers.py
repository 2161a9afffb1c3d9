"""Following a dossier: how it stands, what was heard, what comes next, its receipt."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from deploy.portal import words
from deploy.portal.bus import PlatformAway
from deploy.portal.forms.acts import COMPETING, acts_for
from deploy.portal.pages.public import WaveLine, waves_of
from deploy.portal.store import Entry, File
from deploy.portal.web import Visit


@dataclass(frozen=True, slots=True)
class Followed:
    """A dossier with its public status, which is empty while the platform is away or has not answered yet."""

    file: File
    status: dict[str, Any]
    history: list[Entry]
    is_away: bool

    @property
    def word(self) -> str:
        return str(self.status.get("status") or "sent")

    @property
    def standing(self) -> words.Standing:
        return words.standing(self.word)

    @property
    def was_sent(self) -> bool:
        return bool(self.status) or any(entry.what == "act:submitted" for entry in self.history)

    @property
    def receipt(self) -> dict[str, Any]:
        """The latest answer that registered it, with the day from which silence means no."""
        said = [entry.told for entry in self.history if entry.what == "registered"]
        return dict(said[-1]) if said else {}

    @property
    def missing(self) -> tuple[str, ...]:
        """The pieces of the latest request; none once the file is complete."""
        if self.word != "incomplete":
            return ()
        said = [entry.told["missing"] for entry in self.history if entry.what == "pieces-requested"]
        return tuple(said[-1]) if said else ()


async def mine(visit: Visit) -> Response:
    """Every dossier that this browser may see, with how it stands."""
    files = visit.portal.store.dossiers(visit.session) if visit.session else []
    drafts = visit.portal.store.drafts(visit.session) if visit.session else []
    followed = await asyncio.gather(*(_followed(visit, file) for file in files))
    return visit.page("mine.html", followed=followed, drafts=drafts)


async def dossier(visit: Visit) -> Response:
    followed = await own(visit)
    waves = await waves_of(visit)
    wave = next((one for one in waves if one.wave == followed.status.get("wave")), None)
    return visit.page(
        "dossier.html",
        followed=followed,
        wave=wave,
        acts=acts_for(followed.word),
        may_change=may_change(followed, wave, visit.portal.now()),
        done=visit.asked.get("fait", ""),
    )


async def receipt(visit: Visit) -> Response:
    """To print and to keep. Raises HTTPException before there is one."""
    followed = await own(visit)
    if not followed.receipt:
        raise HTTPException(404)
    return visit.page("receipt.html", followed=followed)


async def own(visit: Visit) -> Followed:
    """Raises HTTPException: somebody else's dossier is not there."""
    file = visit.portal.store.dossier_of(visit.session, visit.path["id"]) if visit.session else None
    if file is None:
        raise HTTPException(404)
    return await _followed(visit, file)


def may_change(followed: Followed, wave: WaveLine | None, now: datetime) -> bool:
    """While its own wave is open, a file may be sent again; a refused one while any wave is."""
    if not followed.file.typed:
        return False
    if followed.word == "refused":
        return True
    return followed.word in COMPETING and wave is not None and wave.opens_at <= now < wave.deadline


async def _followed(visit: Visit, file: File) -> Followed:
    status: dict[str, Any] | None = None
    is_away = False
    try:
        status = await visit.portal.bus.status(file.candidature_id)
    except PlatformAway:
        is_away = True
    return Followed(file, status or {}, visit.portal.store.history(file.candidature_id), is_away)
