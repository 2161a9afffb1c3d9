"""Every query on territory's reference data. SQLite and PostgreSQL from the same statements."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, update

from services.eligibility.datasets.parsed import CommuneRow, Parsed, Perimeter
from services.eligibility.domain.territory.dataset import Dataset
from services.eligibility.tables import TerritoryCommune, TerritoryDataset, TerritoryPerimeter
from shared.kit.storage.database import take_writer_turn

ROWS_PER_INSERT = 1_000
DATASETS: Table = TerritoryDataset.__table__  # type: ignore[attr-defined]
COMMUNE_ROWS: Table = TerritoryCommune.__table__  # type: ignore[attr-defined]
PERIMETERS: Table = TerritoryPerimeter.__table__  # type: ignore[attr-defined]
Stamp = tuple[int, int, str]


def stamp(connection: Connection) -> Stamp:
    """Changes whenever a dataset appears or is retired: one small query that a running service repeats."""
    count = func.count()
    last = func.coalesce(func.max(DATASETS.c.serial), 0)
    retired = func.coalesce(func.max(DATASETS.c.retired_at), "")
    row = connection.execute(select(count, last, retired).select_from(DATASETS)).one()
    return int(row[0]), int(row[1]), str(row[2])


def datasets(connection: Connection) -> list[Dataset]:
    """In the order of import."""
    rows = connection.execute(select(DATASETS).order_by(DATASETS.c.serial)).mappings()
    return [Dataset(**{**row, "coverage": tuple(row["coverage"].split())}) for row in rows]


def take_turn(connection: Connection) -> None:
    """One import at a time."""
    take_writer_turn(connection, "eligibility-territory")


def add(connection: Connection, parsed: Parsed, about: dict[str, Any]) -> int:
    """Writes a version and its rows in the caller's transaction: it appears whole or not at all."""
    serial: int = connection.execute(
        insert(DATASETS).values(**about).returning(DATASETS.c.serial)
    ).scalar_one()
    communes = [
        {
            "dataset_serial": serial,
            "code": row.code,
            "name": row.name,
            "level": row.level,
            "codes": row.codes,
            "latitude": row.latitude,
            "longitude": row.longitude,
        }
        for row in parsed.communes
    ]
    perimeters = [
        {
            "dataset_serial": serial,
            "code": perimeter.code,
            "name": perimeter.name,
            "department": perimeter.department,
            "communes": " ".join(perimeter.communes),
            "wkb": perimeter.geometry.wkb,
        }
        for perimeter in parsed.perimeters
    ]
    for table, rows in ((COMMUNE_ROWS, communes), (PERIMETERS, perimeters)):
        for page in _pages(rows):
            connection.execute(insert(table), page)
    return serial


def retire(connection: Connection, dataset_id: str, retired_at: str) -> bool:
    """Chosen by no later answer; kept, because earlier answers name it.

    False where it is unknown or retired.
    """
    statement = update(DATASETS).where(DATASETS.c.id == dataset_id, DATASETS.c.retired_at == "")
    return connection.execute(statement.values(retired_at=retired_at)).rowcount == 1


def commune_rows(connection: Connection, serial: int) -> list[CommuneRow]:
    columns = COMMUNE_ROWS.c
    statement = select(
        columns.code,
        columns.name,
        columns.level,
        columns.codes,
        columns.latitude,
        columns.longitude,
    ).where(columns.dataset_serial == serial)
    return [CommuneRow(*row) for row in connection.execute(statement)]


def perimeters(connection: Connection, serial: int) -> list[Perimeter]:
    from shapely import from_wkb  # noqa: PLC0415  # 0.1 s and 20 MB, for those who hold perimeters

    rows = connection.execute(select(PERIMETERS).where(PERIMETERS.c.dataset_serial == serial)).all()
    shapes = from_wkb([row.wkb for row in rows])
    return [
        Perimeter(
            row.code,
            row.name,
            row.department,
            tuple(row.communes.split()),
            shape,
        )
        for row, shape in zip(rows, shapes, strict=True)
    ]


def _pages(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(rows), ROWS_PER_INSERT):
        yield rows[start : start + ROWS_PER_INSERT]
