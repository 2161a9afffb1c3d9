"""Reference data were imported and lie in no log: a database made anew gets them from the one before."""

from sqlalchemy import Engine, Table, inspect, select

TOGETHER = 1_000  # rows


def copy_rows(before: Engine, made: Engine, tables: tuple[Table, ...]) -> dict[str, int]:
    """Returns the rows of each table that was there. Raises DBAPIError where they cannot be read."""
    copied: dict[str, int] = {}
    reading = before.connect().execution_options(reads_only=True)
    with reading as source, made.begin() as target:
        there = inspect(source).has_table
        for table in tables:
            if not there(table.name):
                continue
            for rows in source.execute(select(table)).mappings().partitions(TOGETHER):
                target.execute(table.insert(), [dict(row) for row in rows])
                copied[table.name] = copied.get(table.name, 0) + len(rows)
    return copied
