"""Files of a dossier at the command: read from the disk and uploaded, or read part by part and checked."""

import base64
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from nats.errors import Error as NatsError

from deploy.cli.connection.bus import Bus
from deploy.cli.connection.reading import read_signed
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import Officer
from deploy.uploading import NotUploaded, upload
from shared.contract.attachments import FILE_BYTES_MAX, AttachmentKind
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.media_types import media_type_of

QUESTION = "intake.attachment"
KINDS = ", ".join(kind.value for kind in AttachmentKind)


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of this disk; `said` is how a submission names it."""

    said: dict[str, Any]
    content: bytes


def local_files(named: list[str]) -> list[LocalFile]:
    """`[KIND:]FILE`, a line each. Raises CommandFailed with every mistake of every file."""
    found: list[LocalFile] = []
    wrong: list[str] = []
    for one in named:
        try:
            found.append(_local_file(one))
        except CommandFailed as failure:
            wrong += failure.reasons
    if wrong:
        raise CommandFailed(*wrong)
    return found


def _local_file(named: str) -> LocalFile:
    kind, path = _kind_and_path(named)
    try:
        size_bytes = path.stat().st_size
        content = path.read_bytes() if size_bytes <= FILE_BYTES_MAX else b""
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror}") from None
    if size_bytes > FILE_BYTES_MAX:
        raise CommandFailed(f"{path}: {size_bytes} bytes, {FILE_BYTES_MAX} at most")
    media_type = media_type_of(content)
    if media_type is None:
        raise CommandFailed(f"{path}: neither PDF, ODS, XLSX (without macros), PNG nor JPEG")
    said = {
        "name": path.name,
        "kind": kind.value,
        "media_type": media_type.value,
        "size_bytes": len(content),
        "sha256": sha256(content).hexdigest(),
    }
    return LocalFile(said, content)


def _kind_and_path(named: str) -> tuple[AttachmentKind, Path]:
    """A name may hold a colon of its own: what stands before it counts where it is a kind."""
    word, colon, rest = named.partition(":")
    if colon and word in list(AttachmentKind):
        return AttachmentKind(word), Path(rest)
    return AttachmentKind.OTHER, Path(named)


async def upload_files(bus: Bus, event: CandidatureSubmitted, files: list[LocalFile]) -> None:
    """Before the submission that names them. Raises CommandFailed."""
    contents = {file.said["sha256"]: file.content for file in files}
    for attachment in event.attachments:
        if content := contents.get(attachment.sha256):
            try:
                await upload(bus.client, event.candidature_id, attachment, content)
            except (NotUploaded, NatsError, TimeoutError) as error:
                raise CommandFailed(
                    f"{attachment.name} was not uploaded: {error or 'no answer'}"
                ) from None


async def read_attachment(
    bus: Bus, candidature_id: str, name: str, officer: Officer
) -> dict[str, Any]:
    """What it is, and under `content` its bytes, checked by their digest. Raises CommandFailed."""
    content = b""
    part = parts = 1
    told: dict[str, Any] = {}
    while part <= parts:
        asked = {"candidature_id": candidature_id, "name": name, "part": part}
        told = await read_signed(bus, QUESTION, officer, **asked)
        content += base64.b64decode(told["content"])
        parts = told["parts"]
        part += 1
    if sha256(content).hexdigest() != told["sha256"]:
        raise CommandFailed(
            f"{name} did not come as the dossier names it: ask again, or ask the operators"
        )
    return {**told, "content": content}
