"""`fabriques backup FILE` and `fabriques restore FILE`: a platform in one sealed file, and back."""

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import nats.errors
import typer
from nacl.public import PrivateKey

from deploy.cli.connection.whereabouts import home, named_platform
from deploy.cli.safekeeping.audit import left_over, tell
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line
from deploy.erasures import ErasureList, ErasureListUnreadable
from deploy.local.backup import copies
from deploy.local.backup.copies import BackupRefused, Copied
from deploy.local.backup.key import BackupKeyRefused, secret_in
from deploy.local.backup.sealed_file import SealBroken
from deploy.local.backup.snapshots import SnapshotFailed
from deploy.local.home.plan import PlatformNotStarted
from deploy.local.keys.sealed_keys import FILE as SEALED
from deploy.local.keys.sealed_keys import KeysSealed, open_keys, read_keys
from deploy.local.keys.store_key import StoreKeyWrong
from deploy.local.server.nats_server import ServerNotStarted
from shared.kit.errors import NewerSchema
from shared.kit.key_files import KeyFileInvalid
from shared.kit.settings import ERASURES_FILE

app = typer.Typer()
T = TypeVar("T")
REFUSALS = (
    BackupRefused,
    BackupKeyRefused,
    SealBroken,
    StoreKeyWrong,
    KeyFileInvalid,
    KeysSealed,
    NewerSchema,
    SnapshotFailed,
    PlatformNotStarted,
    ServerNotStarted,
    nats.errors.Error,
    OSError,
)
ASKED_IN = "FABRIQUES_BACKUP_PASSPHRASE"
WithKeys = Annotated[
    bool, typer.Option("--with-keys", help=f"Seal the keys in too: asks, or reads {ASKED_IN}.")
]
Keys = Annotated[
    Path | None,
    typer.Option("--keys", help="The folder of the platform's keys, where FILE has none."),
]
Erasures = Annotated[
    Path | None,
    typer.Option(
        "--erasures", envvar="FABRIQUES_ERASURES_FILE", help="The list of who was erased."
    ),
]
NobodyErased = Annotated[
    bool, typer.Option("--nobody-erased", help="There is no such list: nobody was ever erased.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]
KeptDays = Annotated[
    int | None,
    typer.Option(
        "--kept-days", min=1, max=3660, help="It expires then; `backups_days` of the programme."
    ),
]
BackupKey = Annotated[
    Path,
    typer.Option(
        "--backup-key",
        envvar="FABRIQUES_BACKUP_KEY",
        help="The secret key that backups are opened with.",
    ),
]


@app.command()
def backup(
    file: File, with_keys: WithKeys = False, kept_days: KeptDays = None, as_json: AsJson = False
) -> None:
    """Copy the streams, the databases and the programme to FILE, sealed; the keys when asked.

    The platform may run meanwhile. `fabriques keys backup` makes the pair of keys that this needs.
    """
    passphrase = _passphrase(twice=True) if with_keys else None
    copied = _done(copies.back_up(home(), file, passphrase, named_platform(), kept_days))
    if as_json:
        print_json(asdict(copied))
        return
    print_line(f"{_told(copied)}. Sealed; it is brought back until {copied.expires_at[:10]}.")
    if with_keys:
        print_line("The platform's keys are in it: their passphrase alone opens them.")
    else:
        print_line(
            f"The platform's keys ({home() / 'keys'}) are left out: --with-keys puts them in."
        )


@app.command()
def restore(
    file: File,
    backup_key: BackupKey,
    keys: Keys = None,
    erasures: Erasures = None,
    nobody_erased: NobodyErased = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back into an empty data folder, and compare log and records by ids.

    Who was erased since it was taken is erased again, by the list that lies outside the backups.
    """
    if named_platform():
        raise CommandFailed(
            "a backup comes back into a folder of its own, not through FABRIQUES_NATS_URL: unset it, "
            "restore, then start the server and the services on that folder"
        )
    erased = _erased(erasures, nobody_erased)
    restored = copies.restore(
        file, _opener(backup_key), home(), lambda folder: _keys(folder, keys), erased
    )
    copied, report = _done(restored)
    if as_json:
        print_json({**asdict(copied), "audit": asdict(report)})
    else:
        print_line(_told(copied) + ". Start it with `fabriques up`.")
        tell(report)
    if left_over(report):
        raise typer.Exit(1)


def _erased(path: Path | None, nobody: bool) -> list[str]:
    """Raises CommandFailed where nobody says who was erased: a copy must bring no one back."""
    if nobody and path is None:
        return []
    if path is None or not path.is_file():
        raise CommandFailed(
            f"name the list of who was erased with --erasures ({ERASURES_FILE} of the data folder, or where "
            "FABRIQUES_ERASURES_FILE had it), or say --nobody-erased"
        )
    try:
        return ErasureList(path).ids
    except ErasureListUnreadable as error:
        raise CommandFailed(str(error)) from None


def _opener(path: Path) -> PrivateKey:
    try:
        return secret_in(path)
    except BackupKeyRefused as error:
        raise CommandFailed(str(error)) from None


def _keys(folder: Path, elsewhere: Path | None) -> dict[str, bytes]:
    """Raises KeysSealed, OSError."""
    if elsewhere:
        return read_keys(elsewhere)
    if not (folder / SEALED).exists():
        return {}
    return open_keys((folder / SEALED).read_bytes(), _passphrase())


def _passphrase(twice: bool = False) -> str:
    told = os.environ.get(ASKED_IN)
    if told is not None:
        return told
    asked: str = typer.prompt(
        "Passphrase of the keys", hide_input=True, confirmation_prompt=twice, err=True
    )
    return asked


def _told(copied: Copied) -> str:
    messages = sum(copied.streams.values())
    return (
        f"{copied.file}: {messages} messages of {len(copied.streams)} streams, "
        f"{len(copied.databases)} databases, {copied.keys} keys, as of {copied.taken_at[:19]} UTC"
    )


def _done(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except REFUSALS as error:
        raise CommandFailed(str(error) or type(error).__name__) from None
