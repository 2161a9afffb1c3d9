"""Files that a holder adds to a dossier: a submission names them, their bytes lie in a bucket of its front-end.

A bucket is a JetStream stream `OBJ_<front-end>`. Each part of a file has a subject of its own there, which is
written once: what was uploaded under a digest is never replaced. The candidature stands in it: an erasure finds
every byte, whether or not a submission ever named it.
"""

from enum import StrEnum
from math import ceil
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.contract.values import Digest, Line, Value

# As a front-end names its own; the server puts the front-end's name in its place.
BUCKET = "attachments"
ANY = "*"
FILES_MAX = 10
FILE_BYTES_MAX = 5_000_000
DOSSIER_BYTES_MAX = 20_000_000
# Sealed and in base64, as a reader gets it, it stays under the broker's megabyte.
PART_BYTES = 524_288
UPLOAD_DAYS = 7  # what no submission has named by then counts for none, and is taken out


class AttachmentKind(StrEnum):
    BUDGET = "budget"
    STATUTES = "statutes"
    SUPPORT_LETTER = "support-letter"
    OTHER = "other"


class MediaType(StrEnum):
    PDF = "application/pdf"
    ODS = "application/vnd.oasis.opendocument.spreadsheet"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PNG = "image/png"
    JPEG = "image/jpeg"


# What the counter found of one file that a submission names.
Finding = Literal["found", "missing", "altered", "wrong-type"]


def _no_folder(name: str) -> str:
    """Whoever saves the file gets a name, never a place on their disk."""
    if "/" in name or "\\" in name or name.startswith("."):
        raise PydanticCustomError("file_name", "a file name without folders is expected")
    return name


NAME_MAX = 100
FileName = Annotated[Line, Field(max_length=NAME_MAX), AfterValidator(_no_folder)]


def parts_in(size_bytes: int) -> int:
    """How many parts a file of this size has: all are whole but the last."""
    return ceil(size_bytes / PART_BYTES)


class Attachment(Value):
    """`sha256` is the digest of the whole file, in hexadecimal."""

    name: FileName
    kind: AttachmentKind
    media_type: MediaType
    size_bytes: Annotated[int, Field(ge=1, le=FILE_BYTES_MAX)]
    sha256: Digest

    @property
    def parts(self) -> int:
        return parts_in(self.size_bytes)


def _told_apart(files: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    for told in ({file.name for file in files}, {file.sha256 for file in files}):
        if len(told) < len(files):
            raise PydanticCustomError("repeated", "the same value stands twice")
    if sum(file.size_bytes for file in files) > DOSSIER_BYTES_MAX:
        raise PydanticCustomError("files_too_large", "the files are too large together")
    return files


Attachments = Annotated[
    tuple[Attachment, ...], Field(max_length=FILES_MAX), AfterValidator(_told_apart)
]


def bucket_of(front_end: str) -> str:
    """The stream of a front-end's bucket."""
    return f"OBJ_{front_end}"


def stored_part(
    front_end: str, candidature_id: str = ANY, sha256: str = ANY, part: int | str = ANY
) -> str:
    """Where a part lies; parts are counted from 1. Without one of them: any."""
    return f"$O.{front_end}.C.{candidature_id}.{sha256}.{part}"


def said_part(candidature_id: str = ANY, sha256: str = ANY, part: int | str = ANY) -> str:
    """The same as the front-end itself writes it."""
    return stored_part(BUCKET, candidature_id, sha256, part)
