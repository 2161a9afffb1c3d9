"""What may be erased of a file, and what the law keeps: on a person's request, or when its time is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.intake.domain.contests import Contest
from services.intake.domain.dossier import Dossier
from services.intake.domain.public_status import status_of
from services.intake.domain.reading import EarlierVersion
from services.intake.domain.refusals import Refusal
from services.intake.domain.sentences import STILL_EXAMINED, kept_by_law
from shared.contract.answers import AnswerErased
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.intake import CandidatureErased
from shared.contract.values import Reason
from shared.programme import Programme
from shared.value import value

Because = Literal["request", "retention"]
Kind = Literal["examined", "refused", "accepted"]
KeptApart = EarlierVersion | Refusal

GRANTED = (
    "laureate",
    "agreed",
    "tranche-ordered",
    "tranche-withheld",
    "tranche-settled",
    "tranche-rejected",
    "tranche-returned",
)
# What an appeal brings is a later word.
ON_RESERVE = ("waitlisted", "appeal-rejected", "appeal-upheld")


@value
class Keeping:
    """How long a `kind` of file is kept. `due_at` is the first instant after it, None while unknown.

    `why` it cannot be erased now, even where a person asks; None where it can.
    """

    kind: Kind
    due_at: datetime | None
    why: Reason | None


def keeping_of(
    dossier: Dossier, contest: Contest | None, programme: Programme, now: datetime
) -> Keeping:
    """The accounts of a grant are kept for so long after the last word on it, whoever asks."""
    kind = _kind(dossier, contest, programme, now)
    if kind == "examined":
        return Keeping(kind, None, STILL_EXAMINED)
    last = dossier.since or dossier.received_at
    if kind == "refused":
        return Keeping(kind, programme.kept_until(last, programme.retention.refused_years), None)
    moved = [datetime.fromisoformat(line["since"]) for line in dossier.tranches]
    due_at = programme.kept_until(max((last, *moved)), programme.retention.accepted_years)
    why = None if due_at <= now else kept_by_law(programme.local_day(due_at))
    return Keeping(kind, due_at, why)


def _kind(dossier: Dossier, contest: Contest | None, programme: Programme, now: datetime) -> Kind:
    money_moved = any(line["status"] != "withheld" for line in dossier.tranches)
    if money_moved or dossier.outcome in GRANTED:
        return "accepted"
    if contest is not None and contest.state == "open":
        return "examined"
    if dossier.status in ("withdrawn", "refused") or dossier.outcome in ("declined", "cancelled"):
        return "refused"
    if dossier.outcome in ON_RESERVE and now >= programme.reserve_end:
        return "refused"
    return "examined"


def decide_erasure(
    dossier: Dossier,
    contest: Contest | None,
    programme: Programme,
    because: Because,
    now: datetime,
    apart: Sequence[KeptApart] = (),
) -> Decision:
    """A request is carried out unless the file is kept; the timer waits for the end of its time besides."""
    keeping = keeping_of(dossier, contest, programme, now)
    if keeping.why:
        return nothing("kept", keeping.why)
    if because == "retention" and (keeping.due_at is None or now < keeping.due_at):
        return nothing("kept")
    return erase(dossier, contest, because, now, apart)


def erase(
    dossier: Dossier,
    contest: Contest | None,
    because: Because,
    now: datetime,
    apart: Sequence[KeptApart] = (),
) -> Decision:
    if dossier.status == "erased":
        return nothing("duplicate")
    gone = erased(dossier, now)
    beside = (*((contest,) if contest else ()), *apart)
    changes = (gone, *(replace(one, content="") for one in beside))
    dossier_id, front_end = dossier.candidature_id, dossier.front_end
    facts = (
        CandidatureErased(candidature_id=dossier_id, because=because),
        status_of(gone),
        AnswerErased(front_end=front_end, candidature_id=dossier_id),
    )
    return Decision("erased", facts=facts, changes=changes, forgets=dossier_id)


def erased_before(candidature_id: str, said: Sequence[Event], now: datetime) -> Decision | None:
    """Of a file that the log has lost: what was `said` then stands, and nothing brings the file back.

    None where nothing said tells whose it was.
    """
    front_ends = [fact.front_end for fact in said if isinstance(fact, AnswerErased)]
    if not front_ends:
        return None
    gone = erased(never_kept(candidature_id, front_ends[0], now), now)
    return Decision("erased", facts=tuple(said), changes=(gone,), forgets=candidature_id)


def erased(dossier: Dossier, now: datetime) -> Dossier:
    """What was decided stays, and what was paid; nobody can be told from it."""
    return replace(dossier, status="erased", content="", public_key=None, since=now)


def never_kept(candidature_id: str, front_end: str, heard_at: datetime) -> Dossier:
    """A file that was refused as it came: the counter has no more than its answer, the log has the file."""
    return Dossier(
        candidature_id=candidature_id,
        front_end=front_end,
        status="refused",
        wave="",
        version=0,
        receipt_number="",
        receipt_place="",
        receipt_sequence=0,
        received_at=heard_at,
        content_sequence=0,
        content="",
        project_key="",
    )
