"""What a change of a stream or consumer would lose, and what no server changes."""

from collections.abc import Collection
from dataclasses import dataclass

from nats.js.api import ConsumerConfig, RetentionPolicy, StreamConfig

LOWER_REPLICAS = "lower-replicas"
RETARGET_SUBJECTS = "retarget-subjects"
SHORTEN_RETENTION = "shorten-retention"
# Nothing is lost where a new version brings it; all is where its store is gone.
NEW_STREAM = "new-stream"
HEAR_LESS = "hear-less"  # what is stored meanwhile is never heard, also once it is heard again
# It begins at the first fact: each is decided already, and recognised.
REMAKE_CONSUMER = "remake-consumer"
LOSSES = (
    LOWER_REPLICAS,
    RETARGET_SUBJECTS,
    SHORTEN_RETENTION,
    NEW_STREAM,
    HEAR_LESS,
    REMAKE_CONSUMER,
)
BOUNDS = ("max_age", "max_bytes", "max_msgs", "max_msgs_per_subject")  # 0 or -1 is no bound
LOCKS = ("sealed", "deny_delete", "deny_purge")  # a server takes none of them back
FIXED_IN_CONSUMERS = ("deliver_policy", "ack_policy", "replay_policy")


@dataclass(frozen=True, slots=True)
class Loss:
    """A change that may cost data. `name` is how an operator asks for this very one."""

    kind: str
    of: str
    words: str

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.of}"


def losses(expected: StreamConfig, found: StreamConfig) -> list[Loss]:
    """What a stream would lose if it became as expected."""
    name = str(expected.name)
    lost: list[Loss] = []
    wanted = expected.num_replicas or 1
    there = found.num_replicas or 1
    if wanted < there:
        lost.append(Loss(LOWER_REPLICAS, name, f"{there} replicas to {wanted}"))
    kept = expected.subjects or ()
    gone = sorted(set(found.subjects or ()).difference(kept))
    if gone:
        lost.append(Loss(RETARGET_SUBJECTS, name, f"no longer {', '.join(gone)}"))
    for bound in BOUNDS:
        before = getattr(found, bound)
        after = getattr(expected, bound)
        if after is not None and _limit(after) < _limit(before):
            lost.append(Loss(SHORTEN_RETENTION, name, f"{bound} {before} to {after}"))
    return lost


def unchangeable(expected: StreamConfig, found: StreamConfig) -> list[str]:
    """What no server changes of a stream that holds facts, field by field."""
    told = []
    if expected.storage is not None and found.storage != expected.storage:
        told.append(_fixed("storage", found.storage, expected.storage))
    kinds = {
        expected.retention or RetentionPolicy.LIMITS,
        found.retention or RetentionPolicy.LIMITS,
    }
    if len(kinds) > 1 and RetentionPolicy.WORK_QUEUE in kinds:
        told.append(_fixed("retention", found.retention, expected.retention))
    told += [f"{lock} is set" for lock in LOCKS if _is_locked(lock, expected, found)]
    return told


def consumer_losses(expected: ConsumerConfig, found: ConsumerConfig) -> list[Loss]:
    """What a consumer would miss, or hear again, if it became as expected."""
    name = str(expected.name)
    fixed = [
        field for field in FIXED_IN_CONSUMERS if getattr(expected, field) != getattr(found, field)
    ]
    if fixed or found.deliver_subject:
        what = ", ".join(fixed) or "deliver_subject"
        return [
            Loss(REMAKE_CONSUMER, name, f"another {what}: it is made anew, and hears all again")
        ]
    heard = set(found.filter_subjects or filter(None, [found.filter_subject]))
    gone = sorted(heard.difference(expected.filter_subjects or ()))
    return [Loss(HEAR_LESS, name, f"no longer hears {', '.join(gone)}")] if gone else []


def owner(found: StreamConfig, programme: str) -> str:
    """The programme whose facts a stream takes: ours, or another's."""
    names = {subject.partition(".")[0] for subject in found.subjects or ()}
    others = [name for name in names - {programme} if not name.startswith("$")]
    return min(others, default=programme)


def not_asked_for(lost: Collection[Loss], allowed: Collection[str]) -> list[Loss]:
    return [loss for loss in lost if loss.name not in allowed]


def _limit(value: float | None) -> float:
    return value if value and value > 0 else float("inf")


def _is_locked(lock: str, expected: StreamConfig, found: StreamConfig) -> bool:
    return bool(getattr(found, lock)) and not getattr(expected, lock)


def _fixed(field: str, found: object, expected: object) -> str:
    words = [str(getattr(value, "value", value)) for value in (found, expected)]
    return f"{field} is {words[0]}, not {words[1]}"
