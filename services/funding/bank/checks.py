"""What a bank would refuse in a payment file, said before anything is written, and all at once."""

from collections import Counter
from collections.abc import Iterator

from services.funding.bank.accounts import account_mistakes
from services.funding.bank.characters import is_identifier, sepa_text
from services.funding.bank.values import (
    AMOUNT_MAX_CENTS,
    NAME_LENGTH_MAX,
    REMITTANCE_LENGTH_MAX,
    TRANSFERS_MAX,
    Debtor,
    PaymentFile,
    Transfer,
)
from shared.bank.values import IDENTIFIER_LENGTH_MAX
from shared.contract.values import Reason

IDENTIFIER_RULE = (
    f"Un identifiant a de 1 à {IDENTIFIER_LENGTH_MAX} caractères parmi ceux que SEPA accepte."
)


def payment_file_mistakes(file: PaymentFile, debtor: Debtor) -> tuple[Reason, ...]:
    """Every mistake of the file, each with the transfer it is about. Empty: it can be written."""
    return (
        *_header_mistakes(file),
        *account_mistakes(debtor.iban, debtor.bic, "debtor."),
        *_name_mistakes(debtor.name, "debtor.name"),
        *(reason for transfer in file.transfers for reason in transfer_mistakes(transfer)),
        *_repeated_ids(file.transfers),
    )


def transfer_mistakes(transfer: Transfer) -> Iterator[Reason]:
    """Every mistake of one transfer, so that an order can be refused before it is in a run."""
    where = f"{transfer.end_to_end_id[:IDENTIFIER_LENGTH_MAX]}."
    if not is_identifier(transfer.end_to_end_id, IDENTIFIER_LENGTH_MAX):
        yield Reason(
            code="id-invalid",
            field=f"{where}end_to_end_id",
            message=IDENTIFIER_RULE,
        )
    if type(transfer.amount_cents) is not int or not 1 <= transfer.amount_cents <= AMOUNT_MAX_CENTS:
        yield Reason(
            code="amount-invalid",
            field=f"{where}amount_cents",
            message="Un virement SEPA va de 0,01 à 999 999 999,99 euros.",
        )
    yield from _name_mistakes(transfer.creditor_name, f"{where}creditor_name")
    if not sepa_text(transfer.remittance, REMITTANCE_LENGTH_MAX):
        yield Reason(
            code="remittance-empty",
            field=f"{where}remittance",
            message="Le motif du virement est vide.",
        )
    yield from account_mistakes(transfer.iban, transfer.bic, where)


def _header_mistakes(file: PaymentFile) -> Iterator[Reason]:
    if not is_identifier(file.message_id, IDENTIFIER_LENGTH_MAX):
        yield Reason(code="id-invalid", field="message_id", message=IDENTIFIER_RULE)
    if file.created_at.utcoffset() is None:
        yield Reason(
            code="zone-missing",
            field="created_at",
            message="L'instant de création doit porter un fuseau.",
        )
    if not 1 <= len(file.transfers) <= TRANSFERS_MAX:
        counted = len(file.transfers)
        message = f"Un fichier contient de 1 à {TRANSFERS_MAX} virements ; celui-ci en a {counted}."
        yield Reason(code="transfers-count", field="transfers", message=message)


def _name_mistakes(name: str, where: str) -> Iterator[Reason]:
    if not sepa_text(name, NAME_LENGTH_MAX):
        yield Reason(
            code="name-empty",
            field=where,
            message="Le nom n'a aucun caractère qu'une banque accepte.",
        )


def _repeated_ids(transfers: tuple[Transfer, ...]) -> Iterator[Reason]:
    """Banks answer by this id: twice in a file, an answer could not be told from the other."""
    for identifier, times in Counter(transfer.end_to_end_id for transfer in transfers).items():
        if times > 1:
            message = f"L'identifiant sert à {times} virements du fichier."
            yield Reason(
                code="id-repeated",
                field=identifier[:IDENTIFIER_LENGTH_MAX],
                message=message,
            )
