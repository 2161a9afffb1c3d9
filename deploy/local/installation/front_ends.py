"""Adds and revokes front-ends while the platform runs: the server's accounts, the streams, their list."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from string import ascii_uppercase

from nats.aio.client import Client
from nats.errors import Error as NatsError

from deploy.local.home.durable import write_durably
from deploy.local.keys.certificates import certify_identity, has_certificates
from deploy.local.keys.identities import drop_keys, make_key
from deploy.local.server.account_reload import (
    is_shut_out,
    require_configuration,
    serve_accounts,
    until,
)
from deploy.provisioning.bus import new_streams_of, provision
from shared.contract.front_ends import HOLDERS, FrontEnd
from shared.contract.permissions import PROVISIONER
from shared.contract.subjects import ask_subject
from shared.contract.topology import all_durables, own_streams
from shared.kit.bus.connection import connect
from shared.kit.bus.reaching import NotConnected
from shared.kit.front_ends import FrontEndsInvalid, check_new, front_ends_of, registry_file
from shared.kit.key_files import tls_file
from shared.kit.settings import Settings

ANSWER_SECONDS_MAX = 2.0
CODES = [letter for letter in ascii_uppercase if letter not in "AP"]  # P tells paper files
CODES += [first + second for first in CODES for second in ascii_uppercase]


def with_added(
    known: tuple[FrontEnd, ...], name: str, kind: str, bytes_max: int
) -> tuple[FrontEnd, ...]:
    """The list with one more, or with a revoked one back. Raises FrontEndsInvalid."""
    before = next((front_end for front_end in known if front_end.name == name), None)
    if before and not before.revoked:
        raise FrontEndsInvalid(
            f"{name} is registered already: `fabriques front-ends list` names them all"
        )
    if before and before.kind != kind:
        raise FrontEndsInvalid(
            f"{name} was a front-end of {before.kind}: what it said stays, choose another name"
        )
    if before:
        return tuple(
            replace(one, revoked=False, bytes_max=bytes_max) if one is before else one
            for one in known
        )
    fresh = FrontEnd(name, kind, _free_code(known) if kind == HOLDERS else "", bytes_max)
    check_new(fresh)
    return (*known, fresh)


def _free_code(known: tuple[FrontEnd, ...]) -> str:
    """Receipt numbers of two front-ends never meet: each has its own code in them, for ever."""
    taken = {front_end.code for front_end in known}
    return next(code for code in CODES if code not in taken)


def with_revoked(known: tuple[FrontEnd, ...], name: str) -> tuple[FrontEnd, ...]:
    """Raises FrontEndsInvalid."""
    if not any(front_end.name == name and not front_end.revoked for front_end in known):
        raise FrontEndsInvalid(
            f"no front-end {name} speaks here: `fabriques front-ends list` names them all"
        )
    return tuple(replace(one, revoked=True) if one.name == name else one for one in known)


def keep_front_ends(home: Path, front_ends: tuple[FrontEnd, ...]) -> None:
    rows = [asdict(front_end) for front_end in front_ends]
    write_durably(registry_file(home), (json.dumps(rows, indent=2) + "\n").encode(), mode=0o600)


async def add(settings: Settings, name: str, kind: str, bytes_max: int) -> FrontEnd:
    """Returns once the newcomer is answered and every service listens to it.

    Raises FrontEndsInvalid, ReloadFailed.
    """
    before = front_ends_of(settings.home)
    known = with_added(before, name, kind, bytes_max)
    require_configuration(settings.home)
    fresh = next(front_end for front_end in known if front_end.name == name)
    if any(front_end.name == name for front_end in before):
        drop_keys(settings.home / "keys", name)  # what a revocation that was cut off left there
    make_key(settings.key_file(name))
    if has_certificates(settings.home):
        certify_identity(settings.home, name, datetime.now(UTC))
    client = await connect(settings, PROVISIONER)
    try:
        if own_streams(name, known):
            await _make_streams(client, settings, known, name)
        await serve_accounts(settings, known, lambda: _is_answered(settings, name))
        keep_front_ends(settings.home, known)
        # The room it brings to a stream that several write: never more than the list tells.
        await _make_streams(client, settings, known, name)
        await until(
            lambda: _is_heard(client, known, name),
            f"the services do not listen to {name} yet: they read {registry_file(settings.home)}",
        )
    finally:
        await client.close()
    return fresh


async def revoke(settings: Settings, name: str) -> None:
    """Returns once its key opens nothing any more: its connections are closed.

    What it said stays, and is decided.
    """
    known = with_revoked(front_ends_of(settings.home), name)
    require_configuration(settings.home)
    await serve_accounts(settings, known, lambda: is_shut_out(settings, name))
    keep_front_ends(settings.home, known)
    drop_keys(settings.home / "keys", name)
    tls_file(settings.home, name).unlink(missing_ok=True)


async def _make_streams(
    client: Client, settings: Settings, known: tuple[FrontEnd, ...], name: str
) -> None:
    programme = settings.programme().id
    allowed = new_streams_of(name, known)
    await provision(
        client.jetstream(), programme, settings.rehearsal, front_ends=known, allowed=allowed
    )


async def _is_answered(settings: Settings, name: str) -> bool:
    """Whether the server knows this key, and takes what it says to the services and their answer back."""
    try:
        client = await connect(settings, name, attempts=0)
    except NotConnected:
        return False
    try:
        question = ask_subject(settings.programme().id, "intake", "calendar")
        await client.request(question, b"{}", timeout=ANSWER_SECONDS_MAX)
    except (NatsError, TimeoutError):
        return False
    finally:
        await client.close()
    return True


async def _is_heard(client: Client, known: tuple[FrontEnd, ...], name: str) -> bool:
    """Whether every service that hears this front-end's streams waits for what comes."""
    own = {stream.name for stream in own_streams(name, known)}
    durables = [durable for durable in all_durables(known) if durable.stream in own]
    infos = [
        await client.jetstream().consumer_info(durable.stream, durable.name) for durable in durables
    ]
    return all(info.num_waiting for info in infos)
