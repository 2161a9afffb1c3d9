"""The doctor on a platform that runs: each fault is seeded, found, and mended again."""

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.cli.connection import bus
from deploy.cli.doctor.broker import check_accounts
from deploy.cli.doctor.finding import Finding
from deploy.cli.doctor.ground import Ground, stand_on
from deploy.cli.doctor.keys import check_keys
from deploy.cli.doctor.services import check_services, check_waits
from deploy.cli.doctor.streams import check_consumers, check_streams, lag_of
from deploy.local.database.health import health_of, older_than_log
from deploy.local.database.remembered_log import JOURNAL, records_of_service
from deploy.local.installation.front_ends import keep_front_ends
from deploy.local.keys.identities import make_key
from shared.contract.front_ends import EMBEDDED, HOLDERS, FrontEnd
from shared.contract.topology import durables_of
from shared.kit.bus.configs import consumer_config
from shared.kit.bus.connection import connect
from shared.kit.delivery import REHEARSAL_HEADER
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.inbox_outbox import InboxOutbox
from tests.copies import put_aside
from tests.platform import as_bytes, until
from tests.submissions import OPEN_DAY, candidature_id, submission
from tests.system.cli.conftest import Fabriques, Up, running_up
from tests.system.cli.test_operators import written

SMALL = FrontEnd("small", HOLDERS, code="S", bytes_max=64 * 1024)
SUBMITTED = "fabriques.frontdesk.candidature.submitted.v1"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """With a front-end whose quota is soon full."""
    home = tmp_path_factory.mktemp("doctor") / "var"
    keep_front_ends(home, (*EMBEDDED, SMALL))
    with running_up(home) as running:
        yield running


@pytest.fixture
def settings(up: Up) -> Settings:
    return up.record.settings(up.home)


def looked(settings: Settings, look: Callable[[Ground], Awaitable[Any]]) -> Any:
    async def work() -> Any:
        async with stand_on(settings) as ground:
            return await look(ground)

    return asyncio.run(work())


def words(findings: list[Finding]) -> str:
    return " / ".join(f"{finding.check}: {finding.what}" for finding in findings)


def test_of_a_healthy_platform_nothing_is_found(operator: Fabriques) -> None:
    said = operator("doctor", "--json")
    assert (said.code, said.data["status"], said.data["findings"]) == (0, "healthy", []), said.out
    assert operator("doctor").out == f"{len(said.data['checks'])} checks: all is well.\n"


@pytest.mark.usefixtures("no_databases")
def test_where_no_platform_runs_that_is_said_and_the_machine_is_looked_at(
    fabriques: Fabriques,
) -> None:
    said = fabriques("doctor", "--json")
    assert (said.code, said.data["status"]) == (2, "error")
    assert {finding["check"] for finding in said.data["findings"]} == {
        "keys",
        "databases",
        "broker",
    }


def test_a_consumer_that_is_gone_is_found(operator: Fabriques, settings: Settings) -> None:
    gone = durables_of("notify")[0]

    async def remove(ground: Ground) -> None:
        await ground.owner.jetstream().delete_consumer(gone.stream, gone.name)

    async def bring_back(ground: Ground) -> None:
        await ground.owner.jetstream().add_consumer(gone.stream, consumer_config(gone, "fabriques"))

    looked(settings, remove)
    said = operator("doctor", "--json")
    looked(settings, bring_back)
    assert said.code == 2
    assert f"consumer {gone.name} does not exist" in said.out
    assert "notify is not ready" in said.out
    assert looked(settings, check_consumers) == []


def test_a_stream_that_was_changed_by_hand_is_found(settings: Settings) -> None:
    async def keep_for(seconds: float) -> list[Finding]:
        async with stand_on(settings) as ground:
            js = ground.owner.jetstream()
            config = (await js.stream_info("ELIGIBILITY")).config
            await js.update_stream(config.evolve(max_age=seconds))
            return await check_streams(ground)

    [finding] = asyncio.run(keep_for(3600 * 24))
    assert "stream ELIGIBILITY: max_age" in finding.what
    assert asyncio.run(keep_for(0)) == []


def test_a_front_ends_stream_that_is_nearly_full_is_found(settings: Settings) -> None:
    async def fill(ground: Ground) -> list[Finding]:
        client = await connect(settings, "small")
        for _ in range(9):
            subject = f"{SUBMITTED}.{candidature_id()}"
            await client.jetstream().publish(subject, b"x" * 6_000)
        await client.close()
        return await check_streams(ground)

    assert looked(settings, check_streams) == []
    [finding] = looked(settings, fill)
    assert (finding.level, "FRONTDESK_SMALL is 8" in finding.what) == ("warning", True), finding


def test_a_key_that_is_gone_open_to_others_or_another_is_found(
    settings: Settings, tmp_path: Path
) -> None:
    key = settings.key_file("notify")
    kept = tmp_path / "notify.nk"
    shutil.copy2(key, kept)
    key.chmod(0o644)
    assert "can be read by others" in words(check_keys(settings))
    key.unlink()
    assert "notify.nk is not there" in words(check_keys(settings))
    assert "notify: " in words(looked(settings, check_accounts))
    make_key(key)
    assert "does not know the key of notify" in words(looked(settings, check_accounts))
    shutil.copy2(kept, key)
    assert (check_keys(settings), looked(settings, check_accounts)) == ([], [])


