"""Every kind of key that a platform has: what it protects, where it lies, what replaces it."""

from dataclasses import dataclass
from pathlib import Path

from deploy.local.installation.rotation import RINGS
from deploy.local.keys.identities import identities_of
from shared.kit.front_ends import front_ends_of


@dataclass(frozen=True, slots=True)
class Kind:
    """`place` is in the data folder, or says where else."""

    protects: str
    place: str
    replaced_by: str


OF_THEIR_OWN = {
    "funding-sealing": "bank details on their way: front-ends seal them to it",
    "notify-proof": "the codes that prove an address",
    "sessions": "sessions and forms of the pages",
}
OTHERS = {
    "funding-fields": Kind(
        "bank details in funding's database",
        "keys/funding-fields.nk",
        "fabriques keys rotate funding-fields",
    ),
    "keeper-seal": Kind(
        "checkpoints of the log",
        "keys/keeper-seal.nk",
        "fabriques keys rotate keeper-seal",
    ),
    "cluster-routes": Kind(
        "what servers of a cluster say to each other",
        "keys/cluster-routes.nk",
        "by hand: another secret in each server's configuration, all started again",
    ),
    "store": Kind(
        "streams on the disk",
        "a file elsewhere (FABRIQUES_STORE_KEY)",
        "by hand: a backup, restored into a new folder",
    ),
    "backup": Kind(
        "backups", "keys/backup.pub, and a file elsewhere", "fabriques keys backup FILE"
    ),
    "tls": Kind("the way between processes", "keys/tls", "fabriques keys tls"),
    "people": Kind(
        "what a person signs", "theirs", "fabriques people add PERSON --role ROLE --new-key"
    ),
}


def kinds(home: Path) -> dict[str, Kind]:
    """By their names, as `fabriques keys rotate` takes them."""
    found = {}
    for identity in identities_of(front_ends_of(home)):
        speaks = f"who speaks as {identity}"
        found[identity] = Kind(speaks, f"keys/{identity}.nk", f"fabriques keys rotate {identity}")
    for name, protects in OF_THEIR_OWN.items():
        found[name] = Kind(protects, RINGS[name].place, f"fabriques keys rotate {name}")
    return found | OTHERS
