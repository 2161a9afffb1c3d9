"""What officers decide on beside waves and money: reports, appeals, what letters say of comments, erasures.

Each page shows what waits, what will follow from an act, and once it is signed what became of it.
"""

import asyncio
from datetime import date, datetime, time

from starlette.exceptions import HTTPException
from starlette.responses import Response

from deploy.portal.forms.acts import LAUREATES
from deploy.portal.office.deciding import VIEWS, are_all_given, limit_of, reports_in, view_named
from deploy.portal.pages.office import officer_of, signing_role
from deploy.portal.pages.public import waves_of
from deploy.portal.web import Visit
from deploy.portal.words import REPORT_STATES
from shared.contract.backoffice import (
    AppealAssigned,
    AppealDecided,
    CommentsModerated,
    ErasureRequested,
    ReportAccepted,
)
from shared.contract.people import MAY, MAY_READ

ASKED_AT_ONCE = 250
SHOWN_MAX = 50
DUE_MAX = 200
NAME_MAX = 80
PAGE_DIGITS_MAX = 3
YEARS = range(2000, 2200)


async def reports(visit: Visit) -> Response:
    """The yearly reports of all grants: those to read, those that are late, or every one."""
    person, bus = await officer_of(visit)
    view = view_named(visit.asked.get("voir", ""))
    told = await bus.lines("funding", "reports", "reports", limit=ASKED_AT_ONCE)
    found = reports_in(view, told)
    return visit.page(
        "office_reports.html",
        person=person,
        views=VIEWS,
        view=view,
        **visit.part_of(found, SHOWN_MAX, PAGE_DIGITS_MAX),
    )


async def report(visit: Visit) -> Response:
    """The reports of one grant: read by a signed question, each decided on in the version that was read."""
    person, bus = await officer_of(visit)
    answer = await bus.answer("funding", "reports", receipt_number=visit.path["receipt"])
    if not answer["reports"]:
        raise HTTPException(404)
    names = {
        "states": {state: name for state, (name, _) in REPORT_STATES.items()},
        "indicators": {one.id: one.title for one in visit.portal.programme.indicators},
    }
    return visit.page(
        "office_report.html",
        person=person,
        receipt=visit.path["receipt"],
        dossier=answer["reports"][0]["candidature_id"],
        reports=answer["reports"],
        names=names,
        reads_as=signing_role(person, MAY_READ["funding.file-reports"]),
        decides_as=signing_role(person, MAY[ReportAccepted]),
    )


async def appeals(visit: Visit) -> Response:
    """Those that wait, the most urgent first: silence on their last day rejects them."""
    person, bus = await officer_of(visit)
    answer = await bus.answer("funding", "appeals")
    today = date.fromisoformat(answer["as_of"])
    lines = [
        (one, limit_of(date.fromisoformat(one["answer_by"]), today)) for one in answer["appeals"]
    ]
    return visit.page("office_appeals.html", person=person, lines=lines)


async def appeal(visit: Visit) -> Response:
    """One that waits, or was answered a moment ago: then the dossier says how."""
    person, bus = await officer_of(visit)
    answer, told = await asyncio.gather(
        bus.answer("funding", "appeals"),
        bus.known("intake", "dossier", candidature_id=visit.path["receipt"]),
    )
    if told is None:
        raise HTTPException(404)
    why = await bus.known("funding", "why", candidature_id=told["candidature_id"])
    today = date.fromisoformat(answer["as_of"])
    mine = (one for one in answer["appeals"] if one["candidature_id"] == told["candidature_id"])
    waiting = next(mine, None)
    return visit.page(
        "office_appeal.html",
        person=person,
        told=told,
        why=why,
        waiting=waiting,
        contests_grant=told["status"] in LAUREATES,
        reads_as=signing_role(person, MAY_READ["funding.file-reports"]),
        limit=limit_of(date.fromisoformat(waiting["answer_by"]), today) if waiting else None,
        assigns_as=signing_role(person, MAY[AppealAssigned]),
        decides_as=signing_role(person, MAY[AppealDecided]),
    )


