"""Files as holders attach them: small ones of each kind that is taken, and how they are uploaded."""

from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from deploy.uploading import upload
from shared.contract.attachments import Attachment, AttachmentKind, MediaType
from tests.platform import Platform

PDF = b"%PDF-1.7\n% statuts d'une association qui n'existe pas\n%%EOF\n"


def archive(**entries: str) -> bytes:
    """A ZIP file of these entries, `__` for `/` in their names, in this order."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as file:
        for name, text in entries.items():
            file.writestr(name.replace("__", "/"), text)
    return made.getvalue()


ODS = archive(mimetype=MediaType.ODS.value, **{"content.xml": "<office:document-content/>"})
XLSX = archive(**{"[Content_Types].xml": "<Types/>", "xl__workbook.xml": "<workbook/>"})
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
JPEG = b"\xff\xd8\xff\xe0" + bytes(32)


def attached(content: bytes = PDF, name: str = "statuts.pdf", **changes: Any) -> Attachment:
    """As a submission names it."""
    file = Attachment(
        name=name,
        kind=AttachmentKind.STATUTES,
        media_type=MediaType.PDF,
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
    )
    return file.model_copy(update=changes)


def as_said(*files: Attachment) -> list[dict[str, Any]]:
    return [file.model_dump(mode="json") for file in files]


async def uploaded(
    platform: Platform, dossier: str, file: Attachment, content: bytes = PDF
) -> None:
    await upload(await platform.connect("holders"), dossier, file, content)
