"""What provisioning would do to a stream that is there: what would be lost, and whose stream it is."""

from collections.abc import Collection
from dataclasses import dataclass

from nats.js.api import StreamConfig

LOWER_REPLICAS = "lower-replicas"
RETARGET_SUBJECTS = "retarget-subjects"
SHORTEN_RETENTION = "shorten-retention"
NEW_STREAM = "new-stream"  # nothing is lost where a new version brings it; all is where its store is gone
LOSSES = (LOWER_REPLICAS, RETARGET_SUBJECTS, SHORTEN_RETENTION, NEW_STREAM)
BOUNDS = ("max_age", "max_bytes", "max_msgs", "max_msgs_per_subject")  # 0 or -1 is no bound


@dataclass(frozen=True, slots=True)
class Loss:
    """A change that may cost data. `name` is how an operator asks for this very one."""

    kind: str
    stream: str
    words: str

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.stream}"


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


def owner(found: StreamConfig, programme: str) -> str:
    """The programme whose facts a stream takes: ours, or another's."""
    names = {subject.partition(".")[0] for subject in found.subjects or ()}
    others = [name for name in names - {programme} if not name.startswith("$")]
    return min(others, default=programme)


def not_asked_for(lost: Collection[Loss], allowed: Collection[str]) -> list[Loss]:
    return [loss for loss in lost if loss.name not in allowed]


def _limit(value: float | None) -> float:
    return value if value and value > 0 else float("inf")
