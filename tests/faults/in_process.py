"""A platform whose services run in the process of the experiment, for what no process has to die of."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.home.programme_copy import SHIPPED
from shared.kit.settings import Settings
from tests.platform import Platform
from tests.servers import local_bus


@contextmanager
def platform_in(folder: Path) -> Iterator[Platform]:
    """On a server of its own; nothing is provisioned yet."""
    home = folder / "home"
    home.mkdir()
    with local_bus(folder / "bus") as bus:
        (home / "keys").symlink_to(bus.keys)
        settings = Settings(home=home, nats_url=bus.url, programme_file=SHIPPED, rehearsal=True)
        yield Platform(bus, settings)
