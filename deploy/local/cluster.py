"""The configuration of one node of a NATS cluster whose streams lie on several nodes: the shape of production."""

from collections.abc import Sequence
from pathlib import Path

from deploy.local.durable import write_durably
from deploy.local.identities import accounts_config, make_keys
from shared.kit.front_ends import front_ends_of


def cluster_config(
    home: Path, programme: str, number: int, hosts: Sequence[str], ports: Sequence[int], routes: Sequence[int]
) -> Path:
    """Writes the configuration of node `number`; every node has the same identities, rights and routes."""
    node, front_ends = home / f"n{number}", front_ends_of(home)
    store = (node / "store").resolve()
    others = ", ".join(f'"nats://{host}:{route}"' for host, route in zip(hosts, routes, strict=True))
    text = (
        f'server_name: "n{number}"\nlisten: "{hosts[number]}:{ports[number]}"\nmax_payload: 1MB\n'
        f'write_deadline: "10s"\njetstream {{\n  store_dir: "{store}"\n  sync_interval: "always"\n}}\n'
        f'cluster {{\n  name: "{programme}"\n  listen: "{hosts[number]}:{routes[number]}"\n  routes: [{others}]\n'
        "  no_advertise: true\n}\n" + accounts_config(make_keys(home / "keys", front_ends), programme, front_ends)
    )
    path = node / "nats-server.conf"
    write_durably(path, text.encode(), mode=0o600)
    return path
