"""Every experiment, in one table."""

from tests.faults.experiment import Experiment, Size
from tests.faults.kills import kill
from tests.faults.shuffles import shuffle

EXPERIMENTS = (
    Experiment(
        "kills",
        "kill -9 of a service, of nats-server, of the tranche job or of the command, under load",
        "an event is acked after the commit of what follows from it",
        kill,
        {Size.SLICE: 10, Size.SHORT: 100, Size.LONG: 1_000},
        control_count=8,
        recovers_within_s=10.0,
    ),
    Experiment(
        "shuffles",
        "recorded deliveries duplicated, delayed, shuffled across dossiers and streams, replayed from zero",
        "the inbox, and the keeping of what comes early",
        shuffle,
        {Size.SLICE: 25, Size.SHORT: 150, Size.LONG: 10_000},
    ),
)
