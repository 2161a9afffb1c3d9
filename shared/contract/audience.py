"""Who writes and who reads each fact, as the bus will enforce it."""

from shared.contract.event import Event
from shared.contract.permissions import permissions_of
from shared.contract.subjects import heard_subject, subject_pattern
from shared.contract.topology import all_durables, stream_kind


def writers_of(event: type[Event], programme: str) -> list[str]:
    """The identities the broker lets publish this fact: its streams' writers alone, the provisioner aside."""
    subject = subject_pattern(programme, event)
    allowed = stream_kind(event.publisher).written_by
    return [identity for identity in allowed if may_publish(identity, programme, subject)]


def readers_of(event: type[Event], programme: str) -> list[str]:
    durables = [durable.name for durable in all_durables() if event in durable.hears]
    return durables + followers_of(event, programme)


def followers_of(event: type[Event], programme: str) -> list[str]:
    """Who may hear an answer to an attempt of theirs; our other facts are for services alone."""
    if event.publisher != "answers":
        return []
    subject = heard_subject(programme, event)
    return [
        identity
        for identity in ("holders", "officers")
        if any(
            covers(pattern, subject) for pattern in permissions_of(identity, programme).subscribe
        )
    ]


def may_publish(identity: str, programme: str, subject: str) -> bool:
    return identity != "provisioner" and any(
        covers(pattern, subject) for pattern in permissions_of(identity, programme).publish
    )


def covers(pattern: str, subject: str) -> bool:
    """Whether a NATS subject pattern takes in all of another subject or pattern."""
    wanted, given = pattern.split("."), subject.split(".")
    for place, part in enumerate(wanted):
        if part == ">":
            return len(given) > place
        if (
            place >= len(given)
            or (part != "*" and part != given[place])
            or (part == "*" and given[place] == ">")
        ):
            return False
    return len(wanted) == len(given)
