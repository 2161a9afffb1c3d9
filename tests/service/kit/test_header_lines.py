"""Headers are read in less time than nats-py takes, and come out the same, whatever bytes they are made of."""

import importlib.util
import sys
from collections.abc import Callable

import nats.aio.client
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from shared.kit.bus.connection import header_lines

PIECES = [b"ce-id", b":", b" ", b"\t", b"\r\n", b"\r", b"\n", b"\xc3\xa9", b"\xff", b"\x1c", b"\x85", b"\xa0", b"1"]
blocks = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)


def as_nats_py_does() -> Callable[[bytes], dict[str, str]]:
    """Its own reader, from a copy of its module that nobody has changed."""
    spec = importlib.util.spec_from_file_location("nats.aio.untouched", nats.aio.client.__file__)
    assert spec
    assert spec.loader
    untouched = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(untouched)
    read: Callable[[bytes], dict[str, str]] = untouched.Client._parse_header_lines
    return read


THEIRS = as_nats_py_does()


@given(blocks)
def test_the_headers_are_those_that_nats_py_would_read(block: bytes) -> None:
    """But for a header without a name, which says nothing."""
    assert header_lines(block) == {name: value for name, value in THEIRS(block).items() if name}


def test_the_client_reads_headers_this_way() -> None:
    assert Client._parse_header_lines is header_lines
    assert THEIRS is not header_lines
