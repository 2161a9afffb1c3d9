"""The connection to the bus: nats-py's client, with what it has no door for.

What we lean on behind the public doors of FastStream and nats-py is in LEANED_ON, and in this folder alone.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError, Error

BLANKS = " \t\n\r\x0b\f"
# The names that nearly every message has need no look at their letters.
USUAL = frozenset((
    "ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time", "ce-correlationid", "ce-causationid",
    "traceparent", "Nats-Msg-Id",
))  # fmt: skip

# Class or module, private name, and why there is no other way.
LEANED_ON = (
    (
        "nats.aio.client.Client",
        "_build_message",
        "a subject that is not UTF-8 ends the reading of all others",
    ),
    (
        "nats.aio.client.Client",
        "_parse_header_lines",
        "it looks at each letter of each name, three times as long",
    ),
    (
        "nats.aio.client.Client",
        "_send_command",
        "many messages are one command: each alone costs more than it carries",
    ),
    (
        "nats.aio.client.Client",
        "_pending",
        "what waits is written at once, without waking a task for it",
    ),
    ("nats.aio.client.Client", "_pending_data_size", "the count that belongs to it"),
    ("nats.aio.client.Client", "_transport", "where it is written"),
    ("nats.aio.client.Client", "_process_info", "it goes on in clear where a server offers no TLS"),
    ("nats.aio.client.Client", "_closed_cb", "a connection that we close ourselves is no accident"),
    (
        "nats.js.client.JetStreamContext.PullSubscription",
        "_sub",
        "its queue is read without a timer for each message",
    ),
    ("nats.js.client.JetStreamContext.PullSubscription", "_nc", "the connection that it asks on"),
    (
        "nats.js.client.JetStreamContext.PullSubscription",
        "_nms",
        "the subject that a pull request is sent to",
    ),
    (
        "nats.js.client.JetStreamContext.PullSubscription",
        "_deliver",
        "the subject that its messages come to",
    ),
    ("nats.aio.subscription.Subscription", "_pending_queue", "what came and nobody took yet"),
    ("nats.aio.subscription.Subscription", "_pending_size", "the count that belongs to it"),
    (
        "faststream.nats.NatsBroker",
        "_connect",
        "the broker makes its client itself, of nats-py's class",
    ),
    ("faststream.nats.NatsBroker", "_connection_kwargs", "what it would make it with"),
    (
        "faststream.nats.subscriber.usecases.BatchPullStreamSubscriber",
        "_create_subscription",
        (
            "the broker's factory makes its own subscriber: the one it made becomes ours, "
            "and binds without a timer"
        ),
    ),
    (
        "faststream.nats.subscriber.usecases.BatchPullStreamSubscriber",
        "_consume_pull",
        "its own waits until a batch is full or its time is over",
    ),
)


class BusClient(Client):
    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Msg:
        """A subject is bytes to the server and text to us: it is read with replacement characters.

        No dossier's id has them: the consumer makes such an event a dead letter.
        """
        told = subject.decode("utf-8", "replace").encode()
        message: Msg = super()._build_message(sid, told, reply, data, headers)
        return message

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        """Raises Error where TLS is asked for and not offered: who stands between could take it out."""
        if "tls" in self.options and not info.get("tls_required"):
            raise Error("the server offers no TLS, and tls:// asks for it")
        await super()._process_info(info, initial_connection)

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        return header_lines(raw)

    async def send(self, frames: Sequence[bytes]) -> None:
        """Many messages in one write. Raises ConnectionClosedError.

        While the connection is away they wait in its buffer. An error on the way is its reader's to find.
        """
        if self.is_closed:
            raise ConnectionClosedError
        client: Any = self
        await client._send_command(b"".join(frames))
        # While it reconnects nothing may be written: the new connection begins with a handshake of its own.
        if not self.is_connected or not client._pending:
            return
        waiting = client._pending
        client._pending = []
        client._pending_data_size = 0
        client._transport.writelines(waiting)
        with suppress(OSError):
            await client._transport.drain()

    def expect_close(self) -> None:
        """From here on we close the connection ourselves: that is no accident that must end the process."""
        self._closed_cb = None


def header_lines(raw: bytes) -> dict[str, str]:
    """The headers of a message as nats-py reads them."""
    found = {}
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if name not in USUAL:
            name = name.strip(BLANKS)
            if not name.isascii() or name.split() != [name]:
                continue
        if colon:
            found[name] = value.strip(BLANKS)
    return found
