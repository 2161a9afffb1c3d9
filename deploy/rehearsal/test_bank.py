"""A bank for rehearsals: it takes our payment file and answers as it is told, in a real bank's formats."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schwifty import IBAN

from deploy.rehearsal.test_bank_messages import statement, status_report
from services.funding.bank.pain001_reading import read_pain001


@dataclass(frozen=True)
class Behaviour:
    """What the bank does with a file, by end-to-end id; the reason codes are ISO's (AC04: account closed).

    `rejected` never leaves the account, `returned` leaves it and comes back, `silent` is not answered at all;
    the rest is paid. `at` is the instant of the answers and carries a zone.
    """

    at: datetime
    rejected: Mapping[str, str] = field(default_factory=dict)
    returned: Mapping[str, str] = field(default_factory=dict)
    silent: Collection[str] = ()


@dataclass(frozen=True)
class BankReply:
    """The two files the bank gives back: pain.002 on what it refused, camt.053 on what moved."""

    status_report: bytes
    statement: bytes


def answer(pain001: bytes, behaviour: Behaviour) -> BankReply:
    """The bank's answers to one payment file; the same input gives the same bytes.

    Raises BankFileInvalid when the file cannot be read, ValueError when an id to treat apart is not in it.
    """
    debtor, file = read_pain001(pain001)
    apart = {*behaviour.rejected, *behaviour.returned, *behaviour.silent}
    unknown = apart - {transfer.end_to_end_id for transfer in file.transfers}
    if unknown:
        raise ValueError(f"not in the payment file: {', '.join(sorted(unknown))}")
    unpaid = {*behaviour.rejected, *behaviour.silent}
    paid = [transfer for transfer in file.transfers if transfer.end_to_end_id not in unpaid]
    returned = [(transfer, behaviour.returned.get(transfer.end_to_end_id, "")) for transfer in paid]
    return BankReply(
        status_report=status_report(file, behaviour.rejected, behaviour.at),
        statement=statement(
            debtor, file, paid, [pair for pair in returned if pair[1]], behaviour.at
        ),
    )


def rehearsal_iban(number: int) -> str:
    """A French account that satisfies every check; the same number gives the same account.

    0 <= number < 10**11.
    """
    return str(
        IBAN.generate("FR", bank_code="20041", branch_code="01005", account_code=f"{number:011d}")
    )
