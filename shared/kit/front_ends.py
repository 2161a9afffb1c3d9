"""The front-ends an installation knows, read from a file beside its keys: made by `fabriques front-ends`."""

import json
import re
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from shared.contract.front_ends import EMBEDDED, KINDS, TOOLS, FrontEnd
from shared.contract.topology import PROCESSES
from shared.contract.values import FRONT_END_PATTERN
from shared.kit.key_files import AUTHORITY, LISTENERS

FILE = "front-ends.json"
OTHER_KEYS = {  # each lies in a file of its name, or is rotated by it: a front-end's would be written over it
    "funding-sealing", "funding-fields", "notify-proof", "sessions", "keeper-seal", "store", "backup",
    "tls", "people", "cluster-routes", AUTHORITY, LISTENERS,
}  # fmt: skip
IDENTITIES = {*PROCESSES, *TOOLS, "provisioner", "core", "ask"}
TAKEN = IDENTITIES | OTHER_KEYS
ROWS: TypeAdapter[tuple[FrontEnd, ...]] = TypeAdapter(tuple[FrontEnd, ...])


class FrontEndsInvalid(ValueError):
    """A name, a kind or the file cannot be used; the message says why."""


def registry_file(home: Path) -> Path:
    return home / FILE


def front_ends_of(home: Path) -> tuple[FrontEnd, ...]:
    """In the order they were registered; one of each kind where nobody ever was. Raises FrontEndsInvalid.

    Asked for each file that comes in: it is read again once it was replaced.
    """
    path = registry_file(home)
    try:
        found = path.stat()
    except FileNotFoundError:
        return EMBEDDED
    return _read(path, found.st_ino, found.st_mtime_ns)


@lru_cache(maxsize=1)
def _read(path: Path, _inode: int, _changed_ns: int) -> tuple[FrontEnd, ...]:
    try:
        found = ROWS.validate_python(json.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, ValueError) as error:
        raise FrontEndsInvalid(
            f"{path} is no list of front-ends: bring it back from where it is kept"
        ) from error
    for front_end in found:  # those of before a name was taken go on
        check(front_end)
    return found


def check_new(front_end: FrontEnd) -> None:
    """Raises FrontEndsInvalid, also for the name of a key: its own would be written over it."""
    check(front_end)
    if front_end.name in OTHER_KEYS:
        raise FrontEndsInvalid(f"{front_end.name} is a key of the platform: choose another name")


def check(front_end: FrontEnd) -> None:
    """Raises FrontEndsInvalid."""
    if not re.fullmatch(FRONT_END_PATTERN, front_end.name):
        raise FrontEndsInvalid(
            f"{front_end.name!r} is no name for a front-end: "
            "small letters, digits and hyphens, 2 to 20 of them"
        )
    if front_end.name in IDENTITIES:
        raise FrontEndsInvalid(
            f"{front_end.name} is an identity of the platform: choose another name"
        )
    if front_end.kind not in KINDS:
        raise FrontEndsInvalid(f"{front_end.kind!r} is no kind of front-end: {', '.join(KINDS)}")
