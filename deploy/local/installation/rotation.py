"""Replaces a key while the platform runs: both count until every process has the new one."""

import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.keeper.keys import SEAL_FILE, load_seals
from deploy.keeper.saying import last_said
from deploy.local.home.plan import read_record, running_record
from deploy.local.keys.identities import NEW, OLD, ending_file, identities_of, make_key, seed_file
from deploy.local.server.account_reload import (
    is_let_in,
    is_shut_out,
    require_configuration,
    serve_accounts,
    until,
)
from shared.contract.front_ends import KINDS, OPERATORS
from shared.contract.permissions import PROVISIONER
from shared.contract.topology import KEEPER
from shared.kit.bus.connection import connect
from shared.kit.key_files import drop_retired, rotate_ring
from shared.kit.people.signatures import public_key_of
from shared.kit.settings import Settings

SPOKEN_BY = {**dict.fromkeys(KINDS, "portal"), OPERATORS: "monitoring"}
RESTART_MIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Ring:
    """A key of one process, which keeps its earlier ones: what was made with them is still to be read."""

    place: str
    process: str
    least: timedelta = RESTART_MIN  # so long an earlier key counts


RINGS = {
    "funding-sealing": Ring("keys/funding-sealing.nk", "funding"),
    "notify-proof": Ring("keys/notify-proof.nk", "notify"),
    "sessions": Ring("portal/sessions.key", "portal", timedelta(0)),
}


class RotationRefused(RuntimeError):
    """The key was not replaced; the message says why, and what to do."""


async def rotate(settings: Settings, identity: str, overlap: bool = False) -> bool:
    """Another NKey. Returns whether the old one is refused by now; not with `overlap`, or with no supervisor.

    A run that was cut off is taken up where it stopped. Raises RotationRefused, ReloadFailed.
    """
    known = settings.front_ends()
    if identity not in identities_of(known):
        raise RotationRefused(
            f"no identity {identity} speaks here: `fabriques keys list` names them all"
        )
    require_configuration(settings.home)
    key, fresh, old = _files(settings, identity)
    if _has_two(key, old):
        raise RotationRefused(f"{identity} has two keys: end the old one first, with --finish")
    make_key(fresh)
    await serve_accounts(settings, known, lambda: is_let_in(settings, identity, fresh))
    old.unlink(missing_ok=True)
    old.hardlink_to(key)
    fresh.replace(key)
    restarted = await restart(settings.home, SPOKEN_BY.get(identity, identity))
    if overlap or not restarted:
        return False
    await finish(settings, identity)
    return True


async def finish(settings: Settings, identity: str) -> None:
    """Returns once the old key opens nothing any more. Raises RotationRefused, ReloadFailed."""
    require_configuration(settings.home)
    key, _, old = _files(settings, identity)
    revoked = ending_file(settings.home / "keys", identity)
    if _has_two(key, old):
        old.replace(revoked)
    if not revoked.exists():
        raise RotationRefused(f"{identity} has one key: there is nothing to end")
    await serve_accounts(
        settings, settings.front_ends(), lambda: is_shut_out(settings, identity, revoked)
    )
    revoked.unlink()


async def restart(home: Path, process: str) -> bool:
    """Has the supervisor start a process again, which reads its keys anew, where it runs at all.

    Returns whether there is a supervisor.
    """
    record = running_record(home)
    if record is None:
        return False
    if before := record.pids.get(process):
        os.kill(before, signal.SIGTERM)

        async def is_another() -> bool:
            now = read_record(home)
            return bool(now and now.pids.get(process, before) != before)

        await until(is_another, f"{process} does not start again: its log says why")
    return True


async def rotate_ring_of(home: Path, name: str, grace: timedelta) -> bool:
    """Another key in the ring of a process, and one moment for all from which the earlier one counts no more.

    It leaves the process time to start again; not of sessions: whoever stole that key would get a new
    cookie meanwhile. Returns whether somebody started it. Raises KeyFileInvalid.
    """
    rotate_ring(home / RINGS[name].place, datetime.now(UTC) + max(grace, RINGS[name].least))
    return await restart(home, RINGS[name].process)


async def rotate_seal(settings: Settings) -> bool:
    """Another key of the platform, which the old one names in a checkpoint; then the old one is gone.

    Returns whether it was handed over: not where nobody starts the keeper again. Raises KeyFileInvalid,
    ReloadFailed.
    """
    path = settings.home / "keys" / SEAL_FILE
    rotate_ring(path, datetime.now(UTC))
    if not await restart(settings.home, KEEPER):
        return False
    key = public_key_of(load_seals(path.parent)[0])
    client = await connect(settings, PROVISIONER)

    async def named() -> bool:
        found = await last_said(client, settings.programme().id)
        return bool(found and key in (found[0].key, found[0].next_key))

    try:
        await until(named, "the keeper has not said yet that its key is another: its log says why")
    finally:
        await client.close()
    drop_retired(path)
    return True


def _has_two(key: Path, old: Path) -> bool:
    """A rotation that was killed before its key came into use left one under both names."""
    return old.exists() and not old.samefile(key)


def _files(settings: Settings, identity: str) -> tuple[Path, Path, Path]:
    folder = settings.home / "keys"
    return (
        seed_file(folder, identity),
        seed_file(folder, identity, NEW),
        seed_file(folder, identity, OLD),
    )
