"""What kind of file some bytes are, by what stands in them: never by their name."""

from io import BytesIO
from zipfile import BadZipFile, ZipFile

from shared.contract.attachments import MediaType

ZIP = b"PK\x03\x04"
BEGINNINGS = {
    b"%PDF-": MediaType.PDF,
    b"\x89PNG\r\n\x1a\n": MediaType.PNG,
    b"\xff\xd8\xff": MediaType.JPEG,
}
# An OpenDocument file begins with an entry of this name, of this text, stored as it is.
ODS_HEAD = b"mimetype" + MediaType.ODS.value.encode()
ODS_HEAD_AT = 30
XLSX_NAMES = frozenset(("[Content_Types].xml", "xl/workbook.xml"))
MACROS = ("vbaproject.bin", "basic/", "scripts/")


def media_type_of(content: bytes) -> MediaType | None:
    """None for a type that is not taken, and for a workbook with macros."""
    for beginning, media_type in BEGINNINGS.items():
        if content.startswith(beginning):
            return media_type
    return _workbook(content) if content.startswith(ZIP) else None


def _workbook(content: bytes) -> MediaType | None:
    """Its list of names alone is read: nothing is unpacked, however large it says that it is."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
    except (BadZipFile, ValueError, NotImplementedError):
        return None
    if any(name.lower().startswith(MACROS) or name.lower().endswith(MACROS[0]) for name in names):
        return None
    if content[ODS_HEAD_AT:].startswith(ODS_HEAD):
        return MediaType.ODS
    return MediaType.XLSX if XLSX_NAMES.issubset(names) else None
