"""A complete wave is ranked: the proposal that officers look at, and what the verifier says of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.funding.domain.selection.allocation import allocate
from services.funding.domain.selection.values import NEW_DEPARTMENT, Candidate, Policy, WaveInputs
from services.funding.domain.states import Entry, Fund, Ranking, WaveState
from services.funding.domain.waves.diversity import department_of
from services.funding.domain.waves.places import (
    candidate_of,
    kept_policy,
    ranked_fact,
    ranking_of,
    result_of,
    reviews_in,
    violations,
)
from services.funding.domain.waves.sentences import funded_places
from services.funding.domain.waves.words import OutcomeWord
from shared.contract.decision import Decision
from shared.contract.funding import WaveRanked
from shared.contract.values import Reason
from shared.programme import Programme


@dataclass(frozen=True, slots=True)
class Basis:
    """All that a ranking looks at: the wave, its entries as they compete, and what earlier waves left.

    `departments` are those that have a laureate, where the tie-break compares them.
    """

    programme: Programme
    wave: WaveState
    entries: Sequence[Entry]
    fund: Fund
    departments: frozenset[str] = frozenset()


def inputs_of(basis: Basis) -> WaveInputs:
    """What the allocator reads. The order of the entries means nothing to it."""
    return WaveInputs(
        policy=Policy.from_programme(basis.programme),
        quotas_left=free_places(basis.programme, basis.fund),
        envelope_left_cents=left_cents(basis.fund),
        candidatures=tuple(
            _candidate_in(basis, entry) for entry in basis.entries if entry.competes
        ),
    )


def _candidate_in(basis: Basis, entry: Entry) -> Candidate:
    candidate = candidate_of(entry)
    # The digest of the inputs covers each key: a call that does not compare departments keeps its bytes.
    if not compares_departments(basis.programme):
        return candidate
    is_new = department_of(entry.commune_code) not in basis.departments
    return replace(candidate, criteria={**candidate.criteria, NEW_DEPARTMENT: int(is_new)})


def compares_departments(programme: Programme) -> bool:
    return NEW_DEPARTMENT in programme.selection.tie_break


def free_places(programme: Programme, fund: Fund) -> dict[str, int | None]:
    """What is left of each zone's quota; None where it has none."""
    free: dict[str, int | None] = {}
    for zone, quota in programme.places.items():
        free[zone] = None if quota is None else quota - fund.places.get(zone, 0)
    return free


def left_cents(fund: Fund) -> int:
    return fund.envelope_cents - fund.committed_cents


def propose(basis: Basis) -> Decision:
    """Ranks a complete wave. A new proposal replaces the earlier one, and the approvals it had."""
    inputs = inputs_of(basis)
    result = allocate(inputs)
    wave = replace(
        basis.wave,
        state="ranked",
        proposal=basis.wave.proposal + 1,
        inputs_digest=result.inputs_digest,
        policy_digest=result.policy_digest,
        digest=result.digest,
        policy=kept_policy(inputs.policy),
        quotas_left=inputs.quotas_left,
        envelope_left_cents=inputs.envelope_left_cents,
        approvals=(),
    )
    entries = {entry.candidature_id: entry for entry in basis.entries}
    compared = {candidate.id: candidate.criteria for candidate in inputs.candidatures}
    rankings = [
        ranking_of(wave, ranked, entries[ranked.id], compared[ranked.id])
        for ranked in result.ranking
    ]
    places = [ranked_fact(ranking) for ranking in rankings]
    return Decision(
        "ranked",
        facts=(*places, wave_fact(wave, rankings)),
        changes=(wave, *rankings),
    )


def wave_fact(wave: WaveState, rankings: Sequence[Ranking]) -> WaveRanked:
    count: Counter[OutcomeWord] = Counter(ranking.outcome for ranking in rankings)
    return WaveRanked(
        wave=wave.wave,
        proposal=wave.proposal,
        laureates=count["laureate"],
        waitlisted=count["waitlisted"],
        declined=count["declined"],
        awarded_cents=sum(sum(ranking.awarded_cents) for ranking in rankings),
        inputs_digest=wave.inputs_digest,
        policy_digest=wave.policy_digest,
        digest=wave.digest,
    )


def violations_of(
    basis: Basis, rankings: Sequence[Ranking], held: Mapping[str, int]
) -> tuple[Reason, ...]:
    """What the separate verifier finds against a stored proposal, from the log's entries, scores and reviews.

    `held` are the places of the grants there are, by zone, counted anew. Empty when it may be published.
    """
    # Inputs are made anew from the entries: a stored list is not believed about what it came from.
    competing = [entry for entry in basis.entries if entry.competes]
    found = violations(inputs_of(basis), result_of(basis.wave, rankings), reviews_in(competing))
    return (*found, *places_beyond(basis.programme, rankings, held))


def places_beyond(
    programme: Programme,
    rankings: Sequence[Ranking],
    held: Mapping[str, int],
) -> Iterator[Reason]:
    """The zones that would have more funded places than their quota, whatever the fund's row says is left."""
    new = Counter(ranking.zone for ranking in rankings if ranking.outcome == "laureate")
    for zone, quota in programme.quotas.items():
        before = held.get(zone, 0)
        more = new[zone]
        if before + more > quota:
            yield funded_places(zone, before, more, quota)
