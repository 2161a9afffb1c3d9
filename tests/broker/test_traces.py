"""One candidature through all services, as a collector of traces sees it; and what a hostile trace may do."""

from collections.abc import Iterator

import pytest

from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.contract.notify import NoticeSent
from tests.collector import Collector, collecting
from tests.platform import Platform, until
from tests.submissions import OPEN_DAY, submission

TRACE, PAGE = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SUBMITTED = "process frontdesk.candidature.submitted.v1"
REGISTERED = "process intake.candidature.registered.v1"
CHECKED = "process eligibility.candidature.eligibility-checked.v1"
HOPS = {
    f"intake: {SUBMITTED}": "",
    f"eligibility: {REGISTERED}": f"intake: {SUBMITTED}",
    f"funding: {REGISTERED}": f"intake: {SUBMITTED}",
    f"notify: {REGISTERED}": f"intake: {SUBMITTED}",
    "notify: send letter receipt": f"intake: {SUBMITTED}",
    f"funding: {CHECKED}": f"eligibility: {REGISTERED}",
    f"intake: {CHECKED}": f"eligibility: {REGISTERED}",
}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


async def submit(platform: Platform, traceparent: str) -> str:
    dossier, body = submission()
    told = {"traceparent": traceparent}
    await platform.publish(
        "holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY, headers=told
    )
    return dossier


async def test_the_hops_of_a_candidature_hang_below_the_page_where_it_was_filed(
    platform: Platform, collector: Collector
) -> None:
    async with platform.running("intake", "eligibility", "funding", "notify"):
        dossier = await submit(platform, f"00-{TRACE}-{PAGE}-01")
        hostile = await submit(platform, "00-" + "f" * 60_000)
        await platform.fact(NoticeSent, dossier)
        registered = await platform.fact(CandidatureRegistered, dossier)
        await platform.fact(NoticeSent, hostile)

        async def told() -> bool:
            return HOPS.keys() <= collector.of_trace(TRACE).keys()

        await until(told, f"the hops are told: {sorted(collector.of_trace(TRACE))}")
    spans = collector.of_trace(TRACE)
    above = {name: spans[hop].span if hop else PAGE for name, hop in HOPS.items()}
    assert {name: spans[name].above for name in HOPS} == above
    assert {span.dossier for span in spans.values()} == {dossier}
    # What lies in the log carries its span on, and nothing else of the fact has changed.
    filed = spans[f"intake: {SUBMITTED}"]
    assert registered.headers["traceparent"] == f"00-{TRACE}-{filed.span}-01"
    assert filed.attributes["fabriques.receipt_number"] == registered.data["receipt_number"]
    # A trace in no form that is known is none: the dossier has one of its own, with all who heard of it.
    roots = [span for span in collector.spans if (span.dossier, span.name) == (hostile, SUBMITTED)]
    assert {(span.trace, span.above) for span in roots} == {(roots[0].trace, "")}
    assert {span.service for span in roots} >= {"intake", "notify"}
