"""From degrees to the metres of a projection and back, and true distances on the ellipsoid."""

from functools import lru_cache

import numpy as np
import pyproj
from numpy.typing import NDArray

Floats = NDArray[np.float64]
GEOD = pyproj.Geod(ellps="GRS80")


@lru_cache(maxsize=32)
def to_metres(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4326", f"EPSG:{epsg}", always_xy=True)


@lru_cache(maxsize=32)
def to_degrees(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def geodesic_metres(lons: Floats, lats: Floats, other_lons: Floats, other_lats: Floats) -> Floats:
    _, _, distances = GEOD.inv(lons, lats, other_lons, other_lats)
    return np.asarray(distances, dtype=np.float64)
