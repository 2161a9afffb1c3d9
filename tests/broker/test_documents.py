"""Documents on the bus: made for whoever may have them, said once, known again by their digest."""

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any

from shared.contract import frontdesk, funding, intake
from shared.contract.notify import DocumentMade
from tests.broker.notified import awarded, registered
from tests.command import Command
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission

OTHERS = "portal"  # a front-end that is not the one that asks


async def laureate(platform: Platform, front_end: str) -> str:
    dossier, body = submission()
    await platform.publish("holders", frontdesk.CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    told = registered(dossier, front_end=front_end)
    await platform.publish("intake", intake.CandidatureRegistered, dossier, told)
    await platform.publish("funding", funding.GrantAwarded, dossier, awarded(dossier))
    return dossier


async def test_a_front_end_gets_the_documents_of_its_own_dossiers_and_each_file_is_said_once(
    platform: Platform, fabriques: Command, tmp_path: Path
) -> None:
    async with platform.running("notify"):
        own, others = await laureate(platform, "holders"), await laureate(platform, OTHERS)
        await platform.idle("notify")

        async def asked(dossier: str, kind: str = "award") -> dict[str, Any]:
            return await platform.ask_as(
                "holders", "notify", "document", candidature_id=dossier, kind=kind
            )

        first, again = await asked(own), await asked(own)
        assert first == again
        file = base64.b64decode(first["pdf"])
        assert (file[:5], sha256(file).hexdigest()) == (b"%PDF-", first["digest"])
        assert (await asked(others))["error"] == "unknown"
        assert (await asked(own, "refusal"))["error"] == "not-decided"
        [fact] = await platform.facts(DocumentMade)
        assert (fact.dossier, fact.data["digest"]) == (own, first["digest"])
        assert len(fact.headers["ce-causationid"]) <= 64, "PostgreSQL keeps no longer one"

        listed = await fabriques.data("documents", own)
        assert listed["number"] == "FABT-2020-4-00012-ATTR-1"
        made = tmp_path / "award.pdf"
        assert (await fabriques("document", "award", own, "--out", str(made)))[0] == 0
        assert made.read_bytes() == file
        assert (await fabriques("document", "award", own, "--check", str(made)))[0] == 0
        made.write_bytes(file + b"\n")
        code, said = await fabriques("document", "award", own, "--check", str(made))
        assert (code, "no award of this dossier" in said) == (1, True)

        await platform.publish("intake", intake.CandidatureErased, own, {"candidature_id": own})
        await platform.idle("notify")
        assert (await asked(own))["error"] == "unknown"
        code, said = await fabriques("document", "award", own)
        assert (code, "effacées" in said) == (1, True)
