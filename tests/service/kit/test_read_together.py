"""A service asks its database as often for many files as for a few: each question is a round trip."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from deploy.local.installation.preparing import Hosts, prepare
from shared.contract.front_ends import HOLDERS
from shared.contract.subjects import is_from_outside, named
from shared.kit.delivery import REHEARSAL_HEADER, Delivery
from shared.kit.outgoing import Outgoing
from shared.kit.settings import Settings
from shared.programme import Programme
from tests.bench import files
from tests.conftest import SHIPPED_PROGRAMME
from tests.platform import build_of
from tests.store import on_postgres
from tests.system.pipeline.season import OPEN_DAY

Letters = Callable[[Programme, int, int], Iterator[Outgoing]]
HEARD_FIRST: dict[str, Letters] = {
    "intake": files.submissions,
    "eligibility": files.registrations,
    "funding": files.registrations,
    "notify": files.submissions,
}
FEW, MANY = 5, 40


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the keys that services are built with."""
    folder = tmp_path_factory.mktemp("platform")
    prepare(
        Settings(home=folder), Hosts(("localhost",), ("localhost",), "localhost"), datetime.now(UTC)
    )
    return folder


@pytest.mark.parametrize("name", HEARD_FIRST)
def test_many_files_are_asked_for_together(name: str, home: Path) -> None:
    settings = Settings(home=home, programme_file=SHIPPED_PROGRAMME, rehearsal=True)
    service = build_of(name)(settings)
    engine = service.consumer.work.engine
    asked: list[str] = []

    def note(connection: Any, _record: Any) -> None:
        if on_postgres():
            connection.cursor_factory = _noting(asked)
        else:
            connection.set_trace_callback(asked.append)

    event.listen(engine, "connect", note)
    engine.dispose()  # what is open already tells nothing
    counts = []
    for first, count in ((0, 1), (10, FEW), (100, MANY)):
        asked.clear()
        letters = HEARD_FIRST[name](settings.programme(), first, count)
        decided = service.consumer.transact(
            [_delivered(name, one, n) for n, one in enumerate(letters, first + 1)]
        )
        assert len(decided.handled) == count
        assert {one.verdict for one in decided.handled} == {"decided"}
        counts.append(len([sql for sql in asked if sql.lstrip().startswith("SELECT")]))
    assert 0 < counts[2] <= counts[1]
    service.consumer.work.close()


def _noting(asked: list[str]) -> type[psycopg.Cursor[Any]]:
    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, *arguments: Any, **named: Any) -> "Noting":
            asked.append(str(query))
            return super().execute(query, *arguments, **named)

    return Noting


def _delivered(service: str, letter: Outgoing, place: int) -> Delivery:
    stamped_ns = int(datetime.fromisoformat(OPEN_DAY).timestamp() * 1e9) + place
    consumer = f"{service}-on-{letter.stream.lower()}"
    subject = named(letter.subject, HOLDERS) if is_from_outside(letter.subject) else letter.subject
    headers = {**letter.known_by, REHEARSAL_HEADER: OPEN_DAY}
    return Delivery(
        None, subject, headers, letter.body, letter.stream, consumer, 1, place, stamped_ns
    )
