"""Ids that follow from their cause: the same decision, taken twice, says the same fact."""

from datetime import datetime
from hashlib import blake2b


def derived_id(cause_id: str, index: int, now: datetime) -> str:
    """A UUIDv7 made of the decision's time, the fact's place in the decision, and a digest of the cause.

    Time-ordered ids keep inserts at the end of the tables' indexes.
    """
    digest = int.from_bytes(blake2b(f"{cause_id}/{index}".encode(), digest_size=8).digest(), "big")
    milliseconds = int(now.timestamp() * 1000) & (2**48 - 1)
    value = milliseconds << 80 | 7 << 76 | (index & 0xFFF) << 64 | 2 << 62 | digest & (2**62 - 1)
    digits = f"{value:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def outside_id(stream: str, sequence: int, stamped_ns: int) -> str:
    """What came from outside is known by where it lies in the log.

    The stamp tells a new log from an old one.
    """
    return f"{stream}-{sequence:012d}-{stamped_ns}"
