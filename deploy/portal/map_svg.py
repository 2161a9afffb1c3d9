"""A map drawn as tiles, one for each region where it about lies: nothing is fetched, each count can be read.

The regions are those of the Code officiel géographique since 2016, by their codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

SIDE = 96
GAP = 8
STEPS = 4  # shades between one laureate and the most of a region


@dataclass(frozen=True, slots=True)
class Tile:
    code: str
    name: str
    short: str
    column: int
    row: int


TILES = (
    Tile("32", "Hauts-de-France", "Hauts-de-Fr.", 3, 0),
    Tile("53", "Bretagne", "Bretagne", 0, 1),
    Tile("28", "Normandie", "Normandie", 2, 1),
    Tile("11", "Île-de-France", "Île-de-France", 3, 1),
    Tile("44", "Grand Est", "Grand Est", 4, 1),
    Tile("52", "Pays de la Loire", "Pays de la L.", 1, 2),
    Tile("24", "Centre-Val de Loire", "Centre-Val", 2, 2),
    Tile("27", "Bourgogne-Franche-Comté", "Bourg.-Fr.-C.", 4, 2),
    Tile("75", "Nouvelle-Aquitaine", "Nlle-Aquit.", 2, 3),
    Tile("84", "Auvergne-Rhône-Alpes", "Auv.-Rhône-A.", 3, 3),
    Tile("76", "Occitanie", "Occitanie", 2, 4),
    Tile("93", "Provence-Alpes-Côte d'Azur", "PACA", 4, 4),
    Tile("94", "Corse", "Corse", 5, 5),
    Tile("01", "Guadeloupe", "Guadeloupe", 7, 1),
    Tile("02", "Martinique", "Martinique", 7, 2),
    Tile("03", "Guyane", "Guyane", 7, 3),
    Tile("04", "La Réunion", "La Réunion", 7, 4),
    Tile("06", "Mayotte", "Mayotte", 7, 5),
)
COLUMNS = max(tile.column for tile in TILES) + 1
ROWS = max(tile.row for tile in TILES) + 1


def map_of(counts: Mapping[str, int]) -> Markup:
    """The drawing. What it shows stands in the table beside it too, so it is one image with a sentence."""
    most = max(counts.values(), default=0)
    tiles = "".join(_tile(tile, counts.get(tile.code, 0), most) for tile in TILES)
    size = f"{COLUMNS * (SIDE + GAP)} {ROWS * (SIDE + GAP)}"
    told = escape(_told(counts))
    return Markup(f'<svg class="tiles" viewBox="0 0 {size}" role="img" aria-label="{told}">{tiles}</svg>')  # noqa: S704 - every text in it is escaped


def _tile(tile: Tile, count: int, most: int) -> str:
    x = tile.column * (SIDE + GAP)
    y = tile.row * (SIDE + GAP)
    middle = x + SIDE / 2
    name = escape(tile.name)
    return (
        f'<g class="tile shade-{shade(count, most)}"><title>{name} : {count}</title>'
        f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" rx="6"/>'
        f'<text class="count" x="{middle}" y="{y + 46}">{count}</text>'
        f'<text class="name" x="{middle}" y="{y + 76}">{escape(tile.short)}</text></g>'
    )


def shade(count: int, most: int) -> int:
    """0 for none, then 1 to STEPS."""
    return 0 if not count else 1 + (count - 1) * STEPS // max(most, 1)


def _told(counts: Mapping[str, int]) -> str:
    known = [(tile.name, counts[tile.code]) for tile in TILES if counts.get(tile.code)]
    if not known:
        return "Carte des régions : aucun lauréat."
    listed = ", ".join(f"{name} {count}" for name, count in sorted(known, key=lambda one: -one[1]))
    return f"Carte des régions, lauréats par région : {listed}."
