"""Why no connection to the bus comes about, in words, and whether waiting may mend it."""

import logging
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

import nkeys
from nats.errors import Error as NatsError
from nats.errors import UnexpectedEOF

from shared.kit.key_files import tls_file
from shared.kit.settings import Settings

SCHEMES = ("nats", "tls")
EXPIRED = 10  # of OpenSSL: X509_V_ERR_CERT_HAS_EXPIRED
OTHER_NAMES = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
CUT_OFF = (BrokenPipeError, ConnectionResetError, UnexpectedEOF)
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
        return NotConnected(_of_certificates(error, settings, identity, where), hopeless=True)
    if settings.speaks_tls and isinstance(error, CUT_OFF):
        told = (
            f"it takes none but those of its authority, such as {tls_file(settings.home, identity)}"
        )
        return NotConnected(
            f"{where} ended the connection before any certificate of {identity} held: {told}"
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


def _of_certificates(error: ssl.SSLError, settings: Settings, identity: str, where: str) -> str:
    """Whose certificate does not hold: the server's, or the one it asks of us."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        told = error.reason or type(error).__name__
        ours = tls_file(settings.home, identity)
        return (
            f"{where} does not take the certificate of {identity} ({told}):"
            f" {ours} must be of its authority"
        )
    if error.verify_code == EXPIRED:
        return f"the certificate of {where} has expired: `fabriques keys tls` makes another, where it is run"
    if error.verify_code in OTHER_NAMES:
        return f"the certificate of {where} is of another name: `fabriques keys tls --host NAME` adds one"
    authority = settings.authority_file
    given = f"the authority in {authority}" if authority else "an authority this machine knows"
    return f"the certificate of {where} is not from {given}: name its authority's file with FABRIQUES_NATS_CA"


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
                f"{url!r} in FABRIQUES_NATS_URL is no address: write nats://host:4222",
                hopeless=True,
            )
    return list(urls)


def without_secrets(url: str) -> str:
    """A URL may hold a password, which no message repeats."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def trusted(settings: Settings, identity: str) -> ssl.SSLContext | None:
    """Whose certificate the server's must be, and ours for it; None where no TLS is asked for."""
    authority = settings.authority_file
    if authority is None and not settings.speaks_tls:
        return None
    try:
        context = ssl.create_default_context(cafile=authority)
    except (OSError, ssl.SSLError):
        raise NotConnected(
            f"{authority} (FABRIQUES_NATS_CA) holds no certificate", hopeless=True
        ) from None
    logging.getLogger("asyncio").addFilter(_is_news)
    own = tls_file(settings.home, identity)
    if own.exists():
        try:
            context.load_cert_chain(own)
        except (OSError, ssl.SSLError):
            raise NotConnected(f"{own} holds no certificate with its key", hopeless=True) from None
    return context


def _is_news(record: logging.LogRecord) -> bool:
    """Of each connection over TLS that ends, asyncio tells what it does with an answer of nats-py's."""
    return "eof_received" not in record.getMessage()
