"""The letters of the pages themselves: a link that opens dossiers. A folder of files, or a relay by SMTP."""

import asyncio
import sys
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

import aiosmtplib
import structlog

from deploy.portal.seals import new_id
from shared.kit.settings import Settings
from shared.mail_relay import MailRelay
from shared.programme import Programme

TIMEOUT_SECONDS = 20.0
log = structlog.get_logger()
LINK_TEXT = """Bonjour,

Quelqu'un, sans doute vous, a demandé à ouvrir les dossiers « {programme} » déposés avec cette adresse.

Ouvrez ce lien dans les trente minutes :
{link}

Il ne sert qu'une fois. Si vous n'avez rien demandé, ne faites rien : sans ce lien, personne n'entre.

{programme}
{contact}
"""


class Post(Protocol):
    async def send(self, to: str, link: str) -> None:
        """Never raises: whoever asked is told the same whatever comes of it."""


class Writer:
    def __init__(self, programme: Programme) -> None:
        self._programme = programme

    def letter(self, to: str, link: str) -> EmailMessage:
        """Raises ValueError for an address that no header can hold."""
        programme = self._programme
        found = EmailMessage(policy=SMTP)
        found["From"] = Address(programme.name, addr_spec=programme.contact)
        found["To"] = Address(addr_spec=to)
        found["Subject"] = f"{programme.name} : ouvrir vos dossiers"
        found["Auto-Submitted"] = "auto-generated"
        found["Content-Language"] = "fr"
        text = LINK_TEXT.format(programme=programme.name, contact=programme.contact, link=link)
        found.set_content(text, cte="8bit")
        return found


class MailFolder:
    """For trials: the letter lies in a folder, and the terminal shows the link."""

    def __init__(self, writer: Writer, folder: Path, show: bool) -> None:
        self._writer, self._folder, self._show = writer, folder, show

    async def send(self, to: str, link: str) -> None:
        try:
            letter = self._writer.letter(to, link).as_bytes()
            path = self._folder / f"portal-{new_id()}.eml"
            await asyncio.to_thread(_write, path, letter)
        except (OSError, ValueError) as error:
            log.warning("mail away", cause=type(error).__name__)
            return
        if self._show:
            print(f"Access link (also in {path}): {link}", file=sys.stderr, flush=True)


def _write(path: Path, letter: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(letter)
    partial.rename(path)


@dataclass(frozen=True, slots=True)
class RelayPost:
    writer: Writer
    relay: MailRelay

    async def send(self, to: str, link: str) -> None:
        options = self.relay.as_client_options(TIMEOUT_SECONDS)
        try:
            await aiosmtplib.send(self.writer.letter(to, link), **options)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            log.warning("mail away", cause=type(error).__name__)


def post_of(settings: Settings, programme: Programme) -> Post:
    """A relay where one is set, else the folder that the platform's letters lie in. Raises ValueError."""
    writer = Writer(programme)
    if settings.smtp_url:
        return RelayPost(writer, MailRelay.of(settings.smtp_url))
    return MailFolder(writer, settings.home / "mail", show=settings.log_format == "console")
