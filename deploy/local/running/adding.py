"""Adds a programme beside another, on the server that this one has; nothing of the other is touched."""

from datetime import datetime
from pathlib import Path

from deploy.local.home.beside import folder_of, is_beside, mark_beside, writing_accounts
from deploy.local.home.plan import PlatformNotStarted, programme_copy, running_record
from deploy.local.home.programme_copy import keep_programme
from deploy.local.keys.certificates import has_certificates
from deploy.local.keys.people import make_founders
from deploy.local.running.processes import provision_bus
from deploy.local.server.account_reload import ReloadFailed
from deploy.local.server.nats_server import write_piece
from shared.kit.errors import PlatformDrift
from shared.kit.front_ends import front_ends_of
from shared.kit.settings import Settings
from shared.programme import Programme, load_programme

FAILURES = (PlatformNotStarted, PlatformDrift, ReloadFailed)


def add_programme(
    server: Path, file: Path, now: datetime, rehearsal: bool = False
) -> tuple[Path, Programme]:
    """Its folder, keys and accounts, and, where the server runs, its streams. Returns the folder.

    What was cut off is finished when it is done again. Raises PlatformNotStarted, ProgrammeInvalid, and what
    `provision_bus` does.
    """
    programme = load_programme(file)
    _require_room(server, programme)
    home = folder_of(server, programme.id)
    keep_programme(programme_copy(home), file, now)
    make_founders(home)
    with writing_accounts(server):
        write_piece(home, programme.id, front_ends_of(home))
        mark_beside(home)
    if record := running_record(server):
        url = record.nats_url
        settings = Settings(
            home=home, nats_url=url, programme_file=programme_copy(home), rehearsal=rehearsal
        )
        provision_bus(settings, programme.id)
    return home, programme


def _require_room(server: Path, programme: Programme) -> None:
    """Raises PlatformNotStarted where no programme can be added here, or not this one."""
    if is_beside(server):
        raise PlatformNotStarted(
            f"{server} is a programme beside another: name the folder of the server itself"
        )
    own = programme_copy(server)
    if not own.exists():
        raise PlatformNotStarted(
            f"no platform was made in {server}: `fabriques up` makes the first programme"
        )
    if load_programme(own).id == programme.id:
        raise PlatformNotStarted(
            f"{server} runs programme {programme.id} itself: give the file an id of its own"
        )
    if has_certificates(server):
        raise PlatformNotStarted(
            f"the server of {server} speaks TLS: programmes are added to one without, so far"
        )
