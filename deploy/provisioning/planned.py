"""A plan in rows: each thing of a platform as it is, and as it should be."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from deploy.provisioning.losses import Loss

KEPT = "kept"
MADE = "made"
CHANGED = "changed"
STRANGE = "strange"  # nothing of ours: it is shown, and left alone
UNKNOWN = "unknown"
DIGITS = 12


@dataclass(frozen=True, slots=True)
class Planned:
    """One stream, bucket, consumer, account or identity. `found` and `wanted` are told field by field.

    What is `kept` has both alike. `needs` are losses to be asked for by name, `never` is done by no server.
    `unknown` says why nobody could look.
    """

    kind: str
    name: str
    found: dict[str, Any]
    wanted: dict[str, Any]
    needs: tuple[Loss, ...] = ()
    never: tuple[str, ...] = ()
    unknown: str = ""

    @property
    def state(self) -> str:
        if self.unknown:
            return UNKNOWN
        if self.found == self.wanted:
            return KEPT
        if not self.found:
            return MADE
        return CHANGED if self.wanted else STRANGE

    @property
    def is_change(self) -> bool:
        return self.state in (MADE, CHANGED)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "state": self.state,
            "found": self.found,
            "wanted": self.wanted,
            "needs": [loss.name for loss in self.needs],
            "never": list(self.never),
            "unknown": self.unknown,
        }

    def told(self) -> list[str]:
        """A line for each change."""
        if not self.is_change:
            return []
        if self.state == MADE:
            return [f"{self.kind} {self.name}: made, {_fields(self.wanted)}"]
        return [
            f"{self.kind} {self.name}: {field} is {self.found.get(field)!r}, not {self.wanted.get(field)!r}"
            for field in self.found | self.wanted
        ]


def digest_of(rows: Iterable[Planned]) -> str:
    """The name of a plan: two that would do the same have the same."""
    changes = [row.as_json() for row in rows if row.is_change]
    return sha256(json.dumps(changes, sort_keys=True, default=str).encode()).hexdigest()[:DIGITS]


def _fields(values: dict[str, Any]) -> str:
    return ", ".join(f"{field} {value}" for field, value in values.items())
