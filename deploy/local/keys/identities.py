"""One NKey for each identity of a programme, made once, kept with the data; its accounts on the server."""

import os
from collections.abc import Iterable
from pathlib import Path

import nkeys

from deploy.keeper import keys as keeper_keys
from deploy.local.home.durable import write_durably
from deploy.local.home.plan import PlatformNotStarted
from services.funding import keys as funding_keys
from services.notify import keys as notify_keys
from shared.contract.accounts import (
    CORE,
    Export,
    Grant,
    Limits,
    account_name,
    exports_of,
    limits_of,
)
from shared.contract.front_ends import EMBEDDED, TOOLS, FrontEnd
from shared.contract.permissions import INSIDERS, Permissions, accounts_of, permissions_of
from shared.kit.key_files import create_key, new_key

SERVICE_KEYS = (
    funding_keys.SEALING_FILE,
    funding_keys.FIELDS_FILE,
    notify_keys.PROOF_FILE,
    keeper_keys.SEAL_FILE,
)
# What the servers of a cluster know each other by: a secret, over TLS a certificate.
ROUTES = "cluster-routes"
ROUTES_FILE = f"{ROUTES}.nk"
# The quotas of front-ends are bounds, no room set aside: the server promises no more than its disk has.
ROOM = "max_file_store: 1TB"
NEW = "new"
OLD = "old"
REVOKED = "revoked"
PublicKeys = dict[str, tuple[str, ...]]
PIECE = "accounts.conf"  # of one programme, in `nats` of its folder
ACCOUNTS = "accounts {\n"  # what the last block of a server's configuration begins with


class KeysMissing(PlatformNotStarted):
    """A platform that has spoken before lacks keys; the message says what to do."""


def make_keys(folder: Path, front_ends: Iterable[FrontEnd] = EMBEDDED) -> PublicKeys:
    """Each identity's public keys. Creates the seeds where a platform is made, readable by their owner alone.

    What exists is left as it is: keys may lie in a folder that is mounted read-only. Raises KeysMissing where
    the platform has spoken before: a key made anew would be another platform's.
    """
    identities = identities_of(front_ends)
    missing = [
        name.removesuffix(".nk") for name in _files(identities) if not (folder / name).exists()
    ]
    if missing and has_spoken(folder.parent):
        raise KeysMissing(
            f"the platform in {folder.parent} has spoken before and its keys are not in {folder}: "
            f"{', '.join(missing)}. Bring them back from where they are kept"
        )
    if missing:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        funding_keys.create_keys(folder)
        notify_keys.create_keys(folder)
        keeper_keys.create_keys(folder)
        create_key(folder / ROUTES_FILE, new_key().hex())
    return {identity: _public_keys(folder, identity) for identity in identities}


def seed_file(folder: Path, identity: str, which: str = "") -> Path:
    """The seed that an identity speaks with; beside it, while it is replaced, the `new` and the `old` one."""
    return folder / f"{identity}.{which}.nk" if which else folder / f"{identity}.nk"


def ending_file(folder: Path, identity: str) -> Path:
    """The old seed while it is ended: the server lets it in no more."""
    return folder / f".{identity}.{REVOKED}"


def drop_keys(folder: Path, identity: str) -> None:
    """Each seed it could ever speak with: a later key of this name must bring no earlier one back."""
    for which in ("", NEW, OLD):
        seed_file(folder, identity, which).unlink(missing_ok=True)
    ending_file(folder, identity).unlink(missing_ok=True)


def _public_keys(folder: Path, identity: str) -> tuple[str, ...]:
    """While a key is replaced the server lets in more than one."""
    beside = [seed_file(folder, identity, which) for which in (NEW, OLD)]
    seeds = [_seed(seed_file(folder, identity)), *(_seed(path) for path in beside if path.exists())]
    return tuple(dict.fromkeys(public_key(seed) for seed in seeds))


def key_names(front_ends: Iterable[FrontEnd]) -> tuple[str, ...]:
    """The files of `keys/` that a platform does not start without."""
    return _files(identities_of(front_ends))


def identities_of(front_ends: Iterable[FrontEnd]) -> tuple[str, ...]:
    speaking = [front_end.name for front_end in front_ends if not front_end.revoked]
    return (*INSIDERS, *TOOLS, *speaking)


