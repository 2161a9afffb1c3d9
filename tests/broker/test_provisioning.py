"""Provisioning tells each change, and loses nothing that it was not told to lose by name."""

import asyncio

import pytest
from nats.js import JetStreamContext
from nats.js.api import StreamConfig

from deploy.provision import main
from shared.contract.frontdesk import WithdrawalRequested
from shared.kit.bus.provisioning import provision
from shared.kit.bus.stream_changes import losses
from shared.kit.errors import PlatformDrift
from tests.platform import Platform
from tests.submissions import OPEN_DAY, candidature_id

NAMED = "fabriques.intake.>"


async def streams(platform: Platform) -> JetStreamContext:
    return (await platform.connect("provisioner")).jetstream()


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ({"num_replicas": 3}, {"num_replicas": 1}, ["lower-replicas"]),
        ({"num_replicas": 1}, {"num_replicas": 3}, []),
        ({"subjects": ["a.>", "b.>"]}, {"subjects": ["a.>"]}, ["retarget-subjects"]),
        ({"subjects": ["a.>"]}, {"subjects": ["a.>", "b.>"]}, []),
        ({"max_age": 0}, {"max_age": 86_400}, ["shorten-retention"]),
        ({"max_age": 86_400}, {"max_age": 0}, []),
        ({"max_bytes": -1}, {"max_bytes": 1_000}, ["shorten-retention"]),
        ({"max_bytes": 1_000}, {"max_bytes": 2_000}, []),
        ({"max_msgs_per_subject": -1}, {"max_msgs_per_subject": 1}, ["shorten-retention"]),
    ],
)
def test_what_loses_data_has_a_name_and_what_only_adds_has_none(
    before: dict[str, object], after: dict[str, object], kinds: list[str]
) -> None:
    found = StreamConfig(name="S", **before)  # type: ignore[arg-type]
    expected = StreamConfig(name="S", **after)  # type: ignore[arg-type]
    assert [loss.kind for loss in losses(expected, found)] == kinds


async def test_what_would_lose_data_is_refused_before_anything_is_changed(platform: Platform) -> None:
    """Given an operator's longer list of subjects and a lost stream, neither is touched until it is named."""
    js = await streams(platform)
    await js.update_stream(
        (await js.stream_info("INTAKE")).config.evolve(subjects=[NAMED, "fabriques.more.>"])
    )
    await js.delete_stream("NOTIFY")
    with pytest.raises(PlatformDrift, match="--allow retarget-subjects:INTAKE"):
        await provision(js, platform.programme, rehearsal=True)
    assert "NOTIFY" not in [info.config.name for info in await js.streams_info()]
    with pytest.raises(PlatformDrift, match="retarget-subjects:INTAKE"):
        await provision(js, platform.programme, rehearsal=True, allowed={"retarget-subjects:FUNDING"})
    told = await provision(js, platform.programme, rehearsal=True, allowed={"retarget-subjects:INTAKE"})
    assert [line.partition(":")[0] for line in told] == ["stream INTAKE", "stream NOTIFY"]
    assert (await js.stream_info("INTAKE")).config.subjects == [NAMED]
    assert await provision(js, platform.programme, rehearsal=True) == []


async def test_what_an_operator_noted_on_a_stream_stays(platform: Platform) -> None:
    js = await streams(platform)
    config = (await js.stream_info("INTAKE")).config
    await js.update_stream(config.evolve(metadata={**(config.metadata or {}), "owner": "anct"}, max_age=3600))
    await provision(js, platform.programme, rehearsal=True)
    kept = (await js.stream_info("INTAKE")).config
    assert (kept.metadata or {})["owner"] == "anct"
    assert not kept.max_age


async def test_a_second_programme_on_the_same_bus_is_refused_and_takes_nothing(platform: Platform) -> None:
    js = await streams(platform)
    body = {"candidature_id": (dossier := candidature_id()), "reason": "moved"}
    await platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)
    with pytest.raises(
        PlatformDrift, match="is programme fabriques's: programme another needs a bus of its own"
    ):
        await provision(js, "another", rehearsal=True)
    assert await provision(js, platform.programme, rehearsal=True) == []
    assert len(await platform.stored("FRONTDESK_HOLDERS")) == 1


async def test_the_command_tells_its_plan_and_the_way_to_ask_for_a_loss(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FABRIQUES_HOME", str(platform.home))
    monkeypatch.setenv("FABRIQUES_NATS_URL", platform.bus.url)
    monkeypatch.setenv("FABRIQUES_PROGRAMME_FILE", str(platform.settings.programme_file))
    monkeypatch.setenv("FABRIQUES_REHEARSAL", "true")
    js = await streams(platform)
    await js.update_stream(
        (await js.stream_info("INTAKE")).config.evolve(subjects=[NAMED, "fabriques.more.>"])
    )
    await js.delete_stream("NOTIFY")
    assert await asyncio.to_thread(main, ["bus"]) == 1
    [refused] = capsys.readouterr().err.splitlines()
    assert "no longer fabriques.more.> (--allow retarget-subjects:INTAKE)" in refused
    allowed = ["--allow", "retarget-subjects:INTAKE"]
    assert await asyncio.to_thread(main, ["bus", "--plan", *allowed]) == 0
    planned = capsys.readouterr().out
    assert "stream NOTIFY: made" in planned
    assert "Nothing was changed." in planned
    assert await asyncio.to_thread(main, ["bus", *allowed]) == 0
    assert (await js.stream_info("NOTIFY")).config.name == "NOTIFY"
    assert await asyncio.to_thread(main, ["bus", "--allow", "everything"]) == 2
