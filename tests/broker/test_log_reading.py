"""Whoever reads the log misses nothing that is in it: what is taken for missing would be written again."""

from collections.abc import Iterator
from pathlib import Path

import nats
import pytest

from deploy.local.log.reading import BATCH, read_stream
from deploy.local.running.child_process import end
from deploy.local.server.nats_server import free_port, start_server

COUNT, BODY = 500, b"." * 16_000
KEPT_BYTES = 128 * 1024  # far less than one fetch asks for


@pytest.fixture
def impatient_server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address and the log of a server that drops who does not read at once, with what was on its way."""
    port, config, log = free_port(), tmp_path / "nats.conf", tmp_path / "nats.log"
    config.write_text(
        f'listen: "127.0.0.1:{port}"\nmax_payload: 32KB\nmax_pending: {KEPT_BYTES}\n'
        f'jetstream {{ store_dir: "{tmp_path / "store"}" }}\n'
    )
    process = start_server(config, "127.0.0.1", port, log)
    try:
        yield f"nats://127.0.0.1:{port}", log
    finally:
        end(process, 10.0)


async def test_what_was_on_its_way_when_the_connection_fell_is_read_again(
    impatient_server: tuple[str, Path],
) -> None:
    url, log = impatient_server
    client = await nats.connect(url, reconnect_time_wait=0.05)
    try:
        js = client.jetstream()
        await js.add_stream(name="LONG", subjects=["long.>"])
        for number in range(COUNT):
            await js.publish(f"long.{number}", BODY)
        assert len(BODY) * BATCH > 4 * KEPT_BYTES
        assert [stored.sequence async for stored in read_stream(client, "LONG")] == list(
            range(1, COUNT + 1)
        )
    finally:
        await client.close()
    assert "Slow Consumer Detected" in log.read_text()
