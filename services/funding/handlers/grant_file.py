"""What the money's handlers share: a grant and its file, gates decided again, money that goes back to the envelope."""

from dataclasses import dataclass, replace

from services.funding import store
from services.funding.domain import tranches
from services.funding.domain.states import Account, Fund, Grant, Report, StateAid, Tranche
from services.funding.handlers.release import both, refill
from shared.contract.decision import Decision
from shared.kit.book import Book
from shared.kit.delivery import Arrival
from shared.kit.errors import TooEarly
from shared.kit.signatures import require_signature
from shared.programme import Programme

FILE = (Grant, Account, Report, Tranche, StateAid)


@dataclass(frozen=True)
class GrantDesk:
    programme: Programme

    def grant(self, book: Book, candidature_id: str) -> Grant:
        grant = book.one(Grant, candidature_id)
        if grant is None:
            raise TooEarly(candidature_id)
        return grant

    def signed(self, book: Book, candidature_id: str, at: Arrival) -> Grant:
        """A holder's act on a grant, signed where the dossier has a key."""
        grant = self.grant(book, candidature_id)
        require_signature(book, grant.public_key, at)
        return grant

    def gates_again(self, book: Book, candidature_id: str, decision: Decision, at: Arrival) -> Decision:
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

    def refilled(self, book: Book, decision: Decision, fund: Fund, at: Arrival) -> Decision:
        """Money is back in the envelope: the reserve list may have it. `fund` is as the decision leaves it."""
        if fund == store.fund_of(book, self.programme):
            return decision
        return both(decision, refill(self.programme, book, fund, at))
