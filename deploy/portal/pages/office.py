"""Officers' pages: what waits for them, waves before their approval, dossiers, payment runs.

Whoever entered in a role of an officer sees what the questions of the officers' front-end answer. Texts of a
dossier are no part of that: they are read by a signed question, in the page, which leaves a line.
"""

import asyncio
from typing import Any
from uuid import UUID

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import Response

from deploy.portal.bus import Bus, PlatformAway
from deploy.portal.forms.fields import Mistake, typed_from
from deploy.portal.limits import LOOKING
from deploy.portal.office.dossier import history_of
from deploy.portal.office.scores_svg import scores_of
from deploy.portal.office.simulation import (
    is_of_criterion,
    policy_typed,
    regions_moved,
    rules_changed,
    rules_of,
    typed_of,
)
from deploy.portal.office.verifier import refusals
from deploy.portal.office.wave import is_of, list_of, shares_by_region
from deploy.portal.office.waves_svg import WaveBars, waves_picture
from deploy.portal.office.work import work_list
from deploy.portal.pages.keys import bus_of, entered
from deploy.portal.pages.public import WaveLine, waves_of
from deploy.portal.place_map import point_picture
from deploy.portal.rooms import OFFICER_ROLES
from deploy.portal.staff import Person
from deploy.portal.typography import unbroken
from deploy.portal.web import Visit
from shared.contract.backoffice import TerritoryDecided, WaveApproved
from shared.contract.front_ends import OFFICERS
from shared.contract.people import MAY, MAY_READ
from shared.contract.values import Role

SERVICES = ("intake", "eligibility", "funding")
WORKING = (*SERVICES, "notify")
WORK_MAX = 200
RANKING_PAGE = 250
SHOWN_MAX = 100
FOUND_MAX = 50
SOUGHT_MIN = 2
PAGE_DIGITS_MAX = 3
UNTRIED = unbroken(
    "Personne ne répond à cette simulation pour l'instant : la liste reste ce qu'elle est. "
    "Essayez de nouveau dans une minute."
)


async def todo(visit: Visit) -> Response:
    """The work lists of the services that answer, for one's own roles or, when asked for, for all."""
    person, bus = await officer_of(visit)
    found = await asyncio.gather(*(_work_of(bus, service) for service in WORKING))
    answers = [answer for answer in found if answer is not None]
    if not answers:
        raise PlatformAway
    everybody = visit.asked.get("pour") == "tous"
    work = work_list(answers, () if everybody else person.roles, visit.portal.now())
    silent = [service for service, answer in zip(WORKING, found, strict=True) if answer is None]
    return visit.page(
        "office_todo.html", person=person, work=work, everybody=everybody, silent=silent
    )


async def _work_of(bus: Bus, service: str) -> dict[str, Any] | None:
    """None while it does not answer: the others' work does not wait for that."""
    try:
        return await bus.answer(service, "todo", limit=WORK_MAX)
    except PlatformAway:
        return None


async def waves(visit: Visit) -> Response:
    person, bus = await officer_of(visit)
    lines = await waves_of(visit)
    states = await asyncio.gather(
        *(bus.answer("funding", "wave", wave=line.wave) for line in lines)
    )
    known = list(zip(lines, states, strict=True))
    picture = waves_picture([_bars(line, state) for line, state in known])
    return visit.page("office_waves.html", person=person, waves=known, picture=picture)


def _bars(line: WaveLine, state: dict[str, Any]) -> WaveBars:
    proposal = state["proposal"]
    return WaveBars(line.wave, line.registered, proposal["laureates"] if proposal else None)


async def wave(visit: Visit) -> Response:
    """All that stands before an approval: list, cut-offs, diversity, and the verifier's word."""
    person, bus = await officer_of(visit)
    name = visit.path["wave"]
    if visit.portal.programme.wave(name) is None:
        raise HTTPException(404)
    state = await bus.answer("funding", "wave", wave=name)
    shown: dict[str, Any] = {"person": person, "wave": name, "state": state, "listed": None}
    if state["proposal"]:
        shown |= await _list(visit, bus, name, state["proposal"]["digest"])
    approved = {approval["actor"] for approval in state["approvals"]}
    is_asked = state["state"] == "ranked" and person.person_id not in approved
    shown["approves_as"] = signing_role(person, MAY[WaveApproved]) if is_asked else ""
    return visit.page("office_wave.html", **shown)


async def _list(visit: Visit, bus: Bus, name: str, digest: str) -> dict[str, Any]:
    """The list that an approval signs. Raises PlatformAway where it changed meanwhile: it is read again."""
    pages, diversity, verified = await asyncio.gather(
        bus.pages("funding", "ranking", wave=name, limit=RANKING_PAGE),
        bus.answer("funding", "diversity", wave=name),
        bus.answer("funding", "verify", wave=name),
    )
    if not is_of(digest, *pages, verified):
        raise PlatformAway
    found = list_of(pages)
    return {
        "listed": found,
        **visit.part_of(found.places, SHOWN_MAX, PAGE_DIGITS_MAX),
        "picture": scores_of(found, {zone.id: zone.name for zone in visit.portal.programme.zones}),
        "kinds": diversity["kinds"],
        "regions": shares_by_region(diversity["departments"], visit.portal.places.communes),
        "departments": diversity["departments"],
        "verified": verified,
        "refusals": refusals(verified["violations"], found.places, visit.portal.programme),
    }


