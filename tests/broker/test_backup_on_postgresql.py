"""PostgreSQL's own backup, older than the log: it is refused until a replay has closed the gap."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from deploy.local.rebuilding.replay import replay
from tests.broker.test_older_copies import refusal, submit
from tests.platform import Platform

FIRST = 2
AFTER = 3
needs_programs = pytest.mark.skipif(
    shutil.which("pg_dump") is None, reason="no pg_dump: postgresql-client"
)


def client_of(url: str, program: str, *words: str) -> None:
    """One of PostgreSQL's programs, as the runbook calls it."""
    parts = make_url(url)
    told = {
        "PGHOST": parts.host,
        "PGPORT": parts.port,
        "PGUSER": parts.username,
        "PGDATABASE": parts.database,
    }
    told |= {"PGPASSWORD": parts.password} if parts.password else {}
    environment = {**os.environ, **{name: str(value) for name, value in told.items()}}
    done = subprocess.run(
        [program, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def dossiers(url: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(
                text("SELECT candidature_id, receipt_number FROM dossiers ORDER BY 2")
            )
            return [tuple(row) for row in rows]
    finally:
        engine.dispose()


@needs_programs
async def test_a_dump_older_than_the_log_is_refused_and_a_replay_closes_the_gap(
    platform: Platform, postgres_url: str, tmp_path: Path
) -> None:
    platform.settings = platform.settings.model_copy(update={"intake_database_url": postgres_url})
    async with platform.running("intake"):
        await submit(platform, FIRST)
    dump = str(tmp_path / "intake.dump")
    client_of(postgres_url, "pg_dump", "--format=custom", f"--file={dump}")
    async with platform.running("intake"):
        await submit(platform, AFTER)
    before = dossiers(postgres_url)
    name = str(make_url(postgres_url).database)

    whole = ("--clean", "--if-exists", "--single-transaction")
    client_of(postgres_url, "pg_restore", *whole, f"--dbname={name}", dump)
    assert len(dossiers(postgres_url)) == FIRST
    assert "the database of intake is older than the broker" in await refusal(platform, "intake")

    tally = await replay(platform.settings, "intake")
    assert (tally.known, tally.decided, tally.pending) == (FIRST, AFTER, 0)
    assert dossiers(postgres_url) == before
    async with platform.running("intake"):
        await submit(platform)
    assert len(dossiers(postgres_url)) == FIRST + AFTER + 1
