"""Reads tables as their producers publish them: CSV in the usual encodings and separators, gzip, XLSX, zip."""

import csv
import gzip
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import openpyxl

from services.eligibility.datasets.parsed import ImportRefusedError
from shared.contract.identity import is_digits

BYTES_MAX = 600_000_000
ROWS_MAX = 500_000
HEADER_SEARCH_ROWS = 25


@dataclass(slots=True)
class Table:
    """`columns` are normalised names: lower case, no accent, words joined by `_`. Cells are stripped texts."""

    columns: list[str]
    rows: list[list[str]]
    notes: list[str]


def normalised(name: object) -> str:
    text = unicodedata.normalize("NFKD", str(name or "")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")


def unzipped(data: bytes) -> bytes:
    """The content of a gzip file, within a limit; other bytes are returned as they are."""
    if data[:2] != b"\x1f\x8b":
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
            return {entry.filename: archive.read(entry) for entry in entries if "__MACOSX" not in entry.filename}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise ImportRefusedError([f"the zip archive is damaged or protected ({error})"]) from error


def decoded(data: bytes) -> tuple[str, list[str]]:
    """UTF-8, else Windows-1252 as older French files are; says so in a note when it had to guess."""
    for encoding, notes in (("utf-8-sig", []), ("cp1252", ["Read as Windows-1252, which is not UTF-8."])):
        try:
            return data.decode(encoding), notes
        except UnicodeDecodeError:
            continue
    raise ImportRefusedError(["the file is neither UTF-8 nor Windows-1252: save it as UTF-8"])


def csv_tables(data: bytes, known: frozenset[str]) -> list[Table]:
    text, notes = decoded(data)
    if "\x00" in text:
        raise ImportRefusedError(["the file is no text (it has null characters): expected CSV, XLSX, GeoJSON or zip"])
    head = text[:20_000].splitlines()[:HEADER_SEARCH_ROWS]
    delimiter = max(";,\t|", key=lambda mark: max((line.count(mark) for line in head), default=0))
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    return _with_header(_limited(rows), known, notes)


def xlsx_tables(data: bytes, known: frozenset[str]) -> list[Table]:
    """Every sheet that has a header with a known column, wherever it stands in the first rows."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ImportRefusedError([f"the workbook cannot be read ({error})"]) from error
    sheets = (([_cell(cell) for cell in row] for row in sheet.iter_rows(values_only=True)) for sheet in book.worksheets)
    return [table for sheet in sheets for table in _with_header(_limited(sheet), known, [])]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _limited(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        for count, row in enumerate(rows):
            if count > ROWS_MAX:
                raise ImportRefusedError([f"the file has more than {ROWS_MAX} rows"])
            if any(cell.strip() for cell in row):
                yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise ImportRefusedError([f"the CSV file cannot be read ({error})"]) from error


def _with_header(rows: Iterator[list[str]], known: frozenset[str], notes: list[str]) -> list[Table]:
    """INSEE puts a line of plain labels above that of column names: of two headers in a row, the second counts.

    Where no header is known the table has no rows, and its first line to be told of.
    """
    header: list[str] | None = None
    first: list[str] = []
    for count, row in enumerate(rows):
        columns = [normalised(cell) for cell in row]
        first = first or columns
        if len(row) >= 2 and known.intersection(columns) and not any(is_digits(cell[:1]) for cell in row):
            header = columns
        elif header is not None:
            return [Table(header, [row, *rows], notes)]
        elif count >= HEADER_SEARCH_ROWS:
            break
    return [Table(header or first, [], notes)]
