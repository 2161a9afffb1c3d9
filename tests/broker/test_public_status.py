"""The public status of a dossier carries the day of what it says, and one line for each tranche."""

from datetime import datetime, timedelta

from services.intake.domain import filing as domain
from services.intake.domain.filing import Dossier
from services.intake.domain.tranches import hear_tranche
from shared.contract.frontdesk import CandidatureSubmitted, WithdrawalRequested
from shared.contract.intake import CandidatureRefused, CandidatureRegistered, CandidatureWithdrawn
from shared.contract.subjects import STATUS_STREAM
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission

LATER = "2020-11-20T10:00:00+01:00"
RECEIVED = datetime.fromisoformat(OPEN_DAY)
PAID = RECEIVED + timedelta(days=400)
DOSSIER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
FILE = Dossier(
    candidature_id=DOSSIER,
    front_end="holders",
    status="registered",
    wave="2020-4",
    version=1,
    receipt_number="FABT-2020-4-00001",
    receipt_place="00001",
    receipt_sequence=1,
    received_at=RECEIVED,
    content_sequence=1,
    content="{}",
    project_key="",
    since=RECEIVED,
)


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


def test_each_tranche_keeps_its_line_whatever_is_said_of_the_others_later() -> None:
    first = hear_tranche(FILE, 1, "settled", PAID)
    assert first
    both = hear_tranche(first, 2, "withheld", PAID + timedelta(days=365))
    assert both
    told = domain.status_of(both)
    assert [(line.number, line.status, line.since) for line in told.tranches] == [
        (1, "settled", PAID),
        (2, "withheld", PAID + timedelta(days=365)),
    ]


def test_an_older_word_on_a_tranche_does_not_replace_a_newer_one() -> None:
    settled = hear_tranche(FILE, 1, "settled", PAID)
    assert settled
    assert hear_tranche(settled, 1, "ordered", PAID - timedelta(days=3)) == settled
