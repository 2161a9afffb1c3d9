"""Bank details: only funding opens them, only a valid account comes out, a stored field keeps its place."""

import json
import stat
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.funding.bank.sealing import (
    BankDetails,
    BankDetailsInvalid,
    FieldCipher,
    FieldUnreadable,
    SealingKey,
    key_version,
    rotate_field_keys,
    seal,
)
from services.funding.keys import FIELDS_FILE, SEALING_FILE, create_keys
from shared.kit.key_files import KEY_BYTES, KeyFileInvalid, rotate_ring

IBAN = "FR7630006000011234567890189"
DETAILS = BankDetails(IBAN, "AGRIFRPP", "Association La Passerelle")
NOW = datetime(2021, 3, 1, tzinfo=UTC)
KEY = SealingKey(b"k" * KEY_BYTES)
CIPHER = FieldCipher({1: b"1" * KEY_BYTES})
PLACE = ("bank_details", "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11", "iban")


def sealed(**changes: object) -> str:
    return seal(KEY.public_key_base64, asdict(DETAILS) | changes)


def codes_of(text: str) -> list[str]:
    with pytest.raises(BankDetailsInvalid) as refused:
        KEY.unseal(text, NOW)
    assert IBAN[4:] not in f"{refused.value!r} {refused.value.__cause__!r}"
    assert refused.value.__context__ is None
    return [reason.code for reason in refused.value.reasons]


def test_what_a_front_end_seals_funding_opens() -> None:
    assert KEY.unseal(seal(KEY.public_key_base64, DETAILS), NOW) == DETAILS


def test_the_account_is_kept_compact_and_the_bic_may_be_missing() -> None:
    typed = {
        "iban": "fr76 3000 6000 0112 3456 7890 189",
        "account_holder": " Association La Passerelle",
    }

    opened = KEY.unseal(seal(KEY.public_key_base64, typed), NOW)

    assert opened == replace(DETAILS, bic=None)
    assert KEY.unseal(sealed(bic=None), NOW) == KEY.unseal(sealed(bic=""), NOW) == opened


def test_another_key_opens_nothing() -> None:
    with pytest.raises(BankDetailsInvalid, match="sealed"):
        SealingKey(b"x" * KEY_BYTES).unseal(sealed(), NOW)


def test_the_same_details_are_never_sealed_alike() -> None:
    assert sealed() != sealed()


def test_every_mistake_of_the_details_is_said_at_once_and_the_account_never() -> None:
    wrong = sealed(iban=IBAN[:-1] + "8", bic="AGRI", account_holder="\r\nBcc: x", password="p")

    assert codes_of(wrong) == ["iban-checksum", "bic-invalid", "field-unknown", "holder-invalid"]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"iban": ""}, ["iban-invalid"]),
        ({"iban": None}, ["iban-invalid"]),
        ({"iban": [IBAN]}, ["details-invalid"]),
        ({"iban": 76}, ["details-invalid"]),
        ({"account_holder": "A" * 71}, ["holder-invalid"]),
        ({"account_holder": ""}, ["holder-invalid"]),
        ({"account_holder": "\ud800"}, ["holder-invalid"]),
        ({"iban": "SA0380000000608010167519"}, ["iban-outside-sepa"]),
    ],
)
def test_details_that_cannot_be_paid_are_refused(
    changes: dict[str, object], codes: list[str]
) -> None:
    assert codes_of(sealed(**changes)) == codes


@pytest.mark.parametrize("said", [[], "iban", None, 1])
def test_sealed_content_that_is_no_object_is_refused(said: object) -> None:
    assert codes_of(_sealed_bytes(json.dumps(said).encode())) == ["details-invalid"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"9" * 5000])
def test_sealed_content_that_is_no_json_is_refused(content: bytes) -> None:
    assert codes_of(_sealed_bytes(content)) == ["sealed-unreadable"]


