"""The whole way of the money: payment file, bank, answers.

What went in comes out once, as the bank decided.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.rehearsal.test_bank import Behaviour, answer
from services.funding.bank.pain001 import write_pain001
from services.funding.bank.values import Transfer
from shared.bank.answers import read_answers
from shared.bank.values import BankFileInvalid
from tests.service.bank.bank_samples import (
    ANSWERED_AT,
    DEBTOR,
    EXECUTION_ON,
    payment_file,
    transfer,
    transfers,
)

FATES = ("paid", "rejected", "returned", "silent")
VERSIONS = ("pain.001.001.09", "pain.001.001.03")


@given(paid=transfers(), data=st.data(), version=st.sampled_from(VERSIONS))
def test_each_transfer_comes_back_with_the_fate_the_bank_gave_it(
    paid: tuple[Transfer, ...], data: st.DataObject, version: str
) -> None:
    fates = {one.end_to_end_id: data.draw(st.sampled_from(FATES)) for one in paid}
    of = {fate: [name for name, found in fates.items() if found == fate] for fate in FATES}
    behaviour = Behaviour(
        at=ANSWERED_AT,
        rejected=dict.fromkeys(of["rejected"], "AC04"),
        returned=dict.fromkeys(of["returned"], "MD07"),
        silent=of["silent"],
    )

    reply = answer(write_pain001(payment_file(*paid), DEBTOR, version), behaviour)

    refused, moved = read_answers(reply.status_report), read_answers(reply.statement)
    assert (refused.kind, moved.kind) == ("pain.002", "camt.053")
    assert [
        (line.end_to_end_id, line.status, line.reason_code)
        for line in refused.lines
        if line.end_to_end_id
    ] == [(name, "rejected", "AC04") for name in of["rejected"]]
    settled = [line.end_to_end_id for line in moved.lines if line.status == "settled"]
    back = [
        (line.end_to_end_id, line.reason_code) for line in moved.lines if line.status == "returned"
    ]
    assert settled == [name for name, fate in fates.items() if fate in ("paid", "returned")]
    assert back == [(name, "MD07") for name in of["returned"]]
    amounts = {one.end_to_end_id: one.amount_cents for one in paid}
    named = [line for line in refused.lines + moved.lines if line.end_to_end_id]
    assert all(line.amount_cents == amounts[line.end_to_end_id] for line in named)
    assert all(line.booked_on == EXECUTION_ON for line in moved.lines)


def test_the_same_file_is_answered_with_the_same_bytes() -> None:
    written = write_pain001(payment_file(transfer(1), transfer(2)), DEBTOR)
    behaviour = Behaviour(at=ANSWERED_AT, rejected={"FABT-2020-4-00002-T1-A1": "AC01"})

    assert answer(written, behaviour) == answer(written, behaviour)


def test_every_reference_of_a_statement_is_its_own() -> None:
    written = write_pain001(payment_file(*(transfer(number) for number in range(1, 30))), DEBTOR)

    lines = read_answers(answer(written, Behaviour(at=ANSWERED_AT)).statement).lines

    assert len({line.bank_reference for line in lines}) == 29


def test_an_order_to_treat_apart_that_is_not_in_the_file_is_a_mistake_of_the_rehearsal() -> None:
    written = write_pain001(payment_file(transfer()), DEBTOR)

    with pytest.raises(ValueError, match="not in the payment file: NOBODY"):
        answer(written, Behaviour(at=ANSWERED_AT, silent=["NOBODY"]))


@pytest.mark.parametrize(
    "damage", [(b">2021-04-06<", b"><"), (b"50000.00</InstdAmt>", b"x</InstdAmt>")]
)
def test_the_bank_refuses_a_file_it_cannot_read(damage: tuple[bytes, bytes]) -> None:
    written = write_pain001(payment_file(transfer()), DEBTOR)

    with pytest.raises(BankFileInvalid):
        answer(written.replace(*damage), Behaviour(at=ANSWERED_AT))
    with pytest.raises(BankFileInvalid, match=r"pain\.001"):
        answer(b"<Document/>", Behaviour(at=ANSWERED_AT))
