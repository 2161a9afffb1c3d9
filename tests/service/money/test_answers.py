"""What operators are told of money, asked of the real service on the real bus."""

from datetime import date

from services.funding.app import NAME
from shared.contract import backoffice as officers
from shared.kit.storage.database import open_engine
from tests.platform import Platform
from tests.service.money.paying import person
from tests.service.money.treasury import Treasury


async def test_why_names_the_gate_that_blocks_a_tranche_and_since_when(platform: Platform) -> None:
    treasury = Treasury.on(open_engine(platform.settings.database_url(NAME)), platform.home)
    [late, held] = treasury.award_ready(2)
    treasury.move_to(date(2021, 4, 2))
    treasury.say(officers.GrantSuspended(candidature_id=held, **person("officer-1")))
    treasury.move_to(date(2021, 4, 20))
    treasury.due(held, 1)
    treasury.move_to(date(2022, 8, 1))
    treasury.say(officers.GrantResumed(candidature_id=late, **person("officer-1")))
    treasury.lies_in_no_log()
    async with platform.running("funding"):
        why = await platform.ask("funding", "why", candidature_id=held)
        since = "2\u00a0avril\u00a02021"
        assert why["money"]["text"] == [
            f"Tranche 1 bloquée depuis le {since} : Le financement est suspendu depuis le {since}."
        ]
        reports = await platform.ask("funding", "reports", overdue=True)
        assert (reports["as_of"], reports["overdue"]) == ("2022-08-01", 2)
        assert {report["due_on"] for report in reports["reports"]} == {"2022-06-30"}
        one = await platform.ask("funding", "reports", receipt_number="FABT-2020-4-00001")
        assert [report["version"] for report in one["reports"]] == [0]
    treasury.must_hold()
    treasury.engine.dispose()
