"""The folder of a rehearsal: wiped at each start, and never another's."""

import shutil
from pathlib import Path

from deploy.local.home.plan import running_record

OURS = ("platform.lock", "programme.toml", "summary.json")


class HomeRefused(RuntimeError):
    """The folder is not one that a rehearsal may wipe; the message says why."""


def wipe(home: Path) -> None:
    """Raises HomeRefused for a folder that is not a rehearsal's, or that a platform still uses."""
    if record := running_record(home):
        raise HomeRefused(f"a platform runs on {home} (process {record.pid}): stop it first")
    if home.exists() and any(home.iterdir()) and not any((home / name).exists() for name in OURS):
        raise HomeRefused(
            f"{home} holds something else than a rehearsal: name another folder with FABRIQUES_HOME"
        )
    shutil.rmtree(home, ignore_errors=True)
