"""The parts of attached files in a front-end's bucket: read, or taken out so that no byte stays."""

import json

from nats.aio.client import Client

from shared.contract.attachments import FILE_BYTES_MAX, bucket_of, parts_in, stored_part
from shared.kit.bus.log_places import SECONDS_MAX, last_message, next_message
from shared.kit.delivery import Logged

PARTS_MAX = parts_in(FILE_BYTES_MAX)
NO_MESSAGE = 10_057  # the server's code: a message that is not there


class NotTakenOut(RuntimeError):
    """The broker refused to take a message out of a stream."""


async def parts_of(
    client: Client, front_end: str, candidature_id: str, sha256: str
) -> list[Logged]:
    """What lies under a digest, in order, up to the first part that is not there. Raises nats errors."""
    found: list[Logged] = []
    for number in range(1, PARTS_MAX + 1):
        part = await part_at(client, front_end, candidature_id, sha256, number)
        if part is None:
            break
        found.append(part)
    return found


async def part_at(
    client: Client, front_end: str, candidature_id: str, sha256: str, number: int
) -> Logged | None:
    """Raises nats errors."""
    subject = stored_part(front_end, candidature_id, sha256, number)
    return await last_message(client, bucket_of(front_end), subject)


async def take_out_dossier(client: Client, front_end: str, candidature_id: str) -> int:
    """All that was uploaded for a candidature. Returns how many parts. Raises NotTakenOut, nats errors."""
    bucket = bucket_of(front_end)
    subject = stored_part(front_end, candidature_id)
    count = 0
    while part := await next_message(client, bucket, subject, 1):
        await take_out(client, bucket, part.sequence)
        count += 1
    return count


async def take_out(client: Client, stream: str, sequence: int) -> None:
    """The server overwrites the bytes unless it is told not to; a purge would leave them in its file.

    Raises NotTakenOut, nats errors.
    """
    subject = f"$JS.API.STREAM.MSG.DELETE.{stream}"
    asked = json.dumps({"seq": sequence}).encode()
    reply = await client.request(subject, asked, timeout=SECONDS_MAX)
    answer = json.loads(reply.data)
    if not answer.get("success") and answer.get("error", {}).get("err_code") != NO_MESSAGE:
        raise NotTakenOut(f"place {sequence} of {stream}: {answer.get('error')}")
