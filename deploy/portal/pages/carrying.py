"""What a person signed in their browser is carried to the platform as it is, and its answer brought back.

`POST /signe/question` (`question`, such as `intake.file`) answers as the service does: `{"sealed"}`, or a
refusal `{"error", "message"}`. `POST /signe/acte` (`fact`, such as `frontdesk.review.submitted.v1`) answers
`{"came", "services"}`: `came` is `accepted`, `refused`, `unchanged` or `waiting`; each of `services` has
`service`, `result`, `changed` and `reasons`, French sentences; `mistakes`, of a body that cannot be read, are
each a `field` of it and a `message`. Both take `act_id`, `body` and `signature`.
In a page, `signed.js` does this: its first lines say how.

These pages believe no signature: the services judge it, by the key they know. What cannot count, by the same
rule, is not carried to where it would lie for ever: it would take the room of those who may act.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from nats.js.api import PubAck
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from deploy.portal.bus import Bus
from deploy.portal.limits import ACTING
from deploy.portal.pages.keys import bus_of, entered
from deploy.portal.staff import Person
from deploy.portal.web import Visit
from shared.contract.event import EVENTS, Event
from shared.contract.front_ends import ASSOCIATION, OFFICERS, REVIEWERS
from shared.contract.people import MAY, MAY_READ, speaker_of
from shared.contract.subjects import subject_of
from shared.contract.topology import HEARS
from shared.contract.values import Reason, Role
from shared.kit.delivery import ACT_HEADER, SIGNATURE_HEADER, Arrival
from shared.kit.ids import unstamped_id
from shared.kit.people.acts import objection
from shared.kit.people.register import Standing
from shared.kit.strict_json import FRENCH, OTHERWISE

VERDICT_SECONDS_MAX = 10.0
POLL_SECONDS = 0.05
REFUSED = ("refused", "dead-lettered")
CARRIERS = {Role.REVIEWER.value: REVIEWERS, Role.ASSOCIATION.value: ASSOCIATION}
SOMEBODY_ELSES = "Cet acte est au nom d'une autre personne : il n'est pas envoyé."


@dataclass(frozen=True, slots=True)
class Signed:
    """The bytes that were signed, and what proves them."""

    body: bytes
    headers: dict[str, str]

    @property
    def said(self) -> dict[str, Any]:
        """Raises HTTPException."""
        try:
            return dict(json.loads(self.body))
        except (ValueError, TypeError):
            raise HTTPException(400) from None


async def question(visit: Visit) -> Response:
    """In the name of who has entered; whether they may, the service says."""
    person = await entered(visit)
    signed = _signed(visit)
    name = visit.one("question")
    if name not in MAY_READ:
        raise HTTPException(400)
    actor = signed.said.get("actor")
    if not isinstance(actor, dict) or actor.get("id") != person.person_id:
        return _json({"error": "not-yours", "message": SOMEBODY_ELSES})
    service, word = name.split(".")
    bus = bus_of(visit, _carrier(str(actor.get("role"))))
    return _json(await bus.ask_signed(service, word, signed.body, signed.headers))


async def act(visit: Visit) -> Response:
    """Waits for what each service that hears it makes of it."""
    person = await entered(visit)
    signed = _signed(visit)
    kind = EVENTS.get(visit.one("fact"))
    if kind not in MAY:
        raise HTTPException(400)
    try:
        event = kind.model_validate_json(signed.body)
    except ValidationError as error:
        mistakes = [_mistake(one) for one in error.errors(include_input=False, include_url=False)]
        return _json(_not_sent() | {"mistakes": mistakes})
    speaker, role = speaker_of(event)
    if speaker != person.person_id:
        return _json(_not_sent(SOMEBODY_ELSES))
    bus = bus_of(visit, _carrier(role))
    subject = subject_of(bus.programme, event)
    if why := _objection(person, event, signed, subject):
        return _json(_not_sent(why.message))
    # What a stolen session says takes nothing of what its person may sign.
    visit.limit(ACTING, person.person_id)
    headers = signed.headers | {"Nats-Msg-Id": str(uuid4())}
    kept = await bus.publish(subject, signed.body, headers)
    hearing = [service for service, hears in HEARS.items() if kind in hears]
    told = await asyncio.gather(*(_decided(bus, service, event, kept) for service in hearing))
    return _json({"came": _came(told), "services": told})


def _carrier(role: str) -> str:
    """The kind of front-end by which people in this role speak."""
    return CARRIERS.get(role, OFFICERS)


def _objection(person: Person, event: Event, signed: Signed, subject: str) -> Reason | None:
    """What every service will say of key, signature and role; whether it counted already, they alone know."""
    at = Arrival(
        event_id="",
        now=datetime.now(UTC),
        stream="",
        sequence=0,
        subject=subject,
        correlation_id="",
        signature=signed.headers[SIGNATURE_HEADER],
        body=signed.body,
        act_id=signed.headers[ACT_HEADER],
        platform=person.platform,
    )
    standing = Standing(person.person_id, 0, person.public_key, person.roles)
    return objection([standing], MAY[type(event)], speaker_of(event)[1], at)


async def _decided(bus: Bus, service: str, event: Event, kept: PubAck) -> dict[str, Any]:
    place = {"event_id": unstamped_id(kept.stream, kept.seq), "dossier": event.dossier[:64]}
    deadline = time.monotonic() + VERDICT_SECONDS_MAX
    while time.monotonic() < deadline:
        answer = await bus.ask(service, "decided", **place)
        if answer.get("decided"):
            reasons = [reason["message"] for reason in answer["reasons"]]
            return _told(service, answer["result"], reasons, answer["changed"])
        await asyncio.sleep(POLL_SECONDS)
    return _told(service, "waiting", [])


def _came(told: list[dict[str, Any]]) -> str:
    results = [one["result"] for one in told]
    if any(result in REFUSED for result in results):
        return "refused"
    if "waiting" in results:
        return "waiting"
    return "accepted" if any(one["changed"] for one in told) else "unchanged"


def _told(service: str, result: str, reasons: list[str], changed: bool = False) -> dict[str, Any]:
    return {"service": service, "result": result, "changed": changed, "reasons": reasons}


def _not_sent(*reasons: str) -> dict[str, Any]:
    """What goes no further than these pages."""
    return {"came": "refused", "services": [_told("", "refused", list(reasons))]}


def _mistake(found: ErrorDetails) -> dict[str, str]:
    """By the name that the sender gave the field: it goes back to them alone."""
    field = ".".join(str(part) for part in found["loc"])
    return {"field": field, "message": FRENCH.get(found["type"], OTHERWISE)}


def _signed(visit: Visit) -> Signed:
    """As it came: not a byte of what was signed is touched."""
    headers = {ACT_HEADER: visit.one("act_id"), SIGNATURE_HEADER: visit.one("signature")}
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        raise HTTPException(400)
    return Signed(visit.typed.get("body", [""])[-1].encode(), headers)


def _json(answer: dict[str, Any]) -> Response:
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})
