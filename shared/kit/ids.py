"""Ids that follow from their cause: the same decision, taken twice, says the same fact."""

from datetime import datetime
from hashlib import blake2b

from shared.contract.uuid7 import milliseconds_of, uuid7


def derived_id(cause_id: str, index: int, now: datetime) -> str:
    """A UUIDv7 made of the decision's time, the fact's place in the decision, and a digest of the cause."""
    digest = int.from_bytes(blake2b(f"{cause_id}/{index}".encode(), digest_size=8).digest(), "big")
    return uuid7(milliseconds_of(now), index, digest)


def outside_id(stream: str, sequence: int, stamped_ns: int) -> str:
    """What came from outside is known by where it lies in the log.

    The stamp tells a new log from an old one.
    """
    return f"{unstamped_id(stream, sequence)}-{stamped_ns}"


def unstamped_id(stream: str, sequence: int) -> str:
    """What whoever publishes knows of it: the place, not the time."""
    return f"{stream}-{sequence:012d}"
