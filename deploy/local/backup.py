"""A platform in a folder, and back: databases first, streams after, keys apart.

The order is what makes a copy of a running platform consistent. A service's database never knows of an event that the
log, copied later, does not hold. A restore decides again what a database had not heard yet when it was copied; then the
consumers start at the beginning, and what a database has heard it drops.
"""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from deploy.local.audit import AuditReport, audit
from deploy.local.children import end
from deploy.local.cut import drop_what_follows_nothing
from deploy.local.durable import sync_folder, write_durably
from deploy.local.home import only_one
from deploy.local.log_reading import stream_names
from deploy.local.nats_server import free_port, start_server, write_config
from deploy.local.plan import HOST, log_file, programme_copy, read_record
from deploy.local.replay import replay
from deploy.local.snapshots import load_stream, save_stream
from shared.contract.subjects import STATUS_STREAM
from shared.contract.topology import SERVICES
from shared.kit.connection import connect
from shared.kit.provisioning import MODE, provision
from shared.kit.settings import Settings
from shared.programme import load_programme

MANIFEST = "manifest.json"
FORMAT = 1


class BackupRefused(RuntimeError):
    """The copy could not be made, or is not what its manifest says; the message says what to do."""


@dataclass
class Copied:
    """What a backup holds, or a restore brought back. `streams` are their numbers of messages."""

    folder: str
    taken_at: str
    streams: dict[str, int] = field(default_factory=dict)
    databases: dict[str, int] = field(default_factory=dict)
    keys: int = 0


async def back_up(home: Path, folder: Path, keys: Path | None = None) -> Copied:
    """Copies a platform that runs or is stopped. Raises BackupRefused, SnapshotFailed, OSError, nats errors."""
    _require_empty(folder, "name a new folder")
    if not programme_copy(home).exists():
        raise BackupRefused(f"{home} holds no platform")
    copied = Copied(str(folder), datetime.now(UTC).isoformat())
    _copy_keys(home / "keys", keys or folder / "keys", copied)
    shutil.copy2(programme_copy(home), _folder(folder) / "programme.toml")
    async with server_of(home) as client:
        _copy_databases(home / "data", _folder(folder / "databases"), copied)
        streams = {name: await _save(client, name, folder, copied) for name in await stream_names(client)}
    manifest = {"format": FORMAT, **vars(copied), "described": streams, "sha256": _digests(folder)}
    write_durably(folder / MANIFEST, json.dumps(manifest, indent=2).encode(), mode=0o600)
    return copied


async def restore(folder: Path, home: Path, keys: Path | None = None) -> tuple[Copied, AuditReport]:
    """Brings a backup back into an empty folder, its databases up to date with its log, and compares both by ids.

    Raises as `back_up` does, and what `replay` raises.
    """
    manifest = _manifest(folder)
    _require_empty(home, "restore into a new data folder (FABRIQUES_HOME)")
    copied = Copied(str(home), manifest["taken_at"])
    _copy_keys(keys or folder / "keys", home / "keys", copied)
    write_durably(programme_copy(home), (folder / "programme.toml").read_bytes())
    for path in sorted((folder / "databases").glob("*.db")):
        shutil.copy2(path, _folder(home / "data") / path.name)
        copied.databases[path.stem] = path.stat().st_size
    sync_folder(home / "data")
    async with server_of(home) as client:
        for name, described in manifest["described"].items():
            await load_stream(client, name, folder / "streams" / f"{name}.snapshot", described)
            copied.streams[name] = (await client.jetstream().stream_info(name)).state.messages
        rehearsal = _rehearsal(manifest)
        await provision(client.jetstream(), load_programme(programme_copy(home)).id, rehearsal)
        _compare(manifest["streams"], copied.streams)
        settings = settings_at(home, client)
        await drop_what_follows_nothing(client, settings)
        for service in SERVICES:  # what was said while the databases were copied already is in the log alone
            await replay(settings, service)
        report = await audit(settings)
    return copied, report


