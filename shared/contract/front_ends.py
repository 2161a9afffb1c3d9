"""Front-ends: who speaks from outside the services' account, and what each kind of them may say."""

from dataclasses import dataclass

from shared.contract import frontdesk
from shared.contract.event import EVENTS, Event
from shared.contract.support import ASSOCIATION_ACTS, SUPPORT_ACTS

HOLDERS, REVIEWERS, OFFICERS, ASSOCIATION = KINDS = (
    "holders",
    "reviewers",
    "officers",
    "association",
)
# Accounts of their own, and no front-ends.
OPERATORS, TRANCHE_JOB = TOOLS = ("operators", "tranche-job")
FRONT_END_BYTES_MAX = 1024**3
REVIEWER_FACTS: tuple[type[Event], ...] = (frontdesk.ReviewSubmitted, frontdesk.ReviewRecused)
HOLDER_FACTS: tuple[type[Event], ...] = (
    frontdesk.CandidatureSubmitted,
    frontdesk.AddressConfirmed,
    frontdesk.WithdrawalRequested,
    frontdesk.PiecesCompleted,
    frontdesk.AgreementSigned,
    frontdesk.ReportSubmitted,
    frontdesk.RecoveryAnswered,
    frontdesk.StateAidDeclared,
    frontdesk.GrantRefused,
    frontdesk.AppealFiled,
    frontdesk.BankDetailsProvided,
    frontdesk.CommunityDeclared,
    frontdesk.PeerAnswered,
    frontdesk.InvitationAnswered,
    frontdesk.MessageSent,
    frontdesk.CommonShared,
    frontdesk.StepReported,
)


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """One front-end, known to the server by an account of this name. `kind` says whom it serves.

    `code` stands in the receipt numbers of what it brings: each stream counts for itself. `bytes_max` is what each of
    its streams may take of the disk. A front-end that was `revoked` speaks no more; what it said stays.
    """

    name: str
    kind: str
    code: str = ""
    bytes_max: int = FRONT_END_BYTES_MAX
    revoked: bool = False


# What a new platform has: one of each kind.
EMBEDDED = tuple(FrontEnd(kind, kind) for kind in KINDS)


def facts_of(kind: str) -> tuple[type[Event], ...]:
    """What front-ends of this kind may say."""
    if kind == HOLDERS:
        return HOLDER_FACTS
    if kind == REVIEWERS:
        return REVIEWER_FACTS
    if kind == ASSOCIATION:
        return ASSOCIATION_ACTS
    decisions = [event for event in EVENTS.values() if event.publisher == "backoffice"]
    return (*decisions, *SUPPORT_ACTS)
