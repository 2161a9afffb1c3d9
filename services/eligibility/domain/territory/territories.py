"""The parts of France, each with its projection: Lambert-93 on the mainland, the legal one overseas."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Territory:
    """A part of France: its box in WGS84 degrees, projection, departments (none given: the mainland's)."""

    name: str
    epsg: int
    west: float
    south: float
    east: float
    north: float
    departments: tuple[str, ...] = ()

    def contains(self, longitude: float, latitude: float) -> bool:
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


TERRITORIES = (
    Territory("metropole", 2154, -5.8, 41.0, 10.2, 51.5),
    Territory("antilles", 5490, -63.5, 14.0, -60.5, 18.5, ("971", "972", "977", "978")),
    Territory("guyane", 2972, -54.9, 2.0, -51.3, 6.2, ("973",)),
    Territory("reunion", 2975, 54.9, -21.7, 56.1, -20.6, ("974",)),
    Territory("mayotte", 4471, 44.8, -13.3, 45.5, -12.4, ("976",)),
    Territory("saint-pierre-et-miquelon", 4467, -56.8, 46.5, -55.9, 47.3, ("975",)),
    Territory("polynesie", 3297, -155.2, -28.0, -134.0, -7.5, ("987",)),
    Territory("nouvelle-caledonie", 3163, 157.5, -23.5, 172.5, -17.5, ("988",)),
    Territory("wallis-et-futuna", 8903, -178.7, -14.8, -175.7, -12.8, ("986",)),
)
METROPOLE = TERRITORIES[0]
OVERSEAS = ("97", "98")


def territory_at(longitude: float, latitude: float) -> Territory | None:
    return next(
        (territory for territory in TERRITORIES if territory.contains(longitude, latitude)), None
    )


def territory_of_department(department: str) -> Territory | None:
    """None for a department that no projection here covers (984, 989)."""
    for territory in TERRITORIES:
        if department in territory.departments:
            return territory
    return METROPOLE if len(department) == 2 else None


def department_of_code(commune_code: str) -> str:
    """Three characters overseas, two elsewhere."""
    if commune_code.startswith(OVERSEAS):
        return commune_code[:3]
    return commune_code[:2]


def is_swapped(longitude: float, latitude: float) -> bool:
    """No territory's box meets another's once latitude and longitude change places: the sign is certain."""
    return (
        territory_at(longitude, latitude) is None and territory_at(latitude, longitude) is not None
    )
