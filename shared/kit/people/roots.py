"""Where trust begins: the people who are enrolled when a platform is made, and the name its signatures cover.

Both stand in the metadata of the stream BACKOFFICE, which the provisioner alone may write.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from shared.contract.values import Role
from shared.kit.errors import PlatformDrift
from shared.kit.people.register import ADMINISTRATORS_MIN, Standing, administrators

if TYPE_CHECKING:  # the commands read who the founders are, and need no database
    from shared.kit.storage.states import States

ROOT_STREAM = "BACKOFFICE"
FOUNDERS = "fabriques-founders"
SINCE_EVER_NS = 0


@dataclass(frozen=True, slots=True)
class Roots:
    platform: str
    founders: tuple[Standing, ...]


def founder(
    person_id: str, public_key: str, roles: Iterable[Role] = (Role.ADMINISTRATOR,)
) -> Standing:
    return Standing(
        person_id, SINCE_EVER_NS, public_key, tuple(sorted(role.value for role in roles))
    )


def as_metadata(founders: Iterable[Standing]) -> dict[str, str]:
    rows = [[person.person_id, person.public_key, person.roles] for person in founders]
    return {FOUNDERS: json.dumps(rows)}


def roots_in(metadata: Mapping[str, str] | None, programme: str, rehearsal: bool) -> Roots:
    """Raises PlatformDrift where nobody could ever register anybody."""
    rows = json.loads((metadata or {}).get(FOUNDERS, "[]"))
    founders = tuple(
        Standing(person_id, SINCE_EVER_NS, public_key, tuple(roles))
        for person_id, public_key, roles in rows
    )
    if len(administrators(founders, SINCE_EVER_NS)) < ADMINISTRATORS_MIN:
        raise PlatformDrift("this platform has no founders: provision it, see docs/people.md")
    return Roots(platform_name(programme, rehearsal, founders), founders)


def platform_name(programme: str, rehearsal: bool, founders: Sequence[Standing]) -> str:
    """One installation in one mode: no signature of a rehearsal, or of another installation, counts here."""
    rows = sorted(f"{person.person_id} {person.public_key}" for person in founders)
    digest = sha256("\n".join(rows).encode()).hexdigest()[:12]
    mode = "rehearsal" if rehearsal else "production"
    return f"{programme}/{mode}/{digest}"


def keep_founders(states: "States", founders: Iterable[Standing]) -> None:
    for person in founders:
        states.keep(person)
    states.write()
