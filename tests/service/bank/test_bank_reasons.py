"""A bank's "duplicate" is not a refusal, whatever its level, its place among reasons and how it is put."""

import pytest

from shared.bank.answers import read_answers
from shared.bank.reason_codes import PERHAPS_PAID, UNPAID, Reasons
from tests.service.bank.bank_samples import pain002

DUPLICATES = ("AM05", "DUPL", "DU01", "DU02", "DU03", "DU04", "DU05", "RF01")


def reason(code: str, words: str = "", kind: str = "Cd") -> str:
    said = f"<AddtlInf>{words}</AddtlInf>" if words else ""
    return f"<StsRsnInf><Rsn><{kind}>{code}</{kind}></Rsn>{said}</StsRsnInf>"


def refused(group: str = "", block: str = "", transfer: str = "", named: bool = True) -> str:
    """The status of the one transfer, or of the file if none is named, refused with reasons at each level."""
    one = f"<TxInfAndSts><OrgnlEndToEndId>A</OrgnlEndToEndId><TxSts>RJCT</TxSts>{transfer}</TxInfAndSts>"
    said = f"<PmtInfSts>RJCT</PmtInfSts>{block}{one if named else ''}"
    payments = f"<OrgnlPmtInfAndSts>{said}</OrgnlPmtInfAndSts>"
    data = pain002(payments, "RJCT").replace(b"</GrpSts>", f"</GrpSts>{group}".encode())
    lines = read_answers(data).lines
    return lines[0].status


@pytest.mark.parametrize("code", DUPLICATES)
@pytest.mark.parametrize("level", ["group", "block", "transfer"])
@pytest.mark.parametrize("others", ["", "before", "after"])
def test_a_duplicate_leaves_the_outcome_open_at_every_level_and_among_other_reasons(
    code: str, level: str, others: str
) -> None:
    given = {"": "", "before": reason("NARR"), "after": ""}[others] + reason(code)
    if others == "after":
        given += reason("AC04")

    assert refused(**{level: given}) == "unknown"
    if level != "transfer":
        assert refused(**{level: given}, named=False) == "unknown"


@pytest.mark.parametrize("code", sorted(set(PERHAPS_PAID) - set(DUPLICATES)))
def test_a_refusal_that_does_not_say_that_nothing_moves_leaves_the_outcome_open(code: str) -> None:
    assert refused(transfer=reason(code)) == "unknown"


@pytest.mark.parametrize(
    "given", [reason("DU06"), reason("XX99"), reason("REJ-17", kind="Prtry"), reason("a" * 40)]
)
def test_a_reason_that_no_table_knows_leaves_the_outcome_open(given: str) -> None:
    assert refused(transfer=given) == "unknown"


@pytest.mark.parametrize(
    "words", ["Doublon de fichier", "DUPLICATE FILE", "Ordre déjà reçu", "Already processed"]
)
def test_a_duplicate_told_in_words_leaves_the_outcome_open(words: str) -> None:
    assert refused(group=reason("NARR", words)) == "unknown"


@pytest.mark.parametrize(
    "given", ["", reason("AC04"), reason("NARR", "Compte clos"), reason("MS03") + reason("AM04")]
)
def test_a_refusal_for_good_is_a_refusal(given: str) -> None:
    assert refused(transfer=given) == "rejected"


def test_the_reason_that_is_kept_is_the_one_that_leaves_it_open() -> None:
    assert Reasons(("NARR", "AC04", "AM05")).telling == "AM05"
    assert Reasons(("NARR", "XX99")).telling == "XX99"
    assert Reasons(("AC04", "NARR")).telling == "AC04"
    assert Reasons().telling is None


def test_no_code_is_in_both_tables() -> None:
    assert not set(PERHAPS_PAID) & set(UNPAID)
    assert all(
        len(code) == 4 and code.isalnum() and code == code.upper() for code in PERHAPS_PAID | UNPAID
    )
