"""A reviewer's acts through the pages: what is not theirs, altered or sent twice is refused, and told."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from deploy.asking import SignedQuestion
from deploy.portal.limits import ACTING
from deploy.portal.pages import carrying
from shared.contract.backoffice import ReviewOpened
from shared.contract.event import Event
from shared.contract.frontdesk import ReviewSubmitted
from shared.contract.values import Actor, Role
from shared.kit.delivery import ACT_HEADER, SIGNATURE_HEADER
from tests.broker.test_reading import assigned, registered
from tests.people import key_of
from tests.platform import Platform
from tests.portal.browsing import Browser, browser_of, enter
from tests.portal.conftest import STAFFED, Served, serving
from tests.portal.signing import signed_act
from tests.service.selection.ballot import marks_of


@dataclass(frozen=True)
class Reviewing:
    """anna is in, and was asked to read the dossier."""

    served: Served
    dossier: str

    @property
    def browser(self) -> Browser:
        return self.served.browser

    def review(self, name: str = "anna", signer: str = "", mark: int = 4) -> dict[str, str]:
        """The form that the script sends: a review in a name, signed by somebody's key."""
        said = {
            "candidature_id": self.dossier,
            "reviewer_id": name,
            "marks": marks_of(mark),
            "comment": "Un projet solide.",
            "comments": {},
        }
        return self._signed(ReviewSubmitted, self.dossier, said, signer or name)

    def opening(self) -> dict[str, str]:
        """An act of an officer, in her own name and with her own key."""
        said = {"actor": {"id": "anna", "role": "reviewer"}, "reason": "à tort", "wave": "2020-4"}
        return self._signed(ReviewOpened, "2020-4", said, "anna")

    def _signed(
        self, kind: type[Event], about: str, said: dict[str, Any], signer: str
    ) -> dict[str, str]:
        return signed_act(self.served.platform, signer, kind.event_type(), about, said)

    async def send(self, form: dict[str, str], path: str = "/signe/acte") -> dict[str, Any]:
        answer = await self.browser.client.post(
            path, data=form | {"form-token": self.browser.token}
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def told(self, form: dict[str, str]) -> tuple[str, list[str]]:
        answer = await self.send(form)
        return answer["came"], [
            reason for service in answer["services"] for reason in service["reasons"]
        ]


@pytest.fixture
async def reviewing(platform: Platform) -> AsyncIterator[Reviewing]:
    async with platform.running("intake", "eligibility"), serving(platform, STAFFED) as served:
        dossier = await registered(platform)
        await assigned(platform, dossier, "anna")
        await enter(served.browser, "anna")
        yield Reviewing(served, dossier)


async def test_a_forged_a_repeated_and_an_altered_act_are_refused_and_told(
    reviewing: Reviewing,
) -> None:
    wrong = "La signature n'est pas celle de cette personne, pour cet acte, sur cette plateforme."
    assert await reviewing.told(reviewing.review(signer="thief")) == ("refused", [wrong]), (
        "another key"
    )
    altered = reviewing.review()
    altered["body"] = altered["body"].replace("solide", "splendide")
    assert await reviewing.told(altered) == ("refused", [wrong]), "another body"
    others = reviewing.review(name="bela")
    assert await reviewing.told(others) == ("refused", [carrying.SOMEBODY_ELSES]), (
        "another's, from here"
    )
    unread = reviewing.review()
    answer = await reviewing.send(unread | {"body": '{"candidature_id": "x", "marks": 5}'})
    assert answer["came"] == "refused"
    told = {one["field"]: one["message"] for one in answer["mistakes"]}
    assert told == {
        "candidature_id": "La forme de cette valeur n'est pas celle attendue.",
        "reviewer_id": "Ce champ est obligatoire.",
        "marks": "Un objet est attendu.",
        "comment": "Ce champ est obligatoire.",
    }, "every mistake at once, in French"

    mine = reviewing.review()
    assert await reviewing.told(mine) == ("accepted", []), (
        "the control: their own key, untouched, once"
    )
    again = "Cet acte a déjà compté : il ne compte qu'une fois."
    assert await reviewing.told(mine) == ("refused", [again]), "the same act again"


async def test_what_a_stolen_session_or_another_role_says_takes_no_room_on_the_bus(
    reviewing: Reviewing,
) -> None:
    platform = reviewing.served.platform
    assert (await reviewing.told(reviewing.review(signer="thief")))[0] == "refused"
    assert await reviewing.told(reviewing.opening()) == (
        "refused",
        ["Ce rôle ne permet pas cet acte."],
    )
    assert await platform.facts(ReviewOpened) == [], "a reviewer fills nothing of the officers'"
    assert await reviewing.told(reviewing.review()) == ("accepted", []), (
        "the control: what may count is carried"
    )
    assert len(await platform.facts(ReviewSubmitted, reviewing.dossier)) == 1


async def test_forged_acts_take_nothing_of_what_a_person_may_sign(reviewing: Reviewing) -> None:
    limits = reviewing.served.portal.limits
    for _ in range(ACTING.burst - 1):
        limits.wait_seconds("anna", ACTING)
    for _ in range(3):
        assert (await reviewing.told(reviewing.review(signer="thief")))[0] == "refused"
    assert (await reviewing.told(reviewing.review()))[0] == "accepted", "the last one is still hers"
    one_more = reviewing.review() | {"form-token": reviewing.browser.token}
    assert (await reviewing.browser.client.post("/signe/acte", data=one_more)).status_code == 429, (
        "the control"
    )


async def test_what_is_read_is_sealed_to_who_asks_and_opened_by_nobody_else(
    reviewing: Reviewing,
) -> None:
    platform = reviewing.served.platform

    def asked(signer: str, **said: Any) -> tuple[SignedQuestion, dict[str, str]]:
        actor = Actor(id="anna", role=Role.REVIEWER)
        question = SignedQuestion(
            platform.programme, platform.roots.platform, "intake.file", key_of(signer), actor, said
        )
        form = {
            "question": "intake.file",
            "act_id": question.headers[ACT_HEADER],
            "signature": question.headers[SIGNATURE_HEADER],
            "body": question.body.decode(),
        }
        return question, form

    question, form = asked("anna", candidature_id=reviewing.dossier)
    answer = await reviewing.send(form, "/signe/question")
    assert set(answer) == {"sealed"}, "the pages read nothing of it"
    assert question.opened(json.dumps(answer).encode())["candidature_id"] == reviewing.dossier
    assert (await reviewing.send(form, "/signe/question"))["error"] == "question-repeated"
    _, forged = asked("thief", candidature_id=reviewing.dossier)
    assert (await reviewing.send(forged, "/signe/question"))["error"] == "signature-wrong"

    async with browser_of(reviewing.served.portal) as other:
        await enter(other, "bela")
        answer = await other.client.post("/signe/question", data=form | {"form-token": other.token})
        assert answer.json()["error"] == "not-yours"
        answer = await other.client.post("/signe/question", data=form | {"form-token": "none"})
        assert answer.status_code == 403, "not without the session's token"
    async with browser_of(reviewing.served.portal) as stranger:
        await stranger.open("/entrer")
        answer = await stranger.client.post("/signe/acte", data={"form-token": stranger.token})
        assert answer.status_code == 401
