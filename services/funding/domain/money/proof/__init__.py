"""The proof of the money: the ledger and the log of facts folded anew, apart from the rules that wrote them.

Nothing paid twice; nothing above tranche, year, award, envelope; each order has one cause, each settled order
one line of the bank, and what the log says is what the ledger holds. Every finding names the exact entry.
"""

from services.funding.domain.money.proof import ledger, log, orders, places, runs
from services.funding.domain.money.proof.evidence import Evidence, SaidFact

__all__ = ["CHECKS", "Evidence", "SaidFact", "violations"]

CHECKS = (
    ledger.paths,
    ledger.balances,
    ledger.awards,
    ledger.tranches,
    orders.live_orders,
    orders.movements_of_orders,
    orders.bank_lines,
    log.movements_said,
    log.refusals_said,
    log.openings_said,
    runs.approvals,
    places.places,
    runs.exports,
)


def violations(evidence: Evidence) -> tuple[str, ...]:
    """Every entry that is off, in English; empty where all of it holds."""
    return tuple(finding for check in CHECKS for finding in check(evidence))
