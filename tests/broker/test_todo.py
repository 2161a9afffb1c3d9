"""What waits for an officer, as the services tell it to the command."""

from shared.contract.frontdesk import AppealFiled, CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from tests.command import Command
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission

ASKED = ("intake", "eligibility", "funding", "notify")


async def test_what_waits_is_told_with_its_receipt_to_those_who_may_end_it(
    platform: Platform, fabriques: Command
) -> None:
    dossier, body = submission()
    async with platform.running(*ASKED):
        assert "Nothing waits for an officer." in (await fabriques("todo"))[1]
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        registered = await platform.fact(CandidatureRegistered, dossier)
        appeal = {"candidature_id": dossier, "grounds": "Une pièce n'a pas été lue."}
        await platform.publish("holders", AppealFiled, dossier, appeal, at=OPEN_DAY)
        await platform.idle("funding")
        [one] = (await fabriques.data("todo"))["work"]
        assert (one["act"], one["of"], one["roles"]) == ("appeal.decided", dossier, ["director"])
        assert one["receipt_number"] == registered.data["receipt_number"]
        assert "pièce" not in str(one)
        code, said = await fabriques("todo", "--role", "director")
        assert code == 0 and "fabriques appeals decide" in " ".join(said.split())
        assert "Nothing waits" in (await fabriques("todo", "--role", "accountant"))[1]


async def test_a_service_that_is_silent_is_told_because_half_a_list_would_pass_for_the_whole(
    platform: Platform, fabriques: Command
) -> None:
    async with platform.running("intake", "eligibility"):
        code, said = await fabriques("todo")
        assert code == 1 and said.startswith("fabriques: funding: nobody answers")
