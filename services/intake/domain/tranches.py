"""One line for each yearly tranche in the public status of a dossier."""

from dataclasses import replace
from datetime import datetime

from services.intake.domain import sentences
from services.intake.domain.dossier import Dossier, OutcomeWord, TrancheLine, TrancheWord
from services.intake.domain.progress import hear
from services.intake.domain.public_status import status_of
from shared.contract.decision import Decision, nothing
from shared.contract.funding import (
    TrancheOrdered,
    TrancheRejected,
    TrancheReturned,
    TrancheSettled,
    TrancheWithheld,
)
from shared.contract.values import number_of_tranche

TrancheFact = TrancheOrdered | TrancheWithheld | TrancheSettled | TrancheRejected | TrancheReturned

WORDS: dict[type[TrancheFact], tuple[TrancheWord, OutcomeWord]] = {
    TrancheOrdered: ("ordered", "tranche-ordered"),
    TrancheWithheld: ("withheld", "tranche-withheld"),
    TrancheSettled: ("settled", "tranche-settled"),
    TrancheRejected: ("rejected", "tranche-rejected"),
    TrancheReturned: ("returned", "tranche-returned"),
}


def follow_tranche(dossier: Dossier, fact: TrancheFact, at: datetime) -> Decision:
    """The holder sees which tranche was ordered, withheld, settled, rejected or given back, and why.

    One that officers declared unpaid by the bank's letter waits: there is nothing to do for its holder.
    """
    on_the_line, word = WORDS[type(fact)]
    reasons = fact.reasons if isinstance(fact, TrancheWithheld) else ()
    if isinstance(fact, TrancheRejected) and fact.declared:
        on_the_line, word = WORDS[TrancheWithheld]
        reasons = (sentences.PAYMENT_NOT_MADE,)
    lined = hear_tranche(dossier, number_of_tranche(fact.tranche_id), on_the_line, at)
    if lined is None:
        return nothing("superseded")
    told = hear(lined, word, at) or lined
    return Decision(word, reasons, (status_of(told, reasons),), (told,))


def hear_tranche(dossier: Dossier, number: int, word: TrancheWord, at: datetime) -> Dossier | None:
    """The word on one tranche keeps its own line, whatever is said of the others later."""
    if dossier.is_gone:
        return None
    lines = {line["number"]: line for line in dossier.tranches}
    before = lines.get(number)
    if before and datetime.fromisoformat(before["since"]) > at:
        return dossier
    lines[number] = TrancheLine(number=number, status=word, since=at.isoformat())
    return replace(dossier, tranches=tuple(lines[known] for known in sorted(lines)))
