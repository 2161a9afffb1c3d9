"""Uploads a file into the bucket of the front-end that speaks. Again is safe: a part is written once."""

import json

from nats.aio.client import Client

from shared.contract.attachments import PART_BYTES, Attachment, said_part

ANSWER_SECONDS_MAX = 5.0
IS_THERE = "maximum messages per subject"  # what the server says of a part that it has


class NotUploaded(RuntimeError):
    """The broker did not take a part; the message is its own word."""


async def upload(client: Client, candidature_id: str, file: Attachment, content: bytes) -> None:
    """`content` is the file whose digest `file` names. Raises NotUploaded, nats errors."""
    for number in range(1, file.parts + 1):
        part = content[(number - 1) * PART_BYTES : number * PART_BYTES]
        subject = said_part(candidature_id, file.sha256, number)
        reply = await client.request(subject, part, timeout=ANSWER_SECONDS_MAX)
        refusal = str(json.loads(reply.data).get("error", {}).get("description", ""))
        if refusal and IS_THERE not in refusal:
            raise NotUploaded(refusal)
