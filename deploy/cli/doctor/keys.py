"""Keys: none is missing, and nobody else may read one."""

from collections.abc import Mapping
from pathlib import Path

from deploy.cli.doctor.finding import Finding
from deploy.local.keys.identities import key_names
from deploy.local.keys.people import people_folder
from deploy.privacy import OTHERS
from shared.kit.settings import Settings

CHECK = "keys"


def check_keys(settings: Settings) -> list[Finding]:
    folder = settings.home / "keys"
    wanted = [folder / name for name in key_names(settings.front_ends())]
    present = [
        path for path in (*wanted, *people_folder(settings.home).glob("*.key")) if path.is_file()
    ]
    missing = [path for path in wanted if path not in present]
    return judge_keys({path: path.stat().st_mode for path in present}, missing)


def judge_keys(modes: Mapping[Path, int], missing: list[Path]) -> list[Finding]:
    """`modes` are the permissions of the files that are there."""
    gone = [
        Finding("error", CHECK, f"{path} is not there", "bring it back from where keys are kept")
        for path in missing
    ]
    open_ones = [
        Finding(
            "error",
            CHECK,
            f"{path} can be read by others",
            f"chmod 600 {path}, and think of a new key",
        )
        for path, mode in modes.items()
        if mode & OTHERS
    ]
    return gone + open_ones
