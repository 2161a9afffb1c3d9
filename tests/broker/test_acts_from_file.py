"""Many decisions from one file: all checked first, each signed alone, none said twice."""

from pathlib import Path

from shared.contract.backoffice import TerritoryDecided
from shared.contract.eligibility import EligibilityChecked
from shared.contract.frontdesk import CandidatureSubmitted
from tests.command import Command
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission

OFFICER = ("--as", "durand", "--role", "instructor", "--reason", "Vu sur plan.")


async def test_a_file_is_said_line_by_line_and_run_again_says_nothing_twice(
    platform: Platform, fabriques: Command, tmp_path: Path
) -> None:
    dossier, body = submission()
    acts = tmp_path / "acts.csv"
    run = ("act", "--from", str(acts), *OFFICER)
    async with platform.running("intake", "eligibility"):
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.fact(EligibilityChecked, dossier)
        acts.write_text(
            f"fact,candidature_id,zones,reviewer_id\nterritory.decided,{dossier},,\n"
            f"review.assigned,{dossier},,anna\nreview.assigned,FABT-2020-4-99999,,bela\n",
            encoding="utf-8",
        )
        code, said = await fabriques(*run)
        assert (code, said.count("line 2: zones"), said.count("line 4: FABT-2020-4-99999")) == (
            1,
            1,
            1,
        )

        acts.write_text(
            f"fact;candidature_id;zones;reviewer_id\nterritory.decided;{dossier};qpv;\n"
            f"review.assigned;{dossier};;anna\n",
            encoding="utf-8",
        )
        assert [one["state"] for one in await fabriques.data(*run, "--dry-run")] == [
            "unsaid",
            "unsaid",
        ]
        assert await platform.facts(TerritoryDecided) == []

        first = await fabriques.data(*run)
        assert [(one["line"], one["state"], one["by"]) for one in first] == [
            (2, "said", "durand"),
            (3, "said", "durand"),
        ]
        assert [one["verdicts"][0]["result"] for one in first] == ["eligible", "assigned"]
        again = await fabriques.data(*run)
        assert [(one["state"], one["verdicts"]) for one in again] == [
            ("said-before", one["verdicts"]) for one in first
        ]
        assert [one["said_at"] is None for one in first + again] == [True, True, False, False]
        code, told = await fabriques(*run)
        assert (code, told.count("said before, on ")) == (0, 2)
        assert "not said again" in told
        assert "give it another reason" in told
        assert len(await platform.facts(TerritoryDecided)) == 1
