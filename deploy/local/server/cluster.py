"""The configuration of one node of a NATS cluster, whose streams lie on several: as in production."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.home.beside import writing_accounts
from deploy.local.home.durable import write_durably
from deploy.local.keys.certificates import pin_of
from deploy.local.keys.identities import ROOM, ROUTES, ROUTES_FILE
from deploy.local.server.nats_server import (
    CONFIG,
    HANDSHAKE_SECONDS_MAX,
    accounts_of_all,
    tls_config,
    write_piece,
)
from shared.kit.front_ends import front_ends_of
from shared.kit.key_files import kept_text

ROUTES_USER = "routes"
ROUTE_SECONDS_MAX = 2


@dataclass(frozen=True, slots=True)
class Node:
    """Where one server of the cluster listens: to clients, and to the other servers."""

    host: str
    port: int
    route: int


def cluster_config(
    home: Path, programme: str, number: int, nodes: Sequence[Node], tls: bool = False
) -> Path:
    """Writes the configuration of node `number`: every node has the same identities, rights and secret.

    Without the secret a stranger's server would join, read everything and write as anybody. With `tls` it
    takes the routes' own certificate too: `certify` makes it, for the hosts of all nodes.
    """
    path = home / f"n{number}" / CONFIG
    with writing_accounts(home):
        write_piece(home, programme, front_ends_of(home))
        text = _node_config(home, programme, number, nodes, tls) + accounts_of_all(home)
        write_durably(path, text.encode(), mode=0o600)
    return path


def _node_config(home: Path, programme: str, number: int, nodes: Sequence[Node], tls: bool) -> str:
    """All but the accounts, which are those of every programme of these servers."""
    own = nodes[number]
    store = (home / f"n{number}" / "store").resolve()
    secret = kept_text(home / "keys" / ROUTES_FILE)
    others = ", ".join(f'"nats://{ROUTES_USER}:{secret}@{one.host}:{one.route}"' for one in nodes)
    seconds = HANDSHAKE_SECONDS_MAX if tls else ROUTE_SECONDS_MAX
    return f"""server_name: "n{number}"
listen: "{own.host}:{own.port}"
max_payload: 1MB
write_deadline: "10s"
{tls_config(home) if tls else ""}jetstream {{
  store_dir: "{store}"
  sync_interval: "always"
  {ROOM}
}}
cluster {{
  name: "{programme}"
  listen: "{own.host}:{own.route}"
  routes: [{others}]
  authorization {{ user: "{ROUTES_USER}", password: "{secret}", timeout: {seconds} }}
  {_routes_tls(home) if tls else ""}no_advertise: true
}}
"""


def _routes_tls(home: Path) -> str:
    """One certificate for all nodes, known by its key: a front-end's of the same authority opens no route."""
    return tls_config(home, ROUTES, f', pinned_certs: ["{pin_of(home, ROUTES)}"]')
