"""Labels of before the platform on a whole platform: two people say a file, then everybody counts with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.funding.tools.payment_proof import verify_payments
from shared.contract.backoffice import LaureateImported
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.funding import GrantTakenOver
from shared.contract.intake import CandidatureRefused
from tests.command import Command
from tests.platform import Platform, until
from tests.submissions import OPEN_DAY, submission

HEADER = (
    "wave,reference,legal_name,place_name,siret,commune_code,zone,"
    "awarded_on,agreed_on,awarded_cents,paid_on"
)
BY_SIRET = (
    "2019-1,001,Le Lac,Le Lac,130 026 032 00016,03310,qpv,2019-10-15,2019-12-02,{},2020-02-18"
)
BY_NAME = "2019-1,002,L'Atelier,L'Atelier,,75056,outside-urban,2019-10-15,,{},"
THREE_YEARS = "5000000|5000000|5000000"
BEFORE_ALL = "2020-10-02T10:00:00+02:00"  # no wave is closed by then, and none ranked
WHY = ("--reason", "Labels d'avant la plateforme.", "--at", BEFORE_ALL)
DIRECTOR = ("--as", "director-1", "--role", "director")
ACCOUNTANT = ("--as", "comptable-1", "--role", "accountant")


def written(folder: Path, *lines: str) -> str:
    file = folder / "laureates.csv"
    file.write_text(
        "\n".join((HEADER, *lines)).format(*[THREE_YEARS] * len(lines)) + "\n", encoding="utf-8"
    )
    return str(file)


@pytest.fixture
async def running(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Platform]:
    monkeypatch.setenv("FABRIQUES_REHEARSAL", "true")
    async with platform.running("intake", "funding", "notify"):
        yield platform


async def test_two_people_say_a_file_and_everybody_counts_with_it(
    running: Platform, fabriques: Command, tmp_path: Path
) -> None:
    run = ("import", "laureates", written(tmp_path, BY_SIRET, BY_NAME))
    change = await fabriques.data(*run, "--dry-run")
    assert (change["laureates"], change["places_left"]) == (2, {"outside-urban": 149, "qpv": 149})
    assert (change["paid_cents"], change["left_cents"]) == (5_000_000, 4_470_000_000)
    assert await running.facts(LaureateImported) == []

    first = await fabriques.data(*run, *DIRECTOR, *WHY)
    assert [one["verdicts"][0]["result"] for one in first] == ["said-by-one"] * 2
    assert await running.facts(GrantTakenOver) == []
    [waits] = [
        one
        for one in (await running.ask("funding", "todo"))["work"]
        if one["act"] == "laureate.imported"
    ]
    assert waits["detail"].endswith(" : 2")

    second = await fabriques.data(*run, *ACCOUNTANT, *WHY)
    assert [one["verdicts"][0]["result"] for one in second] == ["taken-over"] * 2
    again = await fabriques.data(*run, *ACCOUNTANT, *WHY)
    assert [one["state"] for one in again] == ["said-before"] * 2
    assert len(await running.facts(GrantTakenOver)) == 2

    summary = await running.ask("funding", "summary")
    assert (summary["laureates"], summary["paid_cents"]) == (
        {"outside-urban": 1, "qpv": 1},
        5_000_000,
    )
    assert (await running.ask("funding", "todo"))["count"] == 0
    proof = verify_payments(running.settings)
    assert (proof.grants, proof.violations) == (2, ())
    await refused_as_labelled(running)
    await its_holder_takes_it_up(running, fabriques)


async def refused_as_labelled(platform: Platform) -> None:
    """By the SIRET of the one, by the name of the other."""
    for receipt in ("FABT-2019-1-001", "FABT-2019-1-002"):
        await until(lambda receipt=receipt: known(platform, receipt), f"intake knows {receipt}")
    label = {"holder__siret": "13002603200016", "place__commune_code": "03310"}
    named = {"place__name": "l'atelier !", "place__commune_code": "75056"}
    for changes in (label, named):
        dossier, body = submission(**changes)
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        refused = await platform.fact(CandidatureRefused, dossier)
        assert "already-labelled" in [reason["code"] for reason in refused.data["reasons"]]


async def known(platform: Platform, receipt: str) -> bool:
    return "error" not in await platform.ask("intake", "dossier", candidature_id=receipt)


async def its_holder_takes_it_up(platform: Platform, fabriques: Command) -> None:
    """It is a dossier like any other, found by its receipt, and moved to its holder's front-end."""
    found = await platform.ask("intake", "dossier", candidature_id="FABT-2019-1-001")
    assert (found["status"], found["answer_due_on"]) == ("agreed", None)
    moved = ("act", "candidature.moved", "candidature_id=FABT-2019-1-001", "front_end=holders")
    code, said = await fabriques(
        *moved, "--as", "durand", "--role", "instructor", "--reason", "Porteur connu."
    )
    assert code == 0, said
    grant = (await platform.ask("funding", "why", candidature_id=found["candidature_id"]))["grant"]
    assert [tranche["state"] for tranche in grant["tranches"]] == [
        "settled",
        "scheduled",
        "scheduled",
    ]


async def test_every_mistake_of_a_file_is_told_and_nothing_is_said(
    running: Platform, fabriques: Command, tmp_path: Path
) -> None:
    wrong = (
        BY_SIRET,
        BY_SIRET.replace("03310", "99999"),
        BY_NAME.replace("outside-urban", "zrr"),
        BY_NAME.replace("2019-10-15", "hier"),
        BY_NAME.replace(",002", ",003").replace("{}", "6000000"),
    )
    code, said = await fabriques("import", "laureates", written(tmp_path, *wrong), *DIRECTOR, *WHY)
    assert code == 1
    expected = (
        "line 3: commune_code",
        "line 3: it is the label of line 2",
        "line 4: zone",
        "line 5: awarded_on",
    )
    assert [told for told in (*expected, "line 6: awarded_cents") if told not in said] == []
    assert await running.facts(LaureateImported) == []


async def test_more_than_a_quota_leaves_is_told_before_anything_is_said(
    running: Platform, fabriques: Command, tmp_path: Path
) -> None:
    many = [
        BY_NAME.replace(",002,", f",{number:03d},").replace("L'Atelier", f"Atelier {number}")
        for number in range(151)
    ]
    code, said = await fabriques("import", "laureates", written(tmp_path, *many), *DIRECTOR, *WHY)
    assert (code, "1 place more than its quota leaves" in said) == (1, True)
    assert await running.facts(LaureateImported) == []
