"""A platform in one sealed file, and back: databases first, streams after, keys when asked.

The order is what makes a copy of a running platform consistent. A service's database never knows of an event
that the log, copied later, does not hold. A restore decides again what a database had not heard yet when it
was copied; then the consumers start at the beginning, and what a database has heard it drops.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nacl.public import PrivateKey
from nats.aio.client import Client
from sqlalchemy import make_url

from deploy.erasures import ErasureList
from deploy.local.audit.comparison import AuditReport, audit
from deploy.local.backup.cut import drop_later_checkpoints, drop_what_follows_nothing
from deploy.local.backup.erased_again import erase_again
from deploy.local.backup.key import recipient_of
from deploy.local.backup.sealed_file import PIECE_BYTES_MAX, Sealing, read_head, sealing, unseal
from deploy.local.backup.snapshots import load_stream, save_stream
from deploy.local.home.durable import sync_folder, write_durably
from deploy.local.home.plan import programme_copy
from deploy.local.home.programme_copy import copy_documents, documents_beside
from deploy.local.home.unfinished import (
    MARK,
    OPENED,
    abandon_restore,
    begin_restore,
    end_restore,
    require_restored,
)
from deploy.local.keys.identities import key_names
from deploy.local.keys.sealed_keys import FILE as SEALED
from deploy.local.keys.sealed_keys import Keys, read_keys, seal_keys, write_keys
from deploy.local.log.reading import stream_names
from deploy.local.log.store_server import server_of, settings_at, settings_of
from deploy.local.rebuilding.replay import replay
from deploy.provisioning.bus import provision
from deploy.provisioning.losses import owner
from shared.contract.subjects import STATUS_STREAM
from shared.contract.topology import KEEPER, SERVICES, buckets_of, streams_of
from shared.kit.bus.configs import MODE
from shared.kit.front_ends import front_ends_of, registry_file
from shared.kit.settings import Settings
from shared.programme import DOCUMENT_TEMPLATES, load_programme

MANIFEST = "manifest.json"
FORMAT = "fabriques-backup-2"
COPYING = ".copying"  # a copy of one database at a time, in the clear beside the database itself


class BackupRefused(RuntimeError):
    """The copy could not be made, or is not what its manifest says; the message says what to do."""


@dataclass
class Copied:
    """What a backup holds, or a restore brought back. `streams` are their numbers of messages.

    `expires_at`: from then on it is not brought back.
    """

    file: str
    taken_at: str
    expires_at: str
    streams: dict[str, int] = field(default_factory=dict)
    databases: dict[str, int] = field(default_factory=dict)
    keys: int = 0


async def back_up(
    home: Path,
    file: Path,
    passphrase: str | None = None,
    named: Settings | None = None,
    kept_days: int | None = None,
) -> Copied:
    """Copies a platform that runs or is stopped, through the server that is `named` or its own.

    Its keys come with it where there is a passphrase. It expires after `kept_days`, or the programme's
    `backups_days`. Raises BackupRefused, BackupKeyRefused, KeysSealed, StoreInUse, NotConnected,
    SnapshotFailed, OSError, nats errors.
    """
    _require_new(file)
    require_restored(home)
    settings = named or settings_of(home)
    if not settings.programme_file.exists():
        raise BackupRefused(f"{home} holds no platform")
    databases = {name: _database_file(settings, name) for name in (KEEPER, *SERVICES)}
    recipient = recipient_of(home)
    now = datetime.now(UTC)
    days = settings.programme().retention.backups_days if kept_days is None else kept_days
    copied = Copied(str(file), now.isoformat(), (now + timedelta(days=days)).isoformat())
    sealed_keys = _sealed(home / "keys", passphrase, copied) if passphrase is not None else None
    told = {"format": FORMAT, "taken_at": copied.taken_at, "expires_at": copied.expires_at}
    async with server_of(home, named) as client:
        await _require_programme(client, settings)
        with sealing(file, recipient, told) as kept:
            _add_file(kept, "programme.toml", settings.programme_file)
            for document in documents_beside(settings.programme_file.parent):
                _add_file(kept, f"{DOCUMENT_TEMPLATES}/{document.name}", document)
            if sealed_keys:
                kept.add(SEALED, [sealed_keys])
            if registry_file(home).exists():  # there is none where nobody was registered
                _add_file(kept, registry_file(home).name, registry_file(home))
            with _copying(home) as aside:
                _add_databases(databases, aside, kept, copied)
            # Effects come before their causes, because what a timer said names no event for a cut to find.
            names = [*reversed(await stream_names(client))]
            # Files come after the facts that name them: whatever a submission in the copy names is there too.
            names += _bucket_names(settings)
            streams = {name: await _save(client, name, kept, copied) for name in names}
            kept.add(MANIFEST, [json.dumps({**vars(copied), "described": streams}).encode()])
    return copied


async def restore(
    file: Path,
    opener: PrivateKey,
    home: Path,
    keys: Callable[[Path], Keys],
    erased: Sequence[str] = (),
) -> tuple[Copied, AuditReport]:
    """Brings a backup back into an empty folder, its databases up to date with its log; compares both by ids.

    Who was `erased` since it was taken is erased again before anything serves: of a restore that fails or is
    killed, a mark stays until the folder is deleted. The keys are asked for, with
    the folder of what was sealed, once all of it is known to be whole. Raises SealBroken, RestoreUnfinished,
    and as `back_up` and `replay` do.
    """
    _require_counting(file, datetime.now(UTC))
    _require_empty(home, "restore into a new data folder (FABRIQUES_HOME)")
    with _opened(file, opener, home) as folder:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        opened = keys(folder)
        if missing := [name for name in key_names(front_ends_of(folder)) if name not in opened]:
            raise BackupRefused(
                f"keys are missing: {', '.join(missing)}. "
                "Bring them from where the platform's keys/ folder is kept, "
                "and name that folder with --keys"
            )
        copied = Copied(str(home), manifest["taken_at"], manifest["expires_at"], keys=len(opened))
        write_keys(home / "keys", opened)
        report = await _bring_back(folder, home, manifest, copied, erased)
    end_restore(home)
    return copied, report


async def _bring_back(
    folder: Path, home: Path, manifest: dict[str, Any], copied: Copied, erased: Sequence[str]
) -> AuditReport:
    write_durably(programme_copy(home), (folder / "programme.toml").read_bytes())
    copy_documents(folder, home)
    _copy_registry(folder, home)
    _bring_databases(folder / "databases", home / "data", copied)
    async with server_of(home) as client:
        await _bring_streams(client, folder / "streams", manifest["described"], copied)
        programme = load_programme(programme_copy(home)).id
        known = front_ends_of(home)
        await provision(client.jetstream(), programme, _rehearsal(manifest), front_ends=known)
        _compare(manifest["streams"], copied.streams)
        settings = settings_at(home, client)
        await drop_what_follows_nothing(client, settings)
        await drop_later_checkpoints(client, settings)
        # What was said while the databases were copied already is in the log alone.
        for service in SERVICES:
            await replay(settings, service)
        await erase_again(client, settings, erased)
        kept = ErasureList(settings.erasure_list)
        for dossier in erased:
            kept.add(dossier, datetime.now(UTC))
        return await audit(settings)


def _require_counting(file: Path, now: datetime) -> None:
    """Raises BackupRefused for another kind of file, and for one whose time is over."""
    told = read_head(file)
    if told.get("format") != FORMAT:
        raise BackupRefused(f"{file} is no backup of this format ({FORMAT})")
    try:
        expires_at = datetime.fromisoformat(told["expires_at"])
        over = now >= expires_at
    except (KeyError, TypeError, ValueError):
        raise BackupRefused(f"{file} does not tell until when it counts: it was changed") from None
    if over:
        raise BackupRefused(
            f"{file} expired on {expires_at:%Y-%m-%d}: what it holds may be kept no longer. "
            "Take a newer backup, and delete this one"
        )


@contextmanager
def _opened(file: Path, opener: PrivateKey, home: Path) -> Iterator[Path]:
    """What the sealed file held, in a folder that goes again; nothing is left of a file that is refused."""
    begin_restore(home)
    try:
        folder = _folder(home / OPENED)
        unseal(file, opener, folder)
        yield folder
    finally:
        shutil.rmtree(home / OPENED, ignore_errors=True)
        abandon_restore(home)


@contextmanager
def _copying(home: Path) -> Iterator[Path]:
    """A folder for one copy at a time. What a killed backup left there goes: it may hold who was erased."""
    aside = home / COPYING
    shutil.rmtree(aside, ignore_errors=True)
    try:
        yield _folder(aside)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _bring_databases(kept: Path, data: Path, copied: Copied) -> None:
    for path in sorted(kept.glob("*.db")):
        shutil.copy2(path, _folder(data) / path.name)
        copied.databases[path.stem] = path.stat().st_size
    sync_folder(data)


async def _bring_streams(
    client: Client, kept: Path, described: dict[str, Any], copied: Copied
) -> None:
    for name, config_and_state in described.items():
        await load_stream(client, name, kept / f"{name}.snapshot", config_and_state)
        info = await client.jetstream().stream_info(name)
        copied.streams[name] = info.state.messages


def _require_new(file: Path) -> None:
    if file.exists():
        raise BackupRefused(f"{file} is there already: name a new file")


def _require_empty(folder: Path, way_out: str) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise BackupRefused(f"{folder} is not empty: {way_out}")


async def _save(client: Client, name: str, kept: Sealing, copied: Copied) -> dict[str, Any]:
    kept.begin(f"streams/{name}.snapshot")
    described = await save_stream(client, name, kept.write)
    kept.end()
    copied.streams[name] = int(described["state"]["messages"])
    return described


async def _require_programme(client: Client, settings: Settings) -> None:
    """Raises BackupRefused for a server that is another platform's, or holds less than a whole one."""
    programme = settings.programme().id
    names = [
        *(stream.name for stream in streams_of(settings.front_ends())),
        *_bucket_names(settings),
    ]
    found = await client.jetstream().streams_info()
    for info in found:
        if info.config.name in names and (whose := owner(info.config, programme)) != programme:
            raise BackupRefused(
                f"the server serves programme {whose}, the data is programme {programme}'s"
            )
    there = {info.config.name for info in found}
    if missing := [name for name in names if name not in there]:
        lacks = f"the server lacks the streams {', '.join(missing)}"
        raise BackupRefused(f"{lacks}: it is not this platform's, or empty")


