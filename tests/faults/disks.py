"""Disks of our own: an ext4 image on a loop device that loses power, a disk that is full. Needs root."""

import fcntl
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.experiment import Skipped

EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2
IMAGE_MEGABYTES = 4_096  # a sparse file: it takes what is written
RELEASED_SECONDS_MAX = 10.0


class Disk:
    """An ext4 file system of its own. `cut` is the power cut: what was not handed to the device is gone.

    The file system is shut down without flushing its journal: dirty pages and uncommitted journal entries
    never reach the device, as when the power fails. What the device had accepted is kept, in order: a disk
    that lies about its flushes is not modelled.
    """

    def __init__(self, folder: Path, megabytes: int = IMAGE_MEGABYTES) -> None:
        self.image = folder / "disk.img"
        self.mount_point = folder / "disk"
        self._megabytes = megabytes

    def make(self) -> None:
        """Raises Skipped where loop devices, ext4 or root are not to be had."""
        if os.geteuid() != 0:
            raise Skipped("power cuts need root, for a loop device")
        self.mount_point.mkdir()
        with self.image.open("wb") as image:
            image.truncate(self._megabytes * 1024 * 1024)
        try:
            _command("mkfs.ext4", "-q", "-F", str(self.image))
            self.mount()
        except (OSError, subprocess.CalledProcessError) as error:
            raise Skipped(f"no ext4 on a loop device here: {error}") from None

    def mount(self) -> None:
        _command("mount", "-o", "loop", str(self.image), str(self.mount_point))

    def cut(self) -> None:
        descriptor = os.open(self.mount_point, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def unmount(self) -> None:
        """Waits for those who still hold it: they were killed a moment ago."""
        deadline = time.monotonic() + RELEASED_SECONDS_MAX
        while subprocess.run(
            ["umount", str(self.mount_point)], check=False, capture_output=True
        ).returncode:
            if time.monotonic() > deadline:
                subprocess.run(
                    ["umount", "-l", str(self.mount_point)], check=False, capture_output=True
                )
                return
            time.sleep(0.05)


@contextmanager
def own_disk(folder: Path, megabytes: int = IMAGE_MEGABYTES) -> Iterator[Disk]:
    disk = Disk(folder, megabytes)
    disk.make()
    try:
        yield disk
    finally:
        disk.unmount()


def _command(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
