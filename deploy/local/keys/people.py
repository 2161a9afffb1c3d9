"""Keys of people: `<home>/keys/people/<person>.key`, those of the two founders first.

A key leaves with its person.
"""

import base64
import binascii
import json
from pathlib import Path

from nacl.signing import SigningKey

from deploy.local.home.durable import write_durably
from deploy.local.keys.identities import has_spoken
from shared.contract.values import Role
from shared.kit.people.register import Standing
from shared.kit.people.roots import founder
from shared.kit.people.signatures import public_key_of

ALONE = (Role.ADMINISTRATOR,)
NAMES = ("administrator-1", "administrator-2")


class KeyUnreadable(RuntimeError):
    """The message says which file holds no key, and what a key looks like."""


def people_folder(home: Path) -> Path:
    return home / "keys" / "people"


def key_file(home: Path, person_id: str) -> Path:
    return people_folder(home) / f"{person_id}.key"


def make_founders(home: Path) -> None:
    """Once, where a platform is made: on one that has spoken, they would be nobody."""
    listed = people_folder(home) / "founders.json"
    if listed.exists() or has_spoken(home):
        return
    rows = [
        {"person_id": name, "public_key": public_key_of(make_key(home, name))} for name in NAMES
    ]
    write_durably(listed, (json.dumps(rows, indent=2) + "\n").encode())


def read_founders(home: Path) -> tuple[Standing, ...]:
    """The people a new platform begins with, administrators alone unless their `roles` say more.

    None where the platform was made elsewhere.
    """
    listed = people_folder(home) / "founders.json"
    if not listed.exists():
        return ()
    rows = json.loads(listed.read_text("utf-8"))
    return tuple(
        founder(row["person_id"], row["public_key"], map(Role, row.get("roles", ALONE)))
        for row in rows
    )


def make_key(home: Path, person_id: str) -> SigningKey:
    return write_key(home, person_id, SigningKey.generate())


def write_key(home: Path, person_id: str, key: SigningKey) -> SigningKey:
    """Readable by its owner alone. Raises FileExistsError where this person has a key."""
    path = key_file(home, person_id)
    if path.exists():
        raise FileExistsError(f"{path} is there already")
    for folder in (home / "keys", path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(path, base64.b64encode(bytes(key)) + b"\n", mode=0o600)
    return key


def read_key(path: Path) -> SigningKey:
    """Raises KeyUnreadable, or OSError."""
    try:
        return SigningKey(base64.b64decode(path.read_bytes().strip(), validate=True))
    except (ValueError, binascii.Error):
        raise KeyUnreadable(f"{path} is not a person's key: the base64 of 32 bytes") from None
