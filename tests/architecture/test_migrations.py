"""What the migrations make of an empty database is what the code of the service expects."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from deploy.loading import part_of
from shared.contract.topology import SERVICES
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate

KEPT_BY_TRIGGERS = {"balances"}  # no code of ours writes it: it is no table of the model


@pytest.mark.parametrize("service", SERVICES)
def test_the_migrations_lead_to_the_tables_of_the_code(service: str) -> None:
    engine = open_engine("sqlite://")
    migrate(engine, service)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        found = compare_metadata(context, part_of(service, "tables").METADATA)
    different = [step for step in found if getattr(step[1], "name", "") not in KEPT_BY_TRIGGERS]
    assert different == []
