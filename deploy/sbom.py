"""`python -m deploy.sbom LOCK.txt`: what of a lock file is installed here, as a CycloneDX document.

The same lock and the same environment give the same bytes: no time and no drawn number is in it. The hashes
of a component are those of every file that the lock lets pip take for it.
"""

import json
import re
import sys
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

OWN = "fabriques"
PINNED = re.compile(r"([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^\s;]+)")
HASHED = re.compile(r"--hash=sha256:([0-9a-f]{64})")
REQUIRED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
USAGE = "usage: python -m deploy.sbom deploy/lock/runtime.txt"


class LockNotInstalled(RuntimeError):
    """The environment holds another version than the lock pins; the message names it."""


@dataclass(frozen=True, slots=True)
class Pinned:
    name: str
    version: str
    hashes: list[str] = field(default_factory=list)

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"


def pinned_in(lock: str) -> list[Pinned]:
    """In the order of the lock, where a package may have a version for each range of Pythons."""
    found: list[Pinned] = []
    for line in lock.splitlines():
        if match := PINNED.match(line):
            found.append(Pinned(match[1], match[2]))
        elif match := HASHED.search(line):
            found[-1].hashes.append(match[1])
    return found


def document(lock: str) -> dict[str, Any]:
    """Raises LockNotInstalled."""
    pinned = pinned_in(lock)
    here = {package.name: found for package in pinned if (found := _distribution(package.name))}
    installed = {
        package.name: (package, here[package.name])
        for package in pinned
        if package.name in here and here[package.name].version == package.version
    }
    if others := ", ".join(sorted(set(here) - set(installed))):
        raise LockNotInstalled(f"installed in another version than the lock says: {others}")
    own = distribution(OWN)
    root = {
        "type": "application",
        "bom-ref": OWN,
        "name": OWN,
        "version": own.version,
        **_licences(own),
    }
    graph = [{"ref": OWN, "dependsOn": _needed(own, installed)}]
    graph += [
        {"ref": one.purl, "dependsOn": _needed(found, installed)}
        for one, found in installed.values()
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": root},
        "components": [_component(*one) for one in installed.values()],
        "dependencies": graph,
    }


def _distribution(name: str) -> Distribution | None:
    """None for what this system or this Python does not need."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _component(package: Pinned, found: Distribution) -> dict[str, Any]:
    hashes = [{"alg": "SHA-256", "content": content} for content in package.hashes]
    told = {
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "hashes": hashes,
    }
    return {"type": "library", "bom-ref": package.purl, **told, **_licences(found)}


def _licences(found: Distribution) -> dict[str, Any]:
    """An SPDX expression where the package says one; else the names it gives, where it gives some."""
    if expression := found.metadata["License-Expression"]:
        return {"licenses": [{"expression": expression}]}
    classifiers = found.metadata.get_all("Classifier") or []
    names = [text.rpartition(" :: ")[2] for text in classifiers if text.startswith("License :: ")]
    said = (found.metadata["License"] or "").strip()
    if not names and said and "\n" not in said:
        names = [said]
    return {"licenses": [{"license": {"name": name}} for name in names]} if names else {}


def _needed(found: Distribution, installed: dict[str, tuple[Pinned, Distribution]]) -> list[str]:
    names = [_name(text) for text in found.requires or [] if "extra ==" not in text]
    return sorted({installed[name][0].purl for name in names if name in installed})


def _name(requirement: str) -> str:
    match = REQUIRED.match(requirement)
    return re.sub(r"[-_.]+", "-", match[0]).lower() if match else ""


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        print(json.dumps(document(Path(arguments[0]).read_text(encoding="utf-8")), indent=1))
    except (LockNotInstalled, OSError) as failure:
        print(f"sbom: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
