"""Who reads which dossier: a pure function of the dossiers, the reviewers and a stored seed, the same for ever.

A conflict of interest is a hard constraint. Within what conflicts allow, the loads are as even as they can be.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
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
    """`ties` are the SIREN (or SIRET) of the holders the reviewer is tied to: their own, and those they declared."""

    id: str
    department: str | None
    ties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assignment:
    """`pairs` are the new ones, sorted. `missing` says how many reviewers a dossier still lacks, `loads` how many
    dossiers each reviewer has, the earlier ones included."""

    pairs: tuple[Pair, ...]
    missing: Mapping[str, int]
    loads: Mapping[str, int]


def conflict(dossier: Dossier, reviewer: Reviewer, *, same_department_excluded: bool) -> str | None:
    """The code of what forbids the pair, None where nothing does."""
    siren = dossier.siren[:SIREN_DIGITS]
    if any(tie.startswith(siren) for tie in reviewer.ties):
        return "tied-to-holder"
    if same_department_excluded and reviewer.department is not None and reviewer.department == dossier.department:
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

    `recused` pairs are never made again; one that is also in `already` no longer counts. Pairs in `already` are kept
    as they are. `loads` is what reviewers have to read beside these dossiers. The order of the arguments means nothing.
    """
    never = set(recused)
    kept = {pair for pair in already if pair not in never}
    excluded = kept | never
    board = _Board(reviewers, kept, seed, loads or {})
    has = Counter(dossier_id for dossier_id, _ in kept)
    missing = {}
    for dossier in sorted(dossiers, key=lambda d: (_draw(seed, d.id), d.id)):
        allowed = {
            reviewer.id
            for reviewer in reviewers
            if (dossier.id, reviewer.id) not in excluded
            and conflict(dossier, reviewer, same_department_excluded=same_department_excluded) is None
        }
        wanted = max(0, per_dossier + dossier.extra_reviews - has[dossier.id])
        if lacking := wanted - board.place(dossier.id, allowed, wanted):
            missing[dossier.id] = lacking
    board.even_out()
    return Assignment(tuple(sorted(board.pairs())), dict(sorted(missing.items())), dict(sorted(board.loads.items())))


class _Board:
    """Loads and new pairs while they are being made."""

    def __init__(
        self, reviewers: Collection[Reviewer], kept: Collection[Pair], seed: str, loads: Mapping[str, int]
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
        heaviest = sorted(self.loads, key=lambda reviewer: (-self.loads[reviewer], reviewer))
        while chain := next(filter(None, map(self._chain_from, heaviest)), None):
            for dossier_id, origin, target in chain:
                self._take(dossier_id, origin)
                self._give(dossier_id, target)
            heaviest.sort(key=lambda reviewer: (-self.loads[reviewer], reviewer))

    def pairs(self) -> list[Pair]:
        return [(dossier_id, reviewer) for dossier_id, readers in self.readers.items() for reviewer in readers]

    def _chain_from(self, start: str) -> list[tuple[str, str, str]]:
        """The shortest chain of hand-overs that ends at a reviewer with at least two dossiers fewer."""
        if self.loads[start] - min(self.loads.values()) < 2:
            return []
        came_from: dict[str, tuple[str, str, str] | None] = {start: None}
        queue = deque([start])
        while queue:
            reviewer = queue.popleft()
            if self.loads[reviewer] <= self.loads[start] - 2:
                return _steps(came_from, reviewer)
            for dossier_id in sorted(self.given[reviewer]):
                for other in self.allowed[dossier_id]:
                    if other not in came_from and other not in self.readers[dossier_id]:
                        came_from[other] = (dossier_id, reviewer, other)
                        queue.append(other)
        return []

    def _give(self, dossier_id: str, reviewer: str) -> None:
        self.readers[dossier_id].add(reviewer)
        self.given[reviewer].add(dossier_id)
        self.loads[reviewer] += 1

    def _take(self, dossier_id: str, reviewer: str) -> None:
        self.readers[dossier_id].discard(reviewer)
        self.given[reviewer].discard(dossier_id)
        self.loads[reviewer] -= 1


def _steps(came_from: Mapping[str, tuple[str, str, str] | None], end: str) -> list[tuple[str, str, str]]:
    """From the end of the chain back to its start: each reviewer makes room before receiving."""
    steps, step = [], came_from[end]
    while step is not None:
        steps.append(step)
        step = came_from[step[1]]
    return steps


def _draw(*parts: str) -> bytes:
    """A lot that anyone can draw again: SHA-256 of the seed and the ids, each with its length."""
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).digest()
