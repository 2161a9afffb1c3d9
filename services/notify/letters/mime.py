"""Makes a letter into an e-mail: headers that nobody can forge, text, HTML, and the calendar file.

Headers with words from outside go through the standard library, which encodes them and refuses line breaks.
The body is put together here: it would take three times as long there, with new boundaries at each run.
"""

import re
from binascii import b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache, lru_cache

from services.notify.letters.writer import Letter, forget_texts
from shared.programme import Programme

LINE = b"\r\n"
LINE_LENGTH_MAX = SMTP.max_line_length or 78
CODED_LENGTH = 76  # of a line in base64 (RFC 2045)
SUBJECTS_KEPT = 128
WORDS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
# An address as nearly all are: nothing in it is quoted, encoded or folded.
PLAIN = re.compile(rf"({WORDS})@([A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}})*)")


class Unaddressable(Exception):
    """Nobody can be reached under this address; the message never repeats it."""


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail as it goes over the wire, with its envelope."""

    notice_id: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes


def as_mail(letter: Letter, programme: Programme, notice_id: str, at: datetime) -> Mail:
    """The same notice always gives the same bytes. Raises Unaddressable, or ValueError for a forged header.

    `Message-ID` follows from the notice: a mail sent twice by accident is one mail for its reader.
    """
    recipients = [address_of(email) for email in (letter.to, letter.cc) if email]
    headers = [_from(programme.name, programme.contact), _addressed("To", recipients[0])]
    if letter.cc:
        headers.append(_addressed("Cc", recipients[1]))
    if letter.reply_to:
        headers.append(_addressed("Reply-To", address_of(letter.reply_to)))
    else:
        headers.append(_reply_to_office(programme.contact))
    headers.append(_subject(letter.subject))
    domain = programme.contact.rpartition("@")[2]
    fixed = (
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{notice_id}@{domain}>",
        "Auto-Submitted: auto-generated",
        "Content-Language: fr",
        "MIME-Version: 1.0",
    )
    headers += [line.encode("ascii") + LINE for line in fixed]
    content = b"".join(headers) + _body(letter, notice_id)
    return Mail(
        notice_id,
        programme.contact,
        tuple(address.addr_spec for address in recipients),
        content,
    )


def address_of(email: str) -> Address:
    """Without a display name: names from outside belong in the body. A domain gets its ASCII form."""
    if plain := PLAIN.fullmatch(email):
        return Address(username=plain[1], domain=plain[2])
    try:
        local, _, domain = email.rpartition("@")
        local.encode("ascii")
        if not local or not domain:
            raise ValueError("an address has two parts")
        return Address(addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}")
    except Exception:  # the parser fails in many ways, and each of them repeats the address
        raise Unaddressable("the address is not one that mail can be sent to") from None


def _addressed(name: str, address: Address) -> bytes:
    """A plain address that fits on its line is the line: folding it takes as long as writing the letter."""
    line = f"{name}: {address.addr_spec}"
    if PLAIN.fullmatch(address.addr_spec) and len(line) <= LINE_LENGTH_MAX:
        return line.encode("ascii") + LINE
    return _header(name, address)


@cache  # the same in every letter, and slow to make
def _from(name: str, contact: str) -> bytes:
    return _header("From", Address(name, addr_spec=contact))


@cache
def _reply_to_office(contact: str) -> bytes:
    return _header("Reply-To", address_of(contact))


@lru_cache(maxsize=SUBJECTS_KEPT)
def _subject(subject: str) -> bytes:
    """Letters of one kind share their subject."""
    return _header("Subject", subject)


def forget_words() -> None:
    """No word that a person wrote, or is named by, is kept in memory once the letters have left."""
    forget_texts()
    _subject.cache_clear()


def _header(name: str, value: str | Address) -> bytes:
    return SMTP.fold_binary(*SMTP.header_store_parse(name, value))


def _body(letter: Letter, notice_id: str) -> bytes:
    texts = _multipart(
        "alternative",
        f"texts-{notice_id}",
        [_text("plain", letter.text), _text("html", letter.html)],
    )
    if not letter.calendar:
        return texts
    invitation = _part(
        f'text/calendar; charset="utf-8"; method="{letter.calendar_method}"',
        letter.calendar,
        'attachment; filename="invitation.ics"',
    )
    return _multipart("mixed", f"whole-{notice_id}", [texts, invitation])


def _text(subtype: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return _part(f'text/{subtype}; charset="utf-8"', lines.encode("utf-8"))


def _multipart(subtype: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    opening = b"--" + boundary.encode("ascii")
    inside = b"".join(opening + LINE + part + LINE for part in parts)
    header = f'Content-Type: multipart/{subtype}; boundary="{boundary}"'.encode("ascii")
    return header + LINE + LINE + inside + opening + b"--" + LINE


def _part(content_type: str, content: bytes, disposition: str = "") -> bytes:
    """Base64: it passes every relay as it is, whatever the length of its lines."""
    headers = [f"Content-Type: {content_type}", "Content-Transfer-Encoding: base64"]
    if disposition:
        headers.append(f"Content-Disposition: {disposition}")
    encoded = b2a_base64(content, newline=False)
    lines = [
        encoded[start : start + CODED_LENGTH] + LINE
        for start in range(0, len(encoded), CODED_LENGTH)
    ]
    return LINE.join(header.encode("ascii") for header in headers) + LINE + LINE + b"".join(lines)
