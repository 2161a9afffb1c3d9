"""A mail relay on a real TCP socket, which answers as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.notify.mail.transports import SmtpTransport
from shared.mail_relay import MailRelay


@dataclass
class SmtpRelay:
    """A relay on a real TCP socket. `answers` are given in turn to RCPT, then 250 for ever."""

    answers: list[str] = field(default_factory=list)
    login_answer: str = "235 ok"
    received: list[str] = field(default_factory=list)
    port: int = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["SmtpRelay"]:
        server = await asyncio.start_server(self._converse, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await say("220 relay.example")
        while line := (await reader.readline()).decode().strip():
            word = line.split()[0].upper()
            if word == "EHLO":
                await say("250-relay.example\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                await say(self.login_answer)
            elif word == "RCPT":
                await say(self.answers.pop(0) if self.answers else "250 ok")
            elif word == "DATA":
                await say("354 go on")
                self.received.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                await say("250 kept")
            elif word == "QUIT":
                await say("221 bye")
                break
            else:
                await say("250 ok")
        writer.close()

    def transport(self, login: str = "") -> SmtpTransport:
        return SmtpTransport(MailRelay.of(f"smtp://{login}127.0.0.1:{self.port}?starttls=no"))
