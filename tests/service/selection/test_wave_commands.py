"""The operators' second opinions on a live wave: why, verify, simulate, report."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from deploy.cli.waves import selection
from services.funding.domain.selection.values import Policy
from shared.contract import funding as facts
from shared.kit.storage.database import open_engine
from tests.command import Command
from tests.platform import Platform
from tests.service.selection import ballot
from tests.service.selection.ballot import dossier

MARKS = {1: 5, 2: 4, 3: 3, 4: 1, 5: 5}


@pytest.fixture
def fabriques(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    ballot.with_programme(platform, laureates_max="2")
    monkeypatch.setattr(selection, "PAGE", 2)
    return Command(platform, monkeypatch, capsys)


async def test_why_tells_rule_threshold_value_rank_and_what_would_have_changed_it(
    platform: Platform, fabriques: Command
) -> None:
    async with platform.running("intake", "eligibility", "funding"):
        await ballot.publish(platform, MARKS)
        code, said = await fabriques("why", dossier(4))
        assert code == 0
        assert "non retenue, rang 5 sur 5, note 4,00" in said
        assert "La note de 4,00 est inférieure à la note minimale de 10,00." in said
        assert "Ce qui aurait changé la décision : une note d'au moins" in said
        found = (await fabriques.data("why", dossier(2)))["explanation"]["ranking"]
        assert (found["outcome"], found["rank"], found["ranked"], found["points_missing"]) == (
            "waitlisted",
            3,
            5,
            401,
        )
        assert [reason["code"] for reason in found["reasons"]] == ["laureates-max"]
        assert found["cutoffs"][0]["score"] == 2000


async def test_why_says_nothing_of_a_list_that_is_not_published(
    platform: Platform, fabriques: Command
) -> None:
    async with platform.running("intake", "eligibility", "funding"):
        await ballot.rank(platform, MARKS)
        _, said = await fabriques("why", dossier(1))
        assert "n'est pas publiée" in said and "rang" not in said


async def test_verify_passes_a_true_list_and_names_what_is_wrong_with_another(
    platform: Platform, fabriques: Command
) -> None:
    async with platform.running("funding"):
        digest = await ballot.publish(platform, MARKS)
        found = await fabriques.data("wave", "verify", ballot.WAVE)
        assert (found["valid"], found["digest"], found["here"], found["violations"]) == (
            True,
            digest,
            [],
            [],
        )
        engine = open_engine(platform.settings.database_url("funding"))
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE rankings SET score = 1999 WHERE candidature_id = :id"),
                {"id": dossier(5)},
            )
        engine.dispose()
        code, said = await fabriques("wave", "verify", ballot.WAVE)
        assert code == 1
        assert "digests" in said and dossier(5) in said


async def test_a_list_that_proves_itself_but_is_not_the_one_that_was_said_is_found(
    platform: Platform, fabriques: Command
) -> None:
    """Somebody ranks another wave, with all its digests, and puts it in the place of ours: the log tells."""
    async with platform.running("funding"):
        await ballot.publish(platform, MARKS)
        forged = (await platform.fact(facts.WaveRanked)).data | {"digest": "0" * 64}
        await ballot.say(platform, facts.WaveRanked, forged)
        found = await fabriques.data("wave", "verify", ballot.WAVE)
        assert not found["valid"] and found["verified"]
        assert [violation["property"] for violation in found["here"]] == ["digests"]


async def test_simulate_tells_who_enters_who_leaves_and_what_it_costs(
    platform: Platform, fabriques: Command, tmp_path: Path
) -> None:
    async with platform.running("funding"):
        await ballot.publish(platform, MARKS)
        larger = ballot.programme_file(tmp_path, laureates_max="3")
        found = await fabriques.data("wave", "simulate", ballot.WAVE, "--policy", str(larger))
        assert [change["id"] for change in found["enters"]] == [dossier(2)]
        assert (found["leaves"], found["cost_cents"]) == ([], 15_000_000)
        strict = policy_file(tmp_path, platform, laureates_max=1)
        found = await fabriques.data("wave", "simulate", ballot.WAVE, "--policy", str(strict))
        assert [change["id"] for change in found["leaves"]] == [dossier(5)]
        assert found["cost_cents"] == -15_000_000
        code, said = await fabriques(
            "wave", "simulate", ballot.WAVE, "--policy", str(tmp_path / "absent.json")
        )
        assert code == 1 and "absent.json" in said
        assert (
            await platform.facts(facts.WaveRanked) == (await platform.facts(facts.WaveRanked))[:1]
        )


async def test_report_writes_one_page_that_needs_nothing_else(
    platform: Platform, fabriques: Command, tmp_path: Path
) -> None:
    async with platform.running("funding"):
        code, said = await fabriques("wave", "report", "--out", str(tmp_path / "none.html"))
        assert code == 1 and "no wave is ranked yet" in said
        await ballot.publish(platform, MARKS)
        out = tmp_path / "report.html"
        assert await fabriques.data("wave", "report", "--out", str(out)) == {
            "out": str(out),
            "waves": [ballot.WAVE],
        }
        html = out.read_text(encoding="utf-8")
        for number in MARKS:
            assert f"FABT-2020-4-{number:05d} · Association {number}" in html
        page = Page()
        page.feed(html)
        assert page.language == "fr" and page.elsewhere == [] and page.pictures_without_words == 0


def policy_file(folder: Path, platform: Platform, **changes: Any) -> Path:
    policy = Policy.from_programme(platform.settings.programme())
    fields = {name: getattr(policy, name) for name in Policy.__slots__} | changes
    path = folder / "policy.json"
    path.write_text(json.dumps(fields), encoding="utf-8")
    return path


class Page(HTMLParser):
    """What a browser would fetch from elsewhere, and pictures that a screen reader cannot tell."""

    def __init__(self) -> None:
        super().__init__()
        self.language, self.elsewhere, self.pictures_without_words = "", list[str](), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "html":
            self.language = told.get("lang") or ""
        if tag == "svg" and not (told.get("aria-label") or told.get("aria-labelledby")):
            self.pictures_without_words += 1
        links = [told.get("src"), told.get("href")]
        self.elsewhere += [link for link in links if link and not link.startswith("#")]
