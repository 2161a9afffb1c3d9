"""How much is measured: the full session, and the quick one that only shows that everything works."""

from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.rehearsal.applicants import Mix

Progress = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """`runs` is how often each figure is measured, in turn with its reference.

    Counts are events or candidatures.
    """

    runs: int = 5
    stage_events: int = 20_000
    pipeline_candidatures: int = 10_000
    naive_candidatures: int = 400
    price_runs: int = 3
    rival_runs: int = 3
    latency_seconds: float = 8.0
    backlog_candidatures: int = 100_000
    backlog_runs: int = 5
    flat_rows: int = 1_000_000
    flat_events: int = 40_000
    long_rows: int = 10_000_000
    long_runs: int = 3
    tranches: int = 100_000
    tranche_runs: int = 5
    idle_seconds: float = 20.0
    variant_events: int = 10_000
    variant_runs: int = 3
    season: Mix = field(default_factory=Mix)


FULL = Sizes()
QUICK = Sizes(
    runs=3,
    stage_events=4_000,
    pipeline_candidatures=2_000,
    naive_candidatures=100,
    price_runs=1,
    rival_runs=1,
    latency_seconds=3.0,
    backlog_candidatures=10_000,
    backlog_runs=1,
    flat_rows=50_000,
    flat_events=4_000,
    long_rows=100_000,
    long_runs=1,
    tranches=5_000,
    tranche_runs=1,
    idle_seconds=5.0,
    variant_events=3_000,
    variant_runs=1,
    season=Mix(outside_urban=12, in_qpv=12, in_both=2, in_neither=2),
)
