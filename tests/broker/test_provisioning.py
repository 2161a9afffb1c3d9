"""Provisioning tells each change, and loses nothing that it was not told to lose by name."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType
from nats.js.errors import APIError

from deploy.provisioning.bus import apply, plan_bus, provision
from deploy.provisioning.planned import Planned
from shared.contract.frontdesk import WithdrawalRequested
from shared.kit.errors import PlatformDrift
from tests.people import founders
from tests.platform import Platform, until
from tests.submissions import OPEN_DAY, candidature_id

NAMED = "fabriques.intake.>"
MORE = "fabriques.more.>"
HEARING = ("INTAKE", "funding-on-intake")


async def streams(platform: Platform) -> JetStreamContext:
    return (await platform.connect("provisioner")).jetstream()


async def changes(js: JetStreamContext) -> list[Planned]:
    plan = await plan_bus(js, "fabriques", rehearsal=True, founders=founders())
    return [row for row in plan.rows() if row.is_change]


async def provisioned(js: JetStreamContext, *allowed: str) -> list[str]:
    return await provision(js, "fabriques", rehearsal=True, founders=founders(), allowed=allowed)


async def remade(js: JetStreamContext, like: ConsumerConfig) -> None:
    """A consumer of notify's that hears nothing of before, in the place of its own."""
    name = "notify-on-intake"
    await js.delete_consumer("INTAKE", name)
    other = like.evolve(name=name, durable_name=name, deliver_policy=DeliverPolicy.NEW)
    await js.add_consumer("INTAKE", other)


async def until_taken(step: Callable[[], Awaitable[object]], what: str) -> None:
    """The server refuses while the files of a stream that was there are still being removed."""

    async def taken() -> bool:
        try:
            await step()
        except APIError:
            return False
        return True

    await until(taken, what)


async def said(platform: Platform) -> None:
    body = {"candidature_id": (dossier := candidature_id()), "reason": "moved"}
    await platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)


async def test_what_would_lose_data_is_refused_before_anything_is_changed(
    platform: Platform,
) -> None:
    """Given an operator's longer list of subjects and a lost stream, neither is touched until it is named."""
    js = await streams(platform)
    await js.update_stream((await js.stream_info("INTAKE")).config.evolve(subjects=[NAMED, MORE]))
    await js.delete_stream("NOTIFY")
    with pytest.raises(PlatformDrift, match="--allow retarget-subjects:INTAKE"):
        await provisioned(js)
    assert "NOTIFY" not in [info.config.name for info in await js.streams_info()]
    with pytest.raises(PlatformDrift, match="retarget-subjects:INTAKE"):
        await provisioned(js, "retarget-subjects:FUNDING")
    told = await provisioned(js, "retarget-subjects:INTAKE")
    assert [line.partition(":")[0] for line in told if line.startswith("stream")] == [
        "stream INTAKE",
        "stream NOTIFY",
    ]
    assert (await js.stream_info("INTAKE")).config.subjects == [NAMED]
    assert await provisioned(js) == []


async def test_each_loss_of_a_stream_or_consumer_waits_for_its_name(platform: Platform) -> None:
    js = await streams(platform)
    tranches = (await js.stream_info("TRANCHES")).config
    await js.update_stream(tranches.evolve(max_bytes=(tranches.max_bytes or 0) * 2))
    hearing = (await js.consumer_info(*HEARING)).config
    await js.add_consumer(
        "INTAKE", hearing.evolve(filter_subjects=[*(hearing.filter_subjects or ()), MORE])
    )
    await remade(js, hearing)
    names = [loss.name for row in await changes(js) for loss in row.needs]
    assert sorted(names) == [
        "hear-less:funding-on-intake",
        "remake-consumer:notify-on-intake",
        "shorten-retention:TRANCHES",
    ]
    for name in names:
        with pytest.raises(PlatformDrift, match=f"--allow {name}"):
            await provisioned(js, *(other for other in names if other != name))
    assert [loss.name for row in await changes(js) for loss in row.needs] == names
    await provisioned(js, *names)
    assert await changes(js) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"storage": StorageType.MEMORY, "allow_atomic": False},
        {"retention": RetentionPolicy.WORK_QUEUE},
        {"deny_delete": True},
        {"deny_purge": True},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_what_no_server_changes_is_refused_for_good(
    platform: Platform, changed: dict[str, Any]
) -> None:
    """The control: the server itself takes no update to what the topology says."""
    js = await streams(platform)
    ours = (await js.stream_info("KEEPER")).config
    await js.delete_stream("KEEPER")
    await js.delete_stream("NOTIFY")
    await until_taken(lambda: js.add_stream(ours.evolve(**changed)), "the stream is made")
    with pytest.raises(APIError):
        await js.update_stream(ours)
    with pytest.raises(PlatformDrift, match=f"stream KEEPER: {next(iter(changed))} is"):
        await provisioned(js, "new-stream:NOTIFY")
    assert "NOTIFY" not in [info.config.name for info in await js.streams_info()]


async def test_what_is_none_of_ours_is_shown_and_left_alone(platform: Platform) -> None:
    js = await streams(platform)
    await js.add_stream(name="NOTES", subjects=["notes.>"])
    try:
        hearing = (await js.consumer_info(*HEARING)).config
        await js.add_consumer("INTAKE", hearing.evolve(name="spy", durable_name="spy"))
        rows = (await plan_bus(js, "fabriques", rehearsal=True)).rows()
        assert [(row.kind, row.name) for row in rows if row.state == "strange"] == [
            ("stream", "NOTES"),
            ("consumer", "spy"),
        ]
        assert await provisioned(js) == []
        assert await js.consumer_info("INTAKE", "spy")
    finally:
        await js.delete_stream("NOTES")


async def test_two_that_have_seen_the_same_do_it_one_after_the_other(platform: Platform) -> None:
    """Given two plans of one moment, the second finds done what it makes, and touches no fact."""
    js = await streams(platform)
    await js.delete_stream("NOTIFY")
    await js.delete_consumer(*HEARING)
    await remade(js, (await js.consumer_info("INTAKE", "eligibility-on-intake")).config)
    await js.update_stream((await js.stream_info("FUNDING")).config.evolve(max_age=3600))
    plans = [await plan_bus(js, "fabriques", rehearsal=True, founders=founders()) for _ in range(2)]
    assert [row.name for row in plans[0].rows() if row.is_change] == [
        row.name for row in plans[1].rows() if row.is_change
    ]
    await until_taken(lambda: apply(js, plans[0]), "the first has done its plan")
    await said(platform)
    await apply(js, plans[1])
    assert await changes(js) == []
    assert len(await platform.stored("FRONTDESK_HOLDERS")) == 1


async def test_what_an_operator_noted_on_a_stream_stays(platform: Platform) -> None:
    js = await streams(platform)
    config = (await js.stream_info("INTAKE")).config
    await js.update_stream(
        config.evolve(metadata={**(config.metadata or {}), "owner": "anct"}, max_age=3600)
    )
    await provisioned(js)
    kept = (await js.stream_info("INTAKE")).config
    assert (kept.metadata or {})["owner"] == "anct"
    assert not kept.max_age


async def test_a_second_programme_on_the_same_bus_is_refused_and_takes_nothing(
    platform: Platform,
) -> None:
    js = await streams(platform)
    await said(platform)
    with pytest.raises(
        PlatformDrift, match="is programme fabriques's: programme another needs a bus of its own"
    ):
        await provision(js, "another", rehearsal=True)
    assert await provisioned(js) == []
    assert len(await platform.stored("FRONTDESK_HOLDERS")) == 1
