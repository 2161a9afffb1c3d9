"""What officers do about yearly reports with the command, on the real service and the real bus."""

from collections.abc import Iterator

import pytest

from deploy.cli.laureates import reports
from services.funding.app import NAME
from shared.contract import frontdesk as front
from shared.contract.funding import ReportSentBack
from shared.kit.storage.database import open_engine
from tests.command import Command
from tests.platform import Platform, until
from tests.service.money.treasury import Treasury

OFFICER = ("--as", "durand", "--role", "instructor", "--reason", "Lu et comparé au budget.")
READER = OFFICER[:4]
RECEIPT = "FABT-2020-4-00001"


@pytest.fixture
def treasury(platform: Platform) -> Iterator[Treasury]:
    made = Treasury.on(open_engine(platform.settings.database_url(NAME)), platform.home)
    yield made
    made.must_hold()
    made.engine.dispose()


async def test_a_version_that_was_replaced_is_refused_and_the_current_one_accepted(
    platform: Platform, treasury: Treasury, fabriques: Command
) -> None:
    [grant] = treasury.award_ready(1)
    async with platform.running("funding"):
        await send_report(platform, grant, version=1)
        read = await fabriques.data("reports", "show", RECEIPT, "1", *READER)
        assert [line["label"] for line in read["financial_table"]] == ["Salaires", "Total"]
        await send_report(platform, grant, version=2)
        version = str(read["version"])
        code, said = await fabriques(
            "reports", "accept", RECEIPT, "1", "--version", version, *OFFICER
        )
        assert code == 1 and "read version 2" in said
        _, said = await fabriques("reports", "accept", RECEIPT, "1", "--version", "2", *OFFICER)
        assert "version 2: accepted" in said


async def test_a_report_is_sent_back_with_its_reason(
    platform: Platform, treasury: Treasury, fabriques: Command
) -> None:
    [grant] = treasury.award_ready(1)
    async with platform.running("funding"):
        await send_report(platform, grant, version=1)
        await fabriques("reports", "send-back", RECEIPT, "1", "--version", "1", *OFFICER)
        assert (await platform.fact(ReportSentBack, grant)).data["due_on"] is None, (
            "that day is over"
        )
        found = await fabriques.data("reports", "show", RECEIPT, "1", *READER)
        assert (found["state"], found["returned_because"]) == (
            "returned",
            "Lu et comparé au budget.",
        )


async def test_the_reports_of_all_grants_are_listed_from_page_to_page(
    platform: Platform, treasury: Treasury, fabriques: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "PAGE", 2)
    grants = treasury.award_ready(5)
    async with platform.running("funding"):
        await send_report(platform, grants[0], version=1)
        found = await fabriques.data("reports", "list")
        assert [report["receipt_number"] for report in found["reports"]] == [
            f"FABT-2020-4-0000{n}" for n in range(1, 6)
        ]
        assert {report["due_on"] for report in found["reports"]} == {"2022-06-30"}
        page = await platform.ask("funding", "reports", limit=2)
        assert [report["candidature_id"] for report in page["reports"]] == sorted(grants)[:2]
        assert page["next"] == sorted(grants)[1]


async def send_report(platform: Platform, grant: str, version: int) -> None:
    line = {"label": "Salaires", "planned_cents": 100, "spent_cents": 90 + version}
    body = {"candidature_id": grant, "year": 1, "activity": "Ouvert.", "lines": [line]}
    await platform.publish("holders", front.ReportSubmitted, grant, body)

    async def heard() -> bool:
        found = await platform.ask("funding", "reports", receipt_number=RECEIPT)
        return bool(found["reports"][0]["version"] == version)

    await until(heard, f"version {version} is heard")
