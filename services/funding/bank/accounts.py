"""Accounts, checked by schwifty. Its own messages repeat the number: only ours leave this module."""

from functools import lru_cache

from schwifty import BIC, IBAN
from schwifty.exceptions import (
    InvalidBBANChecksum,
    InvalidChecksumDigits,
    InvalidLength,
    InvalidStructure,
    SchwiftyException,
)
from schwifty.registry import get_iban_spec

from shared.contract.values import Reason

# Accounts in XPF are outside the euro, whatever their IBAN looks like: most begin with FR.
PACIFIC = ("NC", "PF", "WF")
# Banque de Nouvelle-Calédonie, which the directory of banks does not list.
PACIFIC_BANKS = ("14889",)
BANKS_KEPT = 1_024
TREASURY = "10071"
PACIFIC_TREASURIES = ("986", "987", "988")
IN_XPF = (
    "Ce compte est en francs Pacifique (XPF), qu'un virement SEPA n'atteint pas :"
    " donnez un compte en euros."
)


def compact(number: str) -> str:
    """An IBAN or BIC as banks exchange it: capitals, without the spaces people type."""
    joined = "".join(number.split())
    # Other alphabets have letters whose capital is ours.
    return joined.upper() if joined.isascii() else joined


def account_mistakes(iban: str, bic: str | None, where: str = "") -> tuple[Reason, ...]:
    """Every mistake of an account; `where` is put before the field's name. Empty: the account can be paid.

    The BIC may be of another country than the IBAN: many banks have one BIC for several countries.
    """
    found = [_iban_mistake(iban, f"{where}iban")]
    if bic is not None:
        found.append(_bic_mistake(bic, f"{where}bic"))
    return tuple(reason for reason in found if reason)


def _iban_mistake(iban: str, where: str) -> Reason | None:
    try:
        if not compact(iban).isascii():
            raise InvalidStructure
        account = IBAN(compact(iban), validate_bban=compact(iban)[:2] in ("FR", "MC"))
    except InvalidLength:
        return Reason(
            code="iban-length",
            field=where,
            message="L'IBAN n'a pas la longueur prévue pour son pays.",
        )
    except (InvalidChecksumDigits, InvalidBBANChecksum):
        return Reason(
            code="iban-checksum",
            field=where,
            message="La clé de contrôle de l'IBAN est fausse.",
        )
    except SchwiftyException:
        return Reason(
            code="iban-invalid",
            field=where,
            message="L'IBAN n'a pas la forme prévue pour son pays.",
        )
    if not account.in_sepa_zone:
        return Reason(
            code="iban-outside-sepa",
            field=where,
            message="Le compte est tenu hors de la zone SEPA.",
        )
    if _in_pacific_francs(account):
        return Reason(code="account-in-xpf", field=where, message=IN_XPF)
    return None


def _in_pacific_francs(account: IBAN) -> bool:
    if account.country_code != "FR":
        return account.country_code in PACIFIC
    if _country_of_bank(account.bank_code) in PACIFIC:
        return True
    treasury = account.bank_code == TREASURY and account.branch_code.startswith(PACIFIC_TREASURIES)
    return treasury or account.bank_code in PACIFIC_BANKS


@lru_cache(BANKS_KEPT)
def _country_of_bank(code: str) -> str | None:
    """Of a French bank; None where the directory, which is read through each time, has it not."""
    try:
        country: str = BIC.from_bank_code("FR", code).country_code
    except SchwiftyException:
        return None
    return country


def _bic_mistake(bic: str, where: str) -> Reason | None:
    try:
        if not compact(bic).isascii():
            raise InvalidStructure
        country = BIC(compact(bic), enforce_swift_compliance=True).country_code
    except SchwiftyException:
        return Reason(
            code="bic-invalid",
            field=where,
            message="Le BIC n'est pas un code de banque valide.",
        )
    if country in PACIFIC:
        return Reason(code="account-in-xpf", field=where, message=IN_XPF)
    if not _in_sepa(country):
        return Reason(
            code="bic-outside-sepa",
            field=where,
            message="Le BIC désigne une banque hors de la zone SEPA.",
        )
    return None


def _in_sepa(country: str) -> bool:
    try:
        return bool(get_iban_spec(country).in_sepa_zone)
    except ValueError:
        return False  # a country without IBANs, such as the United States
