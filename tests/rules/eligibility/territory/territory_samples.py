"""Small files and stores made for the tests; coordinates are degrees, longitude first."""

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyproj
import shapefile
from sqlalchemy import Engine

from services.eligibility.datasets.importing import Description, Imported, import_file
from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.domain.territory.facts import Rule
from tests.databases import opened

NOW = datetime(2020, 10, 1, 12, tzinfo=UTC)
RULE = Rule(urban="best", near_metres=300, qpv_generation="2014")
TOULOUSE = (1.44, 43.60)
QPV_FIELDS = ("code_qp", "lib_qp", "insee_com")
WIDE = 2_000.0
GEOD = pyproj.Geod(ellps="GRS80")
DENSITY = "insee_com;lib_com;densite7\n31555;Toulouse;1\n03310;Vichy;2\n75056;Paris;1\n34172;Montpellier;1\n"


def square(longitude: float, latitude: float, metres: float = 500) -> list[list[float]]:
    """A ring around a point, whose four corners are `metres` away."""
    corners = [
        GEOD.fwd(longitude, latitude, azimuth, metres)[:2] for azimuth in (45, 135, 225, 315, 45)
    ]
    return [list(corner) for corner in corners]


def district(
    code: str, *rings: Sequence[Sequence[float]], commune: str = "31555", **properties: Any
) -> dict[str, Any]:
    names = {"code_qp": code, "nom_qp": f"Quartier {code}", "code_commune": commune, **properties}
    return {
        "type": "Feature",
        "properties": names,
        "geometry": {"type": "Polygon", "coordinates": list(rings)},
    }


def surface(
    at: tuple[float, float], columns: dict[str, str], metres: float = WIDE
) -> dict[str, Any]:
    ring = square(*at, metres=metres)
    return {
        "type": "Feature",
        "properties": columns,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def commune(code: str, at: tuple[float, float], metres: float = WIDE) -> dict[str, Any]:
    """As Etalab writes it."""
    return surface(at, {"code": code, "nom": f"Commune {code}"}, metres)


def geojson(*features: dict[str, Any], **members: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **members}).encode()


def shapefile_zip(
    epsg: int,
    rings: dict[str, list[list[float]]],
    encoding: str = "utf-8",
    cpg: str = "",
    fields: tuple[str, str, str] = QPV_FIELDS,
) -> bytes:
    """A producer's zipped shapefile, projected to `epsg`; `cpg` states an encoding, or a wrong one."""
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(
        shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POLYGON, encoding=encoding
    ) as writer:
        for field in fields:
            writer.field(field, "C", 60)
        to_crs = pyproj.Transformer.from_crs("EPSG:4326", f"EPSG:{epsg}", always_xy=True)
        for code, ring in rings.items():
            writer.poly([[list(to_crs.transform(x, y)) for x, y in ring]])
            writer.record(code, "Quartier de l'Étang", "31555")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for extension, stream in (("shp", shp), ("shx", shx), ("dbf", dbf)):
            files.writestr(f"qp/QP.{extension}", stream.getvalue())
        if cpg:
            files.writestr("qp/QP.cpg", cpg)
        files.writestr("qp/QP.prj", pyproj.CRS.from_epsg(epsg).to_wkt("WKT1_ESRI"))
    return archive.getvalue()


def new_store(folder: Path) -> Engine:
    return opened(folder, "eligibility")


def put(
    engine: Engine, folder: Path, name: str, content: bytes | str, **description: Any
) -> list[Imported]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_file(engine, path, Description(**description), NOW)


def index_of(folder: Path, **files: bytes | str) -> TerritoryIndex:
    engine = new_store(folder)
    for name, content in files.items():
        put(engine, folder, name, content)
    return TerritoryIndex.load(engine)
