"""Every metric: its name, its unit (the end of the name), its labels, what it means, and what moves it.

Two kinds of sources: what a service counts as it works, and what is read when somebody asks. Names follow
Prometheus: base units, `_total` for what only grows.
"""

from dataclasses import dataclass
from typing import Literal

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
RULE_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0)
AGE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0)
BATCH_SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """`bounds` are the upper ends of a histogram's buckets, in its unit."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str
    bounds: tuple[float, ...] = ()


# Counted by each service as it works, in memory: they begin at nought with each start of its process.
EVENTS = Metric(
    "fabriques_events_total",
    "counter",
    ("service", "fact", "result"),
    "Events and timers decided, put off or known already, by fact and by the result of the closing line",
)
BATCH = Metric(
    "fabriques_batch_events",
    "histogram",
    ("service",),
    "Events decided in one transaction",
    BATCH_SIZES,
)
DECISION = Metric(
    "fabriques_decision_seconds",
    "histogram",
    ("service",),
    "What deciding one event took: its rule, and the states it looked for",
    RULE_SECONDS,
)
TRANSACTION = Metric(
    "fabriques_transaction_seconds",
    "histogram",
    ("service",),
    "From reading a batch to its commit",
    SECONDS,
)
PUBLISH = Metric(
    "fabriques_publish_seconds",
    "histogram",
    ("service",),
    "Until the broker confirmed the facts of a batch, those attempts that it did not confirm included",
    SECONDS,
)
AGE = Metric(
    "fabriques_event_age_seconds",
    "histogram",
    ("service",),
    "From the broker's stamp of an event to its decision, at its first delivery",
    AGE_SECONDS,
)
PUBLISH_FAILURES = Metric(
    "fabriques_publish_failures_total",
    "counter",
    ("service",),
    "Attempts to publish that the broker did not confirm",
)
DATABASE_FAILURES = Metric(
    "fabriques_database_failures_total",
    "counter",
    ("service",),
    "Batches that were put off because the database took no write",
)
# Read in each service when somebody asks.
OUTBOX = Metric(
    "fabriques_outbox_facts",
    "gauge",
    ("service",),
    "Facts decided whose place in the log is not noted yet; a few between two looks are usual",
)
OUTBOX_AGE = Metric(
    "fabriques_outbox_age_seconds",
    "gauge",
    ("service",),
    "Since when facts of a batch wait for the broker to confirm them; 0 where none does",
)
EARLY = Metric(
    "fabriques_early_events",
    "gauge",
    ("service",),
    "Events that came before what they build on, and wait",
)
EARLY_AGE = Metric(
    "fabriques_early_age_seconds",
    "gauge",
    ("service",),
    "Since when the oldest of them is kept; 0 where none is",
)
CLOCK_APART = Metric(
    "fabriques_clock_apart_seconds",
    "gauge",
    ("service",),
    "How far this machine's clock and the broker's are apart, where no timer acts for it; 0 where timers act",
)
BACKLOG = Metric(
    "fabriques_backlog_events",
    "gauge",
    ("durable",),
    "Events that wait at a durable, taken but not acknowledged included",
)
# Read on the bus when somebody asks, for the whole platform.
BROKER = Metric("fabriques_broker_up", "gauge", (), "1 where the broker lets operators in, else 0")
READY = Metric(
    "fabriques_service_ready",
    "gauge",
    ("service",),
    "1 where a service proves that it writes to its database and that the broker takes what it says, else 0",
)
LAG_AGE = Metric(
    "fabriques_lag_seconds",
    "gauge",
    ("durable",),
    "Age of the oldest event that waits at a durable; 0 where none does",
)
DURABLES_GONE = Metric("fabriques_durables_missing", "gauge", (), "Durables that are not there")
STREAM_MESSAGES = Metric(
    "fabriques_stream_messages", "gauge", ("stream",), "Messages that a stream holds"
)
STREAM_BYTES = Metric(
    "fabriques_stream_bytes", "gauge", ("stream",), "What a stream takes on the disk"
)
STREAM_FILL = Metric(
    "fabriques_stream_fill_ratio",
    "gauge",
    ("stream",),
    "How much of its room a stream has used, of those that have a limit: at 1 its sender is refused",
)
REPLICAS_AWAY = Metric(
    "fabriques_stream_replicas_away",
    "gauge",
    ("stream",),
    "Servers of a cluster that hold a copy of the stream, and are away or behind",
)
DEAD_LETTERS = Metric(
    "fabriques_dead_letters",
    "gauge",
    ("service", "cause"),
    "Dead letters that nobody has retried or discarded; the most frequent causes, the rest as `other`",
)
MAIL = Metric(
    "fabriques_mail_letters",
    "gauge",
    ("state",),
    "Letters by state: sent, queued (delayed ones included), delayed to another day, failed for good",
)
MONEY = Metric(
    "fabriques_money_cents",
    "gauge",
    ("state",),
    "Money of the programme: committed by grants, paid, left of the envelope",
)
TRANCHES = Metric(
    "fabriques_tranches",
    "gauge",
    ("state",),
    "Yearly payments by state; `rejected` counts the orders that the bank ever rejected",
)
TRANCHES_OVERDUE = Metric(
    "fabriques_tranches_overdue",
    "gauge",
    (),
    "Tranches that fell due and that the annual job has not said: it was missed, or ended half way",
)
OVERDUE_AGE = Metric(
    "fabriques_tranches_overdue_days",
    "gauge",
    (),
    "Days since the oldest of them fell due; 0 where there is none",
)
JOB_WORDS = Metric(
    "fabriques_job_tranches_said",
    "gauge",
    (),
    "Tranches that the annual job has said in all; a run that changes nothing leaves it",
)
JOB_LAST = Metric(
    "fabriques_job_last_said_timestamp_seconds",
    "gauge",
    (),
    "When a run of the annual job last said a tranche, by the broker; 0 where none did",
)
WAVE_REGISTERED = Metric(
    "fabriques_wave_registered", "gauge", ("wave",), "Dossiers that a wave registered"
)
WAVE_STATE = Metric(
    "fabriques_wave_state",
    "gauge",
    ("wave", "state"),
    "1 for the state that a wave is in: open, closed, ranked, published",
)
WAVE_MISSING = Metric(
    "fabriques_wave_missing",
    "gauge",
    ("wave", "what"),
    "What a closed wave waits for before it can be ranked: unregistered, unchecked, unscored dossiers",
)
STARTS = Metric(
    "fabriques_process_starts_total",
    "counter",
    ("process",),
    "How often the supervisor has started a process; above 1 it ended, or hung",
)
DISK_FREE = Metric("fabriques_disk_free_bytes", "gauge", (), "Room where the data folder lies")

OF_A_SERVICE = (
    EVENTS, BATCH, DECISION, TRANSACTION, PUBLISH, AGE, PUBLISH_FAILURES, DATABASE_FAILURES,
    OUTBOX, OUTBOX_AGE, EARLY, EARLY_AGE, CLOCK_APART, BACKLOG,
)  # fmt: skip
OF_THE_PLATFORM = (
    BROKER, READY, LAG_AGE, DURABLES_GONE, STREAM_MESSAGES, STREAM_BYTES, STREAM_FILL, REPLICAS_AWAY,
    DEAD_LETTERS, MAIL, MONEY, TRANCHES, TRANCHES_OVERDUE, OVERDUE_AGE, JOB_WORDS, JOB_LAST,
    WAVE_REGISTERED, WAVE_STATE, WAVE_MISSING, STARTS, DISK_FREE,
)  # fmt: skip
METRICS = {metric.name: metric for metric in (*OF_A_SERVICE, *OF_THE_PLATFORM)}
