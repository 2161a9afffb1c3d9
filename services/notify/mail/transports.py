"""Two ways for mail to leave: a folder of .eml files (the embedded default), and a relay by SMTP."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from services.notify.domain.retries import Posted, Result
from services.notify.letters.mime import Mail
from shared.mail_relay import MailRelay

CONNECTIONS_MAX = 4
WRITERS = 8
TIMEOUT_SECONDS = 30.0


class Transport(Protocol):
    async def deliver(self, mails: Sequence[Mail]) -> list[Posted]:
        """Never raises: each mail has its result, in order."""

    async def forget(self, notice_ids: Sequence[str]) -> None:
        """Removes what it keeps of these notices."""


class MailFolder:
    """`<folder>/<notice id>.eml`, written under another name first: a mail is there whole, or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, mails: Sequence[Mail]) -> list[Posted]:
        try:
            await asyncio.to_thread(self._write, mails)
        except OSError as error:
            return [Posted(mail.notice_id, Result.AWAY, type(error).__name__) for mail in mails]
        return [Posted(mail.notice_id, Result.SENT) for mail in mails]

    async def forget(self, notice_ids: Sequence[str]) -> None:
        """With what a sender that died left half written: no other one writes here."""
        for path in [self._folder / f"{notice_id}.eml" for notice_id in notice_ids]:
            path.unlink(missing_ok=True)
        for path in self._folder.glob(".*.partial"):
            path.unlink()

    def _write(self, mails: Sequence[Mail]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Together, because the disk makes several durable at the price of one.
        with ThreadPoolExecutor(WRITERS) as writers:
            written = [writers.submit(self._write_one, mail) for mail in mails]
        for letter in written:
            letter.result()
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _write_one(self, mail: Mail) -> None:
        partial = self._folder / f".{mail.notice_id}.partial"
        with partial.open("wb") as file:
            file.write(mail.content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self._folder / f"{mail.notice_id}.eml")


def transport_of(smtp_url: str | None, folder: Path) -> Transport:
    """A relay where one is set, else a folder of .eml files. Raises ValueError for a URL that is none."""
    if smtp_url:
        return SmtpTransport(MailRelay.of(smtp_url))
    return MailFolder(folder)


class SmtpTransport:
    """A few connections at once, opened for a batch and closed after it."""

    def __init__(self, relay: MailRelay) -> None:
        self._relay = relay

    async def deliver(self, mails: Sequence[Mail]) -> list[Posted]:
        found: dict[str, Posted] = {}
        rest = iter(mails)
        workers = min(CONNECTIONS_MAX, len(mails))
        await asyncio.gather(*(self._post(rest, found) for _ in range(workers)))
        return [
            found.get(mail.notice_id) or Posted(mail.notice_id, Result.AWAY, "no-relay")
            for mail in mails
        ]

    async def forget(self, notice_ids: Sequence[str]) -> None:
        """A relay keeps nothing that we could take back."""

    async def _post(self, mails: Iterator[Mail], found: dict[str, Posted]) -> None:
        client = self._client()
        try:
            for mail in mails:
                if not client.is_connected:
                    await client.connect()
                found[mail.notice_id] = await _send(client, mail)
        except (SMTPException, OSError):
            return  # the relay is away, or refuses our login: what is left was never tried
        finally:
            client.close()

    def _client(self) -> SMTP:
        return SMTP(**self._relay.as_client_options(TIMEOUT_SECONDS))


async def _send(client: SMTP, mail: Mail) -> Posted:
    try:
        refused, _ = await client.sendmail(mail.sender, list(mail.recipients), mail.content)
    except SMTPRecipientsRefused as error:
        codes = [recipient.code for recipient in error.recipients]
        return _put_off_or_failed(mail, min(codes))
    except SMTPResponseException as error:
        return _put_off_or_failed(mail, error.code)
    except (SMTPException, OSError) as error:
        return Posted(mail.notice_id, Result.LATER, type(error).__name__)
    if refused:
        code = max(response.code for response in refused.values())
        return Posted(mail.notice_id, Result.FAILED, f"one-recipient-{code}")
    return Posted(mail.notice_id, Result.SENT)


def _put_off_or_failed(mail: Mail, code: int) -> Posted:
    """4xx is for now, 5xx for ever (RFC 5321)."""
    return Posted(
        mail.notice_id,
        Result.FAILED if 500 <= code < 600 else Result.LATER,
        f"smtp-{code}",
    )
