"""One line of a bank's answer, made of pieces that may be missing or wrong."""

from datetime import date
from xml.etree.ElementTree import Element

from services.funding.bank.reading import Mistakes, cents_of
from services.funding.bank.values import IDENTIFIER_LENGTH_MAX
from shared.contract.backoffice import StatementLine

NO_IDENTIFIER = "NOTPROVIDED"  # what ISO 20022 writes where a transfer has no id
REFERENCE_LENGTH_MAX = 200


def bank_line(
    end_to_end_id: str,
    status: str,
    amount_cents: int,
    bank_reference: str,
    *,
    booked_on: date | None = None,
    reason_code: str | None = None,
) -> StatementLine:
    return StatementLine(
        end_to_end_id=end_to_end_id,
        status=status,
        amount_cents=amount_cents,
        bank_reference=bank_reference[:REFERENCE_LENGTH_MAX] or "-",
        booked_on=booked_on,
        reason_code=reason_code,
    )


def identifier(text: str, mistakes: Mistakes, where: str) -> str:
    """The id as the bank gives it back; empty where it gives none. An id that is too long cannot be ours nor cut."""
    if len(text) > IDENTIFIER_LENGTH_MAX:
        mistakes.add("id-too-long", f"{where}/EndToEndId", f"Plus de {IDENTIFIER_LENGTH_MAX} caractères.")
        return ""
    return "" if text == NO_IDENTIFIER else text


def euro_cents(
    *candidates: Element | None, currency: str = "", mistakes: Mistakes | None = None, where: str = ""
) -> tuple[int, bool]:
    """The first amount that is there, and whether it is one in euros; (0, False) where there is none.

    `currency` stands for amounts that are written without theirs. What is not an amount is a mistake of the file.
    """
    amount = next((candidate for candidate in candidates if candidate is not None), None)
    if amount is None:
        return 0, False
    cents = cents_of((amount.text or "").strip())
    if (currency or amount.get("Ccy")) != "EUR":
        return 0, False
    if cents is None and mistakes is not None:
        mistakes.add("amount-invalid", f"{where}/{amount.tag}", "Le montant n'est pas un nombre de centimes entiers.")
    return cents or 0, bool(cents)
