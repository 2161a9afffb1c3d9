"""BACKOFFICE: who the officers and reviewers are, and which role may do which act.

Nobody acts by a word in a body: each act is signed by the person it names, with a key that two administrators
registered, in a role that this table gives the act to. So is each question that reads a dossier.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.contract import backoffice as b
from shared.contract import frontdesk as f
from shared.contract import support as s
from shared.contract.event import Event
from shared.contract.values import PersonKey, Role, Token, each_once

ROLES_MAX = 7  # of one person
Roles = Annotated[
    tuple[Role, ...],
    Field(min_length=1, max_length=ROLES_MAX, json_schema_extra={"uniqueItems": True}),
    AfterValidator(each_once),
]


class PersonRegistered(b.OfficerAct, says="backoffice.person.registered", dossier="person_id"):
    """A person's key and roles from now on. It holds once a second administrator has said the very same."""

    person_id: Token
    roles: Roles
    public_key: PersonKey


class PersonRevoked(b.OfficerAct, says="backoffice.person.revoked", dossier="person_id"):
    """Nothing that is signed with this person's key counts from now on, once a second administrator has said it."""

    person_id: Token


ABOUT_PEOPLE = (PersonRegistered, PersonRevoked)
INSTRUCTION = (Role.INSTRUCTOR, Role.DIRECTOR)
TREASURY = (Role.AUTHORISING_OFFICER, Role.ACCOUNTANT)
# The association: of laureates handed to it, its own steps.
SUPPORTERS = (*INSTRUCTION, Role.ASSOCIATION)

MAY: dict[type[Event], tuple[Role, ...]] = {
    PersonRegistered: (Role.ADMINISTRATOR,),
    PersonRevoked: (Role.ADMINISTRATOR,),
    f.ReviewSubmitted: (Role.REVIEWER,),
    f.ReviewRecused: (Role.REVIEWER,),
    b.CandidatureImported: INSTRUCTION,
    b.LaureateImported: (Role.DIRECTOR, Role.ACCOUNTANT),
    b.CandidatureMoved: INSTRUCTION,
    b.ContestDecided: INSTRUCTION,
    b.ErasureRequested: (Role.DIRECTOR,),
    b.TerritoryDecided: INSTRUCTION,
    b.ReviewerRegistered: INSTRUCTION,
    b.ReviewAssigned: INSTRUCTION,
    b.ReviewReassigned: INSTRUCTION,
    b.CommentsModerated: INSTRUCTION,
    b.ReviewOpened: INSTRUCTION,
    b.WaveExtended: (Role.DIRECTOR,),
    b.WaveReopened: (Role.DIRECTOR,),
    b.WaveApproved: (Role.DIRECTOR,),
    b.AppealAssigned: INSTRUCTION,
    b.AppealDecided: (Role.DIRECTOR,),
    b.ReportAccepted: INSTRUCTION,
    b.ReportReturned: INSTRUCTION,
    b.StateAidDecided: INSTRUCTION,
    b.GrantSuspended: INSTRUCTION,
    b.GrantResumed: INSTRUCTION,
    b.GrantExtended: INSTRUCTION,
    b.GrantReduced: (Role.DIRECTOR, Role.AUTHORISING_OFFICER),
    b.GrantBalanced: (Role.DIRECTOR, Role.AUTHORISING_OFFICER),
    b.BankDetailsVerified: (Role.INSTRUCTOR, Role.ACCOUNTANT),
    b.BankDetailsConfirmed: (Role.INSTRUCTOR, Role.ACCOUNTANT),
    b.TrancheRetried: (Role.INSTRUCTOR, *TREASURY),
    b.PaymentsApproved: TREASURY,
    b.PaymentsExportRequested: (Role.ACCOUNTANT,),
    b.BankStatementReceived: (Role.ACCOUNTANT, Role.OPERATOR),
    b.BankLineExamined: (Role.ACCOUNTANT, Role.OPERATOR),
    b.PaymentDeclared: TREASURY,
    b.RecoveryIntended: (Role.DIRECTOR, Role.AUTHORISING_OFFICER),
    b.RecoveryDecided: (Role.DIRECTOR, Role.AUTHORISING_OFFICER),
    b.RecoveryWaived: (Role.DIRECTOR, Role.AUTHORISING_OFFICER),
    b.RecoveryReceived: (Role.ACCOUNTANT,),
    b.RecoveryOffset: (Role.ACCOUNTANT,),
    **{act: SUPPORTERS if act in s.ASSOCIATION_ACTS else INSTRUCTION for act in s.SUPPORT_ACTS},
    b.GatheringAnnounced: INSTRUCTION,
    b.AttendanceNoted: INSTRUCTION,
    b.CommonDecided: INSTRUCTION,
}

# Who may read what: each question is signed. A holder's is signed with the key of the dossier.
MAY_READ: dict[str, tuple[Role, ...]] = {
    "intake.file": (Role.REVIEWER, *INSTRUCTION, *TREASURY),
    "intake.attachment": (Role.REVIEWER, *INSTRUCTION, *TREASURY),
    "eligibility.file-reviews": (Role.REVIEWER, *INSTRUCTION),
    "eligibility.my-reviews": (Role.REVIEWER,),
    "funding.file-reports": (*INSTRUCTION, *TREASURY),
}
MAY_READ_CONTACTS = INSTRUCTION


def speaker_of(event: Event) -> tuple[str, Role]:
    """Whose act it is, and in which role."""
    if isinstance(event, b.OfficerAct):
        return event.actor.id, event.actor.role
    reviewer: str = getattr(event, "reviewer_id")  # noqa: B009
    return reviewer, Role.REVIEWER
