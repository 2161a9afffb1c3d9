"""What the money's handlers share: a grant and its file, gates decided again, money back to the envelope."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar

from services.funding import store
from services.funding.domain.decisions import both
from services.funding.domain.money import grants, tranches
from services.funding.domain.money.ledger import freed
from services.funding.domain.money.sentences import ERASED
from services.funding.domain.states import Account, Fund, Grant, Order, Report, StateAid, Tranche
from services.funding.handlers.refill import Freed, refill
from shared.contract.decision import Decision
from shared.kit.delivery import Arrival
from shared.kit.errors import ActRefused, TooEarly
from shared.kit.people.signatures import require_own
from shared.kit.storage.states import States
from shared.programme import Programme

FILE = (Grant, Account, Report, Tranche, StateAid)
ID_OF: dict[type[Any], Callable[[Any], str]] = {
    Grant: attrgetter("candidature_id"),
    Tranche: attrgetter("tranche_id"),
    Order: attrgetter("order_id"),
}
S = TypeVar("S", Grant, Tranche, Order)


class Changed:
    """The latest change of each state in a decision, by grant: a bank's message changes hundreds at once."""

    def __init__(self, decision: Decision) -> None:
        self.grants: set[str] = set()
        self._found: dict[tuple[type[Any], str], dict[str, Any]] = {}
        for change in decision.changes:
            kind = type(change)
            if kind in ID_OF:
                self.grants.add(change.candidature_id)
                of_grant = self._found.setdefault((kind, change.candidature_id), {})
                of_grant[ID_OF[kind](change)] = change

    def of(self, kind: type[S], key: str) -> dict[str, S]:
        """Those of one grant, by their ids."""
        return self._found.get((kind, key), {})


@dataclass(frozen=True)
class GrantHandlers:
    programme: Programme

    def grant(self, states: States, candidature_id: str) -> Grant:
        """Raises TooEarly where there is none yet."""
        grant = states.one(Grant, candidature_id)
        if grant is None:
            raise TooEarly(candidature_id)
        return grant

    def signed(self, states: States, candidature_id: str, at: Arrival) -> Grant:
        """A holder's act on a grant: of its front-end, and signed where the dossier has a key.

        Raises ActRefused.
        """
        grant = self.grant(states, candidature_id)
        if grant.erased:
            raise ActRefused(ERASED)
        require_own(states, grant.front_end, grant.public_key, at)
        return grant

    def gates_again(
        self,
        states: States,
        candidature_id: str,
        decision: Decision,
        at: Arrival,
    ) -> Decision:
        """Every event that opens or closes a gate decides the withheld tranches of that grant again."""
        if not decision.changes:
            return decision
        file = store.file_of(states, self.programme, self.grant(states, candidature_id))
        return both(decision, tranches.decide_again(file.after(decision.changes), at))

    def refilled(self, states: States, decision: Decision, fund: Fund, at: Arrival) -> Decision:
        """Money, or a place, is back: the reserve list may have it. `fund` is as the decision leaves it."""
        gone = []
        for grant, place_freed in self._places_given_back(states, decision):
            decision = both(decision, place_freed)
            fund = freed(fund, grant.zone, 0)
            gone.append(grant)
        # Nothing came back: the reserve need not be looked at.
        if fund == store.fund_of(states, self.programme):
            return decision
        return both(decision, refill(self.programme, states, fund, at, Freed(tuple(gone))))

    def _places_given_back(
        self, states: States, decision: Decision
    ) -> Iterator[tuple[Grant, Decision]]:
        """Grants that had ended with the State's money, and that this decision leaves without any."""
        changed = Changed(decision)
        # Sorted: ids follow from the place of a fact in its decision, which must be the same each time.
        for key in sorted(changed.grants):
            grant = changed.of(Grant, key).get(key) or states.one(Grant, key)
            if grant is None or not grant.holds_place:
                continue
            tranches_left = as_left(states, Tranche, key, changed)
            orders_left = as_left(states, Order, key, changed)
            place_freed = grants.place_given_back(grant, tranches_left, orders_left)
            if place_freed:
                yield grant, place_freed


def as_left(states: States, kind: type[S], key: str, changed: Changed) -> list[S]:
    """The states of a grant as the decision leaves them: what it changes is not kept yet."""
    before = {ID_OF[kind](state): state for state in states.of(kind, key)}
    return list({**before, **changed.of(kind, key)}.values())
