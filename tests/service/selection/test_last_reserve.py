"""The last reserve list has no next wave to end it: a day of the programme does, for everybody who waits."""

import re
from pathlib import Path
from typing import Any

from shared.contract import funding as facts
from shared.contract import intake
from shared.programme import load_programme
from tests.platform import Platform, until
from tests.service.selection import ballot
from tests.service.selection.ballot import dossier

AFTER = "2021-03-02T00:00:00+01:00"
BEFORE = "2021-03-01T23:59:59+01:00"


def with_one_wave(platform: Platform) -> None:
    ballot.with_programme(platform, laureates_max="1", reserve_ends_on="2021-03-01")
    path = Path(platform.settings.programme_file)
    first, *others = re.findall(r"\[\[waves\]\][^\[]*", path.read_text(encoding="utf-8"))
    text = path.read_text(encoding="utf-8")
    for other in others:
        text = text.replace(other, "")
    path.write_text(text, encoding="utf-8")
    assert [wave.id for wave in load_programme(path).waves] == [ballot.WAVE] and first


async def withdraw(platform: Platform, number: int, at: str) -> None:
    body = {"candidature_id": dossier(number), "wave": ballot.WAVE}
    await ballot.say(platform, intake.CandidatureWithdrawn, body, at=at)


async def declined(platform: Platform, *numbers: int) -> list[Any]:
    wanted = {dossier(number) for number in numbers}

    async def told() -> list[Any] | None:
        found = [
            fact
            for fact in await platform.facts(facts.CandidatureDeclined)
            if fact.dossier in wanted
        ]
        return found if len(found) >= len(wanted) else None

    found = await until(told, "the last answers")
    assert {fact.dossier for fact in found} == wanted
    return list(found)


async def test_the_day_passes_and_who_waits_gets_the_final_answer_once(platform: Platform) -> None:
    """Until the last second of the day the next is promoted; after it a place that is freed stays free."""
    with_one_wave(platform)
    async with platform.running("funding"):
        await ballot.publish(platform, {1: 5, 2: 4, 3: 3, 4: 3})
        await withdraw(platform, 1, BEFORE)
        await platform.fact(facts.GrantAwarded, dossier(2))
        await withdraw(platform, 2, AFTER)
        told = await declined(platform, 3, 4)
        assert {fact.data["reasons"][0]["code"] for fact in told} == {"reserve-ended"}
        assert "1er\u00a0mars\u00a02021" in told[0].data["reasons"][0]["message"]
        await platform.idle("funding")
        awarded = {fact.dossier for fact in await platform.facts(facts.GrantAwarded)}
        assert awarded == {dossier(1), dossier(2)}
    async with platform.running("funding"):
        await platform.idle("funding")
        assert len(await declined(platform, 3, 4)) == 2, "a restart says nothing again"
