"""Why no connection to the bus comes about, in words, and whether waiting may mend it."""

import logging
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

import nkeys
from nats.errors import Error as NatsError

from shared.kit.settings import Settings

SCHEMES = ("nats", "tls")
ROUNDS_TO_PATIENCE = 4  # whoever tries so often waits on purpose


class NotConnected(ConnectionError):
    """No connection could be made; the message says why and what to do.

    `hopeless` is what no waiting mends.
    """

    def __init__(self, message: str, hopeless: bool = False) -> None:
        super().__init__(message)
        self.hopeless = hopeless


class Enough(Exception):
    """Ends the client library's attempts; it goes on after any error of its own."""


class Attempts:
    """Listens to the attempts at a first connection: ends them when it is clear why there will be none."""

    def __init__(self, settings: Settings, identity: str, rounds: int) -> None:
        self._settings, self._identity, self._rounds = settings, identity, rounds
        self._errors: list[Exception] = []
        self.over = False

    async def note(self, error: Exception) -> None:
        """Raises Enough once each server was tried so often as is to be, or in vain."""
        if self.over:
            logging.getLogger("fabriques.bus").info("bus: %r", error)
            return
        self._errors.append(error)
        servers = len(self._settings.nats_urls)
        # One server of a cluster may be down: what counts is a round that reached none.
        if len(self._errors) % servers:
            return
        failure = self.failure()
        rounds = len(self._errors) // servers
        if failure.hopeless or rounds == self._rounds:
            raise Enough
        if rounds == 1 and not 0 < self._rounds < ROUNDS_TO_PATIENCE:
            logging.getLogger("fabriques.bus").warning("%s; trying again", failure)

    def failure(self, last: Exception | None = None) -> NotConnected:
        """What is told of all that went wrong: the reason that no waiting mends, where there is one."""
        told = [
            in_words(error, self._settings, self._identity)
            for error in (*self._errors, *([last] if last else []))
        ]
        return next((failure for failure in told if failure.hopeless), told[-1])


def in_words(error: Exception, settings: Settings, identity: str) -> NotConnected:
    where = ", ".join(without_secrets(url) for url in settings.nats_urls)
    if isinstance(error, FileNotFoundError | nkeys.NkeysError):
        return NotConnected(
            (
                f"{settings.key_file(identity)} holds no key of {identity}: FABRIQUES_HOME must name the "
                "platform's folder"
            ),
            hopeless=True,
        )
    if isinstance(error, ssl.SSLError):
        given = (
            f"the authority in {settings.nats_ca}" if settings.nats_ca else "an authority this machine knows"
        )
        return NotConnected(
            (
                f"the certificate of {where} is not from {given}: name its authority's file with "
                "FABRIQUES_NATS_CA"
            ),
            hopeless=True,
        )
    if isinstance(error, NatsError) and "authorization" in str(error).lower():
        return NotConnected(
            f"{where} does not know the key of {identity}: FABRIQUES_HOME must name that platform's folder",
            hopeless=True,
        )
    if isinstance(error, socket.gaierror):
        return NotConnected(f"no machine has the name in {where}: correct FABRIQUES_NATS_URL")
    if isinstance(error, ConnectionRefusedError):
        return NotConnected(
            f"nobody listens at {where}: start a platform there, or correct FABRIQUES_NATS_URL"
        )
    if isinstance(error, TimeoutError):
        return NotConnected(
            f"no answer in time from {where}: is a NATS server there, and may this machine reach it?"
        )
    return NotConnected(f"no connection to {where}: {error}")


def checked_urls(urls: Sequence[str]) -> list[str]:
    """Raises NotConnected for what is no address of a server."""
    for url in urls:
        try:
            parts = urlsplit(url)
            right = parts.scheme in SCHEMES and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            right = False
        if not right:
            raise NotConnected(
                f"{url!r} in FABRIQUES_NATS_URL is no address: write nats://host:4222", hopeless=True
            )
    return list(urls)


def without_secrets(url: str) -> str:
    """A URL may hold a password, which no message repeats."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def trusted(settings: Settings) -> ssl.SSLContext | None:
    """The authority that the server's certificate must come from; None for those this machine knows."""
    if settings.nats_ca is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(settings.nats_ca))
    except (OSError, ssl.SSLError):
        raise NotConnected(
            f"{settings.nats_ca} (FABRIQUES_NATS_CA) holds no certificate", hopeless=True
        ) from None
