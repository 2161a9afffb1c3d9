"""Metrics: what is counted, what it is called, and how Prometheus reads it."""

import json
import re
from collections import Counter
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.cli.watch.seeing import DurableSeen, Seen, StreamSeen, Told
from deploy.exposition import exposition
from deploy.monitoring.telling import CAUSES_MAX, Job, seen_figures, told_figures, wave_figures
from shared.contract.decision import Decision
from shared.kit.delivery import Delivery
from shared.kit.handled import Handled
from shared.kit.metrics import catalogue
from shared.kit.metrics.catalogue import METRICS
from shared.kit.metrics.counts import KINDS_MAX, Counts
from shared.kit.metrics.figures import Figure, figures_of
from tests.rules.operators.test_watch import NOW, WAVES, WELL, durable

NOW_NS = 1_700_000_000_000_000_000
UNITS = (
    "_total",
    "_seconds",
    "_days",
    "_bytes",
    "_cents",
    "_ratio",
    "_events",
    "_facts",
    "_letters",
)
THINGS = (
    "_up",
    "_ready",
    "_missing",
    "_messages",
    "_away",
    "_tranches",
    "_overdue",
    "_said",
    "_registered",
)


def handled(
    fact: str = "CandidatureSubmitted", result: str = "registered", **of_delivery: int
) -> Handled:
    told = {"attempt": 1, "stamped_ns": NOW_NS - 40_000_000, **of_delivery}
    delivery = Delivery(None, "s.x", {}, b"", "S", "c", sequence=1, **told)
    return Handled(delivery, "e", fact, "d", decision=Decision(result), milliseconds=0.3)


def sample(figures: list[Figure], name: str, **labels: str) -> float | None:
    """One sample as Prometheus reads it."""
    families = text_string_to_metric_families(exposition(figures).decode())
    found = [one for family in families for one in family.samples if one.name == name]
    return next((one.value for one in found if labels.items() <= one.labels.items()), None)


def test_events_are_counted_by_fact_and_result_with_their_time_and_their_age() -> None:
    counts = Counts()
    counts.count([handled(), handled(), handled(result="refused")], NOW_NS)
    figures = list(counts.figures("intake"))
    told = {"service": "intake", "fact": "CandidatureSubmitted"}
    assert sample(figures, "fabriques_events_total", **told, result="registered") == 2
    assert sample(figures, "fabriques_events_total", **told, result="refused") == 1
    assert sample(figures, "fabriques_batch_events_bucket", le="4.0") == 1
    assert sample(figures, "fabriques_batch_events_bucket", le="2.0") == 0
    assert sample(figures, "fabriques_decision_seconds_count") == 3
    assert sample(figures, "fabriques_decision_seconds_sum") == pytest.approx(0.0009)
    assert sample(figures, "fabriques_event_age_seconds_bucket", le="0.05") == 3
    assert sample(figures, "fabriques_event_age_seconds_bucket", le="0.025") == 0


def test_what_comes_again_or_from_a_timer_has_no_age() -> None:
    counts = Counts()
    counts.count([handled(attempt=2), handled(stamped_ns=0), handled()], NOW_NS)
    assert sample(list(counts.figures("intake")), "fabriques_event_age_seconds_count") == 1


def test_two_consumers_of_one_process_count_apart() -> None:
    one, other = Counts(), Counts()
    one.count([handled()], NOW_NS)
    assert sum(figure.value for figure in other.figures("intake")) == 0


def test_kinds_from_outside_never_fill_the_memory() -> None:
    counts = Counts()
    for number in range(2 * KINDS_MAX):
        counts.count([handled(fact=f"made.up.{number}")], NOW_NS)
    assert len(counts.events) <= KINDS_MAX + 1
    assert sum(counts.events.values()) == 2 * KINDS_MAX, "none is lost"


def test_figures_are_the_same_after_their_way_as_json_and_a_newer_services_metric_is_passed_over() -> (
    None
):
    counts = Counts()
    counts.count([handled()], NOW_NS)
    figures = list(counts.figures("intake"))
    rows = [figure.as_row() for figure in figures]
    told = json.loads(json.dumps([*rows, ["fabriques_of_tomorrow", [], 1, []]]))
    assert figures_of(told) == figures


def test_every_metric_says_what_it_means_and_ends_in_its_unit() -> None:
    for name, metric in METRICS.items():
        assert re.fullmatch(r"fabriques_[a-z_]+", name), name
        assert metric.meaning and len(metric.meaning) <= 110, name
        assert (metric.kind == "counter") == name.endswith("_total"), name
        assert bool(metric.bounds) == (metric.kind == "histogram"), name
        assert name.endswith((*UNITS, *THINGS, "_state")), name


def test_a_look_at_the_platform_is_told_in_figures() -> None:
    letters = Counter(
        {("intake", f"cause {number}"): 30 - number for number in range(CAUSES_MAX + 3)}
    )
    money = {**WELL.money, "overdue": {"tranches": 3, "days": 9}}
    told = Told({"intake": "", "notify": "no answer"}, {}, letters, WAVES, money, WELL.mail)
    figures = list(told_figures(told))
    assert sample(figures, "fabriques_service_ready", service="intake") == 1
    assert sample(figures, "fabriques_service_ready", service="notify") == 0
    assert sample(figures, "fabriques_dead_letters", cause="cause 0") == 30
    assert sample(figures, "fabriques_dead_letters", cause="other") == 20 + 19 + 18
    assert sample(figures, "fabriques_mail_letters", state="sent") == 7_527
    assert sample(figures, "fabriques_tranches_overdue") == 3
    assert sample(figures, "fabriques_wave_state", wave="2020-1", state="published") == 1
    assert sample(figures, "fabriques_wave_state", wave="2020-2", state="closed") == 1
    assert sample(figures, "fabriques_wave_state", wave="2020-4", state="open") == 1


def test_silent_services_have_no_figures_rather_than_false_ones() -> None:
    silent = Told({"funding": "no answer"}, money={"error": "silent"}, mail={"error": "silent"})
    names = {figure.metric for figure in told_figures(silent)}
    assert names == {catalogue.READY}


def test_streams_and_durables_are_told_in_figures() -> None:
    late = DurableSeen(durable("funding-on-intake"), True, 7, 1, NOW - timedelta(seconds=90))
    full = StreamSeen("FRONTDESK_X", 10, 10, 900, 1_000, replicas_away=1)
    seen = Seen(1.0, (full,), (late, DurableSeen(durable("notify-on-gone"), there=False)), WELL)
    figures = list(seen_figures(seen, NOW, Job(said=12, last_at=1.5)))
    assert sample(figures, "fabriques_lag_seconds", durable="funding-on-intake") == 90
    assert sample(figures, "fabriques_backlog_events", durable="funding-on-intake") == 8
    assert sample(figures, "fabriques_durables_missing") == 1
    assert sample(figures, "fabriques_stream_fill_ratio", stream="FRONTDESK_X") == 0.9
    assert sample(figures, "fabriques_stream_replicas_away", stream="FRONTDESK_X") == 1
    assert sample(figures, "fabriques_job_tranches_said") == 12


def test_a_wave_is_told_by_what_it_waits_for_until_it_is_out() -> None:
    told = {"wave": "2020-4", "missing": {"unscored": 2}, "published_at": None}
    figures = list(wave_figures(told))
    assert sample(figures, "fabriques_wave_missing", what="unscored") == 2
    assert list(wave_figures({**told, "published_at": "2021-01-01"})) == []
    assert list(wave_figures({"error": "silent"})) == []
