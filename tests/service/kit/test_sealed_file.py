"""A sealed file gives back what was put in it to one key alone, and nothing at all once a byte is another."""

import json
from pathlib import Path
from random import Random

import pytest
from nacl.public import PrivateKey

from deploy.local.backup import sealed_file
from deploy.local.backup.sealed_file import SealBroken, read_head, sealing, unseal

CANARY = b"amelie.canary@example.org FR7630006000011234567890189"
ENTRIES = {
    "programme.toml": b"",
    "databases/intake.db": CANARY * 9,
    "streams/INTAKE.snapshot": b"x" * 300,
}
TOLD = {"expires_at": "2030-01-01T00:00:00+00:00"}
KEY = PrivateKey.generate()


@pytest.fixture
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In small pieces, so that an entry has several."""
    monkeypatch.setattr(sealed_file, "PIECE_BYTES_MAX", 128)
    path = tmp_path / "kept" / "monday.sealed"
    with sealing(path, KEY.public_key, TOLD) as kept:
        for name, content in ENTRIES.items():
            kept.add(name, [content])
    return path


def opened(path: Path, folder: Path, key: PrivateKey = KEY) -> dict[str, bytes]:
    unseal(path, key, folder)
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_was_put_in_comes_out_and_its_first_line_is_open_to_all(
    sealed: Path, tmp_path: Path
) -> None:
    assert opened(sealed, tmp_path / "out") == ENTRIES
    assert read_head(sealed).items() >= TOLD.items()
    assert CANARY[:12] not in sealed.read_bytes()
    assert [path.name for path in sealed.parent.iterdir()] == [sealed.name]
    assert sealed.stat().st_mode & 0o777 == 0o600


def test_another_key_opens_nothing(sealed: Path, tmp_path: Path) -> None:
    with pytest.raises(SealBroken, match="this key does not open"):
        unseal(sealed, PrivateKey.generate(), tmp_path)


def test_a_change_of_any_byte_is_refused_wherever_it_is(sealed: Path, tmp_path: Path) -> None:
    whole = sealed.read_bytes()
    for place in range(len(whole)):
        sealed.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(SealBroken):
            unseal(sealed, KEY, tmp_path / str(place))


def test_pieces_that_are_cut_off_moved_dropped_or_added_are_refused(
    sealed: Path, tmp_path: Path
) -> None:
    whole = sealed.read_bytes()
    head, _, rest = whole.partition(b"\n")
    pieces = []
    while rest:
        length = 4 + int.from_bytes(rest[:4], "big")
        pieces.append(rest[:length])
        rest = rest[length:]
    told = {**json.loads(head), "expires_at": "2099-01-01T00:00:00+00:00"}
    tampered = {
        "another date": json.dumps(told).encode() + b"\n" + b"".join(pieces),
        "moved": head + b"\n" + b"".join([*pieces[:4], pieces[5], pieces[4], *pieces[6:]]),
        "dropped": head + b"\n" + b"".join(pieces[:4] + pieces[5:]),
        "doubled": head + b"\n" + b"".join([*pieces[:4], pieces[3], *pieces[4:]]),
        "without its end": head + b"\n" + b"".join(pieces[:-1]),
        "more after its end": whole + b"x",
        "empty": b"",
    }
    cuts = Random(1).sample(range(1, len(whole)), 20)
    tampered |= {f"cut off at {place}": whole[:place] for place in cuts}
    for name, data in tampered.items():
        sealed.write_bytes(data)
        with pytest.raises(SealBroken):
            unseal(sealed, KEY, tmp_path / name)
    sealed.write_bytes(whole)
    assert opened(sealed, tmp_path / "out") == ENTRIES, "the control: as it was written, it opens"


@pytest.mark.parametrize("name", ["../outside", "{above}/outside", "a/../../outside"])
def test_no_entry_lands_outside_the_folder_whoever_wrote_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "forged"
    with sealing(path, KEY.public_key, TOLD) as kept:
        kept.add(name.format(above=tmp_path), [b"x"])
    with pytest.raises(SealBroken, match="outside the folder"):
        unseal(path, KEY, tmp_path / "in")


def test_a_file_that_could_not_be_finished_does_not_take_its_name(tmp_path: Path) -> None:
    path = tmp_path / "monday.sealed"
    with pytest.raises(OSError, match="full"), sealing(path, KEY.public_key, TOLD) as kept:
        kept.add("one", [b"x"])
        raise OSError("the disk is full")
    assert list(tmp_path.iterdir()) == []
