"""Every incident, in the order in which the script seeds them, platform by platform."""

from tests.incidents import money, services, storage
from tests.incidents.cluster import stop_a_node
from tests.incidents.incident import Incident

OF_A_PLATFORM = (
    Incident(
        name="killed service",
        section="A service is killed",
        seed=services.kill_a_service,
        line="process ended",
        check="processes",
        words="intake ended, and was started again (SIGKILL",
        alert="FabriquesProcessEnded",
    ),
    Incident(
        name="hung service",
        section="A service hangs",
        seed=services.hang_a_service,
        line="process hangs",
        check="processes",
        words="funding ended, and was started again",
        alert="FabriquesProcessEnded",
    ),
    Incident(
        name="garbage",
        section="Garbage",
        seed=services.send_garbage,
        line="withdrawal dead lettered",
        check="dead-letters",
        words="of intake: ",
        watch="of intake: ",
        alert="FabriquesDeadLetters",
    ),
    Incident(
        name="flood from one front-end",
        section="One front-end floods",
        seed=services.flood,
        check="streams",
        words="FRONTDESK_SMALL is ",
        watch="% of its quota",
        alert="FabriquesFrontEndFloods",
    ),
    Incident(
        name="which decision is missing",
        section="Which decision is missing",
        seed=services.sign_what_nobody_granted,
        watch="early     funding 1",
        alert="FabriquesEarlyEventsWait",
    ),
    Incident(
        name="wrong key of a service",
        section="A wrong key",
        seed=services.exchange_a_key,
        line="process ends again and again",
        check="accounts",
        words="does not know the key of notify",
        watch="notify down",
        alert="FabriquesCrashLoop",
    ),
    Incident(
        name="read-only database",
        section="A database that takes no write",
        seed=services.protect_a_database,
        check="databases",
        words="the database of intake cannot be written",
        watch="intake down",
        alert="FabriquesServiceNotReady",
    ),
)
OF_SLOW_RULES = (
    Incident(
        name="lagging consumer",
        section="A consumer that lags",
        seed=services.overload_rules,
        line="consumer lags",
        check="consumers",
        words="intake-on-frontdesk_holders lags",
        watch="intake-on-frontdesk_holders",
        alert="FabriquesConsumerLags",
    ),
)
OF_A_WRONG_CLOCK = (
    Incident(
        name="wrong clock",
        section="A wrong clock",
        seed=services.nothing_more,
        check="services",
        words="s apart: its timers stand still",
        watch="intake down",
        alert="FabriquesClocksApart",
    ),
)
OF_A_SEASON = (
    Incident(
        name="wave that does not rank",
        section="A wave that does not rank",
        seed=money.leave_a_review_out,
        check="waves",
        words="wave 2020-4 is closed and cannot be ranked: 1 unscored",
        alert="FabriquesWaveNotRanked",
    ),
    Incident(
        name="annual job missed",
        section="The annual job",
        seed=money.forget_the_annual_job,
        check="annual-job",
        words="has not said 2 tranches",
        alert="FabriquesAnnualJobMissed",
    ),
    Incident(
        name="annual job half done",
        section="The annual job",
        seed=money.stop_the_annual_job_half_way,
        check="annual-job",
        words="has not said 1 tranches",
        alert="FabriquesAnnualJobMissed",
    ),
    Incident(
        name="withheld tranche",
        section="A tranche is withheld",
        seed=money.withhold_a_tranche,
        line="tranche withheld",
        watch="withheld 1",
        alert="FabriquesTrancheWithheld",
    ),
    Incident(
        name="annual job run twice",
        section="The annual job",
        seed=money.run_the_annual_job_twice,
        check="annual-job",
        alert="FabriquesAnnualJobMissed",
        is_none=True,
    ),
    Incident(
        name="rejected payment",
        section="A payment is rejected",
        seed=money.reject_a_payment,
        line="tranche rejected",
        check="money",
        words="the bank rejected 1 transfers",
        watch="rejected 1",
        alert="FabriquesPaymentRejected",
    ),
)
OF_A_DISK = (
    Incident(
        name="full disk",
        section="A full disk, and its aftermath",
        seed=storage.fill_the_disk,
        check="disk",
        words="0 MiB are free",
        watch="down",
        alert="FabriquesDiskFull",
    ),
    Incident(
        name="aftermath of a full disk",
        section="A full disk, and its aftermath",
        seed=storage.leave_a_wedged_stream,
        check="processes",
        words="nats-server ended, and was started again",
        alert="FabriquesProcessEnded",
    ),
)
OF_POSTGRESQL = (
    Incident(
        name="read-only PostgreSQL",
        section="A database that takes no write",
        seed=storage.make_postgresql_read_only,
        check="databases",
        words="read-only transaction",
        watch="intake down",
        alert="FabriquesServiceNotReady",
    ),
)
OF_A_CLUSTER = (
    Incident(
        name="stopped node of a cluster",
        section="A node of the cluster is down",
        seed=stop_a_node,
        check="streams",
        words="is away or behind",
        alert="FabriquesReplicaAway",
    ),
)
INCIDENTS = (
    *OF_A_PLATFORM,
    *OF_SLOW_RULES,
    *OF_A_WRONG_CLOCK,
    *OF_A_SEASON,
    *OF_A_DISK,
    *OF_POSTGRESQL,
    *OF_A_CLUSTER,
)
