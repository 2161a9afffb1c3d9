"""Reads the XML that banks send: a hostile document is refused, namespaces and versions are set aside."""

import re
from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from services.funding.bank.values import BankFileInvalid
from shared.contract.values import Reason

FILE_MAX_BYTES = 64 * 1024 * 1024
MISTAKES_MAX = 100
AMOUNT_CENTS_MAX = 10**12
_AMOUNT = re.compile(r"(\d{1,13})(?:\.(\d{1,2})0{0,3})?", re.ASCII)


def read_document(data: bytes) -> Element:
    """The root, with local names only. Raises BankFileInvalid: too long, not XML, or an XML that declares a DTD."""
    if len(data) > FILE_MAX_BYTES:
        raise _unreadable("file-too-long", f"Le fichier dépasse {FILE_MAX_BYTES // 1024 // 1024} Mio.")
    try:
        root: Element = fromstring(data, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise _unreadable("xml-refused", "Le fichier déclare une DTD ou des entités : il est refusé.") from None
    except (ParseError, ValueError, LookupError):
        raise _unreadable("xml-invalid", "Le fichier n'est pas un document XML bien formé.") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def text_of(element: Element, *paths: str) -> str:
    """The text of the first path that has one, on one line; empty when none has."""
    for path in paths:
        found = " ".join((element.findtext(path) or "").split())
        if found:
            return found
    return ""


def cents_of(text: str) -> int | None:
    """Euro cents of an ISO 20022 amount; None when it is not an amount of whole cents within the limits."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    cents = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    return cents if cents <= AMOUNT_CENTS_MAX else None


def date_of(text: str) -> date | None:
    """The day of an ISO date or instant, as the bank wrote it in its own zone. Raises ValueError on anything else."""
    return date.fromisoformat(text[:10]) if text else None


class Mistakes:
    """Gathers what is wrong with a file, so that it is said at once. Past a limit the rest is left out."""

    def __init__(self) -> None:
        self._found: list[Reason] = []

    def add(self, code: str, where: str, message: str) -> None:
        if len(self._found) < MISTAKES_MAX:
            self._found.append(Reason(code=code, field=where, message=message))

    def __iter__(self) -> Iterator[Reason]:
        return iter(self._found)

    def refuse_if_any(self) -> None:
        if self._found:
            raise BankFileInvalid(tuple(self._found))


def _unreadable(code: str, message: str) -> BankFileInvalid:
    return BankFileInvalid((Reason(code=code, message=message),))
