"""Everybody who plays in a season: the crowd that is invented, and the special cases with their files."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import chain, product
from typing import Any
from uuid import UUID

from nacl.signing import SigningKey

from deploy.rehearsal.applicants import Applicant, Inventor, Mix, best_mark_sum, full_amounts
from deploy.rehearsal.story import CERTAIN_LABEL, CERTAIN_NO, Story, with_changes
from deploy.rehearsal.test_bank import rehearsal_iban
from shared.programme import Programme

BAD_MARKS = (4, 4, 4, 4)
WHERE = ("address", "commune_code", "latitude", "longitude")


@dataclass(frozen=True)
class Player:
    """A story with its file. `second` is the same project under another id."""

    story: Story
    applicant: Applicant
    second: Applicant


@dataclass
class Cast:
    """`crowd` and `players` by wave; `known` is everybody by id, `invented` the ids of the crowd.

    `latecomer` sends a file once the last wave is over.
    """

    latecomer: Applicant

    crowd: dict[str, list[Applicant]] = field(default_factory=dict)
    players: dict[str, list[Player]] = field(default_factory=dict)
    known: dict[str, Applicant] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    invented: list[str] = field(default_factory=list)

    def add(self, applicant: Applicant) -> None:
        self.numbers.setdefault(applicant.candidature_id, len(self.numbers) + 1)
        self.known[applicant.candidature_id] = applicant

    def everyone(self) -> Iterator[Player]:
        return chain.from_iterable(self.players.values())

    def iban(self, candidature_id: str, account: int = 1) -> str:
        """The holder's first account, or the one that replaced it: each holder has accounts of its own."""
        return rehearsal_iban(self.numbers[candidature_id] * 10 + account)


def make_cast(programme: Programme, stories: Sequence[Story], mix: Mix, seed: str) -> Cast:
    inventor = Inventor(programme, seed)
    crowd: dict[str, list[Applicant]] = {}
    players: dict[str, list[Player]] = {}
    named: dict[str, Applicant] = {}
    for place, wave in enumerate(programme.waves):
        crowd[wave.id] = inventor.wave(wave.id, mix)
        players[wave.id] = []
        best = _best_marks(programme)
        for story in stories:
            if story.wave == place:
                applicant = inventor.applicant(wave.id, story.zones, _marks(story, best))
                dressed = _dressed(
                    story, applicant, named.get(story.like), seed, full_amounts(programme)
                )
                named[story.name] = dressed
                players[wave.id].append(Player(story, dressed, _second(dressed)))
    cast = Cast(inventor.applicant(programme.waves[-1].id, ()), crowd, players)
    for applicant in chain.from_iterable(crowd.values()):
        cast.add(applicant)
        cast.invented.append(applicant.candidature_id)
    for player in cast.everyone():
        cast.add(player.applicant)
        cast.add(player.second)
    return cast


def _marks(story: Story, best: Iterator[tuple[int, ...]]) -> tuple[int, ...] | None:
    """None where the reviewers may give what they like."""
    if story.chance == CERTAIN_LABEL:
        return next(best)
    return BAD_MARKS if story.chance == CERTAIN_NO else None


def _best_marks(programme: Programme) -> Iterator[tuple[int, ...]]:
    """Marks above those of the crowd, all different: nearly the highest everywhere."""
    top = 2 * programme.reviews.mark_max
    for marks in product((top, top - 1, top - 2), repeat=len(programme.criteria)):
        if sum(marks) > best_mark_sum(programme):
            yield marks


def _dressed(
    story: Story, applicant: Applicant, like: Applicant | None, seed: str, full_cents: list[int]
) -> Applicant:
    """The file as the story wants it."""
    changes: dict[str, Any] = dict(story.file)
    if like is not None:
        changes["holder.siret"] = like.siret
        for name in WHERE:
            changes[f"place.{name}"] = like.file["place"][name]
    if story.chance == CERTAIN_LABEL and "budget.requested_cents" not in changes:
        changes["budget.requested_cents"] = full_cents
    if story.declares is not None:
        changes["place.declared_qpv"] = story.declares
    if story.signed:
        key = SigningKey(blake2b(f"{seed}/{story.name}".encode(), digest_size=32).digest())
        changes["holder.public_key"] = base64.b64encode(bytes(key.verify_key)).decode()
        applicant = replace(applicant, signing_key=key)
    return with_changes(applicant, changes)


def _second(applicant: Applicant) -> Applicant:
    other = str(UUID(int=UUID(applicant.candidature_id).int ^ 1))
    return replace(
        applicant, candidature_id=other, file={**applicant.file, "candidature_id": other}
    )