def _sealed_bytes(content: bytes) -> str:
    from nacl.public import PublicKey, SealedBox  # noqa: PLC0415 -- what a hostile front-end would use

    return b64encode(
        SealedBox(PublicKey(b64decode(KEY.public_key_base64))).encrypt(content)
    ).decode()


@given(text=st.text(max_size=200))
def test_noise_in_place_of_a_sealed_box_is_refused(text: str) -> None:
    with pytest.raises(BankDetailsInvalid):
        KEY.unseal(text, NOW)


@given(position=st.integers(0, 150), flip=st.integers(1, 255))
def test_a_sealed_box_that_was_touched_is_refused(position: int, flip: int) -> None:
    box = bytearray(b64decode(sealed()))
    box[position % len(box)] ^= flip

    with pytest.raises(BankDetailsInvalid):
        KEY.unseal(b64encode(box).decode(), NOW)


def test_details_never_show_in_their_text_form() -> None:
    assert repr(DETAILS) == "BankDetails()"


def test_the_fingerprint_follows_the_details_and_the_key() -> None:
    fingerprint = KEY.fingerprint(DETAILS)

    assert fingerprint == SealingKey(b"k" * KEY_BYTES).fingerprint(replace(DETAILS))
    others = [
        KEY.fingerprint(replace(DETAILS, iban="FR1420041010050500013M02606")),
        KEY.fingerprint(replace(DETAILS, bic=None)),
        KEY.fingerprint(replace(DETAILS, account_holder="Une autre")),
        SealingKey(b"x" * KEY_BYTES).fingerprint(DETAILS),
    ]
    assert fingerprint not in others and len(set(others)) == 4
    assert len(fingerprint) == 16 and set(fingerprint) <= set("0123456789abcdef")


def test_the_key_pair_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    create_keys(tmp_path)
    path = tmp_path / SEALING_FILE

    first = SealingKey.load(path)
    create_keys(tmp_path)
    second = SealingKey.load(path)

    assert first.public_key_base64 == second.public_key_base64
    assert second.unseal(seal(first.public_key_base64, DETAILS), NOW) == DETAILS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {one.name for one in tmp_path.iterdir()} == {SEALING_FILE, FIELDS_FILE}


def test_platforms_that_are_made_at_once_end_with_the_same_key(tmp_path: Path) -> None:
    def made(_: int) -> str:
        create_keys(tmp_path)
        return SealingKey.load(tmp_path / SEALING_FILE).public_key_base64

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(made, range(40)))) == 1


def test_a_key_that_is_gone_is_never_made_anew(tmp_path: Path) -> None:
    for load in (SealingKey.load, FieldCipher.load):
        with pytest.raises(KeyFileInvalid, match="is not there"):
            load(tmp_path / "gone.key")
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_others_may_read_is_refused_with_the_way_out(tmp_path: Path) -> None:
    create_keys(tmp_path)
    (tmp_path / SEALING_FILE).chmod(0o640)

    with pytest.raises(KeyFileInvalid, match="chmod 600"):
        SealingKey.load(tmp_path / SEALING_FILE)


@pytest.mark.parametrize(
    "content", ["", "not base64", "c2hvcnQ=", "[]", '{"1": "c2hvcnQ="}', '{"a": ""}', "{}"]
)
def test_a_damaged_key_file_is_refused_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)

    for load in (SealingKey.load, FieldCipher.load, rotate_field_keys):
        with pytest.raises(KeyFileInvalid):
            load(path)
    assert path.read_text() == content


def test_what_was_sealed_to_an_earlier_key_opens_until_that_was_retired_and_its_fingerprint_stays(
    tmp_path: Path,
) -> None:
    """A replay decides by the time of the event: as it was decided then, whenever it is done."""
    create_keys(tmp_path)
    path = tmp_path / SEALING_FILE
    before = SealingKey.load(path)
    for days in (1, 2):
        rotate_ring(path, NOW + timedelta(days=days))
    after = SealingKey.load(path)

    assert after.public_key_base64 != before.public_key_base64
    assert after.unseal(seal(after.public_key_base64, DETAILS), NOW + timedelta(days=9)) == DETAILS
    old = seal(before.public_key_base64, DETAILS)
    assert after.unseal(old, NOW) == DETAILS
    assert after.fingerprint(DETAILS) == before.fingerprint(DETAILS)
    with pytest.raises(BankDetailsInvalid, match="sealed"):
        after.unseal(old, NOW + timedelta(days=1))
    with pytest.raises(BankDetailsInvalid):
        before.unseal(seal(after.public_key_base64, DETAILS), NOW)


