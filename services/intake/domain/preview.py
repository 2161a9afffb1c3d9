"""Know before filing: all that the counter would find in a file, and nothing is registered."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.intake.domain.counter import Counter
from services.intake.domain.mistakes import mistakes
from services.intake.domain.ownership import is_retry
from services.intake.domain.pieces import missing_pieces
from services.intake.domain.sentences import SAME_PROJECT
from services.intake.domain.stated import Stated
from services.intake.domain.waves import deadline_of
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.values import Reason

NO_ID = "00000000-0000-0000-0000-000000000000"  # of a file that has none yet
WouldBe = Literal["registered", "pieces-requested", "already-registered", "contested", "refused"]


@dataclass(frozen=True, slots=True)
class Preview:
    """`deadline` is that of the wave that is open now, where one is."""

    would_be: WouldBe
    wave: str | None
    deadline: datetime | None
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]


def preview(
    counter: Counter,
    event: CandidatureSubmitted | None,
    stated: Stated,
    unread: tuple[Reason, ...],
    asker: str,
    now: datetime,
) -> Preview:
    """What the file would be answered now. `event` is None for a body that `unread` says is wrong.

    Who asks learns nothing of a dossier that another front-end brought.
    """
    if counter.dossier and counter.dossier.front_end != asker:
        counter = replace(counter, dossier=None)
        stated = replace(stated, candidature_id=NO_ID)
    reasons = (*unread, *mistakes(counter, stated, now))
    if _is_sent_again(counter, event, asker):
        reasons = ()
    missing = missing_pieces(counter.programme, event) if event else ()
    would_be = _would_be(counter, stated.candidature_id, missing, asker)
    taken = (SAME_PROJECT,) if would_be in ("already-registered", "contested") else ()
    wave = counter.wave
    return Preview(
        would_be="refused" if reasons else would_be,
        wave=wave.id if wave else None,
        deadline=deadline_of(counter.programme, counter.waves, wave) if wave else None,
        reasons=(*reasons, *taken),
        missing=missing,
    )


def _is_sent_again(counter: Counter, event: CandidatureSubmitted | None, asker: str) -> bool:
    """A retry gets its first answer again, whatever is said of a new file by now."""
    dossier = counter.dossier
    if (
        dossier is None
        or event is None
        or not dossier.receipt_number
        or dossier.status == "withdrawn"
    ):
        return False
    return is_retry(dossier, event, asker)


def _would_be(
    counter: Counter, candidature_id: str, missing: tuple[str, ...], asker: str
) -> WouldBe:
    if counter.is_claimed_by_another(candidature_id):
        return "already-registered" if counter.claimed_by == asker else "contested"
    return "pieces-requested" if missing else "registered"
