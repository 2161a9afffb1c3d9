"""Everybody who plays in a season: the crowd that is invented, and the special cases with their files."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import product
from typing import Any
from uuid import UUID

from nacl.signing import SigningKey

from deploy.rehearsal.applicants import BEST_MARK_SUM, Applicant, Inventor, Mix
from deploy.rehearsal.story import CERTAIN_LABEL, CERTAIN_NO, Story, with_changes
from deploy.rehearsal.test_bank import rehearsal_iban
from shared.programme import Programme

BAD_MARKS = (4, 4, 4, 4)


@dataclass(frozen=True)
class Player:
    """A story with its file. `second` is the same project under another id."""

    story: Story
    applicant: Applicant
    second: Applicant


@dataclass
class Cast:
    """`crowd` and `players` by wave; `known` is everybody by candidature id, `invented` the ids of the crowd."""

    crowd: dict[str, list[Applicant]] = field(default_factory=dict)
    players: dict[str, list[Player]] = field(default_factory=dict)
    known: dict[str, Applicant] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    invented: set[str] = field(default_factory=set)

    def add(self, applicant: Applicant) -> None:
        self.numbers.setdefault(applicant.candidature_id, len(self.numbers) + 1)
        self.known[applicant.candidature_id] = applicant

    def wave_files(self, wave: str) -> list[Applicant]:
        """The crowd's files of a wave that lie in a zone, the early bird's included."""
        return [a for a in self.known.values() if a.wave == wave and a.zones and a.candidature_id in self.invented]

    def everyone(self) -> Iterator[Player]:
        return (player for players in self.players.values() for player in players)

    def iban(self, candidature_id: str, account: int = 1) -> str:
        """The holder's first account, or the one that replaced it: each holder has accounts of its own."""
        return rehearsal_iban(self.numbers[candidature_id] * 10 + account)


def make_cast(programme: Programme, stories: Sequence[Story], mix: Mix, seed: str) -> Cast:
    inventor, cast = Inventor(programme, seed), Cast()
    best = {wave.id: _best_marks(len(programme.criteria), 2 * programme.reviews.mark_max) for wave in programme.waves}
    named: dict[str, Applicant] = {}
    for place, wave in enumerate(programme.waves):
        cast.crowd[wave.id] = inventor.wave(wave.id, mix)
        cast.players[wave.id] = []
        for story in (story for story in stories if story.wave == place):
            marks = next(best[wave.id]) if story.chance == CERTAIN_LABEL else None
            if story.chance == CERTAIN_NO:
                marks = BAD_MARKS
            applicant = inventor.applicant(wave.id, story.zones, marks)
            named[story.name] = _dressed(story, applicant, named.get(story.like), seed)
            cast.players[wave.id].append(Player(story, named[story.name], _second(named[story.name])))
    for applicant in (applicant for crowd in cast.crowd.values() for applicant in crowd):
        cast.add(applicant)
        cast.invented.add(applicant.candidature_id)
    for player in cast.everyone():
        cast.add(player.applicant)
        cast.add(player.second)
    return cast


def _best_marks(criteria: int, top: int) -> Iterator[tuple[int, ...]]:
    """Marks above those of the crowd, all different: nearly the highest everywhere."""
    return (marks for marks in product((top, top - 1, top - 2), repeat=criteria) if sum(marks) > BEST_MARK_SUM)


def _dressed(story: Story, applicant: Applicant, like: Applicant | None, seed: str) -> Applicant:
    """The file as the story wants it."""
    changes: dict[str, Any] = dict(story.file)
    if like is not None:
        place = ("address", "commune_code", "latitude", "longitude")
        changes |= {"holder.siret": like.siret} | {f"place.{name}": like.file["place"][name] for name in place}
    if story.chance == CERTAIN_LABEL and "budget.requested_cents" not in changes:
        changes["budget.requested_cents"] = [5_000_000] * 3
    if story.declares is not None:
        changes["place.declared_qpv"] = story.declares
    if story.signed:
        key = SigningKey(blake2b(f"{seed}/{story.name}".encode(), digest_size=32).digest())
        changes["holder.public_key"] = base64.b64encode(bytes(key.verify_key)).decode()
        applicant = replace(applicant, signing_key=key)
    return with_changes(applicant, changes)


def _second(applicant: Applicant) -> Applicant:
    other = str(UUID(int=UUID(applicant.candidature_id).int ^ 1))
    return replace(applicant, candidature_id=other, file={**applicant.file, "candidature_id": other})