async def simulation(visit: Visit) -> Response:
    """A wave's list under other rules, which the address gives; it decides nothing, and nothing is kept."""
    person, bus = await officer_of(visit)
    name = visit.path["wave"]
    programme = visit.portal.programme
    if programme.wave(name) is None:
        raise HTTPException(404)
    state = await bus.answer("funding", "wave", wave=name)
    if not state["proposal"]:
        return visit.go(f"/bureau/vague/{name}")
    digest = state["proposal"]["digest"]
    first = await bus.answer("funding", "ranking", wave=name, limit=1)
    if not is_of(digest, first):
        raise PlatformAway
    policy, rules = first["policy"], rules_of(programme)
    shown: dict[str, Any] = {"typed": typed_of(rules, policy), "mistakes": [], "found": None}
    if visit.asked:
        typed = typed_from(rules, visit.typed_in_address)
        tried, mistakes = policy_typed(programme, policy, typed)
        shown |= {"typed": typed, "mistakes": mistakes}
        if not mistakes:
            shown |= await _simulated(visit, bus, name, digest, tried)
            shown["changed"] = rules_changed(programme, policy, tried)
    return visit.page(
        "office_simulation.html",
        person=person,
        wave=name,
        state=state,
        rules=rules,
        of_criteria=[rule.name for rule in rules if is_of_criterion(rule.name)],
        **shown,
    )


async def _simulated(
    visit: Visit, bus: Bus, name: str, digest: str, policy: dict[str, Any]
) -> dict[str, Any]:
    """What moves, or in words why it cannot be told: an older replica does not know the question."""
    try:
        found = await bus.ask("funding", "simulation", wave=name, digest=digest, policy=policy)
    except PlatformAway:
        return {"mistakes": [Mistake("", UNTRIED)]}
    if "error" in found:
        return {"mistakes": [Mistake("", found["message"])]}
    return {
        "found": found,
        "regions": regions_moved(found["departments"], visit.portal.places.communes),
    }


async def find(visit: Visit) -> Response:
    person, bus = await officer_of(visit)
    text = visit.asked.get("q", "").strip()[:80]
    found = None
    if len(text) >= SOUGHT_MIN:
        found = await bus.ask("intake", "find", text=text, limit=FOUND_MAX)
    return visit.page("office_find.html", person=person, text=text, found=found)


async def dossier(visit: Visit) -> Response:
    """By its id or its receipt number: status, versions, territory, reviews, outcome, money, who read it."""
    person, bus = await officer_of(visit)
    told = await bus.known("intake", "dossier", candidature_id=visit.path["name"])
    if told is None:
        raise HTTPException(404)
    named = {"candidature_id": told["candidature_id"]}
    reviews, why, instructed, found, *readings = await asyncio.gather(
        bus.known("eligibility", "reviews", **named),
        bus.known("funding", "why", **named),
        _instructed(bus, told["candidature_id"]),
        _found(bus, told["receipt_number"]),
        *(bus.ask(service, "readings", **named) for service in SERVICES),
    )
    return visit.page(
        "office_dossier.html",
        person=person,
        told=told,
        reviews=reviews,
        why=why,
        found=found,
        history=history_of(told, why or {}, dict(zip(SERVICES, readings, strict=True))),
        instructed=instructed,
        place=_place(visit, instructed) if instructed else "",
        reads_as=signing_role(person, MAY_READ["intake.file"]),
        decides_as=signing_role(person, MAY[TerritoryDecided]) if instructed else "",
    )


async def officer_of(visit: Visit) -> tuple[Person, Bus]:
    """Raises NotEntered, HTTPException for another role or pages without officers, TooMany, PlatformAway."""
    person = await entered(visit, *OFFICER_ROLES)
    visit.limit(LOOKING, visit.session)
    return person, bus_of(visit, OFFICERS)


async def _found(bus: Bus, receipt: str | None) -> dict[str, Any] | None:
    """What its project is called and where it is; None for a dossier without a receipt."""
    if not receipt:
        return None
    page = await bus.answer("intake", "find", text=receipt, limit=1)
    return next(iter(page["dossiers"]), None)


async def _instructed(bus: Bus, candidature_id: str) -> dict[str, Any] | None:
    """Why a dossier waits for a word on its territory; None where it does not."""
    before = str(UUID(int=UUID(candidature_id).int - 1))
    page = await bus.answer("eligibility", "instructions", after=before, limit=1)
    return next((one for one in page["waiting"] if one["candidature_id"] == candidature_id), None)


def _place(visit: Visit, instructed: dict[str, Any]) -> Markup:
    """Its point on the map of the department of its commune; empty where an older replica tells none."""
    if "latitude" not in instructed:
        return Markup()
    commune = visit.portal.places.named(instructed["commune_code"])
    point = instructed["latitude"], instructed["longitude"]
    return point_picture(commune.department if commune else "", *point)


def signing_role(person: Person, may: tuple[Role, ...]) -> str:
    """The role that this person signs in, in the order of the table; empty where none may."""
    of_officers = [role.value for role in may if role in OFFICER_ROLES]
    return next((role for role in of_officers if role in person.roles), "")
