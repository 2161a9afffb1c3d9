"""The verifier: derives every property of a result again, from its inputs alone, before it is published.

It shares nothing with the allocator but the value types. Where the allocator moves laureates along augmenting
paths, this counts by Hall's theorem. Where the allocator decides, this asks if each decision can be true.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from services.funding.domain.selection.evidence import check_digests, check_scores
from services.funding.domain.selection.rederivation import (
    Expected,
    RoomAbove,
    disagreement,
    failing_grounds,
)
from services.funding.domain.selection.values import (
    Candidate,
    Policy,
    Ranked,
    Result,
    Review,
    Violation,
    WaveInputs,
)
from shared.contract.values import Outcome

PROPERTIES = {
    "completeness": "each candidature appears exactly once, and nobody else",
    "rank-order": "ranks run from 1 and follow the score, the tie-break keys, the receipt, the id",
    "tie-break": "the stored score and tie-break values are those of the inputs",
    "pass-marks": "declined exactly when a mark or the floor is missed, for the recorded reasons",
    "zones": "a laureate sits in one of its own zones, and only a laureate sits",
    "quotas": "no zone, and no set of zones, holds more laureates than it has places",
    "laureates-max": "no more laureates than the policy allows",
    "envelope": "the awards stay inside the envelope, at every rank",
    "amounts": "each award is the request inside yearly cap, ceiling and floor, to the cent",
    "money-policy": "skip, stop or part-fund is applied as the policy says",
    "fairness": "nobody refused while a lower one with the same zones is accepted, unless the policy says so",
    "highest-set": "no accepted set that is higher in rank order was possible",
    "reasons": "the recorded reasons are exactly those that hold",
    "scores": "scores are the means of the reviews that count: recused ones do not",
    "digests": "the digests of inputs, policy and result are those of these very bytes",
}

Pairs = list[tuple[Candidate, Ranked]]


def verify(
    inputs: WaveInputs,
    result: Result,
    reviews: Mapping[str, Sequence[Review]] | None = None,
) -> list[Violation]:
    """Every property that fails, with the dossiers and the figures; empty when the result may be published.

    With `reviews` (by dossier, from the log) the scores are derived again as well. A list that is incomplete
    is reported alone with its digests: nothing else can be said of it.
    """
    # Digests and scores can be checked of any list, even one that is not whole.
    evidence = list(check_digests(inputs, result))
    if reviews is not None:
        evidence += check_scores(inputs, reviews)
    incomplete = list(_completeness(inputs, result))
    if incomplete:
        return incomplete + evidence
    by_id = {candidate.id: candidate for candidate in inputs.candidatures}
    pairs = [(by_id[entry.id], entry) for entry in result.ranking]
    found: list[Violation] = []
    for check in CHECKS:
        found += check(pairs, inputs)
    return found + evidence


def _completeness(inputs: WaveInputs, result: Result) -> Iterator[Violation]:
    expected = Counter(candidate.id for candidate in inputs.candidatures)
    listed = Counter(entry.id for entry in result.ranking)
    faults = {
        "missing from the list": expected - listed,
        "listed too often or unknown": listed - expected,
        "given twice in the inputs": expected - Counter(set(expected)),
    }
    for title, ids in faults.items():
        if ids:
            yield Violation("completeness", tuple(sorted(ids)), title)


def _order(pairs: Pairs, inputs: WaveInputs) -> Iterator[Violation]:
    listed = [entry for _, entry in pairs]
    wrong = tuple(entry.id for rank, entry in enumerate(listed, 1) if entry.rank != rank)
    if wrong:
        detail = "ranks must run 1, 2, 3… in the order of the list"
        yield Violation("rank-order", wrong, detail)
    for (above, _), (below, _) in pairwise(pairs):
        if not _precedes(above, below, inputs.policy):
            detail = f"{below.id} should come before {above.id}"
            yield Violation("rank-order", (above.id, below.id), detail)


def _precedes(one: Candidate, other: Candidate, policy: Policy) -> bool:
    """Compares key by key, as the policy is read aloud."""
    if one.score != other.score:
        return one.score > other.score
    for key in policy.tie_break:
        mine = _value(one, key)
        theirs = _value(other, key)
        if mine == theirs:
            continue
        if key == "receipt_sequence":
            return mine < theirs
        return mine > theirs
    return (one.receipt_sequence, one.id) < (other.receipt_sequence, other.id)


def _value(candidate: Candidate, key: str) -> int:
    match key:
        case "score":
            return candidate.score
        case "receipt_sequence":
            return candidate.receipt_sequence
        case _:
            return candidate.criteria[key]


def _stored_keys(pairs: Pairs, inputs: WaveInputs) -> Iterator[Violation]:
    for candidate, entry in pairs:
        keys = [_value(candidate, key) for key in inputs.policy.tie_break]
        stored = list(entry.tie_break)
        if entry.score != candidate.score or stored != keys:
            told = f"stored {entry.score} {stored}"
            detail = f"{told}, inputs say {candidate.score} {keys}"
            yield Violation("tie-break", (entry.id,), detail)


def _zones(pairs: Pairs, _: WaveInputs) -> Iterator[Violation]:
    for candidate, entry in pairs:
        laureate = entry.outcome is Outcome.LAUREATE
        if laureate and entry.zone not in candidate.zones:
            detail = f"sits in {entry.zone}, lies in {', '.join(candidate.zones)}"
            yield Violation("zones", (entry.id,), detail)
        if not laureate and (entry.zone is not None or entry.awarded_cents):
            yield Violation(
                "zones",
                (entry.id,),
                f"{entry.outcome} with a zone or an amount",
            )


def _laureates(pairs: Pairs) -> list[Ranked]:
    return [entry for _, entry in pairs if entry.outcome is Outcome.LAUREATE]


def _quotas(pairs: Pairs, inputs: WaveInputs) -> Iterator[Violation]:
    """Each zone alone. That no set of zones is overfull either is for the walk."""
    laureates = _laureates(pairs)
    by_zone = Counter(str(entry.zone) for entry in laureates)
    for zone, count in sorted(by_zone.items()):
        places = inputs.quotas_left.get(zone, 0)
        if places is not None and count > places:
            ids = tuple(entry.id for entry in laureates if entry.zone == zone)
            yield Violation("quotas", ids, f"{zone}: {count} laureates for {places} places")


def _envelope(pairs: Pairs, inputs: WaveInputs) -> Iterator[Violation]:
    laureates = _laureates(pairs)
    total_cents = sum(sum(entry.awarded_cents) for entry in laureates)
    if total_cents > inputs.envelope_left_cents:
        ids = tuple(entry.id for entry in laureates)
        detail = f"{total_cents} cents awarded of {inputs.envelope_left_cents}"
        yield Violation("envelope", ids, detail)


def _laureates_max(pairs: Pairs, inputs: WaveInputs) -> Iterator[Violation]:
    limit = inputs.policy.laureates_max
    ids = tuple(entry.id for entry in _laureates(pairs))
    if limit is not None and len(ids) > limit:
        yield Violation(
            "laureates-max",
            ids[limit:],
            f"{len(ids)} laureates for at most {limit}",
        )


def _amounts(pairs: Pairs, inputs: WaveInputs) -> Iterator[Violation]:
    """What holds of every award on its own; that it is the right amount at its rank is for the walk."""
    for candidate, entry in pairs:
        if entry.outcome is not Outcome.LAUREATE:
            continue
        holds = _award_properties(candidate, entry.awarded_cents, inputs.policy)
        broken = [name for name, held in holds.items() if not held]
        if broken:
            detail = f"{', '.join(broken)}: {list(entry.awarded_cents)}"
            yield Violation("amounts", (entry.id,), detail)


def _award_properties(
    candidate: Candidate, years: Sequence[int], policy: Policy
) -> dict[str, bool]:
    requested = candidate.requested_cents
    beside_request = zip(years, requested, strict=False)
    return {
        "a year for each year asked": len(years) == len(requested),
        # To Python a bool is an int, and no amount.
        "whole cents": all(type(year) is int for year in years),
        "nothing negative": all(year >= 0 for year in years),
        "yearly cap": all(year <= policy.yearly_cap_cents for year in years),
        "not above the request": all(year <= asked for year, asked in beside_request),
        "floor and ceiling": policy.floor_cents <= sum(years) <= policy.ceiling_cents,
    }


def _walk(pairs: Pairs, inputs: WaveInputs) -> Iterator[Violation]:
    """Asks of each stored decision whether it can be true, given the laureates stored above it."""
    above = RoomAbove(inputs)
    for candidate, entry in pairs:
        expected = failing_grounds(candidate, inputs.policy)
        if expected or entry.outcome is Outcome.DECLINED:
            yield from _declined_rightly(entry, expected)
        else:
            yield from above.judge(candidate, entry)
        if entry.outcome is Outcome.LAUREATE:
            above.enter(candidate, entry)


def _declined_rightly(entry: Ranked, expected: list[Expected]) -> Iterator[Violation]:
    if entry.outcome is not Outcome.DECLINED:
        codes = [ground.code for ground in expected]
        yield Violation("pass-marks", (entry.id,), f"{entry.outcome}, but fails {codes}")
        return
    if not expected:
        yield Violation("pass-marks", (entry.id,), "declined, but meets every threshold")
        return
    detail = disagreement(entry.reasons, expected)
    if detail:
        yield Violation("reasons", (entry.id,), detail)


def _fairness(pairs: Pairs, inputs: WaveInputs) -> Iterator[Violation]:
    """From the bottom up: who was accepted below, by their set of zones."""
    accepted_below: dict[frozenset[str], str] = {}
    for candidate, entry in reversed(pairs):
        zones = frozenset(candidate.zones)
        if entry.outcome is Outcome.LAUREATE:
            accepted_below[zones] = entry.id
        elif zones in accepted_below and not _excused(candidate, entry, inputs.policy):
            lower = accepted_below[zones]
            detail = f"{entry.id} is refused while {lower}, ranked lower, is not"
            yield Violation("fairness", (entry.id, lower), detail)


def _excused(candidate: Candidate, entry: Ranked, policy: Policy) -> bool:
    """Marks below the threshold, or a policy that goes on past what the money cannot pay.

    The reason must be recorded; that it is true is for the walk.
    """
    codes = {reason.code for reason in entry.reasons}
    if entry.outcome is Outcome.DECLINED:
        return bool(codes) and bool(failing_grounds(candidate, policy))
    return policy.when_short_of_money.value != "stop" and "money-short" in codes


# Each looks at the whole list: one fault may break several properties, and all of them are told.
CHECKS = (
    _order,
    _stored_keys,
    _zones,
    _quotas,
    _envelope,
    _laureates_max,
    _amounts,
    _walk,
    _fairness,
)
