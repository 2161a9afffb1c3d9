"""`fabriques keys`: the keys of a platform, each with what it protects, and how it is replaced."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy.exc import SQLAlchemyError

from deploy.cli.connection.whereabouts import home, kept_platform, running_platform
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line, print_table
from deploy.keeper.keys import SEAL_FILE
from deploy.local.backup.key import BackupKeyRefused, make_backup_key
from deploy.local.home.plan import PlatformNotStarted
from deploy.local.installation import rotation
from deploy.local.installation.key_kinds import kinds
from deploy.local.installation.rotation import RINGS, RotationRefused
from deploy.local.keys.certificates import (
    NoAuthority,
    certificates_of,
    certify,
    has_certificates,
    hosts_of,
)
from deploy.local.server.account_reload import ReloadFailed
from services.funding.bank.sealing import (
    FieldUnreadable,
    drop_earlier_field_keys,
    rotate_field_keys,
)
from services.funding.keys import FIELDS_FILE
from services.funding.tools.renew_accounts import renew_accounts
from shared.kit.bus.reaching import NotConnected
from shared.kit.key_files import AUTHORITY, KeyFileInvalid, tls_file

T = TypeVar("T")
FIELDS = FIELDS_FILE.removesuffix(".nk")
SEAL = SEAL_FILE.removesuffix(".nk")
app = typer.Typer(no_args_is_help=True)


@app.callback()
def keys() -> None:
    """The keys of a platform."""


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Each key of the platform: what it protects, where it lies, how it is replaced."""
    rows = [
        (name, kind.protects, kind.place, kind.replaced_by) for name, kind in kinds(home()).items()
    ]
    if as_json:
        columns = ("name", "protects", "place", "replaced_by")
        return print_json([dict(zip(columns, row, strict=True)) for row in rows])
    print_table(("=key", "=what it protects", "=where", "=replaced by"), rows)
    return None


@app.command()
def rotate(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A key of `fabriques keys list`.")],
    overlap: Annotated[
        bool,
        typer.Option("--overlap", help="Of an identity: let the old key in too, until --finish."),
    ] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="End the old key of an identity.")
    ] = False,
    grace_hours: Annotated[
        float,
        typer.Option(
            min=0, max=8_760, help="So long the earlier key still counts for what comes in."
        ),
    ] = 24.0,
    as_json: AsJson = False,
) -> None:
    """Put a new key in the place of one, while the platform runs: events go on, nothing is lost.

    Processes that this machine supervises start again; elsewhere, start them again yourself.
    """
    if name == SEAL:
        handed = _done(rotation.rotate_seal(kept_platform()))
        return _tell_rotated(name, "the old one has signed that it is replaced", handed, as_json)
    if name == FIELDS:
        return _rotate_fields(as_json)
    if name in RINGS:
        started = _done(rotation.rotate_ring_of(home(), name, timedelta(hours=grace_hours)))
        return _tell_rotated(
            name, "the earlier one counts until its time is over", started, as_json
        )
    settings = running_platform()
    if finish:
        _done(rotation.finish(settings, name))
        return _tell_rotated(name, "the old one opens nothing any more", True, as_json)
    ended = _done(rotation.rotate(settings, name, overlap))
    still = (
        "the old one opens nothing any more"
        if ended
        else f"the old one too, until --finish: {_where(name)}"
    )
    return _tell_rotated(name, still, True, as_json)


def _rotate_fields(as_json: bool) -> None:
    """Funding reads the new key before a row has it, and the earlier ones go when no row has them."""
    settings = kept_platform()
    path = settings.home / "keys" / FIELDS_FILE
    try:
        rotate_field_keys(path)
        if not _done(rotation.restart(settings.home, "funding")):
            raise CommandFailed(
                "nobody here starts funding again: docs/keys.md tells how it is done"
            )
        renewed = renew_accounts(settings)
        drop_earlier_field_keys(path)
        _done(rotation.restart(settings.home, "funding"))
    except (KeyFileInvalid, FieldUnreadable, SQLAlchemyError) as error:
        raise CommandFailed(str(error)) from None
    _tell_rotated(
        FIELDS, f"{renewed} accounts are under it, the earlier one is gone", True, as_json
    )


def _where(name: str) -> str:
    return f"give {home() / 'keys' / f'{name}.nk'} to whoever speaks with it first"


def _tell_rotated(name: str, still: str, started: bool, as_json: bool) -> None:
    if as_json:
        return print_json({"name": name, "told": still, "started_again": started})
    again = "" if started else ". Start its process again: it knows the earlier key alone"
    print_line(f"{name} has a new key; {still}{again}.")
    return None


def _done(work: Coroutine[Any, Any, T]) -> T:
    """Raises CommandFailed with what stands in the way."""
    try:
        return asyncio.run(work)
    except (
        RotationRefused,
        ReloadFailed,
        PlatformNotStarted,
        KeyFileInvalid,
        NotConnected,
    ) as error:
        raise CommandFailed(str(error)) from None


@app.command()
def tls(
    hosts: Annotated[
        list[str] | None,
        typer.Option(
            "--host", help="A name or address the listeners are reached under; again for one more."
        ),
    ] = None,
    new_authority: Annotated[
        bool,
        typer.Option(
            "--new-authority", help="Also another authority: the old one's certify no more."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make or renew the certificates of TLS: of the listeners, and of each identity that connects.

    Those of before hold until they end, but for a new authority. Processes read theirs at their start.
    """
    folder = home()
    try:
        known = hosts_of(folder) if has_certificates(folder) else []
        certify(folder, (*known, *(hosts or ())), anew=new_authority)
    except (KeyFileInvalid, NoAuthority, PlatformNotStarted, OSError) as error:
        raise CommandFailed(str(error)) from None
    made = certificates_of(folder)
    if as_json:
        print_json([{"name": one.name, "expires_at": one.expires_at.isoformat()} for one in made])
        return
    print_table(
        ("=certificate", "until"), [(one.name, f"{one.expires_at:%Y-%m-%d}") for one in made]
    )
    print_line(f"The listeners are {', '.join(hosts_of(folder))}.")
    print_line(
        f"{tls_file(folder, AUTHORITY)} is for all. Start the platform again, with `fabriques up --tls`."
    )


@app.command()
def backup(
    secret_file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where the secret half is written.")
    ],
    as_json: AsJson = False,
) -> None:
    """Make the pair of keys that backups are sealed to; run again, a new pair for those to come.

    FILE alone opens them: take it off this machine. Backups from before keep the key they were sealed to.
    """
    try:
        public_key = make_backup_key(home(), secret_file)
    except (BackupKeyRefused, OSError) as error:
        raise CommandFailed(str(error)) from None
    if as_json:
        print_json({"file": str(secret_file), "public_key": public_key})
        return
    print_line(f"Backups are sealed to {public_key} from now on.")
    print_line(f"{secret_file} alone opens them: keep it, and a copy, where the data is not.")