@asynccontextmanager
async def server_of(home: Path) -> AsyncIterator[Client]:
    """The server that runs on this folder; where none does, one is started for as long as it is needed."""
    record = read_record(home)
    if record and record.alive:
        client = await connect(record.settings(home), "provisioner")
        try:
            yield client
        finally:
            await client.close()
        return
    with only_one(home):
        programme, port = load_programme(programme_copy(home)).id, free_port(HOST)
        config = write_config(home, programme, HOST, port)
        server = await asyncio.to_thread(start_server, config, HOST, port, log_file(home, "nats-server"))
        try:
            client = await connect(_settings(home, f"nats://{HOST}:{port}"), "provisioner")
            yield client
            await client.close()
        finally:
            await asyncio.to_thread(end, server, 10.0)


def _require_empty(folder: Path, way_out: str) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise BackupRefused(f"{folder} is not empty: {way_out}")


def settings_at(home: Path, client: Client) -> Settings:
    """Those of the server that this client speaks to."""
    return _settings(home, client.connected_url.geturl() if client.connected_url else "")


def _settings(home: Path, url: str) -> Settings:
    return Settings(home=home, nats_url=url, programme_file=programme_copy(home))


async def _save(client: Client, name: str, folder: Path, copied: Copied) -> dict[str, Any]:
    described = await save_stream(client, name, _folder(folder / "streams") / f"{name}.snapshot")
    copied.streams[name] = int(described["state"]["messages"])
    return described


def _copy_databases(source: Path, target: Path, copied: Copied) -> None:
    """SQLite's own online copy: one moment of each database, while its service writes on."""
    for service in SERVICES:
        path = source / f"{service}.db"
        if not path.exists():
            raise BackupRefused(f"{path} is not there: a database that is not SQLite is copied with its own tools")
        with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(target / path.name)) as kept:
            live.backup(kept)
            kept.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (target / path.name).chmod(0o600)
        copied.databases[service] = (target / path.name).stat().st_size


def _copy_keys(source: Path, target: Path, copied: Copied) -> None:
    """Whoever holds the keys can act as anybody and read every account: they lie apart, for their owner alone."""
    if not source.is_dir():
        raise BackupRefused(f"the keys are not in {source}: say where they are with --keys")
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(0o700)
    for path in sorted(source.iterdir()):
        if path.is_file():
            write_durably(target / path.name, path.read_bytes(), mode=0o600)
            copied.keys += 1


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _digests(folder: Path) -> dict[str, str]:
    parts = [
        folder / "programme.toml",
        *sorted((folder / "databases").iterdir()),
        *sorted((folder / "streams").iterdir()),
    ]
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in parts}


def _manifest(folder: Path) -> dict[str, Any]:
    """Raises BackupRefused where the folder is no backup, or not as it was written."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BackupRefused(f"{folder} holds no complete backup: its {MANIFEST} is missing") from None
    if manifest.get("format") != FORMAT:
        raise BackupRefused(f"{folder} is of another format ({manifest.get('format')}, not {FORMAT})")
    found = _digests(folder)
    if spoilt := sorted(name for name, value in manifest["sha256"].items() if found.get(name) != value):
        raise BackupRefused(f"this backup is damaged: {', '.join(spoilt)}")
    return manifest


def _compare(expected: dict[str, int], found: dict[str, int]) -> None:
    """Statuses are not counted: one that was replaced while it was copied is missing, and the audit says it again."""
    counted = {name: count for name, count in expected.items() if name != STATUS_STREAM}
    if wrong := [f"{name} {found.get(name)} of {count}" for name, count in counted.items() if found.get(name) != count]:
        raise BackupRefused(f"streams did not come back whole: {', '.join(wrong)}")


def _rehearsal(manifest: dict[str, Any]) -> bool:
    modes = {described["config"].get("metadata", {}).get(MODE) for described in manifest["described"].values()}
    return "rehearsal" in modes
