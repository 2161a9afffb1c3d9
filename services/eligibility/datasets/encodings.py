"""In which encoding the texts of a shapefile are written, as its producers state it: or do not."""

import codecs
import re

LANGUAGE_DRIVER_PLACE = 29  # of the byte in a .dbf's head that names a code page
LANGUAGE_DRIVERS = {
    0x01: "cp437",
    0x02: "cp850",
    0x03: "cp1252",
    0x57: "cp1252",
    0x58: "cp1252",
}
MAC_ROMAN_DRIVER = 0x04
# Who states Latin-1 writes œ and the typographic apostrophe all the same.
LATIN_1_AS_WRITTEN = "cp1252"
UTF_8_NAMES = ("65001", "UTF8", "UTF")


def encodings_of(cpg: bytes, dbf: bytes) -> tuple[bool, list[str]]:
    """(whether one is stated, those to try in order).

    Windows-1252 reads any French file that is not UTF-8.
    """
    stated = _named(cpg.decode("ascii", "ignore")) or _driver(dbf)
    candidates = [stated, "utf-8", "cp1252", "latin-1"]
    return bool(stated), list(dict.fromkeys(name for name in candidates if name))


def _named(text: str) -> str:
    """`88591`, `ANSI 1252`, `OEM 850`, `ISO 8859-15`: Python's name for it, empty where it has none."""
    name = text.strip().upper()
    number = "".join(re.findall("[0-9]+", name))
    if name in UTF_8_NAMES or number == "65001":
        return "utf-8"
    if number.startswith("8859"):
        part = number.removeprefix("8859") or "1"
        name = LATIN_1_AS_WRITTEN if part == "1" else f"iso8859-{part}"
    elif number and len(number) in (3, 4):
        name = f"cp{number}"
    return _known(name)


def _driver(dbf: bytes) -> str:
    if len(dbf) <= LANGUAGE_DRIVER_PLACE:
        return ""
    driver = dbf[LANGUAGE_DRIVER_PLACE]
    return "mac_roman" if driver == MAC_ROMAN_DRIVER else LANGUAGE_DRIVERS.get(driver, "")


def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name if name else ""
    except LookupError:
        return ""
