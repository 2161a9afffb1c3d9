"""One NKey for each identity of the bus, made once and kept with the data, and the server's list of users."""

import os
from pathlib import Path

import nkeys

from deploy.local.durable import write_durably
from shared.contract.permissions import IDENTITIES, Permissions, permissions_of


def make_keys(folder: Path) -> dict[str, str]:
    """Creates the seeds that are missing, readable by their owner alone. Returns each identity's public key."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return {identity: public_key(_seed(folder / f"{identity}.nk")) for identity in IDENTITIES}


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
