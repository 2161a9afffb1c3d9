"""What a platform that is run elsewhere is made from: keys, configurations, passwords, in its data folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from deploy.local.database.roles import FOLDER, make_database_secrets
from deploy.local.home.beside import writing_accounts
from deploy.local.home.durable import write_durably
from deploy.local.home.folder_lock import only_one
from deploy.local.home.plan import PORT, programme_copy
from deploy.local.home.programme_copy import keep_programme
from deploy.local.installation.front_ends import keep_front_ends
from deploy.local.keys.certificates import certify, has_certificates
from deploy.local.keys.people import make_founders
from deploy.local.server.cluster import Node, cluster_config
from deploy.local.server.nats_server import ACCOUNTS_FILE, accounts_of_all, write_config
from shared.kit.key_files import create_key
from shared.kit.settings import PREFIX, Settings
from shared.programme import Programme

ROUTES_PORT = 6222
# Empty: letters leave as files, until a relay is written there.
RELAY_FILE = f"{PREFIX.lower()}smtp_url"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the server of a container is reached from other containers


@dataclass(frozen=True, slots=True)
class Hosts:
    """Names to certify the listeners under, the nodes of a cluster, the PostgreSQL server."""

    tls: Sequence[str] = ()
    nodes: Sequence[str] = ()
    databases: str = ""


def prepare(settings: Settings, hosts: Hosts, now: datetime) -> Programme:
    """What is there stays.

    Raises PlatformNotStarted where a platform runs here; ProgrammeInvalid, KeysMissing, StoreKeyWrong.
    """
    with only_one(settings.home):
        return _prepared(settings, hosts, now)


def _prepared(settings: Settings, hosts: Hosts, now: datetime) -> Programme:
    given = settings.programme_file if "programme_file" in settings.model_fields_set else None
    kept = programme_copy(settings.home)
    programme = keep_programme(kept, given if given != kept else None, now)
    make_founders(settings.home)
    if hosts.tls and not has_certificates(settings.home):
        certify(settings.home, hosts.tls)
    tls = has_certificates(settings.home)
    if hosts.nodes:
        _configure_cluster(settings, programme.id, hosts.nodes, tls)
    else:
        write_config(settings.home, programme.id, EVERYWHERE, PORT, tls=tls)
    if hosts.databases:
        make_database_secrets(settings.home, hosts.databases, programme.id)
        create_key(settings.home / FOLDER / RELAY_FILE, "")
    return programme


def _configure_cluster(settings: Settings, programme: str, hosts: Sequence[str], tls: bool) -> None:
    nodes = [Node(host, PORT, ROUTES_PORT) for host in hosts]
    for number in range(len(nodes)):
        cluster_config(settings.home, programme, number, nodes, tls)
    with writing_accounts(settings.home):
        accounts = accounts_of_all(settings.home)
        write_durably(settings.home / ACCOUNTS_FILE, accounts.encode(), mode=0o600)
    # Who reads the list elsewhere has it as a file of its own: it must be there.
    keep_front_ends(settings.home, settings.front_ends())