@pytest.mark.sqlite("a file that is no database")
def test_a_database_that_is_none_is_found(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "funding.db"
    instead = settings.model_copy(update={"funding_database_url": f"sqlite:///{file}"})
    assert not health_of(instead, "funding").there
    file.write_bytes(b"no database at all" * 500)
    assert "not a database" in health_of(instead, "funding").failure


def test_a_database_that_is_older_than_the_code_is_found(settings: Settings) -> None:
    copy = put_aside(settings.home, "funding")
    instead = settings.model_copy(update={"funding_database_url": copy})
    sound = health_of(instead, "funding")
    assert (sound.failure, sound.schema) == ("", sound.newest)
    engine = open_engine(copy)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    engine.dispose()
    assert health_of(instead, "funding").schema == "0001" != sound.newest


def test_an_erasure_that_is_not_finished_is_found(settings: Settings) -> None:
    copy = put_aside(settings.home, "funding", "unscrubbed")
    instead = settings.model_copy(update={"funding_database_url": copy})
    assert health_of(instead, "funding").unscrubbed_seconds == 0
    with records_of_service(instead, "funding") as engine, engine.begin() as connection:
        erasing = InboxOutbox(JOURNAL, connection, "funding", "fabriques")
        erasing.owe_scrubbing("an erasure", datetime.now(UTC))
    assert health_of(instead, "funding").unscrubbed_seconds > 0


def test_a_database_that_is_an_older_copy_is_found(
    operator: Fabriques, settings: Settings, tmp_path: Path
) -> None:
    older_copy = put_aside(settings.home, "intake")
    assert operator("submit", written(tmp_path, submission()[1])).code == 0
    older = settings.model_copy(update={"intake_database_url": older_copy})
    found = looked(settings, lambda ground: older_than_log(ground.owner, older))
    assert list(found) == ["intake"] and "older than the broker" in found["intake"]
    assert looked(settings, lambda ground: older_than_log(ground.owner, settings)) == {}


def test_a_service_that_hangs_is_found_and_what_waits_for_it_is_counted(
    up: Up, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stopped for less time than its supervisor waits."""
    monkeypatch.setattr(bus, "ANSWER_SECONDS_MAX", 0.5)
    heard = next(one for one in durables_of("intake") if one.stream == "FRONTDESK_HOLDERS")
    pid = up.record.pids["intake"]

    async def lag(ground: Ground) -> Any:
        client = await connect(settings, "holders")
        await client.jetstream().publish(f"{SUBMITTED}.{candidature_id()}", b"{}")
        await client.close()
        info = await ground.owner.jetstream().consumer_info(heard.stream, heard.name)
        return await lag_of(replace(ground, now=ground.now + timedelta(hours=1)), heard, info)

    os.kill(pid, signal.SIGSTOP)
    try:
        found = looked(settings, check_services)
        waits = looked(settings, lag)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert "intake is not ready: no answer in time" in words(found)
    assert waits.pending + waits.taken >= 1 and 3_000 < waits.oldest_seconds < 4_000

    async def served(ground: Ground) -> list[Finding]:
        async def ready() -> bool:
            return not await check_services(ground)

        await until(ready, "intake answers again")
        return await check_consumers(ground)

    assert looked(settings, served) == []


def test_an_event_that_waits_for_long_is_found(settings: Settings) -> None:
    early = candidature_id()

    async def in_an_hour(ground: Ground) -> list[Finding]:
        return await check_waits(replace(ground, now=ground.now + timedelta(hours=1)))

    async def seed(ground: Ground) -> list[Finding]:
        client = await connect(settings, "holders")
        body = {"candidature_id": early, "signatory": "Camille Exemple"}
        subject = f"fabriques.frontdesk.agreement.signed.v1.{early}"
        await client.jetstream().publish(subject, as_bytes(body))
        await client.close()

        async def found() -> list[Finding] | None:
            return await in_an_hour(ground) or None

        return await until(found, "the agreement waits for its grant")

    assert looked(settings, in_an_hour) == []
    [finding] = looked(settings, seed)
    assert "1 events wait in funding, the oldest (AgreementSigned of" in finding.what
    assert early in finding.what
    assert looked(settings, check_waits) == [], "the control: it has just come"


def test_dead_letters_are_found_by_cause_and_are_a_warning(
    operator: Fabriques, settings: Settings, tmp_path: Path
) -> None:
    found, body = submission()

    async def send(ground: Ground) -> None:
        client = await connect(settings, "holders")
        headers = {REHEARSAL_HEADER: OPEN_DAY}
        await client.jetstream().publish(f"{SUBMITTED}.{found}", as_bytes(body), headers=headers)
        await client.close()

    looked(settings, send)
    assert operator("submit", written(tmp_path, submission()[1])).code == 0
    said = operator("doctor", "--json")
    letters = [one for one in said.data["findings"] if one["check"] == "dead-letters"]
    assert any("honoured on a rehearsal platform only" in one["what"] for one in letters)
    assert {one["level"] for one in letters} == {"warning"}
    assert "Camille" not in said.out
