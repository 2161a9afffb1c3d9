"""A service asks its database as often for many files as for a few: each question is a round trip."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from shared.kit.outgoing import Outgoing
from shared.kit.settings import Settings
from shared.programme import Programme
from tests.bench import files
from tests.conftest import SHIPPED_PROGRAMME
from tests.platform import build_of
from tests.service.kit.letters import delivered
from tests.store import on_postgres

Letters = Callable[[Programme, int, int], Iterator[Outgoing]]
HEARD_FIRST: dict[str, Letters] = {
    "intake": files.submissions,
    "eligibility": files.registrations,
    "funding": files.registrations,
    "notify": files.submissions,
}
FEW, MANY = 5, 40


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
            [delivered(name, one, n) for n, one in enumerate(letters, first + 1)]
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
