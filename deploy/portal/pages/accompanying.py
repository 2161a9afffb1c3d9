"""Support as work: the steps that somebody has to do, a laureate's plan, one step and what was done of it.

Officers see every laureate; the association those who were handed to it, where it moves its own steps.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from deploy.portal.bus import Bus
from deploy.portal.limits import LOOKING
from deploy.portal.office import support
from deploy.portal.office.deciding import limit_of
from deploy.portal.pages.keys import bus_of, entered
from deploy.portal.pages.office import officer_of, signing_role
from deploy.portal.staff import Person
from deploy.portal.web import Visit
from shared.contract.front_ends import ASSOCIATION
from shared.contract.people import MAY
from shared.contract.support import StepAssigned, StepCommented
from shared.contract.values import Role

OFFICERS_PATH = "/bureau/accompagnement"
ASSOCIATION_PATH = "/accompagnement"
SHOWN_MAX = 150


@dataclass(frozen=True, slots=True)
class Accompanied:
    """One laureate's plan before somebody who signs in `role`, or in none; `path` is the plan's page."""

    person: Person
    role: str
    candidature_id: str
    plan: dict[str, Any]
    path: str

    @property
    def assigns(self) -> bool:
        """Whether they may say who does a step, and bring back what was over: the team does."""
        return self.role in [role.value for role in MAY[StepAssigned]]


async def steps(visit: Visit) -> Response:
    """Of all laureates, those that are overdue in front; of one owner, or those that are overdue alone."""
    person, bus = await officer_of(visit)
    view = visit.asked.get("voir", "")
    view = view if view in support.VIEWS else ""
    return await _steps(visit, person, bus, OFFICERS_PATH, view, support.VIEWS)


async def handed_steps(visit: Visit) -> Response:
    """What the association has to do for the laureates who were handed to it."""
    person, bus = await _association(visit)
    return await _steps(visit, person, bus, ASSOCIATION_PATH, support.ASSOCIATION, {})


async def plan(visit: Visit) -> Response:
    return _plan(visit, await _of_officers(visit))


async def handed_plan(visit: Visit) -> Response:
    return _plan(visit, await _of_association(visit))


async def step(visit: Visit) -> Response:
    return _step(visit, await _of_officers(visit))


async def handed_step(visit: Visit) -> Response:
    return _step(visit, await _of_association(visit))


async def _association(visit: Visit) -> tuple[Person, Bus]:
    """Raises NotEntered, HTTPException for another role, TooMany, PlatformAway."""
    person = await entered(visit, Role.ASSOCIATION)
    visit.limit(LOOKING, visit.session)
    return person, bus_of(visit, ASSOCIATION)


async def _steps(
    visit: Visit, person: Person, bus: Bus, path: str, view: str, views: dict[str, str]
) -> Response:
    answer = await bus.answer("notify", "support-steps", **support.asked_by(view), limit=SHOWN_MAX)
    today = date.fromisoformat(answer["as_of"])
    lines = [(one, limit_of(date.fromisoformat(one["due_on"]), today)) for one in answer["steps"]]
    return visit.page(
        "accompanying_steps.html",
        person=person,
        support=support,
        path=path,
        views=views,
        view=view,
        count=answer["count"],
        overdue=answer["overdue"],
        lines=lines,
    )


async def _of_officers(visit: Visit) -> Accompanied:
    """Raises HTTPException for who is no laureate."""
    person, bus = await officer_of(visit)
    told = await bus.known("intake", "dossier", candidature_id=visit.path["receipt"])
    if told is None:
        raise HTTPException(404)
    found = await bus.known("notify", "support", candidature_id=told["candidature_id"])
    role = signing_role(person, MAY[StepCommented])
    return _accompanied(person, role, found, f"{OFFICERS_PATH}/{visit.path['receipt']}")


async def _of_association(visit: Visit) -> Accompanied:
    """Raises HTTPException for whom it was not handed."""
    person, bus = await _association(visit)
    found = await bus.known("notify", "support", candidature_id=visit.path["id"])
    return _accompanied(
        person, Role.ASSOCIATION.value, found, f"{ASSOCIATION_PATH}/{visit.path['id']}"
    )


def _accompanied(person: Person, role: str, found: dict[str, Any] | None, path: str) -> Accompanied:
    if found is None or found["plan"] is None:
        raise HTTPException(404)
    return Accompanied(person, role, found["candidature_id"], found["plan"], path)


def _plan(visit: Visit, found: Accompanied) -> Response:
    return visit.page("accompanying_plan.html", person=found.person, support=support, found=found)


def _step(visit: Visit, found: Accompanied) -> Response:
    """Raises HTTPException for a step that the plan has not."""
    named = (one for one in found.plan["steps"] if one["step"] == visit.path["step"])
    step = next(named, None)
    if step is None:
        raise HTTPException(404)
    return visit.page(
        "accompanying_step.html",
        person=found.person,
        support=support,
        found=found,
        step=step,
        works=support.may_work_on(step, found.plan, found.role),
    )
