"""A wave of the shipped programme and its candidatures, each thing in one call and changed by name.

given.entry(1, mark=5)                         # registered, in one zone, with two reviews that agree
given.ranked(given.entry(1), given.entry(2))   # a complete wave with its proposal, as it is stored
given.published(given.entry(1))                # the same, approved by two officers and told to everybody
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from services.funding.domain.money.ledger import MovementBook
from services.funding.domain.states import Entry, Fund, Ranking, WaveState
from services.funding.domain.waves import proposal, publication, reserve
from services.funding.domain.waves.reserve import Reserve
from shared.contract.backoffice import AppealDecided, WaveApproved
from shared.contract.decision import Decision
from shared.contract.eligibility import CandidatureScored, EligibilityChecked, ScoreWithdrawn
from shared.contract.event import Event
from shared.contract.intake import CandidatureRegistered
from shared.contract.values import Actor, Role
from shared.kit.delivery import Arrival
from shared.programme import Programme, load_programme
from tests.conftest import SHIPPED_PROGRAMME

FIRST, SECOND, _, LAST = "2020-4", "2021-1", "2021-2", "2021-3"
NOW = datetime(2021, 1, 20, 9, tzinfo=UTC)
LATER = datetime(2021, 2, 20, 9, tzinfo=UTC)
OUTSIDE, QPV = "outside-urban", "qpv"
FULL_GRANT = (5_000_000, 5_000_000, 5_000_000)
FULL_CENTS = sum(FULL_GRANT)
CRITERIA = ("ambition", "anchoring", "governance", "business_model")
T = TypeVar("T")


@lru_cache
def programme(envelope_cents: int = 4_500_000_000, **selection: Any) -> Programme:
    """The shipped one; `selection` changes its rules of selection."""
    shipped = load_programme(SHIPPED_PROGRAMME)
    changed = shipped.selection.model_copy(update=selection)
    return shipped.model_copy(update={"envelope_cents": envelope_cents, "selection": changed})


def at(now: datetime = NOW, event_id: str = "event-1") -> Arrival:
    stamped_ns = int(now.timestamp()) * 1_000_000_000
    return Arrival(event_id, now, "BACKOFFICE", 1, "", event_id, stamped_ns=stamped_ns)


def dossier(number: int) -> str:
    return f"0198f2c5-7d3e-7c1a-9b1e-{number:012d}"


def numbers(ids: Iterable[str]) -> list[int]:
    return [int(one[-12:]) for one in ids]


# States


def entry(number: int = 1, mark: int = 4, **changed: Any) -> Entry:
    """Asks for 150 000 euros outside the large urban centres.

    `mark` of 5 in each criterion: 3 is above the bar.
    """
    marks = dict.fromkeys(CRITERIA, mark)
    made = Entry(
        candidature_id=dossier(number),
        wave=FIRST,
        receipt_number=f"FABT-2020-4-{number:05d}",
        receipt_sequence=number,
        file_version=1,
        legal_name=f"Association {number}",
        siret=f"{900_000_000 + number:09d}00012",
        commune_code="03310",
        requested_cents=FULL_GRANT,
        front_end="holders",
        eligibility_revision=1,
        zones=(OUTSIDE,),
        eligible=True,
        score_revision=1,
        score=400 * mark,
        criteria=dict.fromkeys(CRITERIA, 100 * mark),
        grid="2020-1",
        reviews=tuple(
            {"reviewer_id": name, "marks": marks, "recused": False} for name in ("r1", "r2")
        ),
    )
    return replace(made, **changed)


def empty(number: int = 1) -> Entry:
    """Nothing is known of it yet."""
    return Entry(dossier(number), FIRST)


def out(number: int = 1, **changed: Any) -> Entry:
    """Its place lies in no zone."""
    reason = {"code": "outside", "field": None, "message": "Le lieu n'est dans aucune zone."}
    none = {"eligible": False, "zones": (), "score": None, "criteria": None, "reviews": ()}
    return entry(number, **(none | {"ineligible_because": (reason,)} | changed))


def wave(*entries: Entry, **changed: Any) -> WaveState:
    """Closed, and all that it registered is here."""
    ready = sum(one.ready for one in entries)
    made = WaveState(FIRST, "closed", registered=len(entries), entries=len(entries), ready=ready)
    return replace(made, **changed)


def waves(**stages: str) -> dict[str, WaveState]:
    """All of the programme by stage, in its order: `first="published"`. Those that are not named are open."""
    names = {"first": FIRST, "second": SECOND, "last": LAST}
    told = {names[name]: stage for name, stage in stages.items()}
    return {
        one.id: WaveState(one.id, told.get(one.id, "open"), proposal=1) for one in programme().waves
    }


def fund(committed_cents: int = 0, envelope_cents: int = 4_500_000_000, **places: int) -> Fund:
    """`outside_urban=3` places are taken."""
    taken = {name.replace("_", "-"): count for name, count in places.items()}
    return Fund("fund", envelope_cents, committed_cents, taken)


# A wave on its way


@dataclass(frozen=True)
class Listed:
    """A wave with its list as it is stored."""

    basis: proposal.Basis
    rankings: list[Ranking]

    @property
    def wave(self) -> WaveState:
        return self.basis.wave

    @property
    def fund(self) -> Fund:
        return self.basis.fund

    def place(self, number: int) -> Ranking:
        return next(one for one in self.rankings if one.candidature_id == dossier(number))


def basis(
    *entries: Entry, rules: Programme | None = None, left: Fund | None = None, **changed: Any
) -> proposal.Basis:
    rules = rules or programme()
    return proposal.Basis(
        rules, wave(*entries, **changed), entries, left or fund(envelope_cents=rules.envelope_cents)
    )


def ranked(*entries: Entry, **given: Any) -> Listed:
    """Proposed, and approved by nobody yet."""
    on = basis(*entries, **given)
    decision = proposal.propose(on)
    return Listed(replace(on, wave=one(decision, WaveState)), changed(decision, Ranking))


def published(*entries: Entry, **given: Any) -> Listed:
    """Its laureates are paid for: the fund is what they left."""
    listed = ranked(*entries, **given)
    decision = publication.publish(listed.basis, listed.rankings, at())
    return Listed(
        replace(listed.basis, wave=one(decision, WaveState), fund=one(decision, Fund)),
        listed.rankings,
    )


def filled(
    listed: Listed, places: int, left: Fund | None = None, **entries: Entry
) -> tuple[Decision, Fund, MovementBook]:
    """What the reserve of a published list does with these places and this fund."""
    ledger = MovementBook("event-1", LATER)
    by_id = {one.candidature_id: one for one in (*listed.basis.entries, *entries.values())}
    waiting = Reserve(listed.basis.programme, listed.rankings, by_id, places)
    decision, after = reserve.fill(waiting, left or listed.fund, ledger, at(LATER))
    return decision, after, ledger


# Events


def registered(number: int = 1, version: int = 1, **changed: Any) -> CandidatureRegistered:
    body = {
        "candidature_id": dossier(number),
        "receipt_number": f"FABT-2020-4-{number:05d}",
        "receipt_sequence": number,
        "wave": FIRST,
        "version": version,
        "received_at": NOW,
        "answer_due_on": "2021-02-28",
        "legal_name": f"Association {number}",
        "siret": f"{900_000_000 + number:09d}00012",
        "legal_form": "association",
        "place_name": "La Passerelle",
        "kinds": ["fablab"],
        "commune_code": "03310",
        "latitude": 46.12,
        "longitude": 3.42,
        "requested_cents": FULL_GRANT,
        "front_end": "holders",
    }
    return CandidatureRegistered.model_validate(body | changed)


def checked(*zones: str, number: int = 1, revision: int = 1) -> EligibilityChecked:
    reasons = [] if zones else [{"code": "outside", "message": "Le lieu n'est dans aucune zone."}]
    return EligibilityChecked(
        candidature_id=dossier(number),
        wave=FIRST,
        revision=revision,
        file_version=1,
        eligible=bool(zones),
        zones=zones,
        reasons=reasons,
        evidence={},
    )


def scored(mark: int = 4, number: int = 1, revision: int = 1) -> CandidatureScored:
    return CandidatureScored(
        candidature_id=dossier(number),
        wave=FIRST,
        revision=revision,
        grid="2020-1",
        score=400 * mark,
        criteria=dict.fromkeys(CRITERIA, 100 * mark),
        reviewers=("r1",),
        reviews=({"reviewer_id": "r1", "marks": dict.fromkeys(CRITERIA, mark)},),
    )


def score_withdrawn(revision: int = 2, number: int = 1) -> ScoreWithdrawn:
    pending = {"code": "review-pending", "message": "Une relecture de plus est attendue."}
    return ScoreWithdrawn(
        candidature_id=dossier(number), wave=FIRST, revision=revision, reasons=(pending,)
    )


def director(name: str = "director-1") -> Actor:
    return Actor(id=name, role=Role.DIRECTOR)


def approval(digest: str, who: str = "director-1") -> WaveApproved:
    return WaveApproved(wave=FIRST, digest=digest, actor=director(who), reason="selon le dossier")


def appeal_decided(upheld: bool, number: int = 1) -> AppealDecided:
    return AppealDecided(
        candidature_id=dossier(number), upheld=upheld, actor=director(), reason="selon le dossier"
    )


# What came of it


def changed(decision: Decision, kind: type[T]) -> list[T]:
    return [change for change in decision.changes if isinstance(change, kind)]


def one(decision: Decision, kind: type[T]) -> T:
    """The only state of this kind that the decision changes."""
    [found] = changed(decision, kind)
    return found


def facts(decision: Decision, kind: type[T]) -> list[T]:
    return [fact for fact in decision.facts if isinstance(fact, kind)]


def fact(decision: Decision, kind: type[Event]) -> Mapping[str, Any]:
    [found] = facts(decision, kind)
    return found.model_dump()


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def outcomes(rankings: Sequence[Ranking]) -> dict[int, str]:
    """By number, in rank order."""
    in_order = sorted(rankings, key=lambda place: place.rank)
    return {int(place.candidature_id[-12:]): place.outcome for place in in_order}
