"""The chain of one stream, by rules alone: a link covers the one before it, and a digest of what lies there.

    digest = SHA-256(salt, headers as canonical JSON, NUL, body)
    head   = SHA-256(head before, canonical JSON of what `_link` and `_hole` list)

The salt is random for each event. Once it is dropped, the digest tells nothing of what it was made of, and
the chain still holds. `deploy/verify/fabriques_verify.py` says the same in words of its own.
"""

import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from shared.contract.subjects import is_from_outside
from shared.kit.delivery import Logged
from shared.kit.ids import outside_id

SALT_BYTES = 16
FORM = "fabriques-chain-v1"


@dataclass(frozen=True, slots=True)
class Link:
    """One event in the chain of its stream; `through` is its own place.

    A hole, where nothing lay when the keeper came, reaches from `sequence` to `through` and has no digest.
    `salt` is None for a hole, and once the event was erased.
    """

    stream: str
    sequence: int
    through: int
    stamped_ns: int
    event_id: str
    subject: str
    digest: bytes
    salt: bytes | None
    head: bytes


@dataclass(frozen=True, slots=True)
class End:
    """Where a chain ends: the place it reaches, and its head there."""

    through: int
    head: bytes


def beginning(platform: str, stream: str) -> End:
    """No link of one stream, or of another installation, fits where another's was."""
    return End(0, sha256(f"{FORM}\n{platform}\n{stream}".encode()).digest())


def links(stream: str, end: End, messages: Iterable[Logged]) -> Iterator[Link]:
    """What these messages, in order, add to a chain that ends there. Those it has already are passed over."""
    for message in messages:
        if message.sequence <= end.through:
            continue
        if message.sequence > end.through + 1:
            hole = _hole(stream, end, message.sequence - 1)
            yield hole
            end = End(hole.through, hole.head)
        link = _link(stream, end, message)
        yield link
        end = End(link.through, link.head)


def _link(stream: str, end: End, message: Logged) -> Link:
    salt = secrets.token_bytes(SALT_BYTES)
    sequence = message.sequence
    event_id = id_of(stream, message)
    digest = digest_of(salt, message.headers, message.body)
    said = [stream, sequence, sequence, message.stamped_ns, event_id, message.subject, digest.hex()]
    head = sha256(end.head + canonical(said)).digest()
    return Link(
        stream,
        sequence,
        sequence,
        message.stamped_ns,
        event_id,
        message.subject,
        digest,
        salt,
        head,
    )


def _hole(stream: str, end: End, through: int) -> Link:
    first = end.through + 1
    head = sha256(end.head + canonical([stream, first, through, 0, "", "", ""])).digest()
    return Link(stream, first, through, 0, "", "", b"", None, head)


def id_of(stream: str, message: Logged) -> str:
    """What its readers know it by."""
    own = None if is_from_outside(message.subject) else message.headers.get("ce-id")
    return own or outside_id(stream, message.sequence, message.stamped_ns)


def digest_of(salt: bytes, headers: dict[str, str], body: bytes) -> bytes:
    return sha256(salt + canonical(headers) + b"\0" + body).digest()


def canonical(value: Any) -> bytes:
    """One form of the same value: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
