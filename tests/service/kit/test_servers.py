"""A Docker engine that answers but brings no image: tests that need one are skipped, none is an error."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests import postgresql
from tests.servers import NATS_IMAGE, POSTGRES_IMAGE, image_at_hand, some_bus, some_postgres


class EngineWithoutNetwork(BaseHTTPRequestHandler):
    """Answers like an engine that holds no image and cannot reach the registry."""

    def do_GET(self) -> None:
        self._answer(200, {"ApiVersion": "1.43"} if self.path.endswith("/version") else [])

    def do_POST(self) -> None:
        self._answer(500, {"message": "registry-1.docker.io: no such host"})

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture(autouse=True)
def engine_without_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), EngineWithoutNetwork)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
    for name in (
        "FABRIQUES_TEST_CONTAINERS",
        "FABRIQUES_TEST_NATS_URL",
        "FABRIQUES_TEST_POSTGRES_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    image_at_hand.cache_clear()
    yield
    image_at_hand.cache_clear()
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_engine_that_cannot_bring_an_image_leaves_the_server_to_the_environment(
    tmp_path: Path,
) -> None:
    assert not image_at_hand(NATS_IMAGE)
    with some_bus(tmp_path) as bus:
        assert bus.source == "nats-server"


def test_what_needs_postgresql_is_skipped_with_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "FOLDERS", ())
    with pytest.raises(pytest.skip.Exception, match=POSTGRES_IMAGE), some_postgres():
        pass
