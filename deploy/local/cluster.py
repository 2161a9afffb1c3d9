"""The configuration of one node of a NATS cluster whose streams lie on several nodes: the shape of production."""

from collections.abc import Sequence
from pathlib import Path

from deploy.local.durable import write_durably
from deploy.local.identities import ROOM, ROUTES_FILE, accounts_config, make_keys
from shared.kit.bus.front_ends import front_ends_of
from shared.kit.key_files import kept_text

ROUTES_USER = "routes"
ROUTE_SECONDS_MAX = 2


def cluster_config(
    home: Path, programme: str, number: int, hosts: Sequence[str], ports: Sequence[int], routes: Sequence[int]
) -> Path:
    """Writes the configuration of node `number`; every node has the same identities, rights, routes and secret.

    Without the secret a stranger's server would join, read everything and write as anybody.
    """
    node, front_ends = home / f"n{number}", front_ends_of(home)
    store = (node / "store").resolve()
    keys = make_keys(home / "keys", front_ends)
    secret = kept_text(home / "keys" / ROUTES_FILE)
    places = zip(hosts, routes, strict=True)
    others = ", ".join(f'"nats://{ROUTES_USER}:{secret}@{host}:{route}"' for host, route in places)
    text = (
        f'server_name: "n{number}"\nlisten: "{hosts[number]}:{ports[number]}"\nmax_payload: 1MB\n'
        f'write_deadline: "10s"\njetstream {{\n  store_dir: "{store}"\n  sync_interval: "always"\n  {ROOM}\n}}\n'
        f'cluster {{\n  name: "{programme}"\n  listen: "{hosts[number]}:{routes[number]}"\n  routes: [{others}]\n'
        f'  authorization {{ user: "{ROUTES_USER}", password: "{secret}", timeout: {ROUTE_SECONDS_MAX} }}\n'
        "  no_advertise: true\n}\n" + accounts_config(keys, programme, front_ends)
    )
    path = node / "nats-server.conf"
    write_durably(path, text.encode(), mode=0o600)
    return path
