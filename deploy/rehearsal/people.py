"""The officers and reviewers of a rehearsal: who they are, their keys, and how they are registered."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

from nacl.signing import SigningKey

from deploy.local.keys.people import NAMES as FOUNDERS
from deploy.local.keys.people import key_file, read_key
from deploy.rehearsal import acts
from deploy.rehearsal.clients import Saying
from shared.contract.people import PersonRegistered
from shared.contract.values import Role
from shared.kit.people.signatures import public_key_of

CAST: dict[str, Role] = {
    **dict.fromkeys(acts.INSTRUCTORS, Role.INSTRUCTOR),
    **dict.fromkeys(acts.DIRECTORS, Role.DIRECTOR),
    **dict.fromkeys(acts.REVIEWERS, Role.REVIEWER),
    **dict(acts.PAYERS),
    acts.PARTNER: Role.ASSOCIATION,
}


class Keyring:
    """Everybody's key: the founders' are the platform's, the others' the same in every rehearsal."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def key_of(self, name: str) -> SigningKey:
        return read_key(key_file(self._home, name)) if name in FOUNDERS else _invented(name)


@cache
def _invented(name: str) -> SigningKey:
    return SigningKey(blake2b(f"rehearsal/{name}".encode(), digest_size=32).digest())


def registrations() -> list[Saying]:
    """Both founders say who everybody is, alike."""
    return [
        acts.officer(
            PersonRegistered,
            name,
            "Prise de fonctions.",
            _described(name, role),
            (founder, Role.ADMINISTRATOR),
        )
        for name, role in CAST.items()
        for founder in FOUNDERS
    ]


def _described(name: str, role: Role) -> dict[str, object]:
    return {"roles": [role.value], "public_key": public_key_of(_invented(name))}
