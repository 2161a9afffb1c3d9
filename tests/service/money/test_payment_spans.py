"""A tranche from the annual job's word to the line of the bank's file, as a collector of traces sees it."""

import asyncio
from collections.abc import Iterator

import pytest

from services.funding.tools.annual_job import Wanted, publish_tranches
from shared.contract.funding import GrantTrancheDue
from shared.kit.traces.opening import traced
from tests.collector import Collector, collecting
from tests.platform import Platform
from tests.service.money.test_payments import FIRST_DUE
from tests.service.money.test_tranche_job import DUE, GRANTS, due  # noqa: F401 - a fixture
from tests.service.money.treasury import Treasury


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


def test_an_order_in_the_banks_file_hangs_below_the_decision_that_made_it(
    treasury: Treasury, grant: str, collector: Collector
) -> None:
    treasury.move_to(FIRST_DUE)
    with traced("funding") as traces:
        treasury.consumer.decider.traces = traces
        ordered = treasury.due(grant, 1)
        treasury.approve("run-1")
        treasury.export("run-1")
    [paid] = [span for span in collector.spans if span.name == "pay order"]
    [written] = [span for span in collector.spans if span.name == "write payment file"]
    assert ordered.traceparent == f"00-{paid.trace}-{paid.above}-01"
    assert paid.beside == (written.span,)
    assert paid.attributes["fabriques.order_id"] == treasury.orders()[0].order_id
    assert written.above
    assert written.trace != paid.trace


async def test_each_tranche_that_the_job_says_begins_a_trace(
    platform: Platform,
    due: Treasury,  # noqa: F811
    collector: Collector,
) -> None:
    for published in (GRANTS, 0):
        report = await asyncio.to_thread(publish_tranches, platform.settings, Wanted(DUE))
        assert report.published == published
    jobs = [span for span in collector.spans if span.name == "annual job"]
    assert [job.attributes["fabriques.count"] for job in jobs] == [GRANTS, 0]
    words = {span.dossier: span for span in collector.spans if span.name.startswith("send ")}
    assert len(words) == len({word.trace for word in words.values()}) == GRANTS
    assert {word.beside for word in words.values()} == {(jobs[0].span,)}
    for fact in await platform.facts(GrantTrancheDue):
        word = words[fact.dossier]
        assert fact.headers["traceparent"] == f"00-{word.trace}-{word.span}-01"
