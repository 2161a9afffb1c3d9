"""Accounts, checked by schwifty. Its own messages repeat the number: only ours leave this module."""

from schwifty import BIC, IBAN
from schwifty.exceptions import (
    InvalidBBANChecksum,
    InvalidChecksumDigits,
    InvalidLength,
    InvalidStructure,
    SchwiftyException,
)

from shared.contract.values import Reason

# Countries whose banks share account or bank codes: French overseas and Monaco, the islands of the British Crown.
FRENCH = ("GF", "GP", "MQ", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "TF", "MC")
FAMILY_OF = dict.fromkeys(FRENCH, "FR") | dict.fromkeys(("GG", "IM", "JE"), "GB")


def compact(number: str) -> str:
    """An IBAN or BIC as banks exchange it: capitals, without the spaces people type."""
    joined = "".join(number.split())
    return joined.upper() if joined.isascii() else joined  # other alphabets have letters whose capital is ours


def account_mistakes(iban: str, bic: str | None, where: str = "") -> tuple[Reason, ...]:
    """Every mistake of an account; `where` is put before the field's name. Empty: the account can be paid."""
    found = [_iban_mistake(iban, f"{where}iban"), _bic_mistake(bic, f"{where}bic") if bic is not None else None]
    if not any(found) and bic is not None:
        found.append(_country_mistake(compact(iban), compact(bic), f"{where}bic"))
    return tuple(reason for reason in found if reason)


def _iban_mistake(iban: str, where: str) -> Reason | None:
    try:
        if not compact(iban).isascii():
            raise InvalidStructure
        account = IBAN(compact(iban), validate_bban=compact(iban)[:2] in ("FR", "MC"))
    except InvalidLength:
        return Reason(code="iban-length", field=where, message="L'IBAN n'a pas la longueur prévue pour son pays.")
    except (InvalidChecksumDigits, InvalidBBANChecksum):
        return Reason(code="iban-checksum", field=where, message="La clé de contrôle de l'IBAN est fausse.")
    except SchwiftyException:
        return Reason(code="iban-invalid", field=where, message="L'IBAN n'a pas la forme prévue pour son pays.")
    if not account.in_sepa_zone:
        return Reason(code="iban-outside-sepa", field=where, message="Le compte est tenu hors de la zone SEPA.")
    return None


def _bic_mistake(bic: str, where: str) -> Reason | None:
    try:
        if not compact(bic).isascii():
            raise InvalidStructure
        BIC(compact(bic), enforce_swift_compliance=True)
    except SchwiftyException:
        return Reason(code="bic-invalid", field=where, message="Le BIC n'est pas un code de banque valide.")
    return None


def _country_mistake(iban: str, bic: str, where: str) -> Reason | None:
    if FAMILY_OF.get(bic[4:6], bic[4:6]) == FAMILY_OF.get(iban[:2], iban[:2]):
        return None
    return Reason(code="bic-country", field=where, message="Le BIC et l'IBAN ne désignent pas le même pays.")
