"""The receipt number and a file's place among the others: both come from its place in the log."""

from services.intake.domain.counter import Sending
from shared.programme import Programme, Wave

PAPER = "P"  # what tells paper files in receipt numbers
# Microseconds: receipt sequences of paper files come after those sent at the counter.
PAPER_AFTER = 2**52


def receipt_of(programme: Programme, wave: Wave, place: str) -> str:
    return f"{programme.receipt_prefix}-{wave.id}-{place}"


def receipt_place(sending: Sending) -> str:
    return f"{sending.code}{sending.sequence:05d}"


def receipt_sequence(sending: Sending) -> int:
    """Paper files come after those sent at the counter, where nothing else decides between them."""
    if sending.code == PAPER:
        return sending.order + PAPER_AFTER
    return sending.order