@given(text=st.text(st.characters(exclude_categories=["Cs"])), row=st.text(max_size=20))
def test_a_field_opens_where_it_was_written(text: str, row: str) -> None:
    assert CIPHER.decrypt(CIPHER.encrypt(text, "t", row, "c"), "t", row, "c") == text


def test_a_field_moved_to_another_row_column_or_table_does_not_open() -> None:
    stored = CIPHER.encrypt(IBAN, *PLACE)

    for elsewhere in [
        ("other", *PLACE[1:]),
        (PLACE[0], "another row", PLACE[2]),
        (*PLACE[:2], "bic"),
    ]:
        with pytest.raises(FieldUnreadable) as refused:
            CIPHER.decrypt(stored, *elsewhere)
        assert IBAN not in str(refused.value)
    assert CIPHER.decrypt(stored, *PLACE) == IBAN


def test_without_the_place_as_associated_data_a_moved_field_would_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control of the test above: it fails as it should once the protection is taken away."""
    monkeypatch.setattr("services.funding.bank.sealing._place", lambda *place: b"")

    assert CIPHER.decrypt(CIPHER.encrypt(IBAN, *PLACE), PLACE[0], "another row", PLACE[2]) == IBAN


def test_two_places_whose_names_run_together_are_two_places() -> None:
    with pytest.raises(FieldUnreadable):
        CIPHER.decrypt(CIPHER.encrypt("x", "a", "b,c", "d"), "a,b", "c", "d")


@given(position=st.integers(0, 100), flip=st.integers(1, 255))
def test_a_field_that_was_altered_does_not_open(position: int, flip: int) -> None:
    stored = bytearray(CIPHER.encrypt(IBAN, *PLACE))
    stored[position % len(stored)] ^= flip

    with pytest.raises(FieldUnreadable):
        CIPHER.decrypt(bytes(stored), *PLACE)


@given(stored=st.binary(max_size=60))
def test_noise_in_place_of_a_field_does_not_open(stored: bytes) -> None:
    with pytest.raises(FieldUnreadable):
        CIPHER.decrypt(stored, *PLACE)


def test_the_same_field_is_never_stored_alike() -> None:
    assert CIPHER.encrypt(IBAN, *PLACE) != CIPHER.encrypt(IBAN, *PLACE)


def test_after_a_rotation_old_fields_open_new_ones_take_the_new_key_and_rows_are_renewed(
    tmp_path: Path,
) -> None:
    create_keys(tmp_path)
    path = tmp_path / FIELDS_FILE
    old = FieldCipher.load(path)
    stored = old.encrypt(IBAN, *PLACE)

    assert rotate_field_keys(path) == 2
    new = FieldCipher.load(path)

    assert new.decrypt(stored, *PLACE) == IBAN
    renewed = new.renew(stored, *PLACE)
    assert renewed is not None and key_version(renewed) == 2
    assert new.renew(renewed, *PLACE) is None
    assert new.decrypt(renewed, *PLACE) == IBAN
    with pytest.raises(FieldUnreadable, match="no key of version 2"):
        old.decrypt(renewed, *PLACE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_field_cannot_pretend_to_be_of_another_key_version() -> None:
    both = FieldCipher({1: b"1" * KEY_BYTES, 2: b"1" * KEY_BYTES})
    stored = both.encrypt(IBAN, *PLACE)

    with pytest.raises(FieldUnreadable):
        both.decrypt((1).to_bytes(4, "big") + stored[4:], *PLACE)
