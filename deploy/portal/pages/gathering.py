"""Officers' pages of the community: its meetings, who is invited, who came; commons; what came of support.

An announcement says the whole meeting again: whoever was invited hears what moved, or that it is off.
"""

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from deploy.portal.bus import Bus
from deploy.portal.office import effects
from deploy.portal.office.agenda import STAGES, meetings_of
from deploy.portal.pages.office import officer_of, signing_role
from deploy.portal.web import Visit
from shared.contract.asked import COMMONS_PAGE_MAX
from shared.contract.backoffice import AttendanceNoted, CommonDecided, GatheringAnnounced
from shared.contract.people import MAY


async def agenda(visit: Visit) -> Response:
    """Every meeting by its day, with how many come."""
    person, bus = await officer_of(visit)
    told = (await bus.answer("notify", "agenda"))["gatherings"]
    today = visit.portal.programme.local_day(visit.portal.now())
    meetings = meetings_of(visit.portal.programme.agenda, told)
    return visit.page(
        "office_agenda.html", person=person, meetings=meetings, stages=STAGES, today=today
    )


async def meeting(visit: Visit) -> Response:
    """One meeting: its guests, and the acts about it. Raises HTTPException for one that there is not."""
    person, bus = await officer_of(visit)
    name = visit.path["gathering"]
    told = await bus.known("notify", "answers", gathering=name)
    meetings = meetings_of(visit.portal.programme.agenda, [told] if told else [])
    found = next((one for one in meetings if one.gathering == name), None)
    if found is None:
        raise HTTPException(404)
    today = visit.portal.programme.local_day(visit.portal.now())
    stage = found.stage(today)
    guests = told["guests"] if told else []
    may_announce = found.may_announce(today)
    may_note = guests and found.has_begun(today)
    return visit.page(
        "office_meeting.html",
        person=person,
        meeting=found,
        stage=STAGES[stage],
        is_missed=stage == "missed",
        guests=guests,
        announces_as=signing_role(person, MAY[GatheringAnnounced]) if may_announce else "",
        notes_as=signing_role(person, MAY[AttendanceNoted]) if may_note else "",
    )


async def commons(visit: Visit) -> Response:
    """What laureates share: what nobody has read yet, then the rest."""
    person, bus = await officer_of(visit)
    found = await _commons(bus)
    found.sort(key=lambda one: (one["state"] != "proposed", one["shared_on"], one["title"]))
    waiting = sum(one["state"] == "proposed" for one in found)
    return visit.page("office_commons.html", person=person, commons=found, waiting=waiting)


async def common(visit: Visit) -> Response:
    """One of them, to accept or refuse as it was read. Raises HTTPException for one that there is not."""
    person, bus = await officer_of(visit)
    named = (visit.path["receipt"], visit.path["common"])
    asked = (one for one in await _commons(bus) if (one["receipt_number"], one["common"]) == named)
    found = next(asked, None)
    if found is None:
        raise HTTPException(404)
    return visit.page(
        "office_common.html",
        person=person,
        common=found,
        decides_as=signing_role(person, MAY[CommonDecided]),
    )


async def _commons(bus: Bus) -> list[dict[str, Any]]:
    return await bus.lines("notify", "commons", "commons", limit=COMMONS_PAGE_MAX)


async def effects_of_support(visit: Visit) -> Response:
    """What was asked, agreed, done and late, beside what the reports count: for the programme's committee."""
    person, bus = await officer_of(visit)
    by = visit.asked.get("par", "")
    by = by if by in effects.VIEWS else "need"
    report, impact = await asyncio.gather(
        bus.answer("notify", "support-report"), bus.answer("funding", "impact")
    )
    return visit.page(
        "office_effects.html",
        person=person,
        effects=effects,
        report=report,
        impact=impact,
        by=by,
        groups=effects.counted(report, by),
    )


async def effects_file(visit: Visit) -> Response:
    """The same, row by row."""
    _, bus = await officer_of(visit)
    report = await bus.answer("notify", "support-report")
    headers = {
        "Content-Disposition": f'attachment; filename="accompagnement-{report["as_of"]}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(effects.as_csv(report["rows"]), media_type="text/csv", headers=headers)
