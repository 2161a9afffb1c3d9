"""Who reads which dossier: a pure function of dossiers, reviewers and a stored seed, the same for ever.

A conflict of interest is a hard constraint. Within what it allows, loads are as even as they can be.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

SIREN_DIGITS = 9

Pair = tuple[str, str]  # dossier id, reviewer id


@dataclass(frozen=True, slots=True)
class Dossier:
    """`siren` may be a whole SIRET. `extra_reviews` are those asked for after a discrepancy."""

    id: str
    siren: str
    department: str | None
    extra_reviews: int = 0


@dataclass(frozen=True, slots=True)
class Reviewer:
    """`ties` are the SIREN (or SIRET) of the holders they are tied to: their own, and those declared."""

    id: str
    department: str | None
    ties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assignment:
    """`pairs` are the new ones, sorted.

    `missing` is how many reviewers a dossier still lacks, `loads` how many dossiers each one has in all.
    """

    pairs: tuple[Pair, ...]
    missing: Mapping[str, int]
    loads: Mapping[str, int]


def conflict(dossier: Dossier, reviewer: Reviewer, *, same_department_excluded: bool) -> str | None:
    """The code of what forbids the pair, None where nothing does."""
    siren = dossier.siren[:SIREN_DIGITS]
    # A SIREN names the whole body: a tie to one of its places is a tie to all of them.
    if any(tie.startswith(siren) for tie in reviewer.ties):
        return "tied-to-holder"
    is_neighbour = reviewer.department is not None and reviewer.department == dossier.department
    if same_department_excluded and is_neighbour:
        return "same-department"
    return None


def assign(
    dossiers: Collection[Dossier],
    reviewers: Collection[Reviewer],
    per_dossier: int,
    seed: str,
    already: Iterable[Pair] = (),
    *,
    recused: Iterable[Pair] = (),
    same_department_excluded: bool = False,
    loads: Mapping[str, int] | None = None,
) -> Assignment:
    """Gives each dossier `per_dossier` reviewers (and its extra ones), counting those it has `already`.

    `recused` pairs are never made again; one that is also in `already` no longer counts. Pairs in `already`
    are kept. `loads` is what reviewers read beside these dossiers. The arguments' order means nothing.
    """
    never = set(recused)
    kept = {pair for pair in already if pair not in never}
    excluded = kept | never
    board = _Board(reviewers, kept, seed, loads or {})
    readers_count = Counter(dossier_id for dossier_id, _ in kept)
    missing = {}
    # Dossiers are served by lot: in order of ids, the last would always get whoever is left.
    for dossier in sorted(dossiers, key=lambda dossier: (_draw(seed, dossier.id), dossier.id)):
        allowed = {
            reviewer.id
            for reviewer in reviewers
            if (dossier.id, reviewer.id) not in excluded
            and conflict(dossier, reviewer, same_department_excluded=same_department_excluded)
            is None
        }
        wanted = max(0, per_dossier + dossier.extra_reviews - readers_count[dossier.id])
        lacking = wanted - board.place(dossier.id, allowed, wanted)
        if lacking:
            missing[dossier.id] = lacking
    # Conflicts leave some dossiers few readers: who had to take those may hand others on.
    board.even_out()
    return Assignment(
        pairs=tuple(sorted(board.pairs())),
        missing=dict(sorted(missing.items())),
        loads=dict(sorted(board.loads.items())),
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """A dossier that goes from one reviewer to another."""

    dossier_id: str
    giver: str
    taker: str


class _Board:
    """Loads and new pairs while they are being made."""

    def __init__(
        self,
        reviewers: Collection[Reviewer],
        kept: Collection[Pair],
        seed: str,
        loads: Mapping[str, int],
    ) -> None:
        self.seed = seed
        self.loads = {reviewer.id: loads.get(reviewer.id, 0) for reviewer in reviewers}
        for _, reviewer_id in kept:
            if reviewer_id in self.loads:
                self.loads[reviewer_id] += 1
        self.allowed: dict[str, list[str]] = {}
        self.readers: dict[str, set[str]] = {}
        self.given: dict[str, set[str]] = {reviewer.id: set() for reviewer in reviewers}

    def place(self, dossier_id: str, allowed: Collection[str], wanted: int) -> int:
        """Gives the dossier its least loaded reviewers, by lot among equals; says how many it got."""
        lots = {reviewer: _draw(self.seed, dossier_id, reviewer) for reviewer in allowed}
        self.allowed[dossier_id] = sorted(allowed, key=lambda reviewer: (lots[reviewer], reviewer))
        self.readers[dossier_id] = set()
        chosen = sorted(self.allowed[dossier_id], key=self.loads.__getitem__)[:wanted]
        for reviewer in chosen:
            self._give(dossier_id, reviewer)
        return len(chosen)

    def even_out(self) -> None:
        """Hands dossiers on, along chains of reviewers, while a chain leads to someone with two fewer."""
        chain = self._chain()
        while chain:
            for step in chain:
                self._take(step.dossier_id, step.giver)
                self._give(step.dossier_id, step.taker)
            chain = self._chain()

    def pairs(self) -> list[Pair]:
        return [
            (dossier_id, reviewer)
            for dossier_id, readers in self.readers.items()
            for reviewer in readers
        ]

    def _chain(self) -> list[_Step]:
        """From the most loaded reviewer that one begins at; empty where loads are as even as they can be."""
        heaviest_first = sorted(self.loads, key=lambda reviewer: (-self.loads[reviewer], reviewer))
        for reviewer in heaviest_first:
            chain = self._chain_from(reviewer)
            if chain:
                return chain
        return []

    def _chain_from(self, start: str) -> list[_Step]:
        """The shortest chain of hand-overs that ends at a reviewer with at least two dossiers fewer."""
        # One dossier more is even: handing it on would only change who has it, for ever.
        if self.loads[start] - min(self.loads.values()) < 2:
            return []
        came_by: dict[str, _Step | None] = {start: None}
        queue = deque([start])
        while queue:
            reviewer = queue.popleft()
            if self.loads[reviewer] <= self.loads[start] - 2:
                return _steps(came_by, reviewer)
            for step in self._hand_overs(reviewer):
                if step.taker not in came_by:
                    came_by[step.taker] = step
                    queue.append(step.taker)
        return []

    def _hand_overs(self, reviewer: str) -> Iterator[_Step]:
        """What this reviewer could hand on, and to whom, by lot."""
        # Sorted, because a set has no order of its own: the same seed must give the same chain.
        for dossier_id in sorted(self.given[reviewer]):
            for other in self.allowed[dossier_id]:
                if other not in self.readers[dossier_id]:
                    yield _Step(dossier_id, reviewer, other)

    def _give(self, dossier_id: str, reviewer: str) -> None:
        self.readers[dossier_id].add(reviewer)
        self.given[reviewer].add(dossier_id)
        self.loads[reviewer] += 1

    def _take(self, dossier_id: str, reviewer: str) -> None:
        self.readers[dossier_id].discard(reviewer)
        self.given[reviewer].discard(dossier_id)
        self.loads[reviewer] -= 1


def _steps(came_by: Mapping[str, _Step | None], end: str) -> list[_Step]:
    """From the end of the chain back to its start: each reviewer makes room before receiving."""
    steps = []
    step = came_by[end]
    while step is not None:
        steps.append(step)
        step = came_by[step.giver]
    return steps


def _draw(*parts: str) -> bytes:
    """A lot that anyone can draw again: SHA-256 of the seed and the ids, each with its length."""
    written = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(written.encode()).digest()
