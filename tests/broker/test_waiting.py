"""Events that came before what they build on are listed with what they wait for, until it comes."""

from shared.contract.frontdesk import CandidatureSubmitted, WithdrawalRequested
from tests.command import Command
from tests.platform import Platform, until
from tests.submissions import OPEN_DAY, submission


async def test_an_early_event_is_listed_until_what_it_waits_for_has_come(
    platform: Platform, fabriques: Command
) -> None:
    dossier, body = submission()
    async with platform.running("intake"):
        assert "No event waits" in (await fabriques("waiting", "--service", "intake"))[1]
        gone = {"candidature_id": dossier, "reason": "Le projet de Mme Martin s'arrête."}
        await platform.publish("holders", WithdrawalRequested, dossier, gone, at=OPEN_DAY)

        async def listed() -> bool:
            return bool((await platform.ask("intake", "waiting"))["count"] == 1)

        await until(listed, "the withdrawal waits")
        [early] = (await platform.ask("intake", "waiting"))["waiting"]
        assert (early["fact"], early["dossier"]) == ("WithdrawalRequested", early["waits_for"])
        assert early["waits_for"] == dossier
        assert "Martin" not in str(early)
        code, said = await fabriques("waiting", "--service", "intake")
        assert code == 0 and said.count(dossier) == 2 and early["since"][:19] in said

        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.idle("intake")
        assert await platform.ask("intake", "waiting") == {"count": 0, "waiting": []}


async def test_all_are_counted_where_the_oldest_alone_are_listed(platform: Platform) -> None:
    dossiers = [submission()[0] for _ in range(3)]
    async with platform.running("intake"):
        for dossier in dossiers:
            gone = {"candidature_id": dossier, "reason": "Le projet s'arrête."}
            await platform.publish("holders", WithdrawalRequested, dossier, gone, at=OPEN_DAY)
        await platform.idle("intake")
        told = await platform.ask("intake", "waiting", limit=2)
        assert told["count"] == 3
        assert [early["dossier"] for early in told["waiting"]] == dossiers[:2]


async def test_a_service_that_does_not_exist_or_does_not_answer_is_one_line(
    platform: Platform, fabriques: Command
) -> None:
    async with platform.running("intake"):
        assert (await fabriques("waiting", "--service", "bank"))[1].startswith(
            "fabriques: there is no service bank"
        )
        code, said = await fabriques("waiting", "--service", "notify")
        assert code == 1 and said.startswith("fabriques: notify: nobody answers")
