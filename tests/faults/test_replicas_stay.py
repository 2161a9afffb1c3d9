"""On a cluster, provisioning again keeps a stream on as many servers as it lies on."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.cli.main import main
from shared.contract.front_ends import EMBEDDED
from shared.contract.topology import STREAMS, all_streams
from shared.kit.bus.configs import stream_config
from shared.kit.bus.connection import connect
from tests.faults.cluster import NODES, Cluster
from tests.faults.live import BUS_AWAY, PROGRAMME
from tests.platform import until


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Three servers, with one stream on all of them: each more would take its time."""
    made = Cluster(tmp_path)
    (tmp_path / "home").mkdir()
    try:
        for number in range(NODES):
            made.start_node(number)
        asyncio.run(one_stream(made))
        yield made
    finally:
        made.stop()


async def one_stream(cluster: Cluster) -> None:
    [backoffice] = [stream for stream in STREAMS if stream.name == "BACKOFFICE"]
    config = stream_config(backoffice, PROGRAMME, True, NODES)

    async def added() -> bool:
        try:
            client = await connect(cluster.settings, "provisioner", attempts=0)
            await client.jetstream().add_stream(config)
            await client.close()
        except BUS_AWAY:
            return False
        return True

    await until(added, "the three have found a leader", seconds=60)


def test_the_number_of_replicas_stays_unless_less_is_asked_for_by_name(
    cluster: Cluster, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in told(cluster).items():
        monkeypatch.setenv(f"FABRIQUES_{name}", value)
    assert main(["provision", "plan", "--json"]) == 2
    rows = json.loads(capsys.readouterr().out)["rows"]
    planned = {
        row["name"]: row["wanted"]["replicas"]
        for row in rows
        if row["kind"] in ("stream", "bucket")
    }
    assert planned == dict.fromkeys((stream.name for stream in all_streams(EMBEDDED)), NODES)
    assert main(["provision", "apply", "--replicas", "1"]) == 1
    assert "3 replicas to 1 (--allow lower-replicas:BACKOFFICE)" in capsys.readouterr().err
    assert asyncio.run(replicas(cluster)) == {"BACKOFFICE": NODES}


def told(cluster: Cluster) -> dict[str, str]:
    settings = cluster.settings
    return {
        "HOME": str(settings.home),
        "NATS_URL": settings.nats_url,
        "PROGRAMME_FILE": str(settings.programme_file),
        "REHEARSAL": str(settings.rehearsal),
    }


async def replicas(cluster: Cluster) -> dict[str, int]:
    client = await connect(cluster.settings, "provisioner")
    infos = await client.jetstream().streams_info()
    await client.close()
    return {str(info.config.name): info.config.num_replicas or 1 for info in infos}
