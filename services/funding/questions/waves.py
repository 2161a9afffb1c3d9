"""What funding answers of a wave: how far it is, its list page by page, the verifier's word, the reasons of an outcome.

A list is internal until it is published: holders may ask none of this.
"""

from typing import Any

from services.funding import store
from services.funding.domain.approvals import as_told
from services.funding.domain.selection.explanation import explain
from services.funding.domain.states import Entry, Ranking, Turn, WaveState
from services.funding.domain.waves.places import (
    policy_fields,
    policy_of,
    result_of,
    reviews_in,
    stored_inputs,
    violations,
)
from services.funding.domain.waves.waves import violations_of, wave_fact
from shared.contract.values import Reason
from shared.kit.storage.states import States
from shared.programme import Programme

IDS_SHOWN = 20
PLACES_MAX = 250  # about 2 kB each: one answer stays well under the broker's megabyte


def wave(book: States, wave_id: str) -> dict[str, Any]:
    """How far a wave is, and what its ranking still waits for."""
    state = store.wave_of(book, wave_id)
    missing = [entry for entry in store.entries_of(book, wave_id) if not entry.ready]
    return {
        "wave": wave_id,
        "state": state.state,
        "registered": state.registered,
        "entries": state.entries,
        "missing": {
            "unregistered": max(0, (state.registered or 0) - state.entries),
            "unchecked": sum(entry.eligible is None for entry in missing),
            "unscored": sum(bool(entry.eligible) and entry.score is None for entry in missing),
            "ids": [entry.candidature_id for entry in missing[:IDS_SHOWN]],
        },
        "proposal": _proposal(book, state),
        "approvals": [as_told(approval) for approval in state.approvals],
        "published_at": state.published_at.isoformat() if state.published_at else None,
    }


def _proposal(book: States, state: WaveState) -> dict[str, Any] | None:
    if state.state not in ("ranked", "published"):
        return None
    fact = wave_fact(state, store.rankings_of(book, state))
    return fact.model_dump(mode="json", exclude={"wave"})


def verify(book: States, programme: Programme, wave_id: str) -> dict[str, Any]:
    """The separate verifier: a proposal is checked against the log, a published list against what was kept with it."""
    state = store.wave_of(book, wave_id)
    if state.state not in ("ranked", "published"):
        return {"error": "not-ranked", "message": f"La vague {wave_id} n'a pas de classement à vérifier."}
    rankings = store.rankings_of(book, state)
    found = _violations(book, programme, state, rankings)
    return {
        "wave": wave_id,
        "state": state.state,
        "digest": state.digest,
        "candidatures": len(rankings),
        "verified": not found,
        "violations": [{"property": reason.code, "detail": reason.message} for reason in found],
    }


def _violations(book: States, programme: Programme, state: WaveState, rankings: list[Ranking]) -> tuple[Reason, ...]:
    if state.state == "ranked":
        table = store.table_of(book, programme, state, store.fund_of(book, programme))
        return violations_of(table, rankings, store.places_held(book))
    return violations(stored_inputs(state, rankings), result_of(state, rankings), reviews_in(rankings))


def ranking(book: States, wave_id: str, after: int, limit: int) -> dict[str, Any]:
    """A page of the list, after a rank, with all that it came from; `next` is the rank to go on after."""
    state = store.wave_of(book, wave_id)
    if state.state not in ("ranked", "published"):
        return {"error": "not-ranked", "message": f"La vague {wave_id} n'a pas encore de classement."}
    size = min(max(limit, 1), PLACES_MAX)
    places = store.page_of_rankings(book, state, after, size)
    entries = book.many(Entry, [(place.candidature_id,) for place in places])
    return {
        "wave": wave_id,
        "state": state.state,
        "policy": policy_fields(policy_of(state.policy or {})),
        "quotas_left": dict(state.quotas_left or {}),
        "envelope_left_cents": state.envelope_left_cents,
        "inputs_digest": state.inputs_digest,
        "policy_digest": state.policy_digest,
        "digest": state.digest,
        "places": [_place(place, entries[(place.candidature_id,)]) for place in places],
        "next": places[-1].rank if len(places) == size else None,
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
        "reviews": [dict(review) for review in place.reviews],
        "current": place.current,
    }


def outcome(book: States, entry: Entry) -> dict[str, Any]:
    """Why it came out as it did: the explanation on the published list, then what became of it since."""
    state = store.wave_of(book, entry.wave)
    place = book.one(Ranking, entry.candidature_id) if state.state == "published" else None
    ranked = place is not None and place.proposal == state.proposal
    explained = _explained(book, entry, state) if ranked else None
    turns = sorted(book.of(Turn, entry.candidature_id), key=lambda turn: (turn.at, turn.cause_id))
    lines = [explained["text"]] if explained else [_unranked(entry, state)]
    return {
        "text": "\n".join([*lines, *(_turned(turn) for turn in turns)]),
        "ranking": explained,
        "since": [_turn(turn) for turn in turns],
    }


def _explained(book: States, entry: Entry, state: WaveState) -> dict[str, Any]:
    rankings = store.rankings_of(book, state)
    found = explain(stored_inputs(state, rankings), result_of(state, rankings), entry.candidature_id).as_dict()
    return {**found, "digest": state.digest, "published_at": state.published_at and state.published_at.isoformat()}


def _unranked(entry: Entry, state: WaveState) -> str:
    """There is no place to explain: why not."""
    if entry.withdrawn:
        return "Le porteur a retiré sa candidature : elle n'est pas classée."
    if entry.eligible is False:
        messages = " ".join(str(reason["message"]) for reason in entry.ineligible_because)
        return f"La candidature n'est pas éligible. {messages}".strip()
    if state.state != "published":
        return f"La vague {entry.wave} n'est pas publiée : aucune décision n'est encore prise."
    return "La candidature n'était pas classée quand la vague a été publiée."


KINDS = {
    "promoted": "appelée depuis la liste complémentaire",
    "reserve-ended": "la liste complémentaire a pris fin",
    "reserve-reopened": "la liste complémentaire est rouverte",
    "cancelled": "l'aide a pris fin",
    "reexamined": "réexaminée après recours",
}


def _turned(turn: Turn) -> str:
    messages = " ".join(str(reason["message"]) for reason in turn.reasons)
    return f"Depuis, le {turn.at:%d/%m/%Y} : {KINDS.get(turn.kind, turn.kind)}. {messages}".strip()


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