def _bucket_names(settings: Settings) -> list[str]:
    return [bucket.name for bucket in buckets_of(settings.front_ends())]


def _database_file(settings: Settings, service: str) -> Path:
    """Raises BackupRefused where a service's records are not in a file of this machine."""
    url = make_url(settings.database_url(service))
    if not url.drivername.startswith("sqlite"):
        raise BackupRefused(
            f"the database of {service} is {url.get_backend_name()}: copy the databases first, each with "
            "pg_dump, as docs/runbook.md says (PostgreSQL is lost or brought back), then the streams, "
            "with `nats account backup`"
        )
    path = Path(url.database or "")
    if not path.is_file():
        raise BackupRefused(f"the database of {service} is not at {path}: run this where it lies")
    return path


def _add_databases(files: Mapping[str, Path], aside: Path, kept: Sealing, copied: Copied) -> None:
    """SQLite's own online copy: one moment of each database, while its service writes on."""
    for service, path in files.items():
        copy = aside / f"{service}.db"
        with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(copy)) as target:
            live.backup(target)
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copied.databases[service] = copy.stat().st_size
        _add_file(kept, f"databases/{copy.name}", copy)
        copy.unlink()


def _add_file(kept: Sealing, name: str, path: Path) -> None:
    with path.open("rb") as file:
        kept.add(name, iter(lambda: file.read(PIECE_BYTES_MAX), b""))


def _sealed(keys: Path, passphrase: str, copied: Copied) -> bytes:
    found = read_keys(keys)
    copied.keys = len(found)
    return seal_keys(found, passphrase)


def _copy_registry(source: Path, target: Path) -> None:
    """The front-ends that were registered; there is no file where nobody was."""
    if registry_file(source).exists():
        write_durably(registry_file(target), registry_file(source).read_bytes(), mode=0o600)


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def _compare(expected: dict[str, int], found: dict[str, int]) -> None:
    """Statuses are not counted: one replaced while it was copied is missing, and the audit says it again."""
    wrong = []
    for name, count in expected.items():
        if name != STATUS_STREAM and found.get(name) != count:
            wrong.append(f"{name} {found.get(name)} of {count}")
    if wrong:
        raise BackupRefused(f"streams did not come back whole: {', '.join(wrong)}")


def _rehearsal(manifest: dict[str, Any]) -> bool:
    configs = [described["config"] for described in manifest["described"].values()]
    return any(config.get("metadata", {}).get(MODE) == "rehearsal" for config in configs)
