"""Every experiment, in one table."""

from tests.faults.bad_events import jump_clocks, poison
from tests.faults.cluster import break_cluster, cut_cluster
from tests.faults.damage import fill, rot
from tests.faults.elections import retry_in_elections
from tests.faults.experiment import Experiment, Size
from tests.faults.garbage import flood_with_garbage
from tests.faults.interruptions import copy_the_job, drop_connections, kill_postgres, pause_services
from tests.faults.kills import hammer, kill
from tests.faults.lost_databases import lose_databases
from tests.faults.nodes import lose_nodes
from tests.faults.power import cut_power
from tests.faults.shuffles import shuffle
from tests.faults.simulation import simulate
from tests.faults.slow import slow_down
from tests.faults.upgrade import upgrade

EXPERIMENTS = (
    Experiment(
        "kills",
        "kill -9 of a service, of nats-server, of the tranche job or of the command, under load",
        "an event is acked after the commit of what follows from it",
        kill,
        {Size.SLICE: 6, Size.SHORT: 100, Size.LONG: 1_000},
        control_count=3,
        recovers_within_s=10.0,
    ),
    Experiment(
        "hammer",
        (
            "one service is killed as soon as it runs, again and again, under the delays of the shipped "
            "supervisor"
        ),
        "a restart waits three seconds at most",
        hammer,
        {Size.LONG: 20},
        control_count=7,
        recovers_within_s=10.0,
    ),
    Experiment(
        "power",
        "the power fails under load: what was not handed to the disk is gone",
        "the server and the databases wait for the disk before they confirm",
        cut_power,
        {Size.SHORT: 5, Size.LONG: 25},
        control_count=2,
        recovers_within_s=10.0,
    ),
    Experiment(
        "database-lost",
        "everything is killed under load, and the database of one service is thrown away",
        "`replay --from-scratch` makes it anew from the log; without that it is refused at start",
        lose_databases,
        {Size.SHORT: 2, Size.LONG: 12},
        control_count=1,
        recovers_within_s=10.0,
    ),
    Experiment(
        "cluster",
        "of three servers a node, the leader or all are killed, or a node is paused, under load",
        "every stream on three nodes",
        break_cluster,
        {Size.SHORT: 5, Size.LONG: 20},
        control_count=1,
        recovers_within_s=30.0,
    ),
    Experiment(
        "nodes",
        (
            "of three servers one loses its disk for good, then one is lost for good, in turn; then two are "
            "added, and any two of the five go down"
        ),
        "every stream on three nodes, then on five, by the commands of the runbook",
        lose_nodes,
        {Size.LONG: 5},
        control_count=1,
        recovers_within_s=30.0,
    ),
    Experiment(
        "elections",
        "of three servers the one that leads the front-end's stream is killed just before each file is sent",
        "the front-end sends the same bytes again, as its page says",
        retry_in_elections,
        {Size.SHORT: 3, Size.LONG: 12},
        control_count=3,
    ),
    Experiment(
        "partitions",
        "of three servers, one after the other loses its link to the others and to the services, under load",
        "every stream on three nodes",
        cut_cluster,
        {Size.SHORT: 2, Size.LONG: 8},
        control_count=1,
        recovers_within_s=30.0,
    ),
    Experiment(
        "pauses",
        "a service is stopped for longer than its ack wait, and goes on",
        "the inbox knows what comes again",
        pause_services,
        {Size.SHORT: 4, Size.LONG: 40},
        control_count=2,
        recovers_within_s=10.0,
    ),
    Experiment(
        "drops",
        "every connection to the server is closed by the kernel, under load",
        "a fact is published until the broker confirms it",
        drop_connections,
        {Size.SHORT: 10, Size.LONG: 100},
        control_count=4,
        recovers_within_s=10.0,
    ),
    Experiment(
        "postgres",
        "all processes of PostgreSQL are killed, under load",
        "an event is acked after the commit of what follows from it",
        kill_postgres,
        {Size.SHORT: 4, Size.LONG: 40},
        control_count=2,
        recovers_within_s=10.0,
    ),
    Experiment(
        "slow",
        (
            "bursts meet rules that outlast their ack wait, on a server that soon drops who does not read at "
            "once"
        ),
        "a fetch asks for no more than the server keeps for it",
        slow_down,
        {Size.SHORT: 2, Size.LONG: 10},
        recovers_within_s=10.0,
    ),
    Experiment(
        "job-copies",
        "three copies of the annual job run at once",
        "a stream whose subjects are written once for ever",
        copy_the_job,
        {Size.SLICE: 2, Size.SHORT: 4, Size.LONG: 40},
    ),
    Experiment(
        "rot",
        "bits flip, or the end is cut off, in the store of a stream",
        "`audit verify --repair`: every fact is in its service's outbox too",
        rot,
        {Size.SHORT: 2, Size.LONG: 12},
        recovers_within_s=10.0,
    ),
    Experiment(
        "full-disk",
        "the disk is full for a while, under load, and a service dies meanwhile",
        "an event is acked after the commit of what follows from it",
        fill,
        {Size.SHORT: 2, Size.LONG: 10},
        recovers_within_s=10.0,
    ),
    Experiment(
        "upgrade",
        (
            "old and new versions of intake side by side, the new one saying and keeping more; both killed "
            "and started again"
        ),
        "internal facts may carry fields that a reader does not know",
        upgrade,
        {Size.SHORT: 3, Size.LONG: 20},
    ),
    Experiment(
        "poison",
        "garbage of every kind, then a rule that fails on every event",
        "the limit on dead letters that one process may write",
        poison,
        {Size.SLICE: 16, Size.SHORT: 200, Size.LONG: 1_000},
        control_count=8,
    ),
    Experiment(
        "garbage",
        "one service is flooded with bodies nobody can read, of 7 KB each",
        "the cause of a dead letter keeps no frame, and so no body",
        flood_with_garbage,
        {Size.SHORT: 20_000, Size.LONG: 100_000},
        control_count=20_000,
    ),
    Experiment(
        "clocks",
        "each sending at a time of its own: a year forth or back, leap days, nights when the clocks change",
        "a rule's time is the time of its event",
        jump_clocks,
        {Size.SLICE: 50, Size.SHORT: 500, Size.LONG: 5_000},
        control_count=50,
    ),
    Experiment(
        "shuffles",
        "recorded deliveries duplicated, delayed, shuffled across dossiers and streams, replayed from zero",
        "the inbox, and the keeping of what comes early",
        shuffle,
        {Size.SLICE: 12, Size.SHORT: 300, Size.LONG: 10_000},
    ),
    Experiment(
        "simulation",
        "the pure rules under one scheduler: duplicates, other orders, crashes between any two effects",
        "the outbox, published by the next process",
        simulate,
        {Size.SLICE: 100, Size.SHORT: 10_000, Size.LONG: 10_000},
        control_count=50,
    ),
)
