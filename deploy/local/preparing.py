"""What a platform that is run elsewhere is made from: keys, configurations, passwords, in its data folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from deploy.local.certificates import certify, has_certificates
from deploy.local.cluster import Node, cluster_config
from deploy.local.database_roles import make_database_secrets
from deploy.local.durable import write_durably
from deploy.local.front_ends import keep_front_ends
from deploy.local.identities import accounts_block, accounts_config, make_keys
from deploy.local.nats_server import ACCOUNTS_FILE, write_config, write_piece
from deploy.local.people import make_founders
from deploy.local.plan import PORT, programme_copy
from deploy.local.programme_copy import keep_programme
from shared.kit.settings import Settings
from shared.programme import Programme

ROUTES_PORT = 6222
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the server of a container is reached from other containers


@dataclass(frozen=True, slots=True)
class Hosts:
    """Names to certify the listeners under, the nodes of a cluster, the PostgreSQL server."""

    tls: Sequence[str] = ()
    nodes: Sequence[str] = ()
    databases: str = ""


def prepare(settings: Settings, hosts: Hosts, now: datetime) -> Programme:
    """What is there stays. Raises ProgrammeInvalid, KeysMissing, StoreKeyWrong."""
    given = settings.programme_file if "programme_file" in settings.model_fields_set else None
    kept = programme_copy(settings.home)
    programme = keep_programme(kept, given if given != kept else None, now)
    make_founders(settings.home)
    if hosts.tls and not has_certificates(settings.home):
        certify(settings.home, hosts.tls)
    if hosts.nodes:
        _configure_cluster(settings, programme.id, hosts)
    else:
        write_config(settings.home, programme.id, EVERYWHERE, PORT, tls=bool(hosts.tls))
    if hosts.databases:
        make_database_secrets(settings.home, hosts.databases)
    return programme


def _configure_cluster(settings: Settings, programme: str, hosts: Hosts) -> None:
    nodes = [Node(host, PORT, ROUTES_PORT) for host in hosts.nodes]
    for number in range(len(nodes)):
        cluster_config(settings.home, programme, number, nodes, bool(hosts.tls))
    keys = make_keys(settings.home / "keys", settings.front_ends())
    accounts = accounts_block([accounts_config(keys, programme, settings.front_ends())])
    write_piece(settings.home, programme, settings.front_ends())
    write_durably(settings.home / ACCOUNTS_FILE, accounts.encode(), mode=0o600)
    # Who reads the list elsewhere has it as a file of its own: it must be there.
    keep_front_ends(settings.home, settings.front_ends())
