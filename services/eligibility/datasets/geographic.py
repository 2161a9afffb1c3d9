"""Reads perimeters as they are published: GeoJSON, or shapefiles in a zip, in any projection they name."""

import io
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
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
NOT_FOUND = "no perimeter of this file can be read"


@dataclass(slots=True)
class Feature:
    """`geometry` in WGS84 degrees, longitude first, or None where the file has none that can be read."""

    properties: dict[str, str]
    geometry: Any


@dataclass(slots=True)
class Features:
    rows: list[Feature]
    notes: list[str]


def geojson_features(text: str) -> Features:
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


def _members(document: dict[str, Any], name: str) -> dict[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _feature(record: dict[str, Any]) -> Feature:
    properties = {normalised(k): _text(v) for k, v in _members(record, "properties").items()}
    try:
        geometry = shape(record["geometry"]) if record.get("geometry") else None
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.ShapelyError):
        geometry = None
    return Feature(properties, geometry)


def shapefile_features(files: dict[str, bytes]) -> Features:
    """Every shapefile of the archive, each in its own projection: the official archive has one per territory."""
    bases = sorted(name[:-4] for name in files if name.lower().endswith(".shp"))
    merged = Features([], [])
    for base in bases:
        parts = {name[len(base) + 1 :].lower(): data for name, data in files.items() if name.startswith(base + ".")}
        if "dbf" not in parts:
            raise ImportRefusedError([f"{base}.dbf is missing in the archive"])
        crs = _crs(parts["prj"].decode("latin-1")) if "prj" in parts else None
        rows, notes = _records(parts)
        found = _in_degrees(rows, crs)
        merged.rows += found.rows
        merged.notes += [note for note in (*notes, *found.notes) if note not in merged.notes]
    return merged


def _records(parts: dict[str, bytes]) -> tuple[list[Feature], list[str]]:
    """The rows in the first encoding that reads every text, with a note where it is not the one that is stated."""
    stated, candidates = encodings_of(parts.get("cpg", b""), parts["dbf"])
    for encoding in candidates:
        try:
            found = _read_records(parts, encoding)
        except (shapefile.ShapefileException, struct.error, ValueError, TypeError, OSError, EOFError) as error:
            if _is_about_encoding(error):
                continue
            raise ImportRefusedError([f"the shapefile cannot be read ({error})"]) from error
        guessed = encoding != candidates[0] or not stated
        return found, [f"Texts are read as {encoding}, which the archive does not state."] if guessed else []
    raise ImportRefusedError(["the encoding of the shapefile is not known"])


def _is_about_encoding(error: Exception) -> bool:
    """The library says with an exception of its own which text it could not decode."""
    return isinstance(error, UnicodeDecodeError) or "decode" in str(error).lower()


def _read_records(parts: dict[str, bytes], encoding: str) -> list[Feature]:
    streams = {name: io.BytesIO(parts[name]) for name in ("shp", "dbf", "shx") if name in parts}
    with shapefile.Reader(**streams, encoding=encoding) as reader:
        return [
            _feature({"properties": item.record.as_dict(), "geometry": item.shape.__geo_interface__})
            for item in reader.iterShapeRecords()
        ]


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else str(value).strip()


def _crs(name: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError as error:
        raise ImportRefusedError([f"the projection of the file is not known: {name[:60]}"]) from error


def _in_degrees(rows: list[Feature], crs: pyproj.CRS | None) -> Features:
    held = [row.geometry for row in rows if row.geometry is not None and not row.geometry.is_empty]
    if not held:
        raise ImportRefusedError([NOT_FOUND])
    notes: list[str] = []
    if crs is None and max(map(abs, shapely.total_bounds(held))) > 180:
        crs, told = _crs(LAMBERT_93), "No projection is named: metres are read as Lambert-93."
        notes.append(told)
    project = _to_degrees(crs)
    swapped_count = 0
    for row in rows:
        row.geometry = _flat(row.geometry, project)
        if row.geometry is not None and _seen_swapped(row.geometry):
            row.geometry = shapely.transform(row.geometry, lambda points: points[:, ::-1])
            swapped_count += 1
    if swapped_count:
        notes.append(f"Latitude and longitude were swapped in {swapped_count} perimeters: put right.")
    return Features(rows, notes)


def _to_degrees(crs: pyproj.CRS | None) -> Callable[..., Any] | None:
    if crs is None or (crs.is_geographic and crs.to_epsg() in (4326, 4258, 4171)) or "CRS84" in crs.to_string():
        return None
    transform: Callable[..., Any] = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform
    return transform


def _flat(geometry: Any, project: Callable[..., Any] | None) -> Any:
    if geometry is None or geometry.is_empty:
        return None
    flat = shapely.force_2d(geometry)
    return flat if project is None else shapely.transform(flat, project, interleaved=False)


def _seen_swapped(geometry: Any) -> bool:
    longitude, latitude = geometry.exterior.coords[0] if geometry.geom_type == "Polygon" else _first(geometry)
    return is_swapped(longitude, latitude)


def _first(geometry: Any) -> tuple[float, float]:
    longitude, latitude = shapely.get_coordinates(geometry)[0].tolist()
    return longitude, latitude


def in_france(geometry: Any) -> bool:
    longitude, latitude = _first(geometry)
    return territory_at(longitude, latitude) is not None
