"""What each check makes of what it sees: a finding with what to do, and nothing where all is well."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.js.api import ClusterInfo, ConsumerInfo, PeerInfo, StreamInfo, StreamState

from deploy.cli.doctor.broker import judge_accounts, judge_version
from deploy.cli.doctor.clocks import judge_clocks
from deploy.cli.doctor.databases import judge_database
from deploy.cli.doctor.disk import judge_disk
from deploy.cli.doctor.examination import CHECKS
from deploy.cli.doctor.finding import BROKEN, HEALTHY, WARNED, Finding, worst
from deploy.cli.doctor.keys import judge_keys
from deploy.cli.doctor.processes import judge_processes
from deploy.cli.doctor.services import (
    judge_annual_job,
    judge_dead_letters,
    judge_mail,
    judge_money,
    judge_service,
    judge_waits,
    judge_wave,
)
from deploy.cli.doctor.streams import Lag, judge_consumer, judge_stream
from deploy.local.database.health import Health
from deploy.local.home.plan import Ending, PlatformRecord
from deploy.local.running.last_words import last_words, size_of
from shared.contract.front_ends import FrontEnd
from shared.contract.topology import Durable, Stream, all_durables, own_streams
from shared.kit.bus.configs import consumer_config, stream_config

PAGE = Path(__file__).parents[3] / "docs" / "operators.md"
NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
SMALL = FrontEnd("small", "holders", code="S", bytes_max=1_000)
KEY = Path("keys/intake.nk")
DURABLE = next(all_durables())


def levels(findings: list[Finding]) -> list[str]:
    assert all(finding.what and finding.todo and "\n" not in finding.what for finding in findings)
    return [finding.level for finding in findings]


def test_the_exit_code_is_that_of_the_worst_finding() -> None:
    warning, error = (Finding(level, "x", "what", "todo") for level in ("warning", "error"))
    assert [worst([]), worst([warning]), worst([warning, error, warning])] == [
        HEALTHY,
        WARNED,
        BROKEN,
    ]


@pytest.mark.parametrize(
    ("mode", "found"),
    [(0o100600, []), (0o100400, []), (0o100640, ["error"]), (0o100604, ["error"])],
)
def test_a_key_that_others_may_read_is_found(mode: int, found: list[str]) -> None:
    assert levels(judge_keys({KEY: mode}, [])) == found


def test_a_process_that_ended_is_found_for_an_hour_and_one_that_ends_again_and_again_is_an_error() -> (
    None
):
    def record(minutes: int, again: bool = False, runs: bool = True) -> PlatformRecord:
        at = (NOW - timedelta(minutes=minutes)).isoformat()
        pids = {"notify": 7} if runs else {}
        endings = {"notify": Ending(at, "exit 4", "no such key", again)}
        return PlatformRecord(1, "", "", False, pids=pids, starts={"notify": 4}, endings=endings)

    [finding] = judge_processes(record(5), NOW)
    assert (
        finding.level == "warning"
        and "exit 4 at 11:55:00 UTC, 4 starts): no such key" in finding.what
    )
    assert levels(judge_processes(record(5, again=True), NOW)) == ["error"]
    assert judge_processes(record(61), NOW) == []
    assert levels(judge_processes(record(61, runs=False), NOW)) == ["warning"]
    assert judge_processes(PlatformRecord(1, "", "", False), NOW) == []


@pytest.mark.parametrize(
    ("free_bytes", "found"),
    [(10**10, []), (10**9, ["warning"]), (10**7, ["error"]), (0, ["error"])],
)
def test_a_disk_that_runs_out_is_found(free_bytes: int, found: list[str]) -> None:
    assert levels(judge_disk("var", free_bytes)) == found


@pytest.mark.parametrize(
    ("ahead_seconds", "found"),
    [
        (0.2, []),
        (-4.9, []),
        (5.0, ["warning"]),
        (-60.0, ["warning"]),
        (61.0, ["error"]),
        (-86_400.0, ["error"]),
    ],
)
def test_clocks_that_are_apart_are_found(ahead_seconds: float, found: list[str]) -> None:
    assert levels(judge_clocks(ahead_seconds)) == found


@pytest.mark.parametrize(
    ("health", "found"),
    [
        (Health(schema="0003", newest="0003", served=True), []),
        (Health(schema="0004", newest="0003", served=True), []),
        (Health(schema="0004", newest="0003", served=False), ["error"]),
        (Health(there=False), ["error"]),
        (Health(failure="attempt to write a readonly database"), ["error"]),
        (Health(schema="0002", newest="0003"), ["error"]),
        (Health(schema="", newest="0003"), ["error"]),
        (Health(schema="0003", newest="0003", served=True, unscrubbed_seconds=59), []),
        (Health(schema="0003", newest="0003", served=True, unscrubbed_seconds=61), ["warning"]),
    ],
)
def test_a_database_that_cannot_be_worked_with_is_found(health: Health, found: list[str]) -> None:
    assert levels(judge_database("funding", health)) == found


@pytest.mark.parametrize(("version", "found"), [((2, 12), []), ((3, 0), []), ((2, 11), ["error"])])
def test_a_server_without_what_we_need_is_found(version: tuple[int, int], found: list[str]) -> None:
    assert levels(judge_version(version)) == found


def test_an_identity_that_is_not_let_in_is_found() -> None:
    [finding] = judge_accounts({"intake": "", "notify": "the server does not know the key"})
    assert finding.what.startswith("notify: ")


def stream_info(stream: Stream, used_bytes: int = 0, **changed: Any) -> StreamInfo:
    config = stream_config(stream, "fabriques", rehearsal=False).evolve(**changed)
    state = StreamState(messages=1, bytes=used_bytes, first_seq=1, last_seq=1, consumer_count=0)
    return StreamInfo(config=config, state=state)


@pytest.mark.parametrize(
    ("used_bytes", "found"),
    [(0, []), (799, []), (800, ["warning"]), (979, ["warning"]), (980, ["error"])],
)
def test_a_stream_that_is_nearly_full_is_found_before_its_sender_is_refused(
    used_bytes: int, found: list[str]
) -> None:
    stream = own_streams("small", [SMALL])[0]
    assert (
        levels(judge_stream(stream, stream_info(stream, used_bytes), "fabriques", False)) == found
    )


@pytest.mark.parametrize(
    ("replicas", "found"),
    [
        ([], []),
        ([PeerInfo(name="b", current=True), PeerInfo(name="c", current=True)], []),
        ([PeerInfo(name="b", current=True), PeerInfo(name="c", current=False)], ["warning"]),
        (
            [PeerInfo(name="b", current=True), PeerInfo(name="c", current=True, offline=True)],
            ["warning"],
        ),
    ],
)
def test_a_server_of_a_cluster_that_is_away_is_found(
    replicas: list[PeerInfo], found: list[str]
) -> None:
    stream = own_streams("small", [SMALL])[0]
    info = stream_info(stream).evolve(cluster=ClusterInfo(leader="a", replicas=replicas))
    assert levels(judge_stream(stream, info, "fabriques", False)) == found


def test_a_stream_that_is_gone_or_differs_is_found() -> None:
    stream = own_streams("small", [SMALL])[0]
    assert levels(judge_stream(stream, None, "fabriques", False)) == ["error"]
    [finding] = judge_stream(stream, stream_info(stream, max_age=60), "fabriques", False)
    assert "max_age" in finding.what


@pytest.mark.parametrize(
    ("lag", "found"),
    [
        (Lag(0, 0, 0.0), []),
        (Lag(5_000, 256, 3.0), []),
        (Lag(1, 0, 30.0), ["warning"]),
        (Lag(0, 1, 301.0), ["error"]),
    ],
)
def test_a_consumer_lags_where_an_event_grows_old_not_where_many_have_just_come(
    lag: Lag, found: list[str]
) -> None:
    assert levels(judge_consumer(DURABLE, consumer_info(DURABLE), "fabriques", lag)) == found


def test_a_consumer_that_is_gone_or_differs_is_found() -> None:
    assert levels(judge_consumer(DURABLE, None, "fabriques", None)) == ["error"]
    changed = consumer_info(DURABLE, max_deliver=3)
    assert levels(judge_consumer(DURABLE, changed, "fabriques", Lag(0, 0, 0.0))) == ["error"]


def consumer_info(durable: Durable, **changed: Any) -> ConsumerInfo:
    config = consumer_config(durable, "fabriques").evolve(**changed)
    return ConsumerInfo(name=durable.name, stream_name=durable.stream, config=config, created=NOW)


@pytest.mark.parametrize(
    ("ready", "cause"),
    [
        ({"ready": False, "cause": "its database takes no write"}, "takes no write"),
        ({"error": "silent", "message": "no answer in time"}, "no answer in time"),
        ({}, "does not say why"),
    ],
)
def test_a_service_that_is_not_ready_is_found_with_its_cause(
    ready: dict[str, Any], cause: str
) -> None:
    [finding] = judge_service("notify", ready)
    assert cause in finding.what and "logs/notify.log" in finding.todo
    assert judge_service("notify", {"ready": True}) == []


def test_dead_letters_are_counted_by_cause_and_a_flood_stays_short() -> None:
    causes = Counter({("intake", f"cause {number}"): number + 1 for number in range(30)})
    found = judge_dead_letters(causes)
    assert (found[0].what, found[-1].what, len(found)) == (
        "30 of intake: cause 29",
        "and 20 more causes",
        11,
    )
    assert judge_dead_letters(Counter()) == []


def test_a_transfer_that_the_bank_rejected_waits_for_a_person_and_a_withheld_tranche_does_not() -> (
    None
):
    assert levels(judge_money({"tranches": {"rejected": 1, "withheld": 4}})) == ["warning"]
    assert (
        judge_money({"tranches": {"rejected": 0, "withheld": 4}})
        == judge_money({"error": "silent"})
        == []
    )


@pytest.mark.parametrize(
    ("days", "found"), [(0, []), (1, ["warning"]), (6, ["warning"]), (7, ["error"])]
)
def test_an_annual_job_that_was_missed_or_ended_half_way_is_found(
    days: int, found: list[str]
) -> None:
    overdue = {"tranches": 75 if days else 0, "days": days}
    assert levels(judge_annual_job({"overdue": overdue})) == found
    assert judge_annual_job({"error": "silent"}) == []


def test_letters_that_failed_wait_for_a_person_and_those_put_off_do_not() -> None:
    assert levels(judge_mail({"failed": 2, "queued": 9, "delayed": 9})) == ["warning"]
    assert judge_mail({"failed": 0, "queued": 9, "delayed": 9}) == []


@pytest.mark.parametrize(
    ("minutes", "found"), [(1, []), (9, []), (10, ["warning"]), (9_999, ["warning"])]
)
def test_an_event_that_waits_too_long_is_found(minutes: int, found: list[str]) -> None:
    since = (NOW - timedelta(minutes=minutes)).isoformat()
    early = {"fact": "ReviewSubmitted", "dossier": "d", "waits_for": "d", "since": since}
    assert levels(judge_waits("eligibility", {"count": 1, "waiting": [early]}, NOW)) == found
    assert judge_waits("eligibility", {"count": 0, "waiting": []}, NOW) == []


def test_a_closed_wave_that_cannot_be_ranked_is_found_until_it_is_published() -> None:
    missing = {"unregistered": 0, "unchecked": 0, "unscored": 2, "ids": ["a", "b"]}
    told = {"wave": "2020-4", "missing": missing, "published_at": None}
    [finding] = judge_wave(told)
    assert "2 unscored, the first a" in finding.what
    assert judge_wave({**told, "published_at": NOW.isoformat()}) == []
    assert judge_wave({**told, "missing": {**missing, "unscored": 0, "ids": []}}) == []


def test_the_page_for_operators_tells_of_every_check_and_no_other() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert told == list(CHECKS)


def test_last_words_are_those_of_this_life_of_a_service_or_of_nats_server(tmp_path: Path) -> None:
    log = tmp_path / "notify.log"
    assert (size_of(log), last_words(log, 0)) == (0, "")
    log.write_text(
        '{"level":"critical","event":"cannot serve","cause":"no key"}\n{"level":"info"}\nnoise\n'
    )
    assert last_words(log, 0) == "no key"
    assert last_words(log, size_of(log)) == "", "what an earlier life said is no cause of this end"
    log.write_text("[7] 2026/01/01 [FTL] Error listening on port: 127.0.0.1:4222\n")
    assert last_words(log, 0) == last_words(log, 10**6) == "Error listening on port: 127.0.0.1:4222"
