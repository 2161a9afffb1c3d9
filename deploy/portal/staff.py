"""Officers, reviewers and the association at the pages: who may enter, with which key, who has entered.

A person enters by signing a challenge that these pages made for their session, once. The bytes are signed in
their browser, by a key that never leaves it:

    fabriques-entry-v1 LF <origin> LF <platform> LF <person> LF <challenge>

Whoever has entered reads and decides nothing by it: each question and act is signed again (`carrying`).
"""

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.portal.bus import Bus, PlatformAway
from deploy.portal.recent import Recent
from deploy.portal.seals import new_id
from shared.contract.front_ends import ASSOCIATION, OFFICERS, REVIEWERS
from shared.contract.question import JUDGES_REVIEWS, TELLS_OF_SUPPORT
from shared.kit.people.signatures import is_signature
from shared.kit.settings import Settings

FORM = "fabriques-entry-v1"
CHALLENGE_SECONDS = 120.0
ENTERED_SECONDS = 8 * 3600.0
KEPT_MAX = 20_000
# Which service tells each kind of front-end who acts.
TELLERS = {OFFICERS: JUDGES_REVIEWS, REVIEWERS: JUDGES_REVIEWS, ASSOCIATION: TELLS_OF_SUPPORT}


@dataclass(frozen=True, slots=True)
class Person:
    """As the platform knows them now. `platform` is its name in everything they sign."""

    person_id: str
    roles: tuple[str, ...]
    public_key: str
    platform: str


class Entrances:
    """Challenges and sessions, in memory: after a restart everybody signs another challenge."""

    def __init__(self) -> None:
        self._challenges: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._entered: OrderedDict[str, tuple[Person, float]] = OrderedDict()

    def challenge(self, session: str) -> str:
        """For one session, to be signed once and soon."""
        made = new_id()
        self._challenges[made] = (session, time.monotonic() + CHALLENGE_SECONDS)
        if len(self._challenges) > KEPT_MAX:
            self._challenges.popitem(last=False)
        return made

    def spend(self, challenge: str, session: str) -> bool:
        """Whether it was made for this session, and not spent yet; from now on it is."""
        owner, until = self._challenges.pop(challenge, ("", 0.0))
        return bool(session) and owner == session and time.monotonic() < until

    def enter(self, session: str, person: Person) -> None:
        self._entered[session] = (person, time.monotonic() + ENTERED_SECONDS)
        if len(self._entered) > KEPT_MAX:
            self._entered.popitem(last=False)

    def entered(self, session: str) -> Person | None:
        """Who entered, as they stood then; None where nobody did, or long ago."""
        person, until = self._entered.get(session, (None, 0.0))
        return person if time.monotonic() < until else None

    def leave(self, session: str) -> None:
        self._entered.pop(session, None)


class Staff:
    """`buses` carry what people sign, by the kind of people. Without any, nobody enters."""

    def __init__(self, buses: Mapping[str, Bus]) -> None:
        self.buses = buses
        self.entrances = Entrances()
        self._told_as = next((kind for kind in TELLERS if kind in buses), "")
        self._recent = Recent(buses[self._told_as]) if self._told_as else None

    async def platform(self) -> str:
        """Its name in everything that is signed. Raises PlatformAway."""
        return str((await self._known())["platform"])

    async def person(self, person_id: str) -> Person | None:
        """Somebody whose key counts now. Raises PlatformAway."""
        known = await self._known()
        for one in known["people"]:
            if one["person_id"] == person_id and not one["revoked"]:
                return Person(person_id, tuple(one["roles"]), one["public_key"], known["platform"])
        return None

    async def entered(self, session: str) -> Person | None:
        """Who entered in this session, while they are registered with the key they entered with.

        Raises PlatformAway.
        """
        before = self.entrances.entered(session)
        if before is None:
            return None
        person = await self.person(before.person_id)
        return person if person and person.public_key == before.public_key else None

    async def _known(self) -> dict[str, Any]:
        if self._recent is None:
            raise PlatformAway
        return await self._recent.people(TELLERS[self._told_as])


def open_staff(settings: Settings, identities: Mapping[str, str | None]) -> Staff:
    """`identities` are names of front-ends by their kind; a kind without one is not served."""
    return Staff({kind: Bus(settings, name) for kind, name in identities.items() if name})


def entry_bytes(person: Person, origin: str, challenge: str) -> bytes:
    return "\n".join((FORM, origin, person.platform, person.person_id, challenge)).encode()


def proves(person: Person, origin: str, challenge: str, signature: str) -> bool:
    """Whether this challenge was signed with the person's key, for these pages and this platform."""
    return is_signature(signature, entry_bytes(person, origin, challenge), person.public_key)
