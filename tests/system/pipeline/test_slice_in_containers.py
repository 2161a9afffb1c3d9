"""The same slice through Testcontainers: NATS and PostgreSQL in the pinned images, one database a service."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from shared.contract.topology import SERVICES
from shared.kit.settings import Settings
from tests.conftest import SHIPPED_PROGRAMME
from tests.platform import Platform
from tests.servers import NATS_IMAGE, Bus, container_bus, image_at_hand
from tests.system.pipeline.test_slice import play_the_slice


@pytest.fixture(scope="module")
def contained_bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    if not image_at_hand(NATS_IMAGE):
        pytest.skip(f"no Docker engine brings {NATS_IMAGE}: the Testcontainers ring was not run")
    with container_bus(tmp_path_factory.mktemp("contained")) as bus:
        yield bus


@pytest.fixture
def database_urls(postgres_server: str) -> Iterator[dict[str, str]]:
    """One empty database for each service, on the one PostgreSQL server."""
    admin = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for service in SERVICES:
            connection.execute(text(f"CREATE DATABASE slice_{service}"))
    address = make_url(postgres_server)
    yield {
        f"{service}_database_url": address.set(database=f"slice_{service}").render_as_string(
            hide_password=False
        )
        for service in SERVICES
    }
    with admin.connect() as connection:
        for service in SERVICES:
            connection.execute(text(f"DROP DATABASE slice_{service} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
async def contained(
    contained_bus: Bus, database_urls: dict[str, str], tmp_path: Path
) -> AsyncIterator[Platform]:
    home = tmp_path / "var"
    home.mkdir()
    (home / "keys").symlink_to(contained_bus.keys)
    settings = Settings(
        home=home, nats_url=contained_bus.url, programme_file=SHIPPED_PROGRAMME, rehearsal=True
    )
    made = Platform(contained_bus, settings.model_copy(update=database_urls))
    try:
        await made.provision()
        yield made
    finally:
        await made.close()


async def test_the_whole_pipeline_runs_on_containers(contained: Platform) -> None:
    assert contained.settings.funding_database_url.startswith("postgresql")
    await play_the_slice(contained)
