"""Reads perimeters as they are published: GeoJSON, or shapefiles in a zip, in any projection they name."""

import io
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyproj
import shapefile
import shapely
from shapely.geometry import shape

from services.eligibility.datasets.encodings import encodings_of
from services.eligibility.datasets.parsed import ImportRefusedError
from services.eligibility.datasets.tabular import normalised
from services.eligibility.domain.territory.territories import is_swapped, territory_at

LAMBERT_93 = "EPSG:2154"
DEGREES_MAX = 180
IN_DEGREES = (4326, 4258, 4171)  # WGS84, ETRS89, RGF93: the same to less than a metre
NOT_FOUND = "no perimeter of this file can be read"
NO_SHAPE = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    shapely.errors.ShapelyError,
)
NO_SHAPEFILE = (
    shapefile.ShapefileException,
    struct.error,
    ValueError,
    TypeError,
    OSError,
    EOFError,
)
Project = Callable[..., Any]


@dataclass(slots=True)
class Feature:
    """`geometry` in WGS84 degrees, longitude first, or None where the file has none that can be read."""

    properties: dict[str, str]
    geometry: Any


@dataclass(slots=True)
class Features:
    rows: list[Feature] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def geojson_features(text: str) -> Features:
    """Raises ImportRefusedError."""
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ImportRefusedError([f"the GeoJSON file is malformed ({error})"]) from error
    found = document.get("features") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise ImportRefusedError(["the JSON file is no GeoJSON FeatureCollection"])
    rows = [_feature(record) for record in found if isinstance(record, dict)]
    named = _members(_members(document, "crs"), "properties").get("name")
    return _in_degrees(rows, _crs(str(named)) if named else None)


def shapefile_features(files: Mapping[str, bytes]) -> Features:
    """Every shapefile of the archive, in its own projection: the official one has one per territory."""
    merged = Features()
    bases = [name[:-4] for name in files if name.lower().endswith(".shp")]
    for base in sorted(bases):
        found = _shapefile(base, _parts(base, files))
        merged.rows += found.rows
        merged.notes += [note for note in found.notes if note not in merged.notes]
    return merged


def in_france(geometry: Any) -> bool:
    return territory_at(*_first_point(geometry)) is not None


def _members(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _feature(record: dict[str, Any]) -> Feature:
    members = _members(record, "properties")
    properties = {normalised(name): _text(member) for name, member in members.items()}
    try:
        geometry = shape(record["geometry"]) if record.get("geometry") else None
    except NO_SHAPE:
        geometry = None
    return Feature(properties, geometry)


def _parts(base: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """By extension: the files of one shapefile have one name."""
    parts = {}
    for name, data in files.items():
        if name.startswith(f"{base}."):
            extension = name[len(base) + 1 :].lower()
            parts[extension] = data
    return parts


def _shapefile(base: str, parts: Mapping[str, bytes]) -> Features:
    if "dbf" not in parts:
        raise ImportRefusedError([f"{base}.dbf is missing in the archive"])
    crs = _crs(parts["prj"].decode("latin-1")) if "prj" in parts else None
    read = _records(parts)
    found = _in_degrees(read.rows, crs)
    return Features(found.rows, [*read.notes, *found.notes])


def _records(parts: Mapping[str, bytes]) -> Features:
    """The rows in the first encoding that reads every text, with a note where it is not the stated one."""
    is_stated, candidates = encodings_of(parts.get("cpg", b""), parts["dbf"])
    for encoding in candidates:
        try:
            found = _read_records(parts, encoding)
        except NO_SHAPEFILE as error:
            if _is_about_encoding(error):
                continue
            raise ImportRefusedError([f"the shapefile cannot be read ({error})"]) from error
        if is_stated and encoding == candidates[0]:
            return Features(found)
        return Features(found, [f"Texts are read as {encoding}, which the archive does not state."])
    raise ImportRefusedError(["the encoding of the shapefile is not known"])


def _is_about_encoding(error: Exception) -> bool:
    """The library says with an exception of its own which text it could not decode."""
    return isinstance(error, UnicodeDecodeError) or "decode" in str(error).lower()


def _read_records(parts: Mapping[str, bytes], encoding: str) -> list[Feature]:
    read = [name for name in ("shp", "dbf", "shx") if name in parts]
    streams = {name: io.BytesIO(parts[name]) for name in read}
    rows = []
    with shapefile.Reader(**streams, encoding=encoding) as reader:
        for item in reader.iterShapeRecords():
            record = {"properties": item.record.as_dict(), "geometry": item.shape.__geo_interface__}
            rows.append(_feature(record))
    return rows


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value).strip()


def _crs(name: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError as error:
        raise ImportRefusedError(
            [f"the projection of the file is not known: {name[:60]}"]
        ) from error


def _in_degrees(rows: list[Feature], crs: pyproj.CRS | None) -> Features:
    """Puts the geometries into WGS84 degrees, longitude first, and says what was guessed."""
    held = [row.geometry for row in rows if not _is_bare(row)]
    if not held:
        raise ImportRefusedError([NOT_FOUND])
    notes: list[str] = []
    if crs is None and _are_metres(held):
        crs = _crs(LAMBERT_93)
        notes.append("No projection is named: metres are read as Lambert-93.")
    _project(rows, _to_degrees(crs))
    swapped_count = _put_right(rows)
    if swapped_count:
        notes.append(
            f"Latitude and longitude were swapped in {swapped_count} perimeters: put right."
        )
    return Features(rows, notes)


def _is_bare(row: Feature) -> bool:
    return row.geometry is None or row.geometry.is_empty


def _are_metres(geometries: Sequence[Any]) -> bool:
    bounds = shapely.total_bounds(geometries)
    return bool(max(map(abs, bounds)) > DEGREES_MAX)


def _to_degrees(crs: pyproj.CRS | None) -> Project | None:
    """None where the file is in degrees already."""
    if crs is None or "CRS84" in crs.to_string():
        return None
    if crs.is_geographic and crs.to_epsg() in IN_DEGREES:
        return None
    transform: Project = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform
    return transform


def _project(rows: Sequence[Feature], project: Project | None) -> None:
    for row in rows:
        if _is_bare(row):
            row.geometry = None
            continue
        row.geometry = shapely.force_2d(row.geometry)
        if project:
            row.geometry = shapely.transform(row.geometry, project, interleaved=False)


def _put_right(rows: Sequence[Feature]) -> int:
    """How many perimeters had latitude and longitude the wrong way round."""
    count = 0
    for row in rows:
        if row.geometry is None or not is_swapped(*_first_point(row.geometry)):
            continue
        row.geometry = shapely.transform(row.geometry, lambda points: points[:, ::-1])
        count += 1
    return count


def _first_point(geometry: Any) -> tuple[float, float]:
    longitude, latitude = shapely.get_coordinates(geometry)[0].tolist()
    return longitude, latitude
