"""Messages as they go over the wire, so that many of them are one write."""

HEADER_LINE = "NATS/1.0\r\n"
ACK = b"+ACK"


def frame(
    subject: str, body: bytes, headers: dict[str, str] | None = None, reply: str = ""
) -> bytes:
    """One message. Raises ValueError for a header that would end its line."""
    if not headers:
        return f"PUB {subject} {reply} {len(body)}\r\n".encode() + body + b"\r\n"
    lines = "\r\n".join([f"{name}: {value}" for name, value in headers.items()])
    if lines.count("\n") >= len(headers):
        raise ValueError("a header holds a line break")
    head = f"{HEADER_LINE}{lines}\r\n\r\n".encode()
    sizes = f"{len(head)} {len(head) + len(body)}"
    return f"HPUB {subject} {reply} {sizes}\r\n".encode() + head + body + b"\r\n"


def ack(reply: str) -> bytes:
    return frame(reply, ACK)


def nak(reply: str, wait_seconds: float) -> bytes:
    """Brings the message back after so long."""
    return frame(reply, b'-NAK {"delay": %d}' % int(wait_seconds * 1e9))
