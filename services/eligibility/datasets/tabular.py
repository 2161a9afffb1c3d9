"""Reads tables as producers publish them: CSV in the usual encodings and separators, gzip, XLSX, zip."""

import csv
import gzip
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import openpyxl

from services.eligibility.datasets.parsed import ImportRefusedError
from shared.contract.identity import is_digits

BYTES_MAX = 600_000_000
ROWS_MAX = 500_000
HEADER_SEARCH_ROWS = 25
HEADER_SEARCH_CHARACTERS = 20_000
GZIP_MARK = b"\x1f\x8b"
NO_TEXT = "the file is no text (it has null characters): expected CSV, XLSX, GeoJSON or zip"
DELIMITERS = ";,\t|"
ENCODINGS = (("utf-8-sig", ""), ("cp1252", "Read as Windows-1252, which is not UTF-8."))


@dataclass(slots=True)
class Table:
    """`columns` are normalised names: lower case, no accent, words joined by `_`.

    Cells are stripped texts.
    """

    columns: list[str]
    rows: list[list[str]]
    notes: list[str]


def normalised(name: object) -> str:
    decomposed = unicodedata.normalize("NFKD", str(name or ""))
    text = decomposed.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")


def unzipped(data: bytes) -> bytes:
    """The content of a gzip file, within a limit; other bytes are returned as they are."""
    if not data.startswith(GZIP_MARK):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            content = stream.read(BYTES_MAX + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ImportRefusedError([f"the compressed file is damaged ({error})"]) from error
    if len(content) > BYTES_MAX:
        raise ImportRefusedError(["the file is above 600 MB once unpacked"])
    return content


def members(data: bytes) -> dict[str, bytes]:
    """The files of a zip by name, within a limit on the sum of their sizes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > BYTES_MAX:
                raise ImportRefusedError(["the archive is above 600 MB once unpacked"])
            return {
                entry.filename: archive.read(entry)
                for entry in entries
                if "__MACOSX" not in entry.filename
            }
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise ImportRefusedError([f"the zip archive is damaged or protected ({error})"]) from error


def decoded(data: bytes) -> tuple[str, list[str]]:
    """UTF-8, else Windows-1252 as older French files are; says so in a note when it had to guess."""
    for encoding, note in ENCODINGS:
        try:
            return data.decode(encoding), [note] if note else []
        except UnicodeDecodeError:
            continue
    raise ImportRefusedError(["the file is neither UTF-8 nor Windows-1252: save it as UTF-8"])


def csv_tables(data: bytes, known: frozenset[str]) -> list[Table]:
    """One table; `known` are the column names that tell a header."""
    text, notes = decoded(data)
    if "\x00" in text:
        raise ImportRefusedError([NO_TEXT])
    rows = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    return _with_header(_limited(rows), known, notes)


def xlsx_tables(data: bytes, known: frozenset[str]) -> list[Table]:
    """Every sheet that has a header with a known column, wherever it stands in the first rows."""
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ImportRefusedError([f"the workbook cannot be read ({error})"]) from error
    tables = []
    for sheet in workbook.worksheets:
        rows = _texts(sheet.iter_rows(values_only=True))
        tables += _with_header(_limited(rows), known, [])
    return tables


def _delimiter(text: str) -> str:
    """The mark that is there most often in one of the first lines."""
    head = text[:HEADER_SEARCH_CHARACTERS].splitlines()[:HEADER_SEARCH_ROWS]
    return max(
        DELIMITERS,
        key=lambda mark: max((line.count(mark) for line in head), default=0),
    )


def _texts(rows: Iterable[Iterable[object]]) -> Iterator[list[str]]:
    for row in rows:
        yield [_text(cell) for cell in row]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _limited(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Rows that are not blank, their cells stripped."""
    try:
        for count, row in enumerate(rows):
            if count > ROWS_MAX:
                raise ImportRefusedError([f"the file has more than {ROWS_MAX} rows"])
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield cells
    except csv.Error as error:
        raise ImportRefusedError([f"the CSV file cannot be read ({error})"]) from error


def _with_header(rows: Iterator[list[str]], known: frozenset[str], notes: list[str]) -> list[Table]:
    """INSEE puts plain labels above the column names: of two headers in a row, the second counts.

    Where no header is known the table has no rows, and its first line to be told of.
    """
    header: list[str] | None = None
    first: list[str] = []
    for count, row in enumerate(rows):
        columns = [normalised(cell) for cell in row]
        first = first or columns
        if _is_header(row, columns, known):
            header = columns
        elif header is not None:
            return [Table(header, [row, *rows], notes)]
        elif count >= HEADER_SEARCH_ROWS:
            break
    return [Table(header or first, [], notes)]


def _is_header(row: list[str], columns: list[str], known: frozenset[str]) -> bool:
    """A line of names, none of which begins with a digit, among them one that is known."""
    if len(row) < 2 or known.isdisjoint(columns):
        return False
    return not any(is_digits(cell[:1]) for cell in row)
