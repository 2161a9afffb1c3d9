"""The public status of a dossier carries the day of what it says, and that of its receipt."""

from datetime import datetime

from shared.contract.frontdesk import CandidatureSubmitted, WithdrawalRequested
from shared.contract.intake import CandidatureRefused, CandidatureRegistered, CandidatureWithdrawn
from shared.contract.subjects import STATUS_STREAM
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission

LATER = "2020-11-20T10:00:00+01:00"
RECEIVED = datetime.fromisoformat(OPEN_DAY)


async def test_each_status_carries_its_own_day_and_that_of_the_receipt(platform: Platform) -> None:
    (dossier, body), (wrong, file) = submission(), submission(holder__siret="1")

    async def status(of: str) -> tuple[str, datetime]:
        told = (await platform.facts(STATUS_STREAM, of))[-1].data
        return told["status"], datetime.fromisoformat(told["since"])

    async with platform.running("intake"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.publish("holders", CandidatureSubmitted, wrong, file, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, dossier)
        await platform.fact(CandidatureRefused, wrong)
        assert await status(dossier) == ("registered", RECEIVED)
        assert await status(wrong) == ("refused", RECEIVED)
        withdrawal = {"candidature_id": dossier, "reason": "Le bail n'est pas renouvelé."}
        await platform.publish("holders", WithdrawalRequested, dossier, withdrawal, at=LATER)
        await platform.fact(CandidatureWithdrawn, dossier)
        assert await status(dossier) == ("withdrawn", datetime.fromisoformat(LATER))
        answer = await platform.ask("intake", "dossier", candidature_id=dossier)
        assert datetime.fromisoformat(answer["received_at"]) == RECEIVED
        assert datetime.fromisoformat(answer["since"]) == datetime.fromisoformat(LATER)
