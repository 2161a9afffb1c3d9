"""What a process of ours writes is its owner's alone: databases, letters, bank files, logs, streams."""

import os

OTHERS = 0o077


def keep_to_ourselves() -> None:
    """Called first by whatever starts: processes that are started from here inherit it, nats-server too."""
    os.umask(OTHERS)
