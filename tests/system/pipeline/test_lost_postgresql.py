"""A PostgreSQL that is lost whole: made again from dumps taken while all ran, each gap closed by a replay."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from deploy.keeper import keeper as at_work
from deploy.local.audit.comparison import audit
from deploy.local.database.roles import provision_databases
from deploy.local.rebuilding.replay import replay
from deploy.local.running.processes import migrate_databases
from shared.contract.eligibility import EligibilityChecked
from shared.contract.keeper import LogErased
from shared.contract.notify import NoticeSent
from shared.contract.topology import PROCESSES, SERVICES, STREAMS
from tests.broker.test_backup_on_postgresql import client_of, needs_programs
from tests.broker.test_erasure import keeping
from tests.broker.test_older_copies import refusal
from tests.platform import Platform, until
from tests.rawfiles import holding
from tests.role_databases import lose_all, provisioned_on
from tests.system.pipeline import season
from tests.system.pipeline.rows import rows_at
from tests.system.pipeline.test_rebuild import erase, names_of, of_others
from tests.system.pipeline.test_replay import settled

PREFIX = "drill_"
CANARY = "zenobie.canari@serin.example"
WHOLE = ("--clean", "--if-exists", "--single-transaction")


def dump_all(urls: dict[str, str], folder: Path) -> None:
    folder.mkdir()
    for process, url in urls.items():
        client_of(url, "pg_dump", "--format=custom", "--compress=0", f"--file={folder / process}")


def restore_all(urls: dict[str, str], folder: Path) -> None:
    for process, url in urls.items():
        name = make_url(url).database
        client_of(url, "pg_restore", *WHOLE, f"--dbname={name}", str(folder / process))


async def told(platform: Platform, dossier: str) -> None:
    """Every service has said its word on it."""
    await platform.fact(EligibilityChecked, dossier)
    await platform.fact(NoticeSent, dossier)


@needs_programs
async def test_all_databases_come_back_from_dumps_and_who_was_erased_since_does_not(
    platform: Platform, postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the role of each process alone. The control: the dumps do bring the person back."""
    monkeypatch.setattr(at_work, "PAUSE_SECONDS", 0.02)
    with provisioned_on(postgres_server, PREFIX) as roles:
        urls = {process: roles.database_url(process) for process in PROCESSES}
        named = {f"{process}_database_url": url for process, url in urls.items()}
        platform.settings = platform.settings.model_copy(update=named)
        migrate_databases(platform.settings, PROCESSES)
        async with platform.running(*SERVICES), keeping(platform):
            gone = await season.submit(platform, holder__email=CANARY)
            await told(platform, gone)
            meanwhile = await season.submit(platform)
            await asyncio.to_thread(dump_all, urls, tmp_path / "older")
            await told(platform, meanwhile)
            await erase(platform, gone)
            await told(platform, await season.submit(platform))
            await settled(platform)
        before = {service: rows_at(urls[service]) for service in SERVICES}
        lengths = {stream.name: len(await platform.stored(stream.name)) for stream in STREAMS}

        lose_all(postgres_server, PREFIX)
        assert len(provision_databases(roles)) == len(PROCESSES), "their roles are still there"
        restore_all(urls, tmp_path / "older")
        assert {path.name for path in holding(tmp_path / "older", CANARY)} >= {"intake", "notify"}
        for service in SERVICES:
            assert f"the database of {service} is older" in await refusal(platform, service)
            tally = await replay(platform.settings, service)
            assert tally.pending == 0
            after = rows_at(urls[service])
            names = names_of(before[service], gone) | names_of(after, gone)
            now, then = of_others(after, names), of_others(before[service], names)
            assert now == then, service
        dump_all(urls, tmp_path / "replayed")
        assert holding(tmp_path / "replayed", CANARY) == []
        spoken = {stream.name: len(await platform.stored(stream.name)) for stream in STREAMS}
        assert spoken == lengths, "nothing is said again"

        async with platform.running(*SERVICES), keeping(platform) as keeper:
            await told(platform, await season.submit(platform))

            async def proven() -> bool:
                all_proven = keeper.store is not None and keeper.store.unproven() == []
                return all_proven and not (await keeper.ready()).get("cause")

            await until(proven, "the keeper has read on")
            await settled(platform)
        assert {proof.dossier for proof in await platform.facts(LogErased)} == {gone}
        found = await audit(platform.settings)
        assert replace(found, unsaid=[]).sound
        assert {place.subject.rpartition(".")[2] for place in found.unsaid} == {gone}
