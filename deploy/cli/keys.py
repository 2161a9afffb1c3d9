"""`fabriques keys`: the keys of a platform, each with what it protects, and how it is replaced."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.failures import CommandFailed
from deploy.cli.options import AsJson
from deploy.cli.printing import print_json, print_line, print_table
from deploy.cli.whereabouts import home
from deploy.local.backup_key import BackupKeyRefused, make_backup_key
from deploy.local.certificates import NoAuthority, certificates_of, certify, has_certificates, hosts_of
from deploy.local.plan import PlatformNotStarted
from deploy.local.sealed_file import key_text
from shared.kit.key_files import AUTHORITY, KeyFileInvalid, tls_file

app = typer.Typer(no_args_is_help=True)


@app.callback()
def keys() -> None:
    """The keys of a platform."""


@app.command()
def tls(
    hosts: Annotated[
        list[str] | None,
        typer.Option("--host", help="A name or address the listeners are reached under; again for one more."),
    ] = None,
    new_authority: Annotated[
        bool, typer.Option("--new-authority", help="Also another authority: the old one's certify no more.")
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
    print_table(("=certificate", "until"), [(one.name, f"{one.expires_at:%Y-%m-%d}") for one in made])
    print_line(f"The listeners are {', '.join(hosts_of(folder))}.")
    print_line(
        f"{tls_file(folder, AUTHORITY)} is for all. Start the platform again, with `fabriques up --tls`."
    )


@app.command()
def backup(
    secret_file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the secret half is written.")],
    as_json: AsJson = False,
) -> None:
    """Make the pair of keys that backups are sealed to; run again, a new pair for those to come.

    FILE alone opens them: take it off this machine. Backups from before keep the key they were sealed to.
    """
    try:
        public_key = key_text(make_backup_key(home(), secret_file))
    except (BackupKeyRefused, OSError) as error:
        raise CommandFailed(str(error)) from None
    if as_json:
        print_json({"file": str(secret_file), "public_key": public_key})
        return
    print_line(f"Backups are sealed to {public_key} from now on.")
    print_line(f"{secret_file} alone opens them: keep it, and a copy, where the data is not.")
