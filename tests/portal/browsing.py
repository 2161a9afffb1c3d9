"""A browser without a window: keeps its cookies, fills the forms that it is shown, and sends their tokens."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Any

from httpx import ASGITransport, AsyncClient, Response
from nacl.signing import SigningKey

from deploy.portal.app import build
from deploy.portal.portal import Portal
from deploy.portal.staff import Person, entry_bytes
from tests.people import key_of
from tests.platform import until

TOKEN = re.compile(r'name="form-token" value="([^"]+)"')
ADDRESS = "http://127.0.0.1:8080"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Browser:
    """`page` is what it shows now."""

    client: AsyncClient
    page: str = ""
    status: int = 0
    address: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    async def open(self, path: str) -> "Browser":
        return self._shown(await self.client.get(path))

    async def send(self, path: str, **more: Any) -> "Browser":
        """A form as the page shows it: its token goes along. Fields are `holder__siret="…"`."""
        fields = {"form-token": self.token} | {
            name.replace("__", "."): given for name, given in more.items()
        }
        return self._shown(await self.client.post(path, data=fields))

    async def attach(
        self, path: str, name: str, content: bytes, kind: str = "statutes"
    ) -> "Browser":
        """A form with a file, as a browser sends it without any script."""
        fields = {"form-token": self.token, "kind": kind}
        files = {"file": (name, content, "application/octet-stream")}
        return self._shown(await self.client.post(path, data=fields, files=files))

    def _shown(self, response: Response) -> "Browser":
        self.page = response.text
        self.status = response.status_code
        self.address = response.url.raw_path.decode()
        self.headers = response.headers
        return self

    @property
    def token(self) -> str:
        found = TOKEN.search(self.page)
        assert found, f"no form on {self.address}"
        return found[1]

    @property
    def text(self) -> str:
        """What people read: without tags, spaces as one."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.page)).split())

    @property
    def dossier(self) -> str:
        """The id in the address."""
        return self.address.split("/")[2].partition("?")[0]


async def enter(
    browser: Browser, name: str, key: SigningKey | None = None, opened: bool = False
) -> dict[str, str]:
    """Signs the challenge of the door, as the page's script does. Returns what was sent."""
    if not opened:
        await browser.open("/entrer")
    hidden = dict(re.findall(r'name="(vers|challenge)" value="([^"]*)"', browser.page))
    platform = re.findall(r'data-platform="([^"]+)"', browser.page)[0]
    said = entry_bytes(Person(name, (), "", platform), ADDRESS, hidden["challenge"])
    signature = b64encode((key or key_of(name)).sign(said).signature).decode()
    sent = hidden | {"person": name, "signature": signature}
    await browser.send("/entrer", **sent)
    return sent


@asynccontextmanager
async def browser_of(portal: Portal) -> AsyncIterator[Browser]:
    transport = ASGITransport(app=build(portal), raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url=ADDRESS, follow_redirects=True) as client:
        yield Browser(client)


async def shown(browser: Browser, path: str, words: str) -> None:
    """Waits until a page says so."""

    async def there() -> bool:
        return words in (await browser.open(path)).text

    await until(there, f"{words} on {path}")


def session_of(browser: Browser, portal: Portal) -> str:
    return portal.seals.session_in(browser.client.cookies["fabriques"])


async def filed(browser: Browser, portal: Portal) -> str:
    """A dossier that this browser may see; whether the counter has it is another matter."""
    await browser.open("/candidature")
    draft = portal.store.new_draft(session_of(browser, portal), {})
    assert draft
    portal.store.filed(draft.candidature_id, datetime.now(UTC))
    return draft.candidature_id


def filled() -> dict[str, dict[str, Any]]:
    """What somebody types on each step, in the way people type."""
    return {
        "porteur": {
            "holder.legal_name": "Association La Passerelle",
            "holder.siret": "732 829 320 00074",
            "holder.legal_form": "association",
            "holder.representative": "Camille Exemple",
            "holder.email": "contact@passerelle.example",
            "holder.phone": "",
        },
        "lieu": {
            "place.name": "La Passerelle",
            "place.kinds": ["coworking", "fablab"],
            "place.existing": "oui",
            "place.address": "1 place du Marché, 03200 Vichy",
            "place.commune_code": "Vichy",
            "place.latitude": "46,12",
            "place.longitude": "3,42",
            "place.declared_qpv": "",
        },
        "projet": {
            "project.summary": "Un lieu de travail partagé et un atelier.",
            "project.territory_and_tiers_lieux": "Aider les tiers-lieux voisins à grandir.",
            "project.anchoring": "Porté depuis 2015 par des habitants.",
            "project.governance": "Un conseil où siègent les usagers.",
            "project.business_model": "Adhésions, locations et formations.",
            "project.learning": "",
            "project.business_digital_transition": "",
            "project.digital_mediation": "",
            "project.support_needs": ["governance"],
        },
        "budget": {
            "budget.requested_cents.0": "50 000",
            "budget.requested_cents.1": "50 000",
            "budget.requested_cents.2": "50 000,00 €",
        },
    }


def everything(**changes: Any) -> dict[str, Any]:
    """All steps at once; `changes` replaces fields: `holder__siret="…"`."""
    typed = {name: given for step in filled().values() for name, given in step.items()}
    return typed | {name.replace("__", "."): given for name, given in changes.items()}


async def draft(browser: Browser, **changes: Any) -> str:
    """Fills every step of a new candidature, and stands at its last look. Returns its id."""
    await browser.open("/candidature")
    await browser.send("/candidature")
    found = browser.dossier
    renamed = {name.replace("__", "."): given for name, given in changes.items()}
    for step, fields in filled().items():
        here = {name: renamed.get(name, given) for name, given in fields.items()}
        await browser.send(f"/candidature/{found}/{step}", suite="garder", **here)
    await browser.open(f"/candidature/{found}/relecture")
    return found
