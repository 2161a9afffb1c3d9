"""Checks every signature again by the log alone: who stood when, and whether they signed what lies there."""

from dataclasses import dataclass, field

from nats.aio.client import Client

from deploy.local.log.reading import Stored
from shared.contract.event import EVENTS, Event
from shared.contract.people import MAY, PersonRegistered, PersonRevoked, speaker_of
from shared.kit.bus.configs import MODE
from shared.kit.clock import Clock
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected
from shared.kit.people.acts import REPEATED, is_act, objection
from shared.kit.people.register import AboutPeople, Proposal, Standing, decide_person, digest_of
from shared.kit.people.roots import ROOT_STREAM, Roots, roots_in
from shared.kit.strict_json import read_event


@dataclass(frozen=True, slots=True)
class Doubt:
    """An act that should count for nothing, and why; `first` is the event its act id counted with."""

    stored: Stored
    code: str
    first: str = ""


@dataclass(slots=True)
class ActsInLog:
    """Give it the stream of the back office first: it tells who everybody is."""

    roots: Roots
    rehearsal: bool
    acts: int = 0
    doubts: list[Doubt] = field(default_factory=list)
    _people: dict[str, list[Standing]] = field(default_factory=dict)
    _proposals: dict[str, Proposal] = field(default_factory=dict)
    _counted: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for person in self.roots.founders:
            self._stands(person)

    def look(self, stored: Stored) -> None:
        """What nobody can read is nobody's act: it is a dead letter."""
        delivery = stored.delivery("audit")
        kind = EVENTS.get(delivery.event_type)
        if kind is None or not is_act(kind):
            return
        try:
            at = delivery.arrival(Clock(self.rehearsal), self.roots.platform)
            event = read_event(kind, stored.data)
        except Rejected:
            return
        self.acts += 1
        if doubt := self._doubt(stored, event, at):
            self.doubts.append(doubt)
        elif isinstance(event, PersonRegistered | PersonRevoked):
            self._follow(event, stored.stamped_ns)

    def _doubt(self, stored: Stored, event: Event, at: Arrival) -> Doubt | None:
        name, role = speaker_of(event)
        if why := objection(self._people.get(name, ()), MAY.get(type(event), ()), role, at):
            return Doubt(stored, why.code)
        first = self._counted.setdefault((name, at.act_id), stored.event_id)
        return None if first == stored.event_id else Doubt(stored, REPEATED.code, first)

    def _follow(self, event: AboutPeople, stamped_ns: int) -> None:
        everybody = [standing for history in self._people.values() for standing in history]
        decision = decide_person(
            everybody, self._proposals.get(digest_of(event)), event, stamped_ns
        )
        for change in decision.changes:
            if isinstance(change, Standing):
                self._stands(change)
            else:
                self._proposals[change.digest] = change

    def _stands(self, person: Standing) -> None:
        self._people.setdefault(person.person_id, []).append(person)


async def read_roots(client: Client, programme: str) -> tuple[Roots, bool]:
    """Where trust begins on this platform, and whether it is a rehearsal. Raises PlatformDrift."""
    metadata = (await client.jetstream().stream_info(ROOT_STREAM)).config.metadata or {}
    rehearsal = metadata.get(MODE) == "rehearsal"
    return roots_in(metadata, programme, rehearsal), rehearsal
