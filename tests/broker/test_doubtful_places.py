"""A commune code that address or point contradict, on a real broker: a reason to act on, or an officer."""

from typing import Any

import pytest

from deploy.cli.dossiers import eligibility
from shared.contract.eligibility import OFFICE_CODES, EligibilityChecked, InstructionRequested
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRefused
from shared.contract.subjects import STATUS_STREAM
from tests.command import Command
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission

TERREAUX = {"place__latitude": 45.769, "place__longitude": 4.8345}
LATER = "2020-10-06T10:00:00+02:00"


def placed(**changes: Any) -> tuple[str, dict[str, Any]]:
    return submission(place__commune_code="69001", **TERREAUX, **changes)


async def test_a_postal_code_typed_for_the_commune_is_refused_with_the_likely_code(
    platform: Platform,
) -> None:
    dossier, body = placed(place__address="1 place des Terreaux, 69001 Lyon")
    async with platform.running("intake", "eligibility"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        refused = await platform.fact(CandidatureRefused, dossier)
        [reason] = refused.data["reasons"]
        assert reason["code"] == "commune-contradicted"
        assert "Lyon (code commune 69123)" in reason["message"]


async def test_a_doubt_goes_to_an_officer_with_both_readings_and_its_holder_can_end_it(
    platform: Platform,
) -> None:
    dossier, body = placed(place__address="1 place des Terreaux")
    async with platform.running("intake", "eligibility"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        asked = (await platform.fact(InstructionRequested, dossier)).data["reasons"]
        [file] = (await platform.ask("eligibility", "instructions"))["waiting"]
        assert (file["candidature_id"], file["commune_code"]) == (dossier, "69001")
        assert file["reasons"] == asked
        assert asked[0]["code"] == "commune-doubtful"
        assert all(name in asked[0]["message"] for name in ("Affoux", "Lyon (69123"))
        assert OFFICE_CODES & {reason["code"] for reason in asked} == {"qpv-data-missing"}

        await platform.idle("intake")
        status = (await platform.facts(STATUS_STREAM, dossier))[-1].data
        assert status["status"] == "in-instruction"
        assert [reason["code"] for reason in status["reasons"]] == ["commune-doubtful"]

        mended = {**body, "place": {**body["place"], "address": "1 place du Marché, 69170 Affoux"}}
        await platform.publish("holders", CandidatureSubmitted, dossier, mended, at=LATER)
        checked = await platform.fact(EligibilityChecked, dossier)
        assert checked.data["zones"] == ["outside-urban"]
        assert (await platform.ask("eligibility", "instructions"))["waiting"] == []


async def test_what_waits_is_answered_in_pages_and_the_command_reads_them_all(
    platform: Platform, fabriques: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eligibility, "PAGE", 2)
    files = dict(placed(place__address="1 place des Terreaux") for _ in range(3))
    async with platform.running("intake", "eligibility"):
        for dossier, body in files.items():
            await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
            await platform.fact(InstructionRequested, dossier)
        page = await platform.ask("eligibility", "instructions", limit=2)
        keys = sorted(files)
        assert ([one["candidature_id"] for one in page["waiting"]], page["next"]) == (
            keys[:2],
            keys[1],
        )
        listed = await fabriques.data("eligibility", "instructions")
        assert [one["candidature_id"] for one in listed] == keys
        assert all(one["reasons"] for one in listed)
