"""A map drawn as tiles, one for each region where it about lies: nothing is fetched, each count can be read.

The regions are those of the Code officiel géographique since 2016, by their codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from deploy.portal.svg import image

SIDE = 96
GAP = 8
APART = 20  # between the mainland and the column of the overseas regions
STEPS = 4  # shades between one laureate and the most of a region
OVERSEAS_COLUMN = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """`lines` is the name as it fits into the square."""

    code: str
    lines: tuple[str, ...]
    column: int
    row: int

    @property
    def name(self) -> str:
        return " ".join(self.lines).replace("- ", "-")

    @property
    def left(self) -> int:
        return self.column * (SIDE + GAP) + (APART if self.column == OVERSEAS_COLUMN else 0)

    @property
    def top(self) -> int:
        return self.row * (SIDE + GAP)


TILES = (
    Tile("32", ("Hauts-", "de-France"), 2, 0),
    Tile("53", ("Bretagne",), 0, 1),
    Tile("28", ("Normandie",), 1, 1),
    Tile("11", ("Île-", "de-France"), 2, 1),
    Tile("44", ("Grand Est",), 3, 1),
    Tile("52", ("Pays de", "la Loire"), 1, 2),
    Tile("24", ("Centre-", "Val de Loire"), 2, 2),
    Tile("27", ("Bourgogne-", "Franche-", "Comté"), 3, 2),
    Tile("75", ("Nouvelle-", "Aquitaine"), 1, 3),
    Tile("84", ("Auvergne-", "Rhône-Alpes"), 2, 3),
    Tile("76", ("Occitanie",), 1, 4),
    Tile("93", ("Provence-", "Alpes-", "Côte d'Azur"), 2, 4),
    Tile("94", ("Corse",), 3, 5),
    Tile("01", ("Guadeloupe",), OVERSEAS_COLUMN, 1),
    Tile("02", ("Martinique",), OVERSEAS_COLUMN, 2),
    Tile("03", ("Guyane",), OVERSEAS_COLUMN, 3),
    Tile("04", ("La Réunion",), OVERSEAS_COLUMN, 4),
    Tile("06", ("Mayotte",), OVERSEAS_COLUMN, 5),
)
WIDTH = max(tile.left for tile in TILES) + SIDE
HEIGHT = max(tile.top for tile in TILES) + SIDE


def map_of(counts: Mapping[str, int]) -> Markup:
    """The drawing. It is one image with a sentence, and what it shows stands beside it in words."""
    most = max(counts.values(), default=0)
    tiles = (_tile(tile, counts.get(tile.code, 0), most) for tile in TILES)
    return image("tiles", WIDTH, HEIGHT, _told(counts), tiles)


def named_counts(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The regions that have a laureate, the most first."""
    known = [(tile.name, counts[tile.code]) for tile in TILES if counts.get(tile.code)]
    return sorted(known, key=lambda one: -one[1])


def _tile(tile: Tile, count: int, most: int) -> str:
    middle = tile.left + SIDE / 2
    first = tile.top + 78 - 7 * len(tile.lines)
    lines = "".join(
        f'<text class="name" x="{middle}" y="{first + 15 * place}">{escape(line)}</text>'
        for place, line in enumerate(tile.lines)
    )
    return (
        f'<g class="tile shade-{shade(count, most)}"><title>{escape(tile.name)} : {count}</title>'
        f'<rect x="{tile.left}" y="{tile.top}" width="{SIDE}" height="{SIDE}" rx="6"/>'
        f'<text class="count" x="{middle}" y="{tile.top + 42}">{count}</text>{lines}</g>'
    )


def shade(count: int, most: int) -> int:
    """0 for none, then 1 to STEPS."""
    return 0 if not count else 1 + (count - 1) * STEPS // max(most, 1)


def _told(counts: Mapping[str, int]) -> str:
    listed = ", ".join(f"{name} {count}" for name, count in named_counts(counts))
    if not listed:
        return "Carte des régions : aucun lauréat."
    return f"Carte des régions, lauréats par région : {listed}."
