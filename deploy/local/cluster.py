"""The configuration of one node of a NATS cluster, whose streams lie on several: as in production."""

from collections.abc import Sequence
from pathlib import Path

from deploy.local.durable import write_durably
from deploy.local.identities import ROOM, ROUTES_FILE, accounts_config, make_keys
from shared.kit.front_ends import front_ends_of
from shared.kit.key_files import kept_text

ROUTES_USER = "routes"
ROUTE_SECONDS_MAX = 2


def cluster_config(
    home: Path, programme: str, number: int, hosts: Sequence[str], ports: Sequence[int], routes: Sequence[int]
) -> Path:
    """Writes the configuration of node `number`: every node has the same identities, rights and secret.

    Without the secret a stranger's server would join, read everything and write as anybody.
    """
    node = home / f"n{number}"
    front_ends = front_ends_of(home)
    store = (node / "store").resolve()
    keys = make_keys(home / "keys", front_ends)
    secret = kept_text(home / "keys" / ROUTES_FILE)
    places = zip(hosts, routes, strict=True)
    others = ", ".join(f'"nats://{ROUTES_USER}:{secret}@{host}:{route}"' for host, route in places)
    text = f"""server_name: "n{number}"
listen: "{hosts[number]}:{ports[number]}"
max_payload: 1MB
write_deadline: "10s"
jetstream {{
  store_dir: "{store}"
  sync_interval: "always"
  {ROOM}
}}
cluster {{
  name: "{programme}"
  listen: "{hosts[number]}:{routes[number]}"
  routes: [{others}]
  authorization {{ user: "{ROUTES_USER}", password: "{secret}", timeout: {ROUTE_SECONDS_MAX} }}
  no_advertise: true
}}
{accounts_config(keys, programme, front_ends)}"""
    path = node / "nats-server.conf"
    write_durably(path, text.encode(), mode=0o600)
    return path
