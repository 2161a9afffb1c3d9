"""A service refuses to start on a bus unlike the topology, or with fewer rights than its row gives."""

import asyncio
import copy
import time
from pathlib import Path
from typing import Any

import pytest
from nats.js.api import ConsumerConfig

from deploy.local.keys import identities
from deploy.local.running.processes import await_services
from deploy.provisioning.bus import provision
from shared.contract.frontdesk import WithdrawalRequested
from shared.contract.permissions import Permissions, permissions_of
from shared.kit.bus import rights
from shared.kit.bus.rights import missing_rights
from shared.kit.errors import PlatformDrift
from shared.kit.settings import Settings
from tests.broker.counting import build
from tests.platform import Platform
from tests.servers import local_bus
from tests.submissions import OPEN_DAY, candidature_id

BATCH_SECONDS = 0.1  # of the largest, on a slow machine


async def refusal(platform: Platform) -> str:
    """Why the service did not start."""
    with pytest.raises(PlatformDrift) as refused:
        async with platform.running(build):
            pass
    return str(refused.value)


async def test_a_stream_whose_retention_somebody_changed_is_told(platform: Platform) -> None:
    js = (await platform.connect("provisioner")).jetstream()
    config = (await js.stream_info("FRONTDESK_HOLDERS")).config
    await js.update_stream(config.evolve(max_age=3600))
    told = await refusal(platform)
    assert "stream FRONTDESK_HOLDERS: max_age" in told
    assert "provision it again" in told


async def test_a_stream_and_a_consumer_that_are_missing_are_told_at_once(
    platform: Platform,
) -> None:
    js = (await platform.connect("provisioner")).jetstream()
    await js.delete_stream("NOTIFY")
    await js.delete_consumer("FRONTDESK_HOLDERS", "intake-on-frontdesk_holders")
    told = await refusal(platform)
    assert "stream NOTIFY does not exist" in told
    assert "consumer intake-on-frontdesk_holders does not exist" in told


@pytest.mark.parametrize(
    "change",
    [
        {"ack_wait": 5},
        {"max_deliver": 3},
        {"filter_subjects": ["fabriques.frontdesk.>"]},
        {"max_ack_pending": 1},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_consumer_that_differs_is_told(
    platform: Platform, change: dict[str, object]
) -> None:
    js = (await platform.connect("provisioner")).jetstream()
    config = (await js.consumer_info("FRONTDESK_HOLDERS", "intake-on-frontdesk_holders")).config
    changed: ConsumerConfig = copy.deepcopy(config).evolve(**change)
    await js.add_consumer("FRONTDESK_HOLDERS", changed)
    assert f"consumer intake-on-frontdesk_holders: {next(iter(change))}" in await refusal(platform)


async def test_provisioning_again_mends_the_drift_and_keeps_what_is_in_the_streams(
    platform: Platform,
) -> None:
    js = (await platform.connect("provisioner")).jetstream()
    dossier = candidature_id()
    body = {"candidature_id": dossier, "reason": "moved"}
    await platform.publish("holders", WithdrawalRequested, dossier, body, at=OPEN_DAY)
    await js.update_stream((await js.stream_info("FRONTDESK_HOLDERS")).config.evolve(max_age=3600))
    await js.delete_consumer("FRONTDESK_HOLDERS", "intake-on-frontdesk_holders")
    await provision(js, platform.programme, rehearsal=True)
    async with platform.running(build):
        await platform.fact("INTAKE", dossier, count=2)


async def test_a_service_does_not_change_the_streams_it_reads(platform: Platform) -> None:
    """FastStream would re-declare a stream it is given by name, and reset its owner's retention."""
    js = (await platform.connect("provisioner")).jetstream()
    before = [
        (await js.stream_info(name)).config for name in ("FRONTDESK_HOLDERS", "INTAKE", "TRANCHES")
    ]
    async with platform.running(build):
        pass
    assert [
        (await js.stream_info(name)).config for name in ("FRONTDESK_HOLDERS", "INTAKE", "TRANCHES")
    ] == before


async def test_a_rehearsal_never_becomes_production_nor_the_other_way_round(
    platform: Platform,
) -> None:
    js = (await platform.connect("provisioner")).jetstream()
    with pytest.raises(PlatformDrift, match="was provisioned for rehearsal"):
        await provision(js, platform.programme, rehearsal=False)
    platform.settings = platform.settings.model_copy(update={"rehearsal": False})
    assert "metadata is 'rehearsal', not 'production'" in await refusal(platform)


@pytest.mark.parametrize(
    "lost",
    [
        "fabriques.intake.>",
        "$JS.API.CONSUMER.MSG.NEXT.FRONTDESK_HOLDERS.intake-on-frontdesk_holders",
        "_INBOX_intake.>",
    ],
)
async def test_a_missing_right_is_told_at_start_whatever_it_is(
    tmp_path: Path, lost: str, monkeypatch: pytest.MonkeyPatch, platform: Platform
) -> None:
    """Given a server whose list of users is older than the topology, no event is needed to find out."""

    def older(identity: str, programme: str, *known: Any) -> Permissions:
        right = permissions_of(identity, programme, *known)
        kept = tuple(subject for subject in right.publish if subject != lost)
        listened = (*(s for s in right.subscribe if s != lost), "_INBOX_intake.old.>")
        return Permissions(
            kept, listened if identity == "intake" else right.subscribe, right.may_reply
        )

    monkeypatch.setattr(identities, "permissions_of", older)
    monkeypatch.setattr(rights, "ANSWER_SECONDS", 0.5)
    home = tmp_path / "older"
    with local_bus(home) as bus:
        settings = Settings(
            home=home,
            nats_url=bus.url,
            programme_file=platform.settings.programme_file,
            rehearsal=True,
        )
        other = Platform(bus, settings)
        try:
            await other.provision()
            told = await refusal(other)
        finally:
            await other.close()
    assert lost in told or "may not ask" in told
    assert "provision the identities again" in told


def test_all_rights_of_the_table_are_asked_for() -> None:
    row = permissions_of("intake", "fabriques")
    given = {"publish": {"allow": list(row.publish)}, "subscribe": {"allow": list(row.subscribe)}}
    assert missing_rights(given, "intake", "fabriques") == []
    for act in ("publish", "subscribe"):
        for subject in given[act]["allow"]:
            less = {**given, act: {"allow": [s for s in given[act]["allow"] if s != subject]}}
            assert missing_rights(less, "intake", "fabriques") == [f"{act} {subject}"]


async def test_a_service_that_works_off_a_backlog_is_ready_all_the_same(platform: Platform) -> None:
    """Its loop turns between two batches alone: an answer takes a few turns, and is waited for."""
    async with platform.running(build):

        async def decide_large_batches() -> None:
            while True:
                time.sleep(BATCH_SECONDS)  # noqa: ASYNC251 - as a batch does, on SQLite
                await asyncio.sleep(0)

        backlog = asyncio.create_task(decide_large_batches())
        try:
            await asyncio.to_thread(
                await_services, platform.settings, platform.programme, ("intake",)
            )
        finally:
            backlog.cancel()
