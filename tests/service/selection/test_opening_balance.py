"""The 170 real laureates of waves 1 to 3 are taken over, and the fourth wave is ranked on what they leave.

Names, waves and communes are published. No zone, amount or date is: assumed here are 150 000 euros over three
years, the first year paid, one day for each wave, and zones in turn so that the published 68 and 102 hold.
"""

import csv
import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deploy.cli.acts.lines import Line
from deploy.cli.laureates.opening_lines import Read, laureates_in
from services.funding import store
from services.funding.tools.payment_proof import verify_store
from shared.contract import backoffice, eligibility, intake
from shared.contract.laureates import Laureate, laureate_id
from shared.reference.communes import load_communes
from tests.service.selection import ballot
from tests.service.selection.machine import PROGRAMME, Machine, recorded

FILE = Path(os.environ.get("REFERENCE_DATA", "../shared/data")) / "fabriques-waves-1-3.csv"
AWARDED_ON = {"1": "2019-10-15", "2": "2020-01-20", "3": "2020-07-10"}
AGREED_ON = {"1": "2019-12-02", "2": "2020-03-02", "3": "2020-09-01"}
PAID_ON = {"1": "2020-02-18", "2": "2020-05-12", "3": "2020-09-15"}
PUBLISHED = {"outside-urban": 68, "qpv": 102}
FILES = 130
TODAY = date(2020, 10, 1)


@pytest.fixture(scope="module")
def read() -> Read:
    if not FILE.exists():
        pytest.skip(f"{FILE} is absent: set REFERENCE_DATA to the folder that holds it")
    with FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    lines = [
        Line(number, "laureate.imported", cells(number, row)) for number, row in enumerate(rows, 2)
    ]
    return laureates_in(lines, PROGRAMME, load_communes(), TODAY)


def cells(number: int, row: dict[str, str]) -> dict[str, str]:
    wave = row["wave"]
    return {
        "wave": f"vague-{wave}",
        "reference": row["id"].removeprefix("fabt-"),
        "legal_name": row["name"],
        "place_name": row["name"],
        "commune_code": row["insee_com"],
        "zone": "outside-urban" if number % 5 in (0, 3) else "qpv",
        "awarded_on": AWARDED_ON[wave],
        "agreed_on": AGREED_ON[wave],
        "awarded_cents": "5000000|5000000|5000000",
        "paid_on": PAID_ON[wave],
    }


def said_by(
    laureates: list[Laureate], actor: str, role: str
) -> Iterator[tuple[Any, dict[str, Any]]]:
    for laureate in laureates:
        named = laureate_id(PROGRAMME.id, laureate.receipt(PROGRAMME.receipt_prefix))
        told = laureate.model_dump(mode="json")
        yield (
            backoffice.LaureateImported,
            ballot.act(actor, role, candidature_id=named, laureate=told),
        )


def test_every_line_of_the_published_list_holds_and_its_zones_are_as_published(read: Read) -> None:
    assert read.mistakes == []
    assert Counter(laureate.zone for laureate in read.laureates.values()) == PUBLISHED


def test_the_fourth_wave_is_ranked_on_what_the_170_leave(read: Read, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    try:
        laureates = list(read.laureates.values())
        acts = [
            *said_by(laureates, "director-1", "director"),
            *said_by(laureates, "comptable-1", "accountant"),
        ]
        machine.hear(recorded("BACKOFFICE", acts))
        assert taken(machine) == PUBLISHED

        numbers = range(1, FILES + 1)
        zones = ("outside-urban", "qpv")
        machine.hear(
            recorded(
                "INTAKE", [(intake.CandidatureRegistered, ballot.registered(n)) for n in numbers]
            )
        )
        checked = [
            (eligibility.EligibilityChecked, ballot.checked(n, zones[n % 2])) for n in numbers
        ]
        scored = [(eligibility.CandidatureScored, ballot.scored(n, 3 + n % 3)) for n in numbers]
        machine.hear(recorded("ELIGIBILITY", [*checked, *scored]))
        closing = recorded("INTAKE", [(intake.WaveClosed, ballot.closed(FILES))] * (FILES + 1))[-1:]
        machine.hear(closing)
        with machine.states() as states:
            wave = store.wave_of(states, ballot.WAVE)
        assert (wave.state, wave.quotas_left) == ("ranked", {"outside-urban": 82, "qpv": 48})
        assert wave.envelope_left_cents == PROGRAMME.envelope_cents - 170 * 15_000_000

        approvals = [
            (backoffice.WaveApproved, ballot.act(actor, wave=ballot.WAVE, digest=machine.digest()))
            for actor in ("director-1", "director-2")
        ]
        machine.hear(recorded("BACKOFFICE", [*acts, *approvals])[len(acts) :])
        assert any(".wave.published." in subject for subject, _ in machine.said)
        held = taken(machine)
        assert sum(held.values()) == 170 + PROGRAMME.selection.laureates_max
        assert all(held[zone] <= quota for zone, quota in PROGRAMME.quotas.items())
        proof = verify_store(PROGRAMME, machine.engine)
        assert (proof.grants, proof.paid_cents, proof.violations) == (245, 170 * 5_000_000, ())
    finally:
        machine.engine.dispose()


def taken(machine: Machine) -> Counter[str]:
    with machine.states() as states:
        return store.places_held(states)
