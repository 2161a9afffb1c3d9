"""A wire that delays: what listens on this machine, some milliseconds farther away."""

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.home.plan import HOST
from deploy.local.server.nats_server import free_port, listens
from shared.kit.settings import Settings
from tests.bench.ground import process, wait_for


@contextmanager
def farther(settings: Settings, port: int, round_trip_ms: int) -> Iterator[int]:
    """The port where the same listens, half of the round trip farther each way."""
    far = free_port()
    words = (str(far), str(port), str(round_trip_ms))
    with process(settings, "tests.bench.delay_proxy", *words):
        wait_for(lambda: listens(HOST, far), "the delaying wire")
        yield far
