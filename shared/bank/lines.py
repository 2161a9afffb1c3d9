"""One line of a bank's answer. Pieces may be missing or wrong: what is wrong stays a line, for a person."""

import re
from datetime import date
from typing import Literal
from xml.etree.ElementTree import Element

from shared.bank.reading import cents_of
from shared.bank.values import IDENTIFIER_LENGTH_MAX
from shared.contract.backoffice import StatementLine

NO_IDENTIFIER = "NOTPROVIDED"  # what ISO 20022 writes where a transfer has no id
REFERENCE_LENGTH_MAX = 200
COUNT = re.compile("[0-9]{1,15}")  # as the schema of these messages has it
COUNT_MAX = 10**7
Problem = Literal["", "missing", "foreign", "unreadable"]


def bank_line(
    end_to_end_id: str,
    status: str,
    amount_cents: int,
    bank_reference: str,
    *,
    booked_on: date | None = None,
    reason_code: str | None = None,
    position: str = "",
    file_id: str = "",
    transfers: int | None = None,
) -> StatementLine:
    return StatementLine(
        end_to_end_id=end_to_end_id,
        status=status,
        amount_cents=amount_cents,
        bank_reference=reference_of(bank_reference) or "-",
        booked_on=booked_on,
        reason_code=reason_code,
        position=position,
        file_id=identifier(file_id),
        transfers=transfers,
    )


def reference_of(text: str) -> str:
    """A reference is only shown: what cannot be seen of it is no reason to refuse the line."""
    visible = "".join(character for character in text if character.isprintable())
    return visible.strip()[:REFERENCE_LENGTH_MAX]


def cut_identifier(text: str) -> str:
    """One that is too long to be ours stays so, at no more length."""
    return text[: IDENTIFIER_LENGTH_MAX + 1]


def identifier(text: str) -> str:
    """The id as the bank gives it back; empty where it gives none, or one too long to be ours."""
    return "" if text == NO_IDENTIFIER or len(text) > IDENTIFIER_LENGTH_MAX else text


def count_of(text: str) -> int | None:
    return min(int(text), COUNT_MAX) if COUNT.fullmatch(text) else None


def euro_cents(*candidates: Element | None, currency: str = "") -> tuple[int, Problem]:
    """The first amount that is there, or 0 with what keeps it from being one in euros.

    `currency` stands for amounts that are written without theirs.
    """
    amount = next((candidate for candidate in candidates if candidate is not None), None)
    if amount is None:
        return 0, "missing"
    if (currency or amount.get("Ccy")) != "EUR":
        return 0, "foreign"
    cents = cents_of((amount.text or "").strip())
    if cents is None:
        return 0, "unreadable"
    return cents, ""
