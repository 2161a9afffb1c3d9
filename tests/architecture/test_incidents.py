"""Each incident that the script seeds has its alert, its check of the doctor, its section of the runbook."""

import pytest
import yaml

from deploy.cli.doctor.examination import CHECKS
from tests.architecture.test_monitoring import RULES, RUNBOOK
from tests.incidents.__main__ import PROGRAMME
from tests.incidents.catalogue import INCIDENTS
from tests.incidents.incident import Incident
from tests.incidents.watching import ALERTS, hasty

ALERT_NAMES = {rule["alert"] for rule in RULES}
# The first becomes a finding of the doctor after ten minutes; the second waits for its holder.
BY_WATCH_ALONE = {"which decision is missing", "withheld tranche"}


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_an_incident_is_told_by_an_alert_a_check_and_a_section_of_the_runbook(
    incident: Incident,
) -> None:
    section = RUNBOOK.partition(f"## {incident.section}\n")[2].partition("\n## ")[0]
    assert f"`{incident.alert}`" in section and incident.alert in ALERT_NAMES
    if incident.name in BY_WATCH_ALONE:
        assert incident.watch and not incident.check
        return
    assert incident.check in CHECKS
    assert f"`{incident.check}`" in section


def test_every_incident_is_seeded_once_on_a_platform() -> None:
    seeded = [incident for _, incidents in PROGRAMME.values() for incident in incidents]
    assert seeded == list(INCIDENTS)
    assert len({incident.name for incident in seeded}) == len(seeded)


def test_the_hasty_rules_of_the_script_are_the_shipped_ones_without_their_waiting() -> None:
    shipped = ALERTS.read_text(encoding="utf-8")
    waiting = [
        rule for group in yaml.safe_load(hasty(shipped))["groups"] for rule in group["rules"]
    ]
    assert {rule["for"] for rule in waiting if "for" in rule} == {"0s"}
    slower = {"FabriquesEarlyEventsWait"}
    kept = [rule["expr"] for rule in waiting if rule["alert"] not in slower]
    assert kept == [rule["expr"] for rule in RULES if rule["alert"] not in slower]
