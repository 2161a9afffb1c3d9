"""Who signs what a command publishes or asks: a person whose key is at hand, in a role that may do this."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from nacl.signing import SigningKey

from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import Officer
from deploy.local.keys.people import KeyUnreadable, key_file, people_folder, read_key
from shared.contract.values import Actor, Role
from shared.kit.people.signatures import public_key_of, signed_headers

Sign = Callable[[str, bytes], dict[str, str]]
Roles = tuple[Role, ...]  # those that may do what is signed


@dataclass(frozen=True)
class Signer:
    """`actor` is who the act names, and in which role; `key` is theirs."""

    actor: Actor
    key: SigningKey
    platform: str

    def sign(self, subject: str, body: bytes) -> dict[str, str]:
        return signed_headers(self.key, self.platform, subject, str(uuid4()), body)


def signer_of(known: dict[str, Any], home: Path, may: Roles, officer: Officer) -> Signer:
    """`known` is intake's answer to the question `people`.

    Raises CommandFailed, saying who may, where the options name nobody who may do this.
    """
    people = {person["person_id"]: person for person in known["people"]}
    name = officer.name or _only_one(may, officer, people, home)
    key = key_at(home, name)
    person = people.get(name)
    if person is None or person["revoked"]:
        raise CommandFailed(f"{name} is not registered: see `fabriques people list`")
    if person["public_key"] != public_key_of(key):
        raise CommandFailed(f"{key_file(home, name)} is not the key that {name} is registered with")
    return Signer(Actor(id=name, role=_role(may, officer, person)), key, known["platform"])


def key_at(home: Path, name: str) -> SigningKey:
    path = key_file(home, name)
    try:
        return read_key(path)
    except FileNotFoundError:
        at_hand = ", ".join(names_at_hand(home)) or "none"
        raise CommandFailed(
            f"there is no key {path}: the keys at hand are those of {at_hand}"
        ) from None
    except (KeyUnreadable, OSError) as error:
        raise CommandFailed(str(error)) from None


def names_at_hand(home: Path) -> list[str]:
    return sorted(path.stem for path in people_folder(home).glob("*.key"))


def fitting_roles(may: Roles, person: dict[str, Any]) -> list[Role]:
    return [role for role in may if role.value in person["roles"]]


def _only_one(may: Roles, officer: Officer, people: dict[str, Any], home: Path) -> str:
    """The one person whose key is at hand and who may do this."""
    known = [people[name] for name in names_at_hand(home) if name in people]
    fitting = [
        str(person["person_id"]) for person in known if _fits(fitting_roles(may, person), officer)
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise CommandFailed(f"say who decides with --as: {', '.join(fitting)} may")
    folder = people_folder(home)
    raise CommandFailed(
        f"no key in {folder} is that of a registered {_who_may(may)}: see `fabriques people`"
    )


def _fits(roles: list[Role], officer: Officer) -> bool:
    """Any of the roles will do where none is asked for."""
    return officer.role in roles if officer.role else bool(roles)


def _who_may(may: Roles) -> str:
    return " or ".join(role.value for role in may)


def _role(may: Roles, officer: Officer, person: dict[str, Any]) -> Role:
    roles = fitting_roles(may, person)
    if not _fits(roles, officer):
        given = f" as {officer.role}" if officer.role else ""
        who = f"{person['person_id']} ({', '.join(person['roles'])})"
        raise CommandFailed(f"{who} may not do this{given}: it is for {_who_may(may)}")
    if officer.role:
        return officer.role
    if len(roles) == 1:
        return roles[0]
    raise CommandFailed(f"say in which role with --role: {', '.join(role.value for role in roles)}")
