"""What a start loads: every library slows every process's start, so rare ones are loaded when needed."""

import subprocess
import sys

from shared.contract.topology import SERVICES
from tests.architecture.sources import ROOT

RARE = {
    "numpy": "measuring needs it: only a platform that holds perimeters or points measures",
    "shapely": "the same",
    "pyproj": "the same",
    "alembic": "a database that is up to date needs no migration",
    "icalendar": "only an invitation holds a calendar file",
    "holidays": "only a payment file and a deadline of an appeal fall on working days",
    "xmlschema": "only what is written for a bank is held against its schema",
}


def test_services_start_without_what_only_some_platforms_need() -> None:
    modules = ", ".join(f"services.{name}.app" for name in SERVICES)
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {name: RARE[name] for name in RARE if name in loaded.stdout.split()} == {}