def _files(identities: Iterable[str]) -> tuple[str, ...]:
    return (*(f"{identity}.nk" for identity in identities), *SERVICE_KEYS, ROUTES_FILE)


def has_spoken(home: Path) -> bool:
    """Whether a platform was made in this folder: its server has users, or there is a store or records."""
    nats = home / "nats"
    nodes = home.glob("n[0-9]/nats-server.conf")
    if any((nats / name).exists() for name in ("nats-server.conf", "jetstream", PIECE)) or any(
        nodes
    ):
        return True
    return any((home / "data").glob("*.db"))


def public_key(seed: bytes) -> str:
    key: bytes = nkeys.from_seed(bytearray(seed)).public_key
    return key.decode()


def make_key(path: Path) -> str:
    """The public key of this seed, which is made where it is not there."""
    return public_key(_seed(path))


def _seed(path: Path) -> bytes:
    if not path.exists():
        seed: bytes = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
        write_durably(path, seed, mode=0o600)
    return path.read_bytes().strip()


def accounts_block(programmes: Iterable[str]) -> str:
    """The `accounts` block of a server's configuration: those of each of its programmes."""
    return ACCOUNTS + "\n".join(programmes) + "}\n"


def accounts_config(
    keys: PublicKeys, programme: str, front_ends: Iterable[FrontEnd] = EMBEDDED
) -> str:
    """The accounts of one programme, as they stand in that block."""
    known = tuple(front_ends)
    accounts = accounts_of(programme, known)
    blocks = [_core(keys, programme, known, exports_of(accounts))]
    for name, grants in accounts:
        rights = permissions_of(name, programme, known)
        blocks.append(_account(programme, name, _user_rows(keys[name], rights), grants))
    return "\n".join(blocks) + "\n"


def _core(
    keys: PublicKeys, programme: str, front_ends: tuple[FrontEnd, ...], exports: Iterable[Export]
) -> str:
    users = []
    for identity in INSIDERS:
        users += _user_rows(keys[identity], permissions_of(identity, programme, front_ends))
    exported = [_export(programme, export) for export in exports]
    lines = ["jetstream: enabled", _rows("users", users), _rows("exports", exported)]
    return _block(account_name(programme, CORE), lines)


def _account(programme: str, name: str, users: list[str], grants: Iterable[Grant]) -> str:
    imports = [_import(programme, grant) for grant in grants]
    lines = [_limits(limits_of(name)), _rows("users", users), _rows("imports", imports)]
    return _block(account_name(programme, name), lines)


def _limits(limits: Limits) -> str:
    connections = (
        f"max_connections: {limits.connections}, max_subscriptions: {limits.subscriptions}"
    )
    return f"limits: {{ {connections}, max_payload: {limits.payload_bytes} }}"


def _block(name: str, lines: Iterable[str]) -> str:
    return f'  "{name}" {{\n    ' + "\n    ".join(lines) + "\n  }"


def _rows(name: str, rows: Iterable[str]) -> str:
    return f"{name}: [\n      " + "\n      ".join(rows) + "\n    ]"


def _export(programme: str, export: Export) -> str:
    whom = _list(account_name(programme, name) for name in export.accounts)
    return f'{{ {_kind(export.heard)}: "{export.subject}", accounts: {whom} }}'


def _import(programme: str, grant: Grant) -> str:
    theirs = f'{{ account: "{account_name(programme, CORE)}", subject: "{grant.core}" }}'
    return f'{{ {_kind(grant.heard)}: {theirs}, to: "{grant.subject}" }}'


def _kind(heard: bool) -> str:
    return "stream" if heard else "service"


def _user_rows(keys: Iterable[str], rights: Permissions) -> list[str]:
    return [_user(key, rights) for key in keys]


def _user(key: str, rights: Permissions) -> str:
    reply = ', allow_responses: { max: 1, expires: "30s" }' if rights.may_reply else ""
    publish = f"publish: {{ allow: {_list(rights.publish)} }}"
    subscribe = f"subscribe: {{ allow: {_list(rights.subscribe)} }}"
    return f"{{ nkey: {key}, permissions: {{ {publish}, {subscribe}{reply} }} }}"


def _list(subjects: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{subject}"' for subject in subjects) + "]"
