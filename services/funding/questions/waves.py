"""What funding answers of a wave: how far it is, its list page by page, the verifier's word, why an outcome.

A list is internal until it is published: holders may ask none of this.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.funding import store
from services.funding.domain.approvals import as_told
from services.funding.domain.selection.allocation import allocate, under
from services.funding.domain.selection.cutoffs import Cutoff, cutoffs, laureates_of
from services.funding.domain.selection.simulation import compare
from services.funding.domain.selection.values import Policy
from services.funding.domain.states import Entry, Ranking, Turn, WaveState
from services.funding.domain.waves import sentences
from services.funding.domain.waves.diversity import by_department, shares
from services.funding.domain.waves.explanation import explained, in_time, turned, why_unranked
from services.funding.domain.waves.places import (
    kept_policy,
    policy_of,
    result_of,
    reviews_in,
    stored_inputs,
    violations,
)
from services.funding.domain.waves.progress import missing_from
from services.funding.domain.waves.proposal import violations_of, wave_fact
from services.funding.domain.waves.words import KeptReview
from shared.contract.asked import SimulationAsked
from shared.contract.values import Reason
from shared.kit.questions import refused
from shared.kit.storage.states import States
from shared.programme import Programme

IDS_SHOWN = 20
# Of each kind, about 400 bytes each: one answer stays well under the broker's megabyte.
CHANGES_MAX = 500


def wave(states: States, wave_id: str) -> dict[str, Any]:
    """How far a wave is, and what its ranking still waits for."""
    found = store.wave_of(states, wave_id)
    missing = missing_from(found, store.entries_of(states, wave_id).values())
    return {
        "wave": wave_id,
        "state": found.state,
        "registered": found.registered,
        "entries": found.entries,
        "missing": {
            "unregistered": missing.unregistered,
            "unchecked": missing.unchecked,
            "unscored": missing.unscored,
            "ids": list(missing.dossiers[:IDS_SHOWN]),
        },
        "proposal": _proposal(states, found),
        "approvals": [as_told(approval) for approval in found.approvals],
        "published_at": found.published_at.isoformat() if found.published_at else None,
    }


def _proposal(states: States, wave: WaveState) -> dict[str, Any] | None:
    if not wave.has_list:
        return None
    fact = wave_fact(wave, store.rankings_of(states, wave))
    return fact.model_dump(mode="json", exclude={"wave"})


def verify(states: States, programme: Programme, wave_id: str) -> dict[str, Any]:
    """The separate verifier's word on a proposal, or on a published list."""
    found = store.wave_of(states, wave_id)
    if not found.has_list:
        return refused(sentences.nothing_to_verify(wave_id))
    rankings = store.rankings_of(states, found)
    faults = _violations(states, programme, found, rankings)
    return {
        "wave": wave_id,
        "state": found.state,
        "digest": found.digest,
        "candidatures": len(rankings),
        "verified": not faults,
        "violations": [{"property": fault.code, "detail": fault.message} for fault in faults],
    }


def _violations(
    states: States,
    programme: Programme,
    wave: WaveState,
    rankings: list[Ranking],
) -> tuple[Reason, ...]:
    """A proposal is checked against the log's entries, a published list against what was kept with it."""
    if wave.state == "ranked":
        basis = store.basis_of(states, programme, wave, store.fund_of(states, programme))
        return violations_of(basis, rankings, store.places_held(states))
    return violations(
        stored_inputs(wave, rankings),
        result_of(wave, rankings),
        reviews_in(rankings),
    )


def diversity(states: States, wave_id: str) -> dict[str, Any]:
    """What a list does for kinds of places and departments, beside the laureates of the other waves."""
    found = store.wave_of(states, wave_id)
    if not found.has_list:
        return refused(sentences.no_list_yet(wave_id))
    others = [entry for entry in store.grant_holders(states) if entry.wave != wave_id]
    rankings = store.rankings_of(states, found)
    kinds, departments = shares(rankings, store.entries_of(states, wave_id), others)
    return {
        "wave": wave_id,
        "state": found.state,
        "kinds": [asdict(share) for share in kinds],
        "departments": [asdict(share) for share in departments],
    }


def ranking(states: States, wave_id: str, after: int, limit: int) -> dict[str, Any]:
    """A page of the list, after a rank, with all that it came from; `next` is the rank to go on after."""
    found = store.wave_of(states, wave_id)
    if not found.has_list:
        return refused(sentences.no_list_yet(wave_id))
    places = store.page_of_rankings(states, found, after, limit)
    entries = states.many(Entry, [(place.candidature_id,) for place in places])
    return {
        "wave": wave_id,
        "state": found.state,
        "policy": dict(kept_policy(policy_of(found))),
        "quotas_left": dict(found.quotas_left or {}),
        "envelope_left_cents": found.envelope_left_cents,
        "inputs_digest": found.inputs_digest,
        "policy_digest": found.policy_digest,
        "digest": found.digest,
        "places": [_place(place, entries[(place.candidature_id,)]) for place in places],
        "next": places[-1].rank if len(places) == limit else None,
    }


