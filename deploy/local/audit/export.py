"""Writes what lies in the log, as the keeper chained it, into a folder that an auditor can check and read."""

import base64
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from deploy.keeper.chain import Link
from deploy.keeper.keeper import chained_streams
from deploy.keeper.saying import STREAM, last_said
from deploy.keeper.store import Store, dossier_of, person_of
from deploy.local.home.durable import write_durably
from deploy.local.log.acts import read_roots
from deploy.local.log.sealing import NotSealed, seal_what_lies_there
from deploy.local.log.store_server import provisioner
from shared.contract.intake import CandidatureErased
from shared.contract.keeper import LogSealed
from shared.contract.subjects import stream_of, type_of
from shared.contract.topology import KEEPER
from shared.kit.bus.log_places import messages_from
from shared.kit.delivery import Logged
from shared.kit.people.roots import Roots
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine

BATCH = 512
ERASURES_STREAM = stream_of(CandidatureErased.publisher)
Row = dict[str, Any]


class ExportRefused(RuntimeError):
    """The folder cannot take an export; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written, and how much of it lies under a checkpoint."""

    folder: str
    platform: str
    events: int
    checkpoints: int
    sealed_at: str


async def export(settings: Settings, folder: Path, as_sealed: bool = False) -> Exported:
    """All that lies in the log, under a checkpoint signed now; `as_sealed`, what the last one covers.

    Raises ExportRefused, NotSealed, NotConnected, OSError, nats errors.
    """
    _require_new(folder)
    async with provisioner(settings) as client:
        if not as_sealed:
            await seal_what_lies_there(client, settings)
        engine = open_engine(settings.database_url(KEEPER))
        try:
            roots, _ = await read_roots(client, settings.programme().id)
            store = Store(engine, roots.platform)
            names = chained_streams(settings)
            checkpoints = [json.loads(message.body) async for message in _checkpoints(client)]
            sealed = _sealed(checkpoints)
            events = 0
            gone: set[str] = set()
            for name in names:
                found = {message.sequence: message async for message in _messages(client, name)}
                links = [
                    link for link in store.links_of(name) if link.through <= sealed.get(name, 0)
                ]
                rows = [row_of(link, found.get(link.sequence)) for link in links]
                write_rows(folder / "streams" / f"{name}.jsonl", rows)
                events += len(rows)
                gone |= {
                    person
                    for link in links
                    if not link.salt and (person := person_of(link.subject))
                }
            require_sealed(gone, store.links_of(ERASURES_STREAM), sealed.get(ERASURES_STREAM, 0))
            write_rows(folder / "checkpoints.jsonl", checkpoints)
            write_durably(
                folder / "programme.toml", settings.programme_file.read_bytes(), mode=0o600
            )
            write_durably(folder / "manifest.json", manifest_of(roots, names), mode=0o600)
        finally:
            engine.dispose()
    sealed_at = checkpoints[-1]["sealed_at"] if checkpoints else ""
    return Exported(str(folder), roots.platform, events, len(checkpoints), sealed_at)


async def latest_checkpoint(settings: Settings) -> str | None:
    """As JSON; None where the keeper has said none yet. Raises as `export` does."""
    async with provisioner(settings) as client:
        found = await last_said(client, settings.programme().id)
    return found[0].model_dump_json(indent=1) if found else None


def _sealed(checkpoints: list[dict[str, Any]]) -> dict[str, int]:
    """How far the last checkpoint covers each stream: nobody answers for what follows."""
    return {one["stream"]: one["sequence"] for last in checkpoints[-1:] for one in last["streams"]}


def require_sealed(gone: set[str], chained: Iterable[Link], sealed_upto: int) -> None:
    """`gone` are dossiers whose words have left the log; `chained` is where it is said that they had to.

    Raises NotSealed.
    """
    said = [link for link in chained if type_of(link.subject) == CandidatureErased.event_type()]
    sealed = {dossier_of(link.subject) for link in said if link.through <= sealed_upto}
    if gone & {dossier_of(link.subject) for link in said} - sealed:
        raise NotSealed(
            "somebody was erased after the last checkpoint: export again, into a new folder"
        )


def _require_new(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise ExportRefused(f"{folder} is not empty: name a new folder")


def manifest_of(roots: Roots, streams: list[str]) -> bytes:
    founders = [
        [person.person_id, person.public_key, list(person.roles)] for person in roots.founders
    ]
    told = {"platform": roots.platform, "founders": founders, "streams": streams}
    return json.dumps(told, indent=1).encode()


def row_of(link: Link, message: Logged | None) -> Row:
    """One line: what was chained, and what lies there unless it was erased."""
    row: Row = {
        "sequence": link.sequence,
        "through": link.through,
        "stamped_ns": link.stamped_ns,
        "event_id": link.event_id,
        "subject": link.subject,
        "digest": link.digest.hex(),
        "head": link.head.hex(),
        "salt": link.salt.hex() if link.salt else None,
    }
    if message is None:
        return row
    return row | {"headers": message.headers, **_body(message.body)}


def _body(body: bytes) -> Row:
    """Text is left as it is: an export is read by people."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def write_rows(path: Path, rows: list[Row]) -> None:
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    write_durably(path, lines.encode(), mode=0o600)


async def _checkpoints(client: Client) -> AsyncIterator[Logged]:
    """Proofs of erasures lie in the same stream."""
    async for message in _messages(client, STREAM):
        if type_of(message.subject) == LogSealed.event_type():
            yield message


async def _messages(client: Client, stream: str) -> AsyncIterator[Logged]:
    """The whole stream, as the keeper reads it."""
    first = 1
    while messages := await messages_from(client, stream, first, BATCH):
        for message in messages:
            yield message
        first = messages[-1].sequence + 1
