"""A file that is not one XML document: what it is, and what to do with it."""

import codecs
import re
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from shared.french import number

NAMES_MAX = 5
DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)", re.ASCII)
# The first bytes of what is not XML, and how to get the XML out of it.
BEGINNINGS = {
    b"\x1f\x8b": "Le fichier est compressé (gzip) : décompressez-le d'abord (gunzip).",
    b"7z\xbc\xaf\x27\x1c": "Le fichier est une archive 7z : décompressez-la d'abord.",
    b"%PDF": "Le fichier est un PDF : demandez à la banque le fichier XML (camt ou pain.002).",
    b"\xd0\xcf\x11\xe0": "Le fichier est un document bureautique : demandez à la banque le fichier XML.",
    b":20:": "Le fichier est un MT940 : demandez à la banque le camt.053.",
    b"{1:": "Le fichier est un message SWIFT MT : demandez à la banque le camt.053.",
    b"MIME-Version": "Le fichier est un courriel : enregistrez d'abord sa pièce jointe.",
}
# What banks write in; other codecs take a time that grows faster than the file, or give no text at all.
ENCODINGS = frozenset(("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "cp1252"))
CFONB = re.compile(rb"0[1-7][0-9]{5}.{113}(\r?\n|$)")
Told = tuple[str, str]


def what_it_is(data: bytes, position: tuple[int, int] | None) -> Told:
    """A code and a sentence. `position` is the line and the column where reading stopped."""
    if not data.strip():
        return "file-empty", "Le fichier est vide."
    if data.startswith(b"PK"):
        return "file-archive", _archive(data)
    for beginning, message in BEGINNINGS.items():
        if data.lstrip().startswith(beginning):
            return "file-other", message
    if CFONB.match(data):
        return (
            "file-other",
            "Le fichier est un relevé CFONB 120 : demandez à la banque le camt.053.",
        )
    told = _encoding(data) or _several(data)
    if told:
        return told
    return "xml-invalid", _at("n'est pas un document XML bien formé", position)


def _archive(data: bytes) -> str:
    try:
        names = ZipFile(BytesIO(data)).namelist()
    except (BadZipFile, ValueError, OSError):
        return "Le fichier est une archive ZIP abîmée : demandez-la de nouveau à la banque."
    shown = ", ".join(name[:60] for name in names[:NAMES_MAX])
    others = len(names) - NAMES_MAX
    more = f" et {number(others, 'autre', 'autres')}" if others > 0 else ""
    return f"Le fichier est une archive ZIP ({shown}{more}) : décompressez-la, puis importez chaque fichier."


def _encoding(data: bytes) -> Told | None:
    """Bytes that are not what the document says of itself. Without a word of its own, XML is UTF-8."""
    found = DECLARED.match(data)
    declared = found[1].decode() if found else "UTF-8"
    if not _is_of_banks(declared):
        return (
            "encoding-unknown",
            f"L'encodage déclaré, {declared[:40]}, n'est pas de ceux des banques.",
        )
    try:
        data.decode(declared)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        says = "se déclare" if found else "doit être"
        byte = f"l'octet 0x{data[error.start]:02X} (ligne {line}, position {error.start})"
        message = (
            f"Le fichier {says} en {declared}, mais {byte} n'en est pas : il est sans doute en ISO-8859-15 "
            "(Latin-9). Convertissez-le (iconv -f ISO-8859-15 -t UTF-8), ou demandez-le de nouveau à la "
            "banque."
        )
        return "encoding-wrong", message
    return None


def _is_of_banks(declared: str) -> bool:
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return False
    return name in ENCODINGS or name.startswith("iso8859-")


def _several(data: bytes) -> Told | None:
    ends = len(re.findall(rb"</(?:\w+:)?Document\s*>", data))
    if ends < 2:
        return None
    return (
        "documents-several",
        f"Le fichier contient {ends} documents à la suite : séparez-les, un par fichier.",
    )


def _at(what: str, position: tuple[int, int] | None) -> str:
    where = f" (ligne {position[0]}, colonne {position[1] + 1})" if position else ""
    return f"Le fichier {what}{where}."
