"""The rival does the pipeline's own work: as many events, facts and rows, from the same rules."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.bench import rival
from tests.bench.postgres import postgres, postgres_programs
from tests.bench.rival_worker import LOG, QUEUE

COUNT = 20
ROWS = {
    "public.log": 6,  # the submission; registered, its answer, two statuses; the territory
    "public.queue": 0,
    "intake.inbox": 2,
    "intake.dossiers": 1,
    "eligibility.inbox": 1,
    "eligibility.files": 1,
    "funding.inbox": 2,
    "funding.entries": 1,
    "notify.inbox": 3,
    "notify.contacts": 1,
    "notify.notices": 2,
}


@pytest.mark.parametrize("kind", [LOG, QUEUE])
def test_the_rival_writes_what_the_platform_writes_once_each(tmp_path: Path, kind: str) -> None:
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no server program of PostgreSQL is installed here")
    with postgres(tmp_path / "postgres", programs) as url, rival.told(url):
        assert rival.rival_rate(tmp_path / "rival", url, kind, 8, COUNT) > 0
        engine = create_engine(url)
        with engine.connect() as connection:
            found = {
                table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in ROWS
            }
        engine.dispose()
    assert found == {table: COUNT * each for table, each in ROWS.items()}
