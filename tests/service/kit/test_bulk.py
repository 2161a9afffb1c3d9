"""Rows are read with the driver alone, whatever the database: each kind of column must know how."""

import pytest

from deploy.loading import part_of
from shared.contract.topology import SERVICES
from shared.kit.storage.bulk import _selecting


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("service", SERVICES)
def test_every_column_of_every_service_can_be_read(service: str, dialect: str, alone: bool) -> None:
    for table in part_of(service, "tables").METADATA.sorted_tables:
        names = tuple(column.name for column in table.columns)
        _, conversions = _selecting(dialect, table, names, names[0], alone)
        assert {index for index, _ in conversions} <= set(range(len(names)))
