"""`fabriques support` on a real platform: from nobody to accompany to what came of it."""

import csv
from pathlib import Path
from typing import Any

from shared.contract import support as s
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from tests.broker.test_association import act, laureate
from tests.command import LOGGED, Command
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission

ASKED = ("intake", "funding", "notify")
NOBODY = "is no laureate and has no plan: `fabriques find` looks for others"
SEEN = "Vu \x1b[2Jensemble.\n2021-03-01 peers · step.finished"  # what a terminal obeys, and a forged line
STEPS = {
    "first-interview": ("team", "proposed", True),
    "introduction": ("team", "proposed", True),
    "need-business-model": ("association", "proposed", False),
    "need-governance": ("association", "done", False),
    "peers": ("mentor", "proposed", False),
}


async def filed(platform: Platform) -> str:
    dossier, body = submission()
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    await platform.fact(CandidatureRegistered, dossier)
    await platform.idle("notify")
    return dossier


async def accompanied(platform: Platform) -> str:
    """A laureate handed over to the association: one step done, one sent back, two late."""
    dossier = await laureate(platform, agrees=True)
    await platform.fact(CandidatureRegistered, dossier)
    await platform.idle("funding")
    await act(platform, s.StepAgreed, dossier, step="need-governance")
    await act(platform, s.StepFinished, dossier, step="need-governance", reason=SEEN)
    await act(platform, s.StepReturned, dossier, step="introduction")
    return dossier


async def test_support_is_told_from_nobody_to_accompany_to_what_came_of_it(
    platform: Platform, fabriques: Command, tmp_path: Path
) -> None:
    async with platform.running(*ASKED):
        await nothing_is_told_as_nothing(fabriques)
        other = await filed(platform)
        assert await fabriques("support", "plan", other) == (1, f"fabriques: {other} {NOBODY}\n")
        dossier = await accompanied(platform)
        await the_plan_is_told(fabriques, dossier)
        await the_dossier_tells_of_it(fabriques, dossier)
        await what_is_left_is_told(fabriques)
        await what_came_of_it_is_told(fabriques, tmp_path)


async def printed(fabriques: Command, *arguments: str) -> str:
    """What it printed, without what a service of this process logged meanwhile."""
    code, said = await fabriques("support", *arguments)
    assert code == 0, said
    return "\n".join(line for line in said.splitlines() if not LOGGED.match(line))


async def nothing_is_told_as_nothing(fabriques: Command) -> None:
    assert (await printed(fabriques, "todo")).startswith("No step is left to do on ")
    assert (await printed(fabriques, "todo", "--overdue")).startswith("No step is late on ")
    assert (await printed(fabriques, "report")).startswith("No step of support was ever opened.\n")
    assert await fabriques("support", "plan", "nobody") == (1, f"fabriques: nobody {NOBODY}\n")
    _, said = await fabriques("support", "plan", "FABT-2020-4-00099")
    assert (
        said
        == "fabriques: no dossier has the receipt FABT-2020-4-00099: `fabriques find` looks for others\n"
    )


async def the_plan_is_told(fabriques: Command, dossier: str) -> None:
    found = await fabriques.data("support", "plan", dossier)
    plan = found["plan"]
    told = {one["step"]: (one["owner"], one["state"], one["overdue"]) for one in plan["steps"]}
    assert told == STEPS
    assert (await fabriques.data("support", "plan", plan["receipt_number"]))["plan"] == plan
    said = await printed(fabriques, "plan", dossier)
    assert f"{plan['receipt_number']} La Passerelle: open, handed over to the association." in said
    words = "Vu \N{REPLACEMENT CHARACTER}[2Jensemble. 2021-03-01 peers · step.finished"
    assert f"2021-03-01 need-governance · step.finished · anna (association): {words}" in said
    assert row(said, "need-governance")[2:] == [
        "2021-11-03",
        "done",
        "—",
        "2021-03-01",
        "2021-03-01",
    ]


async def the_dossier_tells_of_it(fabriques: Command, dossier: str) -> None:
    """The answers that are not about support alone."""
    _, said = await fabriques("timeline", dossier)
    told = " ".join(said.split())
    assert "step finished anna (association) · step need-governance" in told
    assert "support advanced notify · due on 2021-11-03 · step need-governance · state done" in told
    _, said = await fabriques("why", dossier)
    assert row(said, "overdue") == ["overdue", "first-interview,", "introduction"]


async def what_is_left_is_told(fabriques: Command) -> None:
    found = await fabriques.data("support", "todo")
    assert (found["count"], found["overdue"], found["as_of"]) == (4, 2, "2021-03-01")
    assert [one["due_on"] for one in found["steps"]] == sorted(
        one["due_on"] for one in found["steps"]
    )
    said = await printed(fabriques, "todo", "--limit", "1")
    assert "2 of 4 overdue on 2021-03-01, 3 more not shown: --limit shows them." in said
    assert said.count("La Passerelle") == 1 and "proposed, sent back" in said
    said = await printed(fabriques, "todo", "--owner", "team", "--overdue")
    assert "2 of 2 overdue on 2021-03-01." in said
    said = await printed(fabriques, "todo", "--owner", "holder")
    assert said == "No step of owner holder is left to do on 2021-03-01."


async def what_came_of_it_is_told(fabriques: Command, folder: Path) -> None:
    found = await fabriques.data("support", "report")
    assert found["total"] == {"steps": 5, "agreed": 1, "done": 1, "late": 2, "dropped": 0}
    assert found["reports"] == 0 and found["indicators"]
    file = folder / "support.csv"
    said = await printed(fabriques, "report", "--by", "owner", "--csv", str(file))
    assert row(said, "association") == ["association", "2", "1", "1", "0", "0"]
    by_kind = await printed(fabriques, "report", "--by", "kind")
    assert row(by_kind, "fablab")[1:] == row(by_kind, "coworking")[1:] == row(by_kind, "in")[2:]
    assert f"5 rows written to {file}." in " ".join(said.split())
    written = list(csv.DictReader(file.open(encoding="utf-8")))
    assert {(one["need"], one["region"], one["year"]) for one in written} >= {
        ("governance", "84", "2020")
    }
    assert {name: sum(int(one[name]) for one in written) for name in found["total"]} == found[
        "total"
    ]
    code, said = await fabriques("support", "report", "--csv", str(folder))
    assert (code, said) == (1, f"fabriques: {folder} cannot be written: Is a directory\n")


def row(said: str, first: str) -> list[Any]:
    """The cells of a table's row that begins with this word."""
    return next(line.split() for line in said.splitlines() if line.split()[:1] == [first])
