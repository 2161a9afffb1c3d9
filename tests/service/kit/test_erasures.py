"""The list of who was erased loses nobody, and is stopped by no line that was torn."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.erasures import ErasureList, ErasureListUnreadable

ANNA, BRUNO, CELIA = (f"0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c1{number}" for number in "123")
AT = datetime(2031, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "erasures.jsonl"
    for erased in (ANNA, BRUNO):
        ErasureList(made).add(erased, AT)
    return made


def test_a_line_that_was_torn_is_written_again_and_the_others_stay(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert ErasureList(path).ids == [ANNA]
    ErasureList(path).add(BRUNO, AT)
    assert path.read_bytes() == whole


def test_a_last_line_without_an_end_is_one_of_the_list(path: Path) -> None:
    path.write_bytes(path.read_bytes().rstrip())
    ErasureList(path).add(CELIA, AT)
    assert ErasureList(path).ids == [ANNA, BRUNO, CELIA]


def test_a_line_in_the_middle_that_is_no_erasure_is_told(path: Path) -> None:
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(ErasureListUnreadable, match="line 1"):
        ErasureList(path)


def test_two_keepers_lose_nobody_to_each_other(path: Path) -> None:
    one, other = ErasureList(path), ErasureList(path)
    one.add(CELIA, AT)
    other.add("0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c19", AT)
    assert len(ErasureList(path).ids) == 4
