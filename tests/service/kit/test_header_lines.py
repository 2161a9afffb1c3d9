"""Headers are read faster than nats-py reads them, and come out the same, whatever their bytes."""

from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from shared.kit.bus.client import BusClient, header_lines

PIECES = [
    b"ce-id",
    b":",
    b" ",
    b"\t",
    b"\r\n",
    b"\r",
    b"\n",
    b"\xc3\xa9",
    b"\xff",
    b"\x1c",
    b"\x85",
    b"\xa0",
    b"1",
]
blocks = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)


@given(blocks)
def test_the_headers_are_those_that_nats_py_would_read(block: bytes) -> None:
    """But for a header without a name, which says nothing."""
    assert header_lines(block) == {
        name: value for name, value in Client._parse_header_lines(block).items() if name
    }


def test_the_client_reads_headers_this_way() -> None:
    assert BusClient._parse_header_lines(b"a: b\r\n") == header_lines(b"a: b\r\n")
    assert Client._parse_header_lines is not header_lines
