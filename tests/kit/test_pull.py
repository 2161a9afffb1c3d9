"""The broker ends a pull request with one number for good and bad: only a refusal makes the reader wait."""

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.kit.pull import _is_refusal


@pytest.mark.parametrize(
    ("described", "refused"),
    [("Batch Completed", False), ("Message Size Exceeds MaxBytes", False), ("Consumer Deleted", True)],
)
def test_only_a_refusal_makes_the_reader_wait(described: str, refused: bool) -> None:
    ended = Msg(Client(), headers={"Status": "409", "Description": described})
    assert _is_refusal(ended) is refused
