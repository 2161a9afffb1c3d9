"""Makes a letter into an e-mail: headers that cannot be forged from outside, text, HTML, and the calendar file."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notify.letters import Letter
from shared.programme import Programme

BASE64 = "base64"


class Unaddressable(Exception):
    """Nobody can be reached under this address; the message never repeats it."""


def as_mail(letter: Letter, programme: Programme, notice_id: str, at: datetime) -> EmailMessage:
    """The same notice always gives the same bytes but for the MIME boundary. Raises Unaddressable.

    `Message-ID` follows from the notice: a mail sent twice by accident is one mail for its reader.
    """
    mail = EmailMessage(policy=SMTP)
    domain = programme.contact.rpartition("@")[2]
    mail["From"] = Address(programme.name, addr_spec=programme.contact)
    mail["To"] = address_of(letter.to)
    if letter.cc:
        mail["Cc"] = address_of(letter.cc)
    mail["Subject"] = one_line(letter.subject)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{notice_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = "fr"
    mail.set_content(letter.text, cte=BASE64)
    mail.add_alternative(letter.html, subtype="html", cte=BASE64)
    if letter.calendar:
        mail.add_attachment(
            letter.calendar,
            maintype="text",
            subtype="calendar",
            filename="invitation.ics",
            params={"charset": "utf-8", "method": "REQUEST"},
        )
    return mail


def one_line(text: str) -> str:
    """Raises ValueError for a line break: it is the first half of a forged header."""
    if any(character in text for character in "\r\n\x00"):
        raise ValueError("a header cannot hold a line break")
    return text


def address_of(email: str) -> Address:
    """Without a display name: names from outside belong in the body. A domain with accents is sent in its ASCII form."""
    try:
        local, _, domain = one_line(email).rpartition("@")
        local.encode("ascii")
        if not local or not domain:
            raise ValueError
        return Address(addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}")
    except (ValueError, IndexError, UnicodeError, AttributeError):
        raise Unaddressable("the address is not one that mail can be sent to") from None
