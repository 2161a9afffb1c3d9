"""Another policy for a wave's list is asked of funding, which tells what would move and changes nothing."""

from typing import Any

import pytest

from services.funding.questions import waves
from shared.contract import funding as facts
from tests.platform import Platform
from tests.service.selection import ballot
from tests.service.selection.ballot import WAVE, dossier

MARKS = {1: 5, 2: 4, 3: 3, 4: 1}


async def policy_of(platform: Platform, **changes: Any) -> dict[str, Any]:
    answer = await platform.ask("funding", "ranking", wave=WAVE, after=0, limit=1)
    return {**answer["policy"], **changes}


async def test_who_enters_who_leaves_and_what_moves_is_told_with_names_and_nothing_is_changed(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with platform.running("funding"):
        wave = await ballot.rank(platform, MARKS)
        digest = wave["proposal"]["digest"]

        async def simulated(**changes: Any) -> dict[str, Any]:
            policy = await policy_of(platform, **changes)
            return await platform.ask(
                "funding", "simulation", wave=WAVE, digest=digest, policy=policy
            )

        found = await simulated(pass_mark=100, yearly_cap_cents=4_000_000)
        [entered] = found["enters"]
        assert (entered["id"], entered["receipt_number"], entered["legal_name"]) == (
            dossier(4), "FABT-2020-4-00004", "Association 4",
        )  # fmt: skip
        assert found["counts"] == {"enters": 1, "leaves": 0, "amounts": 3}
        assert found["cost_cents"] == 4 * 12_000_000 - 3 * 15_000_000
        [urban] = [zone for zone in found["zones"] if zone["zone"] == "outside-urban"]
        assert [(urban[when]["rank"], urban[when]["score"]) for when in ("before", "after")] == [
            (3, 1200), (4, 400),
        ]  # fmt: skip
        assert found["departments"] == [{"name": "03", "before": 3, "after": 4}]
        found = await simulated(laureates_max=1)
        assert [change["id"] for change in found["leaves"]] == [dossier(2), dossier(3)]
        monkeypatch.setattr(waves, "CHANGES_MAX", 1)
        found = await simulated(laureates_max=1)
        assert (len(found["leaves"]), found["counts"]["leaves"]) == (1, 2)
        assert (await simulated())["counts"] == {"enters": 0, "leaves": 0, "amounts": 0}
        assert await platform.ask("funding", "wave", wave=WAVE) == wave
        assert len(await platform.facts(facts.WaveRanked)) == 1


async def test_what_cannot_be_simulated_is_refused_in_words(platform: Platform) -> None:
    async with platform.running("funding"):
        asked: dict[str, Any] = {"wave": WAVE, "digest": "0" * 64}
        policy = {
            "pass_mark": 0,
            "when_short_of_money": "skip",
            "tie_break": [],
            "floor_cents": 1,
            "ceiling_cents": 1,
            "yearly_cap_cents": 1,
        }

        async def refused(**changes: Any) -> tuple[str, str]:
            answer = await platform.ask(
                "funding", "simulation", **{**asked, "policy": {**policy, **changes}}
            )
            return answer["error"], answer["message"]

        assert (await refused())[0] == "not-ranked"
        wave = await ballot.rank(platform, MARKS)
        assert (await refused())[0] == "list-changed", "of another list"
        asked["digest"] = wave["proposal"]["digest"]
        assert (await refused(tie_break=["novelty"]))[0] == "criterion-unknown"
        code, told = await refused(floor_cents=2, pass_mark=-1)
        assert code == "request-invalid" and "policy.pass_mark : Ce nombre est trop petit." in told
        assert "Le plancher est au-dessus du plafond." in (await refused(floor_cents=2))[1]
