"""Every mistake at once, for all: a wrong form hides no wrong rule, a dry run tells what filing would."""

import json
from typing import Any

import pytest

from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import (
    CandidatureAlreadyRegistered,
    CandidatureRefused,
    CandidatureRegistered,
)
from shared.contract.subjects import STATUS_STREAM
from tests.broker.garbage import encoded
from tests.platform import Platform
from tests.submissions import OPEN_DAY, candidature_id, submission

SIRET = "73282932000074"
WRONG_RULES: dict[str, Any] = {
    "holder__siret": "00000000000000",
    "place__commune_code": "69001",
    "place__address": "1 place des Terreaux, 69001 Lyon",
    "budget__requested_cents": [1, 1],
}
RULES = {"siret-invalid", "commune-contradicted", "years-wrong", "amount-out-of-range"}


def codes(data: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in data["reasons"]}


async def test_a_wrong_form_hides_no_wrong_rule(platform: Platform) -> None:
    dossier, body = submission(**WRONG_RULES, holder__email="é@exemple.fr", place__latitude="46.12")
    body["colour"] = "bleu"
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        refused = await platform.fact(CandidatureRefused, dossier)
        assert codes(refused.data) == RULES | {"email-invalid", "float-type", "extra-forbidden"}


async def test_a_dry_run_finds_all_that_filing_would_and_registers_nothing(
    platform: Platform,
) -> None:
    dossier, body = submission(**WRONG_RULES, holder__email="é@exemple.fr")
    first, good = submission()
    _, same = submission()
    same |= {"holder": good["holder"], "place": good["place"]}
    poor = json.loads(json.dumps(good))
    poor["project"]["governance"] = None
    del same["candidature_id"]
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, first, good, at=OPEN_DAY)
        registered = await platform.fact(CandidatureRegistered, first)
        found = await platform.ask("intake", "check", **body)
        assert (found["would_be"], codes(found)) == ("refused", RULES | {"email-invalid"})
        claimed = await platform.ask_as("holders", "intake", "check", **same)
        assert (claimed["would_be"], codes(claimed)) == ("already-registered", {"same-project"})
        assert registered.data["receipt_number"] not in str(claimed), (
            "whose it is, is nobody else's business"
        )
        assert (await platform.ask("intake", "check", **same))["would_be"] == "contested", (
            "an officer's paper file"
        )
        fine = await platform.ask("intake", "check", **submission()[1])
        assert (fine["would_be"], fine["wave"], fine["reasons"]) == ("registered", "2020-4", [])
        lacking = await platform.ask_as("holders", "intake", "check", **poor)
        assert (lacking["would_be"], lacking["missing"]) == ("pieces-requested", ["governance"])
        assert len(await platform.facts("INTAKE")) == 1
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        assert codes((await platform.fact(CandidatureRefused, dossier)).data) == codes(found)


async def test_one_project_has_one_owner_however_its_file_is_spelt(platform: Platform) -> None:
    """Capitals in id and subject, a spaced SIRET, a byte-order mark; digits of another script are none."""
    first, body = submission(holder__siret=SIRET)
    second, spaced = submission(holder__siret="732 829 320 00074")
    third, wide = submission(holder__siret="７３２８２９３２００００７４")
    spaced["candidature_id"] = second.upper()
    async with platform.running("intake"):
        marked = b"\xef\xbb\xbf" + encoded(body)
        await platform.publish("holders", CandidatureSubmitted, first, marked, at=OPEN_DAY)
        await platform.publish("holders", CandidatureSubmitted, second.upper(), spaced, at=OPEN_DAY)
        await platform.publish("holders", CandidatureSubmitted, third, wide, at=OPEN_DAY)
        registered = await platform.fact(CandidatureRegistered, first)
        known = await platform.fact(CandidatureAlreadyRegistered, second)
        assert known.data["receipt_number"] == registered.data["receipt_number"]
        assert codes((await platform.fact(CandidatureRefused, third)).data) == {"siret-invalid"}


@pytest.mark.parametrize(
    "body", [b"<xml/>", b"", b'{"candidature_id": 1}'], ids=["not JSON", "nothing", "a number"]
)
async def test_whoever_names_a_dossier_is_answered_though_the_body_cannot_be_read(
    platform: Platform, body: bytes
) -> None:
    dossier = candidature_id()
    async with platform.running("intake", "notify"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        assert (await platform.fact(CandidatureRefused, dossier)).data["reasons"]
        await platform.idle("intake")
        await platform.idle("notify")
        assert await platform.dead_letters() == []


async def test_an_unreadable_change_leaves_a_registered_file_and_its_status_as_they_were(
    platform: Platform,
) -> None:
    dossier, body = submission()
    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, dossier)
        await platform.publish("holders", CandidatureSubmitted, dossier, b"<xml/>", at=OPEN_DAY)
        await platform.fact(CandidatureRefused, dossier)
        assert (await platform.ask("intake", "dossier", candidature_id=dossier))[
            "status"
        ] == "registered"
        assert {
            status.data["status"] for status in await platform.facts(STATUS_STREAM, dossier)
        } == {"registered"}
