"""A programme is data: another number is another behaviour; a wrong file is refused with every mistake."""

from pathlib import Path

import pytest

from shared.contract import funding as facts
from shared.contract.eligibility import EligibilityChecked
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRefused, WaveClosed
from shared.programme import ProgrammeInvalid, load_programme
from tests.conftest import SHIPPED_PROGRAMME
from tests.platform import Platform
from tests.submissions import submission
from tests.system.pipeline import season

SHIPPED = SHIPPED_PROGRAMME.read_text(encoding="utf-8")


def changed(tmp_path: Path, **lines: str) -> Path:
    """The shipped file with these keys set to other values, wherever they stand first."""
    text = SHIPPED
    for key, value in lines.items():
        [old] = [line for line in text.splitlines() if line.startswith(f"{key} =")][:1]
        text = text.replace(old, f"{key} = {value}", 1)
    path = tmp_path / "programme.toml"
    path.write_text(text, encoding="utf-8")
    return path


def with_programme(platform: Platform, path: Path) -> Platform:
    platform.settings = platform.settings.model_copy(update={"programme_file": path})
    return platform


async def test_a_tight_envelope_binds(platform: Platform, tmp_path: Path) -> None:
    """Given money for one grant and two that deserve one, the second waits, and nothing is above."""
    tight = with_programme(platform, changed(tmp_path, envelope_cents="20_000_000"))
    async with tight.running("intake", "eligibility", "funding"):
        best, second = [await season.submit(tight) for _ in range(2)]
        await tight.fact(EligibilityChecked, second)
        for candidature, mark in ((best, 5), (second, 4)):
            await season.review(tight, candidature, mark)
        await tight.fact(WaveClosed, "2020-4")
        await season.publish_wave(tight, "2020-4")
        waiting = await tight.fact(facts.CandidatureWaitlisted, second)
        assert [reason["code"] for reason in waiting.data["reasons"]] == ["money-short"]
        assert [fact.dossier for fact in await tight.facts(facts.GrantAwarded)] == [best]
        summary = await tight.ask("funding", "summary")
        assert (summary["committed_cents"], summary["envelope_left_cents"]) == (
            15_000_000,
            5_000_000,
        )


async def test_another_yearly_cap_refuses_what_the_shipped_one_takes(
    platform: Platform, tmp_path: Path
) -> None:
    lower = with_programme(platform, changed(tmp_path, yearly_cap_cents="4_000_000"))
    async with lower.running("intake"):
        dossier, body = submission()
        await lower.publish("holders", CandidatureSubmitted, dossier, body, at=season.OPEN_DAY)
        refused = await lower.fact(CandidatureRefused, dossier)
        assert [reason["code"] for reason in refused.data["reasons"]] == ["yearly-cap-exceeded"]


def test_a_wrong_file_is_refused_with_every_mistake(tmp_path: Path) -> None:
    path = changed(
        tmp_path, envelope_cents="-1", years="9", receipt_prefix='"fabt"', timezone='"Mars/Olympus"'
    )
    with pytest.raises(ProgrammeInvalid) as refusal:
        load_programme(path)
    told = "\n".join(refusal.value.mistakes)
    assert all(
        name in told for name in ("envelope_cents", "award.years", "receipt_prefix", "timezone")
    )
