"""What a plan of provisioning shows, what it asks for by name, and what it refuses for good."""

from typing import Any

import pytest
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from deploy.cli.platform.provision import all_is_well, apply_line, done_line
from deploy.local.installation.provisioning import account_rows
from deploy.local.server.written_accounts import WrittenAccount
from deploy.provisioning.bus import require_allowed
from deploy.provisioning.losses import Loss, consumer_losses, losses, unchangeable
from deploy.provisioning.planned import Planned, digest_of
from shared.contract.topology import STREAMS, all_durables
from shared.kit.bus.configs import consumer_config, stream_config
from shared.kit.errors import OlderCopy, PlatformDrift

[INTAKE] = [stream for stream in STREAMS if stream.name == "INTAKE"]
CONSUMER = next(iter(all_durables()))
LOWER = Loss("lower-replicas", "INTAKE", "3 replicas to 1")


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ({"num_replicas": 3}, {"num_replicas": 1}, ["lower-replicas"]),
        ({"num_replicas": 1}, {"num_replicas": 3}, []),
        ({"subjects": ["a.>", "b.>"]}, {"subjects": ["a.>"]}, ["retarget-subjects"]),
        ({"subjects": ["a.>"]}, {"subjects": ["a.>", "b.>"]}, []),
        ({"max_age": 0}, {"max_age": 86_400}, ["shorten-retention"]),
        ({"max_age": 86_400}, {"max_age": 0}, []),
        ({"max_bytes": -1}, {"max_bytes": 1_000}, ["shorten-retention"]),
        ({"max_bytes": 1_000}, {"max_bytes": 2_000}, []),
        ({"max_msgs": -1}, {"max_msgs": 1_000}, ["shorten-retention"]),
        ({"max_msgs_per_subject": -1}, {"max_msgs_per_subject": 1}, ["shorten-retention"]),
    ],
)
def test_what_loses_data_has_a_name_and_what_only_adds_has_none(
    before: dict[str, Any], after: dict[str, Any], kinds: list[str]
) -> None:
    found = StreamConfig(name="S", **before)
    expected = StreamConfig(name="S", **after)
    assert [loss.kind for loss in losses(expected, found)] == kinds


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({"filter_subjects": ["fabriques.more.>"]}, ["hear-less"]),
        ({"filter_subjects": None, "filter_subject": "fabriques.more.>"}, ["hear-less"]),
        ({"deliver_policy": DeliverPolicy.NEW}, ["remake-consumer"]),
        ({"ack_policy": AckPolicy.NONE}, ["remake-consumer"]),
        ({"deliver_subject": "somewhere"}, ["remake-consumer"]),
        ({"ack_wait": 60, "max_deliver": 3}, []),
        ({"filter_subjects": []}, []),
    ],
)
def test_what_a_consumer_would_miss_or_hear_again_has_a_name(
    changed: dict[str, Any], kinds: list[str]
) -> None:
    expected = consumer_config(CONSUMER, "fabriques")
    found = ConsumerConfig(**{**vars(expected), **changed})
    assert [loss.kind for loss in consumer_losses(expected, found)] == kinds


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"storage": StorageType.MEMORY}, ["storage is memory, not file"]),
        ({"retention": RetentionPolicy.WORK_QUEUE}, ["retention is workqueue, not limits"]),
        ({"retention": RetentionPolicy.INTEREST}, []),
        ({"deny_delete": True}, ["deny_delete is set"]),
        ({"deny_purge": True, "sealed": True}, ["sealed is set", "deny_purge is set"]),
        ({"max_age": 3600}, []),
    ],
)
def test_what_no_server_changes_is_told(changed: dict[str, Any], words: list[str]) -> None:
    expected = stream_config(INTAKE, "fabriques", rehearsal=False)
    found = StreamConfig(**{**vars(expected), **changed})
    assert unchangeable(expected, found) == words


def row(name: str = "INTAKE", **more: Any) -> Planned:
    return Planned("stream", name, {"replicas": 3}, {"replicas": 1}, **more)


def test_a_row_is_kept_made_changed_strange_or_unknown() -> None:
    as_is = {"replicas": 1}
    cases = [(as_is, as_is), ({}, as_is), ({"replicas": 3}, as_is), (as_is, {})]
    assert [Planned("stream", "S", *case).state for case in cases] == [
        "kept",
        "made",
        "changed",
        "strange",
    ]
    assert Planned("rights", "intake", {}, as_is, unknown="no key here").state == "unknown"


def test_a_loss_is_refused_until_its_own_name_is_allowed() -> None:
    with pytest.raises(PlatformDrift, match=r"nothing was changed.*--allow lower-replicas:INTAKE"):
        require_allowed(
            [row(needs=(LOWER,))], {"lower-replicas:FUNDING", "retarget-subjects:INTAKE"}
        )
    require_allowed([row(needs=(LOWER,))], {LOWER.name})


def test_what_no_server_does_is_refused_whatever_is_allowed() -> None:
    with pytest.raises(
        PlatformDrift, match=r"no server does this.*storage is memory.*fabriques restore"
    ):
        require_allowed([row(needs=(LOWER,), never=("storage is memory",))], {LOWER.name})


def test_a_store_that_is_gone_is_told_as_such() -> None:
    lost = Loss("new-stream", "INTAKE", "gone")
    made = Planned("stream", "INTAKE", {}, {"replicas": 1}, (lost,))
    with pytest.raises(OlderCopy, match="the store of INTAKE is gone"):
        require_allowed([made], ())
    require_allowed([made], {lost.name})


def test_two_plans_have_one_name_where_they_do_the_same() -> None:
    kept = Planned("stream", "NOTIFY", {"replicas": 1}, {"replicas": 1})
    strange = Planned("stream", "OTHERS", {"subjects": ["x"]}, {})
    assert digest_of([row(), kept, strange]) == digest_of([row()])
    assert digest_of([row()]) != digest_of([row("FUNDING")])
    assert digest_of([row()]) != digest_of([row(needs=(LOWER,))])


def test_an_account_that_is_left_of_a_revoked_front_end_is_a_change() -> None:
    nobody = frozenset[str]()
    account = WrittenAccount({"UA": (nobody, nobody)})
    left, kept = account_rows({"mairies": account, "holders": account}, {"holders": account})[::-1]
    assert (left.name, left.state, left.found, left.wanted) == (
        "mairies",
        "changed",
        {"users": 1},
        {"users": 0},
    )
    assert (kept.name, kept.state) == ("holders", "kept")


def test_a_plan_ends_with_the_command_that_does_it() -> None:
    kept = Planned("stream", "NOTIFY", {"replicas": 1}, {"replicas": 1}, needs=(LOWER,))
    rows = [row(needs=(LOWER,)), kept]
    command = f"fabriques provision apply --plan {digest_of(rows)}"
    assert apply_line(rows, 1) == f"{command} --replicas 1 --allow lower-replicas:INTAKE"
    assert apply_line(rows, None) == f"{command} --allow lower-replicas:INTAKE"


def test_what_was_not_looked_at_is_said() -> None:
    away = [Planned("rights", name, {}, {}, unknown="no key here") for name in ("intake", "notify")]
    told = "Not looked at: rights intake, rights notify (no key here)."
    assert done_line([row()]) == "1 changes: the platform is as the topology says."
    assert (
        done_line([row(), *away])
        == f"1 changes: what was looked at is as the topology says. {told}"
    )
    assert all_is_well(away).endswith(told)
