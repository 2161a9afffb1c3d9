"""The door of officers and reviewers: a key made in their browser, a signed challenge, their own space.

Every page of theirs begins with `person = await entered(visit, Role.REVIEWER)`: who has entered, in one of
these roles, registered with the same key at this moment. What they do is signed again: see `carrying`.
"""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from deploy.portal.bus import Bus
from deploy.portal.limits import ENTERING
from deploy.portal.staff import Person, proves
from deploy.portal.web import Visit
from shared.contract.values import Role

SPACE = "/espace"
NOT_ENTERED = (
    "Vous n'êtes plus dans votre espace : entrez de nouveau. Ce que vous avez écrit est gardé ici."
)
UNPROVEN = (
    "La signature n'est pas celle de la clé enregistrée sous ce nom, ou le défi a déjà servi ou expiré. Si "
    "votre clé vient d'être faite, deux administrateurs doivent encore l'enregistrer."
)


class NotEntered(HTTPException):
    """Nobody entered in this session, or their key counts no more."""

    def __init__(self) -> None:
        super().__init__(401)


async def entered(visit: Visit, *roles: Role) -> Person:
    """Who entered, in one of these roles where some are named.

    Raises NotEntered, HTTPException for another role, PlatformAway.
    """
    person = await visit.portal.staff.entered(visit.session) if visit.session else None
    if person is None:
        raise NotEntered
    if roles and not {role.value for role in roles} & set(person.roles):
        raise HTTPException(403)
    return person


def bus_of(visit: Visit, kind: str) -> Bus:
    """What carries the words of such people. Raises HTTPException where these pages do not serve them."""
    bus = visit.portal.staff.buses.get(kind)
    if bus is None:
        raise HTTPException(404)
    return bus


async def key(visit: Visit) -> Response:
    """Where a key is made; nothing of it but its public half and digest is shown, and nothing is sent."""
    return visit.page("key.html")


async def door(visit: Visit) -> Response:
    return await _door(visit, 200)


async def entered_here(visit: Visit) -> Response:
    """A challenge counts once, whatever comes of it; who enters gets a new session."""
    staff = visit.portal.staff
    is_fresh = staff.entrances.spend(visit.one("challenge"), visit.session)
    person = await staff.person(visit.one("person"))
    is_proven = person is not None and proves(
        person, visit.portal.own.address, visit.one("challenge"), visit.one("signature")
    )
    if person is None or not is_fresh or not is_proven:
        return await _door(visit, 403, UNPROVEN)
    visit.renew()
    staff.entrances.enter(visit.session, person)
    return visit.go(_path_of(visit))


async def home(visit: Visit) -> Response:
    """What the person's roles open."""
    return visit.page("space.html", person=await entered(visit))


async def _door(visit: Visit, status: int, told: str = "") -> Response:
    visit.limit(ENTERING)
    staff = visit.portal.staff
    platform = await staff.platform()
    challenge = staff.entrances.challenge(visit.require_session())
    return visit.page(
        "door.html",
        status,
        challenge=challenge,
        platform=platform,
        towards=_path_of(visit),
        told=told,
    )


def _path_of(visit: Visit) -> str:
    """Where to go afterwards: a page of ours, whatever the address says."""
    path = visit.one("vers") or visit.asked.get("vers", "")
    return path if path.startswith("/") and path[1:2] not in ("/", "\\") else SPACE
