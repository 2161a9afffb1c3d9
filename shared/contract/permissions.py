"""Who may do what on the bus, derived from the topology: nobody gets more than its rows of the table give."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.contract.accounts import Grant, grants_of_front_end, grants_of_tool
from shared.contract.front_ends import EMBEDDED, TOOLS, FrontEnd
from shared.contract.personal import ERASED_PUBLISHERS
from shared.contract.subjects import ANY, STATUS_BUCKET, question_subject
from shared.contract.topology import (
    KEEPER,
    PROCESSES,
    SERVICES,
    TABLE,
    buckets_of,
    durables_of,
    stream_kind,
    streams_of,
    streams_seen_by,
)

OWN_RIGHTS = "$SYS.REQ.USER.INFO"  # the broker tells a connection what it may do, and nothing else
PROVISIONER = "provisioner"
INSIDERS = (PROVISIONER, *PROCESSES)  # the users of the services' own account
IDENTITIES = (*INSIDERS, *TOOLS, *(front_end.name for front_end in EMBEDDED))


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects an identity may publish and subscribe to; `may_reply` allows an answer to each request it receives."""

    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    may_reply: bool = field(default=False)


def inbox_of(identity: str) -> str:
    return f"_INBOX_{identity.replace('-', '_')}"


def permissions_of(
    identity: str, programme: str, front_ends: Iterable[FrontEnd] = EMBEDDED
) -> Permissions:
    """The rights of one identity. The provisioner alone may change streams and consumers."""
    if identity == PROVISIONER:
        return Permissions(publish=(">",), subscribe=(">",), may_reply=True)
    if identity in SERVICES:
        return _of_service(identity, programme, tuple(front_ends))
    if identity == KEEPER:
        return _of_keeper(programme, tuple(front_ends))
    return _of_outsider(identity, dict(accounts_of(programme, front_ends))[identity])


def accounts_of(
    programme: str, front_ends: Iterable[FrontEnd]
) -> list[tuple[str, tuple[Grant, ...]]]:
    """Every account beside that of the services, with what it imports."""
    known = tuple(front_ends)
    accounts = [(name, grants_of_tool(name, programme, known)) for name in TOOLS]
    for front_end in known:
        if not front_end.revoked:
            accounts.append((front_end.name, grants_of_front_end(front_end, programme)))
    return accounts


def _of_outsider(identity: str, grants: Iterable[Grant]) -> Permissions:
    """Inside its account it may say and hear what the account imports; an account has one user."""
    said = dict.fromkeys(grant.subject for grant in grants if not grant.heard)
    heard = [grant.subject for grant in grants if grant.heard]
    answers = f"{inbox_of(identity)}.>"
    return Permissions(publish=tuple(said), subscribe=(answers, *heard))


def _of_keeper(programme: str, front_ends: tuple[FrontEnd, ...]) -> Permissions:
    """It reads every stream as it lies, says checkpoints, and takes out what an erased person said."""
    publish = [f"{programme}.{KEEPER}.>", OWN_RIGHTS]
    for stream in streams_of(front_ends):
        publish += [f"$JS.API.STREAM.INFO.{stream.name}", f"$JS.API.DIRECT.GET.{stream.name}"]
        if not ERASED_PUBLISHERS.isdisjoint(stream.publishers):
            publish.append(f"$JS.API.STREAM.MSG.DELETE.{stream.name}")
    publish += _on_buckets(front_ends)
    questions = question_subject(programme, KEEPER, ANY)
    return Permissions(tuple(publish), (f"{inbox_of(KEEPER)}.>", questions), may_reply=True)


def _of_service(service: str, programme: str, front_ends: tuple[FrontEnd, ...]) -> Permissions:
    publish = [f"{programme}.{service}.>", f"{programme}.dead-letters.>", OWN_RIGHTS]
    for stream in streams_seen_by(service, front_ends):
        publish.append(f"$JS.API.STREAM.INFO.{stream.name}")
    for stream in TABLE:
        # Its own last fact tells a database that is older than the log.
        if service in stream.written_by:
            publish.append(f"$JS.API.DIRECT.GET.{stream.name}")
    if service in stream_kind("answers").written_by:
        publish.append(f"{programme}.answers.>")
    if service == "intake":
        publish.append(f"$KV.{STATUS_BUCKET}.>")
        publish += _on_buckets(front_ends)
    for durable in durables_of(service, front_ends):
        place = f"{durable.stream}.{durable.name}"
        publish += [
            f"$JS.API.CONSUMER.MSG.NEXT.{place}",
            f"$JS.API.CONSUMER.INFO.{place}",
            f"$JS.ACK.{place}.>",
            f"$JS.ACK.*.*.{place}.>",
            f"$JS.API.DIRECT.GET.{durable.stream}",  # a dead letter's event is read again from where it lies
        ]
    answers = f"{inbox_of(service)}.>"
    questions = question_subject(programme, service, ANY)
    return Permissions(
        publish=tuple(dict.fromkeys(publish)),
        subscribe=(answers, questions),
        may_reply=True,
    )


def _on_buckets(front_ends: tuple[FrontEnd, ...]) -> list[str]:
    """Who looks into a bucket reads it, and takes out of it what expired or was erased. Nobody of ours writes it."""
    acts = ("STREAM.INFO", "DIRECT.GET", "STREAM.MSG.DELETE")
    return [f"$JS.API.{act}.{bucket.name}" for bucket in buckets_of(front_ends) for act in acts]
