"""`fabriques keys`: the keys of a platform, each with what it protects, and how it is replaced."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.failures import CommandFailed
from deploy.cli.options import AsJson
from deploy.cli.printing import print_json, print_line
from deploy.cli.whereabouts import home
from deploy.local.backup_key import BackupKeyRefused, make_backup_key
from deploy.local.sealed_file import key_text

app = typer.Typer(no_args_is_help=True)


@app.callback()
def keys() -> None:
    """The keys of a platform."""


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
