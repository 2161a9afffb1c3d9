"""A folder that a restore has not finished yet: whoever was erased since the backup may still be in it."""

import shutil
from pathlib import Path

from deploy.local.home.durable import sync_folder, write_durably
from deploy.local.home.plan import PlatformNotStarted

MARK = "restore-unfinished"  # there before anything else is, gone once everything is done
OPENED = ".restoring"  # what a sealed file held, in the clear, while it is brought back


class RestoreUnfinished(PlatformNotStarted):
    """Nothing may serve from this folder; the message says what to do."""


def begin_restore(home: Path) -> None:
    """What a killed one left in the clear goes at once. Raises RestoreUnfinished where it left more."""
    if (home / MARK).exists():
        shutil.rmtree(home / OPENED, ignore_errors=True)
        if any(path.name != MARK for path in home.iterdir()):
            raise _unfinished(home)
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    write_durably(home / MARK, b"", mode=0o600)
    sync_folder(home.parent)


def abandon_restore(home: Path) -> None:
    """Nothing stays of one that brought nothing back; of another, the mark does."""
    if all(path.name == MARK for path in home.iterdir()):
        (home / MARK).unlink(missing_ok=True)
        home.rmdir()


def end_restore(home: Path) -> None:
    (home / MARK).unlink()
    sync_folder(home)


def require_restored(home: Path) -> None:
    """Raises RestoreUnfinished."""
    if (home / MARK).exists():
        raise _unfinished(home)


def _unfinished(home: Path) -> RestoreUnfinished:
    return RestoreUnfinished(
        f"a restore into {home} did not end, and who was erased may be in it: "
        "delete that folder, and restore again"
    )