async def recovery(visit: Visit) -> Response:
    """What a holder answers to money that is asked back. Raises HTTPException for no dossier."""
    person, bus = await officer_of(visit)
    told = await bus.known("intake", "dossier", candidature_id=visit.path["receipt"])
    if told is None or not told["receipt_number"]:
        raise HTTPException(404)
    return visit.page(
        "office_recovery.html",
        person=person,
        told=told,
        reads_as=signing_role(person, MAY_READ["funding.file-reports"]),
    )


async def comments(visit: Visit) -> Response:
    """The scored dossiers of a wave whose comments nobody has read for their letter yet."""
    person, bus = await officer_of(visit)
    closed = [line.wave for line in await waves_of(visit) if line.stage == "close"]
    wave = visit.asked.get("vague", "")
    if wave not in closed:
        wave = closed[-1] if closed else ""
    unread: list[str] = []
    if wave:
        unread = (await bus.answer("eligibility", "reviews-progress", wave=wave))["to_moderate"]
    dossiers = await asyncio.gather(
        *(bus.answer("intake", "dossier", candidature_id=one) for one in unread[:SHOWN_MAX])
    )
    return visit.page(
        "office_comments.html",
        person=person,
        waves=closed,
        wave=wave,
        dossiers=sorted(dossiers, key=lambda one: str(one["receipt_number"])),
        count=len(unread),
    )


async def comment(visit: Visit) -> Response:
    """What reviewers wrote of a dossier, and what its letter may tell of it."""
    person, bus = await officer_of(visit)
    told = await bus.known("intake", "dossier", candidature_id=visit.path["receipt"])
    if told is None or not told["wave"]:
        raise HTTPException(404)
    progress, state, reviews = await asyncio.gather(
        bus.answer("eligibility", "reviews-progress", wave=told["wave"]),
        bus.answer("funding", "wave", wave=told["wave"]),
        bus.ask("eligibility", "reviews", candidature_id=told["candidature_id"]),
    )
    programme = visit.portal.programme
    names = {
        "criteria": {one.id: one.title for one in programme.criteria},
        "mark_max": programme.reviews.mark_max,
    }
    return visit.page(
        "office_comment.html",
        person=person,
        told=told,
        names=names,
        unread=told["candidature_id"] in progress["to_moderate"],
        all_given=are_all_given(reviews),
        published=state["state"] == "published",
        reads_as=signing_role(person, MAY_READ["eligibility.file-reviews"]),
        moderates_as=signing_role(person, MAY[CommentsModerated]),
    )


async def erasures(visit: Visit) -> Response:
    """The files whose time is over by a day, or one that somebody asks about."""
    person, bus = await officer_of(visit)
    sought = visit.asked.get("dossier", "").strip()[:NAME_MAX]
    if sought:
        named = (await bus.answer("intake", "retention", candidature_id=sought))["files"]
        if named:
            return visit.go(
                f"/bureau/effacements/{named[0]['receipt_number'] or named[0]['candidature_id']}"
            )
    by = _day(visit.asked.get("avant", ""))
    instant = datetime.combine(by, time(), visit.portal.programme.zone).isoformat() if by else None
    found = await bus.answer("intake", "retention", by=instant, limit=DUE_MAX)
    return visit.page("office_erasures.html", person=person, found=found, by=by, sought=sought)


async def erasure(visit: Visit) -> Response:
    """What would become of a request to forget: what goes, what the law keeps and until when."""
    person, bus = await officer_of(visit)
    if len(visit.path["name"]) > NAME_MAX:
        raise HTTPException(404)
    answer = await bus.answer("intake", "retention", candidature_id=visit.path["name"])
    if not answer["files"]:
        raise HTTPException(404)
    return visit.page(
        "office_erasure.html",
        person=person,
        file=answer["files"][0],
        asks_as=signing_role(person, MAY[ErasureRequested]),
    )


def _day(written: str) -> date | None:
    """None for what is no day, or none that a file can be due on."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if day.year in YEARS else None
