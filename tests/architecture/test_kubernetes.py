"""The manifests are in Kubernetes' own words, and agree with each other, the topology and `prepare`."""

from copy import deepcopy
from typing import Any

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate import ValidationError

from shared.contract.topology import PROCESSES, SERVICES
from tests.architecture.sources import ROOT
from tests.architecture.test_containers import CONTAINERS, mounted

FOLDER = ROOT / "deploy" / "kubernetes"
VERSION = "1.31"
MANIFESTS: dict[str, dict[str, Any]] = {
    f"{one['kind']} {one['metadata']['name']}": one
    for path in sorted(FOLDER.glob("*.yaml"))
    for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
}
ABOVE = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
}
GUIDE = (ROOT / "docs" / "containers.md").read_text(encoding="utf-8")


def template(manifest: dict[str, Any]) -> dict[str, Any]:
    found = manifest
    for step in ABOVE[manifest["kind"]]:
        found = found[step]
    return found


PODS = {name: template(one) for name, one in MANIFESTS.items() if one["kind"] in ABOVE}


def secret_items(pod: dict[str, Any]) -> set[str]:
    volumes = [one["secret"] for one in pod["spec"]["volumes"] if "secret" in one]
    return {item["key"] for secret in volumes for item in secret["items"]}


@pytest.mark.parametrize("name", MANIFESTS)
def test_kubernetes_takes_the_manifest(name: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], VERSION, strict=True)


def test_a_word_that_kubernetes_does_not_know_is_refused() -> None:
    """The control."""
    wrong = deepcopy(MANIFESTS["Deployment fabriques-intake"])
    wrong["spec"]["replica"] = wrong["spec"].pop("replicas")
    with pytest.raises(ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


@pytest.mark.parametrize("name", PROCESSES)
def test_each_process_is_given_what_it_is_given_in_compose(name: str) -> None:
    pod = PODS[f"Deployment fabriques-{name}"]
    keys, urls = mounted(CONTAINERS[name])
    assert secret_items(pod) == keys | urls
    assert pod["spec"]["containers"][0]["command"] == CONTAINERS[name]["command"]


@pytest.mark.parametrize("name", ["pages", "metrics", "tranches"])
def test_so_are_the_pages_the_metrics_and_the_annual_job(name: str) -> None:
    kind = "CronJob" if name == "tranches" else "Deployment"
    keys, urls = mounted(CONTAINERS[name])
    assert secret_items(PODS[f"{kind} fabriques-{name}"]) == keys | urls


@pytest.mark.parametrize("name", PODS)
def test_a_pod_may_do_no_more_than_it_needs_and_its_secrets_are_read_only_files(name: str) -> None:
    spec = PODS[name]["spec"]
    [container] = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert not spec["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    secret = {one["name"] for one in spec["volumes"] if "secret" in one}
    assert all(mount["readOnly"] for mount in container["volumeMounts"] if mount["name"] in secret)
    assert not any("valueFrom" in one or "postgresql" in one["value"] for one in container["env"])
    named = {one["secret"]["secretName"] for one in spec["volumes"] if "secret" in one}
    assert all(
        f"generic {one} " in GUIDE or f"generic {one.replace(one[10:], '$s')} " in GUIDE
        for one in named
    )


@pytest.mark.parametrize("name", [name for name in PODS if name.startswith("Deployment")])
def test_what_serves_is_asked_how_it_is(name: str) -> None:
    [container] = PODS[name]["spec"]["containers"]
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container)
    ready = (
        "/ready"
        if container["name"] in PROCESSES
        else container["livenessProbe"]["httpGet"]["path"]
    )
    assert container["readinessProbe"]["httpGet"]["path"] == ready


def test_each_service_has_two_replicas_and_keeps_one_through_a_drain() -> None:
    for service in SERVICES:
        assert MANIFESTS[f"Deployment fabriques-{service}"]["spec"]["replicas"] == 2
        budget = MANIFESTS[f"PodDisruptionBudget fabriques-{service}"]["spec"]
        labels = PODS[f"Deployment fabriques-{service}"]["metadata"]["labels"]
        assert budget["maxUnavailable"] == 1
        assert budget["selector"]["matchLabels"].items() <= labels.items()


def test_who_opens_a_database_may_reach_it_and_nobody_else_may() -> None:
    policies = [one["spec"] for one in MANIFESTS.values() if one["kind"] == "NetworkPolicy"]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in policies
    opened = {
        name
        for name, pod in PODS.items()
        if any(item.endswith(("_database_url", "_admin_url")) for item in secret_items(pod))
    }
    assert {
        name for name, pod in PODS.items() if "fabriques/database" in pod["metadata"]["labels"]
    } == opened


def test_the_annual_job_runs_each_morning_and_never_twice_at_once() -> None:
    job = MANIFESTS["CronJob fabriques-tranches"]["spec"]
    assert (job["concurrencyPolicy"], job["timeZone"]) == ("Forbid", "Europe/Paris")
    command = PODS["CronJob fabriques-tranches"]["spec"]["containers"][0]["command"]
    assert "fabriques tranches publish --as-of" in command[-1]


def test_the_guide_says_that_nobody_tried_it_and_names_the_charts() -> None:
    assert "Untried on a cluster" in GUIDE
    for path in (FOLDER / "values").iterdir():
        assert "Untried on a cluster" in path.read_text(encoding="utf-8")
    assert all(chart in GUIDE for chart in ("nats/nats", "cnpg/cluster", "cnpg/cloudnative-pg"))
