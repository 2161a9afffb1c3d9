"""Everybody who acts in the tests: enrolled when a test platform is made, each with a key, in every role."""

import json
from dataclasses import asdict
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4

from nacl.signing import SigningKey

from deploy.local.keys.people import key_file, people_folder, write_key
from shared.contract.backoffice import OfficerAct
from shared.contract.event import Event
from shared.contract.people import MAY
from shared.contract.values import Actor, Role
from shared.kit.people.acts import is_act
from shared.kit.people.register import Standing
from shared.kit.people.roots import Roots, founder, platform_name
from shared.kit.people.signatures import public_key_of, signed_headers

NAMED_ON_PURPOSE = set(Role) - {Role.INSTRUCTOR}
NAMES = (
    "administrator-1", "administrator-2", "director-1", "director-2", "d-1", "d-2", "officer-1", "officer-2",
    "officer-3", "ordonnateur-1", "comptable-1", "bank-consumer", "durand",
    "r1", "r2", "anna", "bela", "carl", "dina", "by-hand-1", "by-hand-2",
)  # fmt: skip


@cache
def key_of(name: str) -> SigningKey:
    return SigningKey(blake2b(name.encode(), digest_size=32).digest())


@cache
def founders() -> tuple[Standing, ...]:
    return tuple(founder(name, public_key_of(key_of(name)), Role) for name in NAMES)


@cache
def roots(programme: str = "fabriques", rehearsal: bool = True) -> Roots:
    return Roots(platform_name(programme, rehearsal, founders()), founders())


def signed(
    kind: type[Event], subject: str, body: bytes, said: Any, platform: str = ""
) -> dict[str, str]:
    """The headers of an act, signed by whom it names; of nothing else. `said` is its body as a dictionary."""
    if not is_act(kind) or not isinstance(said, dict):
        return {}
    name = said["actor"]["id"] if "actor" in said else said["reviewer_id"]
    return signed_headers(key_of(name), platform or roots().platform, subject, str(uuid4()), body)


def in_their_role(event: Event) -> Event:
    """The act of a test that does not mind the role, in one that may do it."""
    may = MAY.get(type(event), ())
    if not isinstance(event, OfficerAct) or event.actor.role in (*may, *NAMED_ON_PURPOSE):
        return event
    return event.model_copy(update={"actor": Actor(id=event.actor.id, role=may[0])})


def found(home: Path) -> None:
    """A platform that is made here begins with everybody."""
    folder = people_folder(home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "founders.json").write_text(
        json.dumps([asdict(person) for person in founders()]), encoding="utf-8"
    )


def keep_keys(home: Path) -> None:
    """Where the command looks for them."""
    for name in NAMES:
        if not key_file(home, name).exists():
            write_key(home, name, key_of(name))
