"""Coming back: a link by e-mail opens the dossiers of an address; and a letter's code proves one."""

from pydantic import ValidationError
from pydantic_core import PydanticCustomError
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.responses import Response

from deploy.portal.forms.fields import Field, Mistake
from deploy.portal.limits import ASKING_FOR_A_LINK
from deploy.portal.seals import new_id
from deploy.portal.web import Visit
from shared.contract.frontdesk import AddressConfirmed
from shared.contract.identity import mailable

EMAIL = Field("email", "Adresse électronique du dossier", "email", autocomplete="email",
              missing="Indiquez votre adresse électronique.")  # fmt: skip
REFUSAL_SECONDS_MAX = 0.6


async def ask(visit: Visit) -> Response:
    return visit.page("enter.html", field=EMAIL, typed={}, mistakes=[])


async def asked(visit: Visit) -> Response:
    """Says the same, as soon, whether the address has a dossier or not: the letter is written afterwards."""
    visit.limit(ASKING_FOR_A_LINK)
    email = visit.one(EMAIL.name)
    try:
        to = mailable(email)
        address = visit.portal.seals.address(email)
    except PydanticCustomError:
        wrong = Mistake(EMAIL.name, "Écrivez l'adresse comme contact@exemple.fr.")
        return visit.page(
            "enter.html", 422, field=EMAIL, typed={EMAIL.name: email}, mistakes=[wrong]
        )
    response = visit.page("enter_sent.html", email=email)
    response.background = BackgroundTask(_send_link, visit, address, to)
    return response


async def _send_link(visit: Visit, address: str, to: str) -> None:
    if secret := visit.portal.store.new_link(address):
        await visit.portal.post.send(to, f"{visit.portal.own.address}/acces/{secret}")


async def link(visit: Visit) -> Response:
    """A button, not yet the door: programs that look through mail open every link."""
    is_good = visit.portal.store.is_link(visit.path["secret"])
    return visit.page("enter_link.html", 200 if is_good else 410, is_good=is_good)


async def entered(visit: Visit) -> Response:
    """A link that is spent, as by a second click, changes nothing: neither session nor drafts."""
    session = new_id()
    if not visit.portal.store.open_link(visit.path["secret"], session):
        return visit.page("enter_link.html", 410, is_good=False)
    visit.renew(session)
    return visit.go("/dossiers")


async def left(visit: Visit) -> Response:
    """Dossiers and the space of officers and reviewers are closed in this browser; its drafts stay."""
    visit.portal.store.leave(visit.session)
    visit.renew()
    return visit.go("/")


async def proof(visit: Visit) -> Response:
    """The page that the letters of the platform link to, so that an address is known to be read."""
    return visit.page("proof.html", done=False)


async def proven(visit: Visit) -> Response:
    try:
        event = AddressConfirmed(
            candidature_id=visit.asked.get("dossier", ""), token=visit.path["code"]
        )
    except ValidationError:
        raise HTTPException(404) from None
    await visit.say(event, REFUSAL_SECONDS_MAX)
    return visit.page("proof.html", done=True)
