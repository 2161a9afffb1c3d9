"""Alerts and dashboard speak of metrics that exist, lead to the runbook, and are played by promtool."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.cli.doctor.examination import CHECKS
from shared.kit.metrics.catalogue import METRICS
from tests.architecture.sources import ROOT

FOLDER = ROOT / "deploy" / "monitoring"
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="no promtool: apt-get install prometheus"
)


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


RULES = [rule for group in read("alerts.yml")["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
DRAWN = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]


def metrics_in(expression: str) -> set[str]:
    """Names of ours; a histogram's series are its own."""
    names = re.findall(r"fabriques_[a-z_]+", expression)
    return {
        name if name in METRICS else re.sub(r"_(bucket|sum|count)$", "", name) for name in names
    }


def section(link: str) -> str:
    """The part of the runbook that a link leads to; empty where there is none."""
    for part in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE):
        title = part.partition("\n")[0]
        if re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") == link.partition("#")[2]:
            return part
    return ""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_leads_to_its_section_of_the_runbook_and_to_a_check(rule: dict[str, Any]) -> None:
    told = rule["annotations"]
    assert f"`{rule['alert']}`" in section(told["runbook"])
    assert told["doctor"] in CHECKS and told["summary"]
    assert rule["labels"]["severity"] in ("critical", "warning", "info")


def test_the_runbook_names_no_alert_that_is_not_there() -> None:
    assert set(re.findall(r"`(Fabriques[A-Z]\w+)`", RUNBOOK)) == {rule["alert"] for rule in RULES}


def test_alerts_and_dashboard_speak_of_metrics_that_exist_and_each_is_drawn() -> None:
    drawn = {name for expression in DRAWN for name in metrics_in(expression)}
    asked = {name for rule in RULES for name in metrics_in(rule["expr"])}
    assert (drawn | asked) - set(METRICS) == set()
    assert set(METRICS) - drawn == set(), "a metric that nobody looks at is counted for nothing"


def test_panels_lie_beside_each_other() -> None:
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken)) and max(x for x, _ in taken) < 24


def test_each_alert_is_played_where_it_fires_and_where_it_must_not() -> None:
    played = {
        (case["alertname"], bool(case["exp_alerts"]))
        for test in read("alerts.test.yml")["tests"]
        for case in test["alert_rule_test"]
    }
    assert played == {(rule["alert"], fires) for rule in RULES for fires in (True, False)}


@needs_promtool
def test_promtool_plays_every_alert() -> None:
    said = promtool("test", "rules", "alerts.test.yml")
    assert said.returncode == 0, said.stdout


@needs_promtool
def test_promtool_finds_an_alert_that_does_not_fire(tmp_path: Path) -> None:
    """The control, on one alert: a rule that looks the other way fails its test."""
    rules, tests = read("alerts.yml"), read("alerts.test.yml")
    [broker] = [rule for rule in RULES if rule["alert"] == "FabriquesBrokerAway"]
    rules["groups"] = [{"name": "g", "rules": [{**broker, "expr": "fabriques_broker_up == 2"}]}]
    played = [test for test in tests["tests"] if "BrokerAway" in test["name"]]
    (tmp_path / "alerts.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    (tmp_path / "alerts.test.yml").write_text(
        yaml.safe_dump({**tests, "tests": played}), encoding="utf-8"
    )
    assert promtool("test", "rules", "alerts.test.yml", folder=tmp_path).returncode == 1


@needs_promtool
def test_promtool_reads_what_the_dashboard_asks(tmp_path: Path) -> None:
    asked = [{"record": f"asked:{number}", "expr": asked} for number, asked in enumerate(DRAWN)]
    rules = tmp_path / "asked.yml"
    rules.write_text(
        yaml.safe_dump({"groups": [{"name": "asked", "rules": asked}]}), encoding="utf-8"
    )
    said = promtool("check", "rules", "--lint=none", str(rules), folder=tmp_path)
    assert said.returncode == 0, said.stderr
    checked = promtool("check", "config", "prometheus.yml")
    assert checked.returncode == 0, checked.stderr


def promtool(*words: str, folder: Path = FOLDER) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL
    return subprocess.run(
        [PROMTOOL, *words], cwd=folder, capture_output=True, text=True, check=False
    )
