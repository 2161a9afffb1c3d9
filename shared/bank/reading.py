"""Reads the XML that banks send: a hostile document is refused, namespaces and versions are set aside."""

import re
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shared.bank.file_kinds import what_it_is
from shared.bank.values import BankFileInvalid
from shared.contract.values import Reason

FILE_MAX_BYTES = 64 * 1024 * 1024
AMOUNT_CENTS_MAX = 10**12
AMOUNT_LENGTH_MAX = 60
_AMOUNT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")  # xs:decimal


def read_document(data: bytes) -> Element:
    """The root, with local names only. Raises BankFileInvalid: too long, not XML, or with a DTD."""
    if len(data) > FILE_MAX_BYTES:
        raise unreadable(
            "file-too-long", f"Le fichier dépasse {FILE_MAX_BYTES // 1024 // 1024} Mio."
        )
    try:
        root: Element = fromstring(
            data, forbid_dtd=True, forbid_entities=True, forbid_external=True
        )
    except DefusedXmlException:
        raise unreadable(
            "xml-refused", "Le fichier déclare une DTD ou des entités : il est refusé."
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        code, message = what_it_is(data, getattr(error, "position", None))
        raise unreadable(code, message) from None
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
    """Euro cents of an xs:decimal amount; None where it is not of whole cents within the limits."""
    if len(text) > AMOUNT_LENGTH_MAX or not _AMOUNT.fullmatch(text):
        return None
    cents = Decimal(text).scaleb(2)
    if cents != cents.to_integral_value() or not 0 <= cents <= AMOUNT_CENTS_MAX:
        return None
    return int(cents)


def date_of(text: str) -> date | None:
    """The day of an ISO date or instant, in the bank's own zone. Raises ValueError on anything else."""
    return date.fromisoformat(text[:10]) if text else None


def unreadable(code: str, message: str) -> BankFileInvalid:
    return BankFileInvalid((Reason(code=code, message=message),))
