"""Files made to harm: refused with a reason, at no cost, and never half read."""

import pytest
from bank_samples import camt, detail, entry
from hypothesis import given
from hypothesis import strategies as st

from services.funding.bank import reading
from services.funding.bank.answers import read_answers
from services.funding.bank.values import BankFileInvalid

BOMB = (
    b'<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><Document>&j;</Document>"
)
STEALS_A_FILE = b'<!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/hostname">]><Document>&x;</Document>'
CALLS_OUT = b'<!DOCTYPE b SYSTEM "http://example.invalid/b.dtd"><Document/>'
BARE_DTD = b"<!DOCTYPE Document><Document/>"


@pytest.mark.parametrize("data", [BOMB, STEALS_A_FILE, CALLS_OUT, BARE_DTD])
def test_a_file_that_declares_a_dtd_or_an_entity_is_refused(data: bytes) -> None:
    with pytest.raises(BankFileInvalid) as refused:
        read_answers(data)

    assert [reason.code for reason in refused.value.reasons] == ["xml-refused"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MsgId;amount\n",
        b"<Document>",
        b'<?xml version="1.0" encoding="none"?><D/>',
        camt("")[:-1],
        b"\xff\xfe<D/>",
    ],
)
def test_a_file_that_is_not_well_formed_is_refused(data: bytes) -> None:
    with pytest.raises(BankFileInvalid) as refused:
        read_answers(data)

    assert [reason.code for reason in refused.value.reasons] == ["xml-invalid"]


def test_a_file_beyond_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FILE_MAX_BYTES", 10)

    with pytest.raises(BankFileInvalid, match="file-too-long"):
        read_answers(camt(""))


def test_a_document_nested_without_end_is_refused_like_any_other() -> None:
    with pytest.raises(BankFileInvalid):
        read_answers(b"<a>" * 50_000 + b"</a>" * 50_000)


def test_thousands_of_mistakes_are_cut_to_what_a_person_can_read() -> None:
    with pytest.raises(BankFileInvalid) as refused:
        read_answers(camt(entry(detail(), amount="x") * 500))

    assert len(refused.value.reasons) == reading.MISTAKES_MAX


@given(data=st.binary(max_size=200))
def test_noise_is_refused_and_nothing_else_happens(data: bytes) -> None:
    with pytest.raises(BankFileInvalid):
        read_answers(data)


@given(cut=st.integers(0, 400), noise=st.binary(max_size=5))
def test_a_damaged_statement_is_refused_or_read_but_never_crashes(cut: int, noise: bytes) -> None:
    whole = camt(entry(detail()))

    try:
        read_answers(whole[:cut] + noise + whole[cut + len(noise) :])
    except BankFileInvalid as refused:
        assert refused.reasons
