"""Eight workers and two tranche jobs at once, on one database: each tranche is ordered once.

The bus's write-once subject is left out, and half of what the second job says comes under other event ids, so
that the inbox cannot help either. `MONEY=large` runs it over 10 000 grants.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import pytest

from services.funding.app import NAME
from services.funding.tools.annual_job import pages
from shared.contract.funding import TrancheOrdered
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Delivery
from shared.kit.errors import Temporary
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from tests.service.money.treasury import Treasury

GRANTS = 10_000 if os.environ.get("MONEY") == "large" else 120
WORKERS, JOBS, BATCH, PAGE = 8, 2, 50, 40
DUE = date(2021, 4, 20)
Letters = SimpleQueue[list[Delivery] | None]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return Settings(home=tmp_path).database_url(NAME)


def test_each_tranche_is_ordered_once_whoever_says_it_and_whoever_hears_it(
    url: str, tmp_path: Path
) -> None:
    treasury = Treasury.on(open_engine(url), tmp_path, envelope_cents=GRANTS * 5_000_000)
    treasury.award_ready(GRANTS)
    treasury.move_to(DUE)
    letters: Letters = SimpleQueue()
    jobs = [Thread(target=speak, args=(treasury, url, letters, number)) for number in range(JOBS)]
    heard: list[str] = []
    workers = [Thread(target=work, args=(treasury, url, letters, heard)) for _ in range(WORKERS)]
    for thread in (*jobs, *workers):
        thread.start()
    for job in jobs:
        job.join()
    for _ in workers:
        letters.put(None)
    for worker in workers:
        worker.join()
    assert Counter(heard)["ordered"] == GRANTS
    orders = treasury.orders()
    assert len(orders) == len({order.tranche_id for order in orders}) == GRANTS
    assert {order.state for order in orders} == {"ordered"}
    findings = treasury.proof()
    assert findings.violations == ()
    assert findings.facts == 2 * GRANTS, f"one {TrancheOrdered.__name__} for each award"
    treasury.engine.dispose()


def speak(treasury: Treasury, url: str, letters: Letters, job: int) -> None:
    engine = open_engine(url)
    for page in pages(engine, DUE, PAGE):
        said = [
            treasury.delivery(
                fact, f"due-{fact.tranche_id}" + (f"-by-{job}" if job and place % 2 else "")
            )
            for place, fact in enumerate(page)
        ]
        for batch in cut(said):
            letters.put(batch)
            letters.put(batch[::-1])  # delivered twice, to whoever takes it
    engine.dispose()


def cut(said: list[Delivery]) -> Iterator[list[Delivery]]:
    rest = iter(said)
    while batch := list(islice(rest, BATCH)):
        yield batch


def work(treasury: Treasury, url: str, letters: Letters, heard: list[str]) -> None:
    engine = open_engine(url)
    consumer = treasury.new_consumer(engine)
    while batch := letters.get():
        while (said := decided(consumer, batch)) is None:
            continue
        heard += said
    engine.dispose()


def decided(consumer: Consumer, batch: list[Delivery]) -> list[str] | None:
    """None where the database was busy for too long: the broker would deliver the batch again."""
    try:
        return [handled.decision.result for handled in consumer.transact(batch).handled]
    except Temporary:
        return None
