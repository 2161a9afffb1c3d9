"""Asks a NATS server how it is: its monitoring port alone tells of a stream that takes no more writes.

Once a write has failed, as on a full disk, nats-server answers no later one, even with room again.
"""

import json
import socket
import ssl
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

ANSWER_SECONDS = 1.0
ANSWER_BYTES_MAX = 64 * 1024


def complaint(monitor_url: str, authority: Path | None = None) -> str:
    """What the server complains of; empty where it is well. Raises OSError where it does not answer.

    Over https its certificate must be of this `authority`, or of one that this machine knows.
    """
    url = urlsplit(monitor_url)
    question = f"GET {url.path}/healthz HTTP/1.0\r\nHost: {url.hostname}\r\n\r\n"
    with _connected(url, authority) as connection:
        connection.sendall(question.encode())
        answer = b"".join(iter(lambda: connection.recv(ANSWER_BYTES_MAX), b""))
    try:
        # The first line says that it is unwell; only the body says of what.
        said = json.loads(answer.partition(b"\r\n\r\n")[2])
    except ValueError:
        return "it answers, but not as a NATS server does"
    return "" if said.get("status") == "ok" else str(said.get("error") or said.get("status"))


def _connected(url: SplitResult, authority: Path | None) -> socket.socket:
    connection = socket.create_connection((url.hostname, url.port), ANSWER_SECONDS)
    if url.scheme != "https":
        return connection
    try:
        return ssl.create_default_context(cafile=authority).wrap_socket(
            connection, server_hostname=url.hostname
        )
    except BaseException:
        connection.close()
        raise
