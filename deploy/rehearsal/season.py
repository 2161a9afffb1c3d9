"""What every step of a rehearsal shares: the programme, the cast, the clients, what was counted so far."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from deploy.rehearsal import acts
from deploy.rehearsal.applicants import Applicant
from deploy.rehearsal.cast import Cast, Player
from deploy.rehearsal.clients import Clients, Saying
from deploy.rehearsal.story import Scene
from services.notify.keys import load_proof
from shared.contract import backoffice as b
from shared.contract import frontdesk as f
from shared.kit.settings import Settings
from shared.programme import Programme
from shared.programme.model import Gathering

SENDINGS = (f.CandidatureSubmitted, b.CandidatureImported)
PAGE = 200


@dataclass
class Tally:
    """What the player sent, to be compared with what the services say.

    `waves` and `years` are for the tables; `meetings` were announced and are not over.
    """

    submitted: int = 0
    amended: int = 0
    waves: dict[str, dict[str, Any]] = field(default_factory=dict)
    years: dict[int, dict[str, Any]] = field(default_factory=dict)
    meetings: list[Gathering] = field(default_factory=list)


@dataclass
class Season:
    """`tell` shows the step that is being played; `receipts` are those of the laureates seen so far,
    `drawn` who reviews each file of the wave."""

    settings: Settings
    programme: Programme
    cast: Cast
    clients: Clients
    tell: Callable[[str], None]
    tally: Tally = field(default_factory=Tally)
    sealing_key: str = ""
    published_on: date = date.min
    receipts: dict[str, str] = field(default_factory=dict)
    drawn: dict[str, list[str]] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.settings.home

    async def say(self, sayings: Iterable[Saying]) -> None:
        sayings = list(sayings)
        for saying in sayings:
            if saying.event in SENDINGS:
                self.tally.amended += saying.amends
                self.tally.submitted += not saying.amends
        await self.clients.say(list(self._with_proofs(sayings)))

    def _with_proofs(self, sayings: Iterable[Saying]) -> Iterator[Saying]:
        """Each holder opens the link of the first letter at once, and so has whole letters from then on."""
        proof = load_proof(self.home / "keys")
        for saying in sayings:
            yield saying
            if saying.event in SENDINGS:
                file = saying.body.get("submission", saying.body)
                yield acts.address_confirmed(saying.dossier, file["holder"]["email"], proof)

    async def settle(self, sayings: Iterable[Saying]) -> None:
        """Says it, and waits until all that follows from it is done."""
        await self.say(sayings)
        await self.clients.quiet()

    def days_later(self, days: int) -> None:
        self.clients.clock.move_to(self.clients.clock.today + timedelta(days=days))

    @property
    def indicators(self) -> tuple[str, ...]:
        return tuple(indicator.id for indicator in self.programme.indicators)

    def acts_at(self, moment: str, players: Iterable[Player]) -> list[Saying]:
        """What the stories do at this moment, in the order of the table."""
        today = self.clients.clock.today.isoformat()
        sayings: list[Saying] = []
        for player in players:
            reviewers = self.drawn.get(player.applicant.candidature_id, [])
            scene = Scene(player.applicant, player.second, today, self.indicators, tuple(reviewers))
            sayings += [act(scene) for act in player.story.at(moment)]
        return sayings

    async def play_acts(self, moment: str, players: Iterable[Player]) -> None:
        """One act of each story at a time: what a story does first is heard before what it does next."""
        waiting = [self.acts_at(moment, [player]) for player in players]
        while any(waiting):
            await self.settle([sayings.pop(0) for sayings in waiting if sayings])

    async def grants(self) -> list[dict[str, Any]]:
        """Every grant of the programme, page by page."""
        found: list[dict[str, Any]] = []
        after: str | None = ""
        while after is not None:
            page = await self.clients.ask("funding", "grants", after=after or "", limit=PAGE)
            found += page["grants"]
            after = page["next"]
        self.receipts |= {grant["candidature_id"]: grant["receipt_number"] for grant in found}
        return found

    async def open_accounts(self, applicants: Sequence[Applicant], account: int = 1) -> None:
        """The holders seal their bank details for funding; an officer verifies each, another a change."""
        if not self.sealing_key:
            self.sealing_key = (await self.clients.ask("funding", "sealing-key"))["public_key"]
        ids = {applicant.candidature_id: applicant for applicant in applicants}
        ibans = {key: self.cast.iban(key, account) for key in ids}
        await self.settle(
            acts.bank_details(ids[key], iban, self.sealing_key) for key, iban in ibans.items()
        )
        self.days_later(1)
        seen = {grant["candidature_id"]: grant["account"] for grant in await self.grants()}
        given = {key: seen[key] for key in sorted(ids) if key in seen}
        await self.settle(acts.verification(key, one["fingerprint"]) for key, one in given.items())
        changed = {key: one["fingerprint"] for key, one in given.items() if one["replaces"]}
        await self.settle(
            acts.confirmation(key, fingerprint) for key, fingerprint in changed.items()
        )
