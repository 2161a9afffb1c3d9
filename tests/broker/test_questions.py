"""A wrong question is told its mistakes by the service it was put to, and the next one is answered."""

import json
from typing import Any

import pytest

from shared.contract.asked import PAGE_MAX, Body
from shared.contract.question import Question
from shared.contract.questions import QUESTIONS
from shared.contract.subjects import ask_subject
from shared.kit.questions import read_question
from tests.platform import PATIENCE_SECONDS, Platform

WRONG = [
    ("intake", "dossier", b'{"candidature": "x"}', {"candidature_id", "(champ inconnu)"}),
    ("intake", "dossier", b"not json", {None}),
    ("intake", "dossier", b'["a list"]', {None}),
    ("eligibility", "reviews", b'{"candidature_id": 7}', {"candidature_id"}),
    ("funding", "ranking", b'{"wave": "2020-4", "after": -1, "limit": 0}', {"after", "limit"}),
    ("funding", "grants", b'{"limit": "many", "after": []}', {"limit", "after"}),
    ("funding", "statement", b"{}", {"statement_id"}),
    ("notify", "support", b"{}", {"candidature_id"}),
    ("intake", "decided", b'{"dossier": "x"}', {"event_id"}),
]


@pytest.mark.parametrize(
    "question", QUESTIONS, ids=lambda question: f"{question.service}.{question.name}"
)
def test_the_example_of_every_question_is_what_it_is_asked_with(question: Question) -> None:
    assert question.kind is Body or question.kind.model_validate(question.request)


def test_who_asks_is_what_the_server_wrote_whatever_the_body_says() -> None:
    assert read_question(Body, b'{"asker": "officers", "a": 1}', "holders").asker == "holders"


async def test_a_wrong_question_is_answered_with_all_its_mistakes_and_the_service_goes_on(
    platform: Platform,
) -> None:
    async with platform.running("intake", "eligibility", "funding", "notify"):
        client = await platform.connect("officers")
        for service, name, body, fields in WRONG:
            said = await _ask(platform, client, service, name, body)
            assert said.get("error") == "request-invalid", (service, name, said)
            assert {reason["field"] for reason in said["reasons"]} == fields, (service, name, said)
        largest = await _ask(
            platform, client, "funding", "grants", f'{{"limit": {PAGE_MAX}}}'.encode()
        )
        assert largest["grants"] == []
        assert (await platform.ask("intake", "dossier", candidature_id="nobody's"))[
            "error"
        ] == "unknown"


async def _ask(
    platform: Platform, client: Any, service: str, name: str, body: bytes
) -> dict[str, Any]:
    subject = ask_subject(platform.programme, service, name)
    reply = await client.request(subject, body, timeout=PATIENCE_SECONDS)
    return dict(json.loads(reply.data))
