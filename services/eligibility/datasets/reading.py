"""From a file, whatever its format, to the datasets it holds."""

from pathlib import Path

from services.eligibility.datasets.columns import HEADER
from services.eligibility.datasets.contours import are_contours, parse_contours
from services.eligibility.datasets.geographic import Features, geojson_features, shapefile_features
from services.eligibility.datasets.parsed import ImportRefusedError, Parsed, Progress, silent
from services.eligibility.datasets.perimeters import parse_perimeters
from services.eligibility.datasets.recognition import parse_tables
from services.eligibility.datasets.tabular import (
    csv_tables,
    decoded,
    members,
    unzipped,
    xlsx_tables,
)

ZIP_MARK = b"PK\x03\x04"
JSON_MARKS = (b"{", b"[")
BLANKS = b"\xef\xbb\xbf \r\n\t"  # a mark of byte order may stand before the first bracket
READABLE = (".csv", ".xlsx", ".geojson", ".json", ".gz")


def parse_bytes(data: bytes, name: str, advance: Progress = silent) -> list[Parsed]:
    """The format is told by the content, not by the name. Raises ImportRefusedError with every reason."""
    content = unzipped(data)
    if not content.strip():
        raise ImportRefusedError(["the file is empty"])
    if content.startswith(ZIP_MARK):
        return _parse_archive(content, advance)
    if content.lstrip(BLANKS).startswith(JSON_MARKS):
        return [_parse_geojson(content, advance)]
    if Path(name).suffix.lower() in (".shp", ".dbf"):
        raise ImportRefusedError(
            ["a shapefile is several files: import the zip archive that holds them"]
        )
    return parse_tables(csv_tables(content, HEADER), advance)


def _parse_geojson(content: bytes, advance: Progress) -> Parsed:
    text, notes = decoded(content)
    features = geojson_features(text)
    features.notes[:0] = notes
    return _parse_features(features, advance)


def _parse_features(features: Features, advance: Progress) -> Parsed:
    if are_contours(features):
        return parse_contours(features, advance)
    return parse_perimeters(features, advance)


def _parse_archive(content: bytes, advance: Progress) -> list[Parsed]:
    """A workbook, shapefiles, or any other readable files."""
    files = members(content)
    if "[Content_Types].xml" in files:
        return parse_tables(xlsx_tables(content, HEADER), advance)
    if any(name.lower().endswith(".shp") for name in files):
        return [_parse_features(shapefile_features(files), advance)]
    readable = {name: data for name, data in files.items() if name.lower().endswith(READABLE)}
    if not readable:
        raise ImportRefusedError(["the archive holds no CSV, XLSX, GeoJSON or shapefile"])
    return _parse_members(readable, advance)


def _parse_members(files: dict[str, bytes], advance: Progress) -> list[Parsed]:
    """What can be read, with a note of the rest.

    Raises ImportRefusedError for nothing, or two of one kind.
    """
    found: list[Parsed] = []
    refusals: list[str] = []
    for name, data in sorted(files.items()):
        try:
            found += parse_bytes(data, name, advance)
        except ImportRefusedError as error:
            refusals += [f"{name}: {reason}" for reason in error.reasons]
    if not found:
        raise ImportRefusedError(refusals)
    kinds = [(parsed.kind, parsed.generation) for parsed in found]
    if len(set(kinds)) < len(kinds):
        raise ImportRefusedError(
            ["the archive holds several files of one kind: import them one by one"]
        )
    if refusals:
        found[0].notes.append("Not read in the archive: " + "; ".join(refusals) + ".")
    return found
