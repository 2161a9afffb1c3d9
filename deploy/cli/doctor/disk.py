"""Room on the disk: a full one stops the log, then everything."""

import shutil

from deploy.cli.doctor.finding import Finding
from shared.kit.settings import Settings

CHECK = "disk"
LOW_BYTES, OUT_BYTES = 1024**3, 100 * 1024**2
MEBIBYTE = 1024**2
ROOM_BYTES_MIN = 4 * MEBIBYTE


def has_room(settings: Settings) -> bool:
    """Whether a file may still grow where the data folder lies."""
    return not settings.home.exists() or shutil.disk_usage(settings.home).free >= ROOM_BYTES_MIN


def check_disk(settings: Settings) -> list[Finding]:
    if not settings.home.exists():
        return []
    return judge_disk(str(settings.home), shutil.disk_usage(settings.home).free)


def judge_disk(where: str, free_bytes: int) -> list[Finding]:
    if free_bytes >= LOW_BYTES:
        return []
    what = f"{free_bytes // MEBIBYTE} MiB are free where {where} lies"
    todo = "make room; nats-server is started again by itself once there is some"
    return [Finding("error" if free_bytes < OUT_BYTES else "warning", CHECK, what, todo)]
