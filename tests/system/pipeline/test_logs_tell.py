"""From the logs alone, by candidature id: the path of three dossiers, and why a tranche is withheld."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.home.plan import PlatformPlan
from deploy.local.running.platform import LocalPlatform
from services.funding.tools.annual_job import Wanted, publish_tranches
from shared.contract import funding as facts
from shared.contract.eligibility import EligibilityChecked
from shared.contract.intake import CandidatureRefused, WaveClosed
from tests.conftest import SHIPPED_PROGRAMME
from tests.people import found
from tests.platform import Platform
from tests.servers import Bus
from tests.system.pipeline import season


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Platform]:
    """Real processes, each writing its own log."""
    found(tmp_path / "var")
    with LocalPlatform(
        PlatformPlan(tmp_path / "var", programme_file=SHIPPED_PROGRAMME, rehearsal=True)
    ) as running:
        bus = Bus(
            running.settings.nats_url,
            running.settings.home / "keys",
            guarded=True,
            source="processes",
        )
        made = Platform(bus, running.settings)
        yield made
        await made.close()


def path_of(home: Path, dossier: str) -> list[tuple[str, str, str]]:
    """(service, fact, result) of every closing line about a dossier, in the order of the log's own clock."""
    lines = [
        json.loads(line)
        for log in sorted((home / "logs").glob("*.log"))
        if log.stem in ("intake", "eligibility", "funding", "notify")
        for line in log.read_text(encoding="utf-8").splitlines()
        if dossier in line
    ]
    told = [line for line in lines if "result" in line and line["dossier"].startswith(dossier)]
    return [
        (line["service"], line["fact"], line["result"])
        for line in sorted(told, key=lambda line: line["timestamp"])
    ]


def closing_line(home: Path, dossier: str, fact: str) -> dict[str, Any]:
    text = (home / "logs" / "funding.log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines() if dossier in line]
    [found] = [line for line in lines if line.get("fact") == fact and line["dossier"] == dossier]
    assert isinstance(found, dict)
    return found


async def test_the_logs_tell_three_paths_and_why_a_tranche_is_withheld(real: Platform) -> None:
    awarded, declined = [await season.submit(real) for _ in range(2)]
    refused = await season.submit(real, holder__siret="73282932000075")
    await real.fact(CandidatureRefused, refused)
    await real.fact(EligibilityChecked, declined)
    for candidature, mark in ((awarded, 5), (declined, 1)):
        await season.review(real, candidature, mark)
    await real.fact(WaveClosed, "2020-4")
    await season.publish_wave(real, "2020-4")
    await real.fact(facts.CandidatureDeclined, declined)
    await asyncio.to_thread(publish_tranches, real.settings, Wanted(season.FIRST_DUE))
    await real.fact(facts.TrancheWithheld, f"{awarded}-T1")
    for service in ("intake", "eligibility", "funding", "notify"):
        await real.idle(service)

    home = real.home
    assert ("intake", "CandidatureSubmitted", "refused") in path_of(home, refused)
    assert not any(
        service in ("eligibility", "funding") for service, _, _ in path_of(home, refused)
    )
    told = path_of(home, declined)
    for step in (
        ("intake", "CandidatureSubmitted", "registered"),
        ("eligibility", "CandidatureRegistered", "eligible"),
        ("eligibility", "ReviewSubmitted", "scored"),
        ("intake", "CandidatureDeclined", "declined"),
    ):
        assert step in told
    assert ("intake", "GrantAwarded", "laureate") in path_of(home, awarded)
    assert ("funding", "GrantTrancheDue", "withheld") in path_of(home, awarded)
    withheld = closing_line(home, f"{awarded}-T1", "GrantTrancheDue")
    assert (withheld["level"], withheld["event"]) == ("warning", "tranche withheld")
    assert withheld["reasons"] == ["agreement-missing", "bank-details-missing"]
