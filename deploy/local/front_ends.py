"""Adds and revokes front-ends without stopping the platform: the server's accounts, the streams, the list of them."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from pathlib import Path
from string import ascii_uppercase

import nats
from nats.errors import Error as NatsError

from deploy.local.durable import write_durably
from deploy.local.identities import make_key
from deploy.local.nats_server import write_accounts
from deploy.local.plan import SERVER, read_record
from shared.contract.front_ends import FRONT_END_BYTES_MAX, HOLDERS, FrontEnd
from shared.contract.permissions import inbox_of
from shared.contract.topology import all_durables, streams_of
from shared.kit.connection import connect
from shared.kit.front_ends import FrontEndsInvalid, check, front_ends_of, registry_file
from shared.kit.provisioning import provision
from shared.kit.settings import Settings
from shared.kit.stream_changes import NEW_STREAM

RELOADS = 2  # a new account's imports are there after the second
RELOAD_SECONDS = 0.3
HEARD_SECONDS_MAX = 20.0
CODES = [letter for letter in ascii_uppercase if letter not in "AP"]  # P tells paper files
CODES += [first + second for first in CODES for second in ascii_uppercase]


class ReloadFailed(RuntimeError):
    """The server does not serve the accounts as they are written; the message says what to do."""


def with_added(known: tuple[FrontEnd, ...], name: str, kind: str, bytes_max: int) -> tuple[FrontEnd, ...]:
    """The list with one more, or with a revoked one back. Raises FrontEndsInvalid."""
    before = next((front_end for front_end in known if front_end.name == name), None)
    if before and not before.revoked:
        raise FrontEndsInvalid(f"{name} is registered already: `fabriques front-ends list` names them all")
    if before and before.kind != kind:
        raise FrontEndsInvalid(f"{name} was a front-end of {before.kind}: what it said stays, choose another name")
    if before:
        return tuple(replace(one, revoked=False, bytes_max=bytes_max) if one is before else one for one in known)
    taken = {front_end.code for front_end in known}
    code = next(code for code in CODES if code not in taken) if kind == HOLDERS else ""
    fresh = FrontEnd(name, kind, code, bytes_max or FRONT_END_BYTES_MAX)
    check(fresh)
    return (*known, fresh)


def with_revoked(known: tuple[FrontEnd, ...], name: str) -> tuple[FrontEnd, ...]:
    """Raises FrontEndsInvalid."""
    if not any(front_end.name == name and not front_end.revoked for front_end in known):
        raise FrontEndsInvalid(f"no front-end {name} speaks here: `fabriques front-ends list` names them all")
    return tuple(replace(one, revoked=True) if one.name == name else one for one in known)


def keep_front_ends(home: Path, front_ends: tuple[FrontEnd, ...]) -> None:
    rows = [asdict(front_end) for front_end in front_ends]
    write_durably(registry_file(home), (json.dumps(rows, indent=2) + "\n").encode(), mode=0o600)


async def add(settings: Settings, name: str, kind: str, bytes_max: int) -> FrontEnd:
    """Returns once the newcomer is let in and every service listens to it. Raises FrontEndsInvalid, ReloadFailed."""
    known = with_added(front_ends_of(settings.home), name, kind, bytes_max)
    make_key(settings.key_file(name))
    client = await connect(settings, "provisioner")
    try:
        programme = settings.programme().id
        fresh = {f"{NEW_STREAM}:{stream.name}" for stream in streams_of(known) if stream.front_end == name}
        await provision(client.jetstream(), programme, settings.rehearsal, front_ends=known, allowed=fresh)
        await _serve(settings, known, lambda: _let_in(settings, name))
        keep_front_ends(settings.home, known)
        durables = [durable for durable in all_durables(known) if durable.stream.endswith(f"_{_word(name)}")]
        js = client.jetstream()

        async def heard() -> bool:
            infos = [await js.consumer_info(durable.stream, durable.name) for durable in durables]
            return all(info.num_waiting for info in infos)

        await _until(heard, f"the services do not listen to {name} yet: they read {registry_file(settings.home)}")
    finally:
        await client.close()
    return known[-1] if known[-1].name == name else next(one for one in known if one.name == name)


async def revoke(settings: Settings, name: str) -> None:
    """Returns once its key opens nothing any more: its connections are closed. What it said stays, and is decided."""
    known = with_revoked(front_ends_of(settings.home), name)

    async def shut_out() -> bool:
        return not await _let_in(settings, name)

    await _serve(settings, known, shut_out)
    keep_front_ends(settings.home, known)
    settings.key_file(name).unlink(missing_ok=True)


async def _serve(settings: Settings, front_ends: tuple[FrontEnd, ...], served: Callable[[], Awaitable[bool]]) -> None:
    """Writes the accounts and has the server read them, until it serves them."""
    write_accounts(settings.home, settings.programme().id, front_ends)
    record = read_record(settings.home)
    server = record.pids.get(SERVER) if record and record.alive else None
    for _ in range(RELOADS if server else 0):
        os.kill(int(server or 0), signal.SIGHUP)
        await asyncio.sleep(RELOAD_SECONDS)
    await _until(served, "the server does not serve its new accounts: have each server reload them twice (SIGHUP)")


async def _until(condition: Callable[[], Awaitable[bool]], otherwise: str) -> None:
    deadline = time.monotonic() + HEARD_SECONDS_MAX
    while not await condition():
        if time.monotonic() > deadline:
            raise ReloadFailed(otherwise)
        await asyncio.sleep(RELOAD_SECONDS)


async def _let_in(settings: Settings, name: str) -> bool:
    """Whether the server knows this key."""
    try:
        client = await nats.connect(
            settings.nats_urls,
            nkeys_seed=str(settings.key_file(name)),
            inbox_prefix=inbox_of(name),
            allow_reconnect=False,
            connect_timeout=2,
            error_cb=_quiet,
        )
    except (NatsError, OSError, TimeoutError):
        return False
    await client.close()
    return True


async def _quiet(_error: Exception) -> None:
    return None


def _word(name: str) -> str:
    return name.upper().replace("-", "_")
