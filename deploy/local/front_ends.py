"""The front-ends an installation knows: a file beside its keys, that the server's configuration is written from."""

import json
import re
from dataclasses import asdict
from pathlib import Path

from deploy.local.durable import write_durably
from shared.contract.front_ends import EMBEDDED, KINDS, NAME_PATTERN, FrontEnd
from shared.contract.permissions import IDENTITIES

TAKEN = {*IDENTITIES, "core", "ask"} - {front_end.name for front_end in EMBEDDED}


class FrontEndRefused(ValueError):
    """The name or kind cannot be used; the message says what can."""


def front_ends_of(home: Path) -> tuple[FrontEnd, ...]:
    """Those registered, in their order; one of each kind where nobody was ever registered. Raises FrontEndRefused."""
    try:
        rows = json.loads(registry_file(home).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return EMBEDDED
    return tuple(checked(str(row["name"]), str(row["kind"])) for row in rows)


def keep_front_ends(home: Path, front_ends: tuple[FrontEnd, ...]) -> None:
    rows = [asdict(front_end) for front_end in front_ends]
    write_durably(registry_file(home), (json.dumps(rows, indent=2) + "\n").encode(), mode=0o600)


def checked(name: str, kind: str) -> FrontEnd:
    """Raises FrontEndRefused."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise FrontEndRefused(f"{name!r} is no name for a front-end: small letters, digits and hyphens, 2 to 20")
    if name in TAKEN:
        raise FrontEndRefused(f"{name} is an identity of the platform: choose another name")
    if kind not in KINDS:
        raise FrontEndRefused(f"{kind!r} is no kind of front-end: {', '.join(KINDS)}")
    return FrontEnd(name, kind)


def registry_file(home: Path) -> Path:
    return home / "front-ends.json"
