"""Ids in the order of time (RFC 9562, version 7): inserts stay at the end of the tables' indexes."""

from datetime import datetime

VERSION = 7 << 12
VARIANT = 2 << 62
SHORT_MASK = 2**12 - 1
LONG_MASK = 2**62 - 1


def milliseconds_of(instant: datetime) -> int:
    """As many as an id has room for: 48 bits, until the year 10889."""
    return int(instant.timestamp() * 1000) & (2**48 - 1)


def uuid7(milliseconds: int, short: int, long: int) -> str:
    """The last 12 bits of `short` and the last 62 of `long` tell ids of one millisecond apart."""
    first_half = milliseconds << 16 | VERSION | short & SHORT_MASK
    second_half = VARIANT | long & LONG_MASK
    digits = f"{first_half:016x}{second_half:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
