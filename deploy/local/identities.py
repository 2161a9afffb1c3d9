"""One NKey for each identity of the bus, made once and kept with the data, and the server's list of users."""

import os
from pathlib import Path

import nkeys

from deploy.local.durable import write_durably
from deploy.local.plan import PlatformNotStarted
from services.funding.bank.key_files import FIELDS_FILE, SEALING_FILE, create_keys
from shared.contract.permissions import IDENTITIES, Permissions, permissions_of


class KeysMissing(PlatformNotStarted):
    """A platform that has spoken before lacks keys; the message says what to do."""


def make_keys(folder: Path) -> dict[str, str]:
    """Each identity's public key. Creates the seeds where a platform is made, readable by their owner alone.

    What exists is left as it is: keys may lie in a folder that is mounted read-only. Raises KeysMissing where the
    platform has spoken before: a key made anew would be another platform's.
    """
    names = (*IDENTITIES, SEALING_FILE.removesuffix(".nk"), FIELDS_FILE.removesuffix(".nk"))
    missing = [name for name in names if not (folder / f"{name}.nk").exists()]
    if missing and has_spoken(folder.parent):
        raise KeysMissing(
            f"the platform in {folder.parent} has spoken before and its keys are not in {folder}: "
            f"{', '.join(missing)}. Bring them back from where they are kept"
        )
    if missing:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_keys(folder)
    return {identity: public_key(_seed(folder / f"{identity}.nk")) for identity in IDENTITIES}


def has_spoken(home: Path) -> bool:
    """Whether a platform was made in this folder: its server was given users, or it holds a store or records."""
    nats = home / "nats"
    known = (nats / "nats-server.conf").exists() or (nats / "jetstream").exists()
    return known or any((home / "data").glob("*.db"))


def public_key(seed: bytes) -> str:
    key: bytes = nkeys.from_seed(bytearray(seed)).public_key
    return key.decode()


def _seed(path: Path) -> bytes:
    if not path.exists():
        seed: bytes = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
        write_durably(path, seed, mode=0o600)
    return path.read_bytes().strip()


def users_config(keys: dict[str, str], programme: str) -> str:
    """The `authorization` block of the server's configuration."""
    users = "\n".join(_user(key, permissions_of(identity, programme)) for identity, key in keys.items())
    return f"authorization {{\n  users = [\n{users}\n  ]\n}}\n"


def _user(key: str, rights: Permissions) -> str:
    reply = ', allow_responses: { max: 1, expires: "30s" }' if rights.may_reply else ""
    return (
        f"    {{ nkey: {key}, permissions: {{ publish: {{ allow: {_list(rights.publish)} }}, "
        f"subscribe: {{ allow: {_list(rights.subscribe)} }}{reply} }} }}"
    )


def _list(subjects: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{subject}"' for subject in subjects) + "]"
