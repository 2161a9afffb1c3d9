"""What a page's script signs, without a browser: the form as it is shown, its button, a reason, a key."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

from shared.kit.delivery import SIGNATURE_HEADER
from shared.kit.people.signatures import signed_headers
from tests.people import key_of
from tests.platform import Platform
from tests.portal.browsing import Browser


@dataclass
class ActForm:
    """A form of class `act`: its own words, those of each button, and what its fields hold now."""

    words: dict[str, str]
    buttons: dict[str, dict[str, str]] = field(default_factory=dict)
    held: dict[str, Any] = field(default_factory=dict)


class ActForms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[ActForm] = []
        self._form: ActForm | None = None
        self._button: dict[str, str] | None = None
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._begin(told)
        if self._form is None:
            return
        if tag == "button":
            self._button = told
        if tag == "select":
            self._select = told["name"]
        if tag == "option" and ("selected" in told or self._select not in self._form.held):
            self._form.held[self._select] = told["value"]
        if tag == "input":
            self._hold(self._form, told)

    def _begin(self, told: dict[str, str]) -> None:
        self._form = None
        if "act" in told.get("class", "").split():
            self._form = ActForm(told)
            self.found.append(self._form)

    def _hold(self, form: ActForm, told: dict[str, str]) -> None:
        if told["type"] == "checkbox":
            ticked = form.held.setdefault(told["name"], [])
            if "checked" in told:
                ticked.append(told["value"])
        else:
            form.held[told["name"]] = told.get("value") or None

    def handle_data(self, data: str) -> None:
        if self._form and self._button is not None and data.strip():
            self._form.buttons[data.strip()] = self._button
            self._button = None


def signed_act(
    platform: Platform, person: str, fact: str, about: str, said: dict[str, Any]
) -> dict[str, str]:
    """The form that the script sends."""
    subject = f"{platform.programme}.{fact}.{about}"
    act_id = str(uuid4())
    body = json.dumps(said)
    headers = signed_headers(
        key_of(person), platform.roots.platform, subject, act_id, body.encode()
    )
    return {"fact": fact, "act_id": act_id, "body": body, "signature": headers[SIGNATURE_HEADER]}


async def sign_shown(
    browser: Browser, platform: Platform, person: str, button: str, **typed: Any
) -> tuple[str, list[str]]:
    """What came of the act of this button on the page that is shown, and every reason."""
    [form] = [one for one in ActForms(browser.page).found if button in one.buttons]
    words = form.words | form.buttons[button]
    said = json.loads(form.words["data-said"]) | json.loads(
        form.buttons[button].get("data-said", "{}")
    )
    said |= {"reason": "Dit au téléphone.", "actor": {"id": person, "role": words["data-role"]}}
    sent = signed_act(
        platform, person, words["data-fact"], words["data-dossier"], said | form.held | typed
    )
    answer = await browser.client.post("/signe/acte", data=sent | {"form-token": _token(browser)})
    told = answer.json()
    return told["came"], [reason for service in told["services"] for reason in service["reasons"]]


def _token(browser: Browser) -> str:
    """Pages with acts hold it in what their script reads."""
    return browser.page.partition('data-token="')[2].partition('"')[0]
