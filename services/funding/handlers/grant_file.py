"""What the money's handlers share: a grant and its file, gates decided again, money that goes back to the envelope."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from services.funding import store
from services.funding.domain.money import grants, tranches
from services.funding.domain.money.ledger import freed
from services.funding.domain.states import Account, Fund, Grant, Order, Report, StateAid, Tranche
from services.funding.handlers.refill import Freed, both, refill
from shared.contract.decision import Decision
from shared.kit.delivery import Arrival
from shared.kit.errors import TooEarly
from shared.kit.people.signatures import require_own
from shared.kit.storage.states import States
from shared.programme import Programme

FILE = (Grant, Account, Report, Tranche, StateAid)


@dataclass(frozen=True)
class GrantDesk:
    programme: Programme

    def grant(self, book: States, candidature_id: str) -> Grant:
        grant = book.one(Grant, candidature_id)
        if grant is None:
            raise TooEarly(candidature_id)
        return grant

    def signed(self, book: States, candidature_id: str, at: Arrival) -> Grant:
        """A holder's act on a grant: of its front-end, and signed where the dossier has a key. Raises ActRefused."""
        grant = self.grant(book, candidature_id)
        require_own(book, grant.front_end, grant.public_key, at)
        return grant

    def gates_again(self, book: States, candidature_id: str, decision: Decision, at: Arrival) -> Decision:
        """Every event that opens or closes a gate decides the withheld tranches of that grant again."""
        if not decision.changes:
            return decision
        file = store.file_of(book, self.programme, self.grant(book, candidature_id))
        reports, changed = dict(file.reports), {tranche.tranche_id: tranche for tranche in file.tranches}
        for change in decision.changes:
            if isinstance(change, Grant):
                file = replace(file, grant=change)
            elif isinstance(change, Account):
                file = replace(file, account=change)
            elif isinstance(change, StateAid):
                file = replace(file, aid=change)
            elif isinstance(change, Report):
                reports[change.year] = change
            elif isinstance(change, Tranche):
                changed[change.tranche_id] = change
        file = replace(file, reports=reports, tranches=list(changed.values()))
        return both(decision, tranches.decide_again(file, at))

    def refilled(self, book: States, decision: Decision, fund: Fund, at: Arrival) -> Decision:
        """Money, or a place, is back: the reserve list may have it. `fund` is as the decision leaves it."""
        gone = []
        for grant, back in self._places_given_back(book, decision):
            decision = both(decision, back)
            fund = freed(fund, grant.zone, 0)
            gone.append(grant)
        if fund == store.fund_of(book, self.programme):
            return decision
        return both(decision, refill(self.programme, book, fund, at, Freed(tuple(gone))))

    def _places_given_back(self, book: States, decision: Decision) -> Iterator[tuple[Grant, Decision]]:
        """Grants that had ended with the State's money, and that this decision leaves without any."""
        changed = {kind: _latest(decision, kind) for kind in (Grant, Tranche, Order)}
        keys = {change.candidature_id for kind in changed.values() for change in kind.values()}
        for key in sorted(keys):
            grant = changed[Grant].get(key) or book.one(Grant, key)
            if grant is None or not grant.holds_place:
                continue
            tranches = {tranche.tranche_id: tranche for tranche in book.of(Tranche, key)}
            orders = {order.order_id: order for order in book.of(Order, key)}
            tranches |= {name: one for name, one in changed[Tranche].items() if one.candidature_id == key}
            orders |= {name: one for name, one in changed[Order].items() if one.candidature_id == key}
            if back := grants.place_given_back(grant, tranches.values(), orders.values()):
                yield grant, back


def _latest(decision: Decision, kind: type[Any]) -> dict[str, Any]:
    names = {Grant: "candidature_id", Tranche: "tranche_id", Order: "order_id"}
    return {getattr(change, names[kind]): change for change in decision.changes if isinstance(change, kind)}
