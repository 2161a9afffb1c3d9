"""Files made to harm: refused with a reason, at no cost, and never half read."""

from collections.abc import Callable
from gzip import compress
from io import BytesIO
from types import ModuleType
from typing import Never
from xml.etree.ElementTree import Element
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bank import answers, reading, statements, status_reports
from shared.bank.answers import read_answers
from shared.bank.reading import text_of
from shared.bank.reason_codes import Reasons
from shared.bank.values import BankFileInvalid
from tests.service.bank.bank_samples import camt, detail, entry

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


def zipped(*names: str) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, camt(""))
    return packed.getvalue()


LATIN9 = camt(entry(detail().replace("</Refs>", "<AcctSvcrRef>Société €</AcctSvcrRef></Refs>")))
AS_LATIN9 = LATIN9.decode().encode("iso-8859-15")


@pytest.mark.parametrize(
    ("data", "code", "told"),
    [
        (b"", "file-empty", "vide"),
        (b"<Document>", "xml-invalid", "ligne 1"),
        (camt("")[:-1], "xml-invalid", "ligne 1, colonne"),
        (b"MsgId;amount\n", "xml-invalid", "bien formé"),
        (b'<?xml version="1.0" encoding="none"?><D/>', "encoding-unknown", "none"),
        (b"\xff\xfe<D/>", "encoding-wrong", "0xFF"),
        (AS_LATIN9, "encoding-wrong", "ISO-8859-15"),
        (AS_LATIN9.partition(b"?>")[2], "encoding-wrong", "ISO-8859-15"),
        (zipped("2022-02-15_C53.xml"), "file-archive", "2022-02-15_C53.xml"),
        (zipped(*(f"{n}.xml" for n in range(9))), "file-archive", "et 4\u00a0autres"),
        (b"PK\x03\x04 broken", "file-archive", "abîmée"),
        (compress(camt("")), "file-other", "gzip"),
        (b"%PDF-1.7", "file-other", "PDF"),
        (b":20:STMT\r\n:25:FR76", "file-other", "MT940"),
        (b"0130004" + b" " * 113, "file-other", "CFONB"),
        (camt("") + camt(""), "documents-several", "2 documents"),
        (
            b"<Ebics>"
            + (camt("") * 2).replace(b'<?xml version="1.0" encoding="UTF-8"?>', b"")
            + b"</Ebics>",
            "messages-several",
            "2 messages",
        ),
    ],
)
def test_a_file_that_is_not_one_message_is_told_as_what_it_is(
    data: bytes, code: str, told: str
) -> None:
    with pytest.raises(BankFileInvalid) as refused:
        read_answers(data)

    assert [reason.code for reason in refused.value.reasons] == [code]
    assert told in refused.value.reasons[0].message


@pytest.mark.parametrize(
    "encoding", ["iso-8859-15", "windows-1252", "iso-8859-1", "utf-16", "utf-8-sig"]
)
def test_an_encoding_that_is_declared_is_read(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    said = "€" if encoding != "iso-8859-1" else "é"
    written = (
        LATIN9.decode()
        .replace("€", said)
        .replace('encoding="UTF-8"', f'encoding="{name}"')
        .encode(encoding)
    )

    assert read_answers(written).lines[0].bank_reference == f"Société {said}"


def test_a_file_beyond_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FILE_MAX_BYTES", 10)

    with pytest.raises(BankFileInvalid, match="file-too-long"):
        read_answers(camt(""))


def test_a_document_nested_without_end_is_refused_like_any_other() -> None:
    with pytest.raises(BankFileInvalid):
        read_answers(b"<a>" * 50_000 + b"</a>" * 50_000)


def test_a_message_of_lines_without_end_is_refused_before_its_first_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(read_answers(camt(entry(detail(), amount="x") * 10), lines_max=10).lines) == 10

    def none_is_made(*_: object) -> Never:
        raise AssertionError

    monkeypatch.setattr(answers, "statement_lines", none_is_made)
    for entries in (entry(detail(), amount="x") * 11, entry(detail() * 11), "<Ntry/>" * 11):
        with pytest.raises(BankFileInvalid, match="lines-too-many"):
            read_answers(camt(entries), lines_max=10)


def one_entry(details: int) -> bytes:
    return camt(entry(more="<NtryDtls><TxDtls/></NtryDtls>" * details))


def one_report(transfers: int) -> bytes:
    said = (
        "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>compte clos</AddtlInf></StsRsnInf>"
        * transfers
    )
    group = f"<OrgnlGrpInfAndSts>{said}<OrgnlMsgId>RUN-1</OrgnlMsgId></OrgnlGrpInfAndSts>"
    named = "<TxInfAndSts><TxSts>RJCT</TxSts></TxInfAndSts>" * transfers
    return (
        "<Document><CstmrPmtStsRpt><GrpHdr><MsgId>M</MsgId></GrpHdr>"
        f"{group}<OrgnlPmtInfAndSts>{named}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


@pytest.mark.parametrize(
    ("written", "module"),
    [(one_entry, statements), (one_report, status_reports)],
    ids=["camt", "pain.002"],
)
def test_twice_as_many_transfers_take_twice_the_work(
    written: Callable[[int], bytes], module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = 0

    def counted(element: Element, *paths: str) -> str:
        nonlocal looked_at
        looked_at += 1 + len(element)
        return text_of(element, *paths)

    def work_of(transfers: int) -> int:
        nonlocal looked_at
        looked_at = 0
        read_answers(written(transfers))
        return looked_at

    monkeypatch.setattr(module, "text_of", counted)
    assert work_of(200) < 2.5 * work_of(100)


def test_reasons_are_kept_by_what_they_change() -> None:
    many = Reasons(("AC04", "AC01", "NARR", "AM05", "XX99") * 100, "compte clos, déjà payé " * 100)

    assert many.that_decide == Reasons(("AC04", "AM05", "XX99"), "déjà")
    assert many.that_decide.telling == many.telling
    assert Reasons(("AC04",), "compte clos").that_decide == Reasons(("AC04",))


def test_a_codec_that_no_bank_writes_in_reads_nothing() -> None:
    """This codec's time grows with the square of the file."""
    with pytest.raises(BankFileInvalid, match="encoding-unknown"):
        read_answers(b'<?xml version="1.0" encoding="punycode"?>' + b"-a" * 1000)


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