def _place(place: Ranking, entry: Entry) -> dict[str, Any]:
    return {
        "id": place.candidature_id,
        "receipt_number": entry.receipt_number,
        "legal_name": entry.legal_name,
        "rank": place.rank,
        "score": place.score,
        "tie_break": list(place.tie_break),
        "outcome": place.outcome,
        "zone": place.zone,
        "awarded_cents": list(place.awarded_cents),
        "reasons": [dict(reason) for reason in place.reasons],
        "receipt_sequence": place.receipt_sequence,
        "criteria": dict(place.criteria),
        "zones": list(place.zones),
        "requested_cents": list(place.requested_cents),
        "reviews": _unnamed(place.reviews),
        "current": place.current,
    }


def _unnamed(reviews: Sequence[KeptReview]) -> list[dict[str, Any]]:
    """The marks alone: whose they are, `file-reviews` tells to who signs for it."""
    return [
        {**review, "reviewer_id": f"reviewer-{number}"}
        for number, review in enumerate(reviews, start=1)
    ]


def simulation(states: States, asked: SimulationAsked) -> dict[str, Any]:
    """What another policy makes of the same dossiers, marks, places and money. `counts` tell of all."""
    found = store.wave_of(states, asked.wave)
    if not found.has_list:
        return refused(sentences.no_list_yet(asked.wave))
    if found.digest != asked.digest:
        return refused(sentences.OTHER_LIST)
    rankings = store.rankings_of(states, found)
    inputs = stored_inputs(found, rankings)
    before = result_of(found, rankings)
    try:
        after = allocate(under(inputs, Policy(**dict(asked.policy))))
    except KeyError as unmarked:
        return refused(sentences.no_mark_for(unmarked.args[0]))
    entries = store.entries_of(states, asked.wave)
    told = compare(before, after).as_dict()
    changes = {name: told[name] for name in ("enters", "leaves", "amounts")}
    was, becomes = (
        by_department(entries[one.id] for one in laureates_of(result.ranking))
        for result in (before, after)
    )
    return {
        **told,
        **{name: _named(of_kind[:CHANGES_MAX], entries) for name, of_kind in changes.items()},
        "counts": {name: len(of_kind) for name, of_kind in changes.items()},
        "zones": [
            _zone_moved(*both)
            for both in zip(cutoffs(inputs, before), cutoffs(inputs, after), strict=True)
        ],
        "departments": [
            {"name": name, "before": was[name], "after": becomes[name]}
            for name in sorted(was.keys() | becomes.keys())
        ],
    }


def _named(changes: Iterable[dict[str, Any]], entries: Mapping[str, Entry]) -> list[dict[str, Any]]:
    """With what people know a dossier by."""
    return [
        {
            **change,
            "receipt_number": entries[change["id"]].receipt_number,
            "legal_name": entries[change["id"]].legal_name,
        }
        for change in changes
    ]


def _zone_moved(before: Cutoff, after: Cutoff) -> dict[str, Any]:
    shown = [
        {
            "laureates": one.laureates,
            "awarded_cents": one.awarded_cents,
            "rank": one.rank,
            "score": one.score,
        }
        for one in (before, after)
    ]
    return {"zone": before.zone, "places": before.places, "before": shown[0], "after": shown[1]}


def outcome(states: States, entry: Entry) -> dict[str, Any]:
    """Why it came out as it did: the explanation on the published list, then what became of it since."""
    found = store.wave_of(states, entry.wave)
    ranked = _ranking_explained(states, found, entry)
    turns = in_time(states.of(Turn, entry.candidature_id))
    first = ranked["text"] if ranked else why_unranked(entry, found)
    return {
        "text": "\n".join([first, *(turned(turn) for turn in turns)]),
        "ranking": ranked,
        "since": [_turn(turn) for turn in turns],
    }


def _ranking_explained(states: States, wave: WaveState, entry: Entry) -> dict[str, Any] | None:
    place = store.published_place(states, wave, entry)
    if place is None or place.proposal != wave.proposal:
        return None
    return explained(wave, store.rankings_of(states, wave), entry.candidature_id)


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "at": turn.at.isoformat(),
        "kind": turn.kind,
        "before": turn.before,
        "outcome": turn.outcome,
        "zone": turn.zone,
        "awarded_cents": list(turn.awarded_cents),
        "reasons": [dict(reason) for reason in turn.reasons],
        "by": turn.by,
        "cause_id": turn.cause_id,
    }
