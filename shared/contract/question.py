"""One question of the contract, who may ask it, and those that every service answers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from shared.contract.asked import (
    Asked,
    DecisionAsked,
    DiscardAsked,
    Nothing,
    RedriveAsked,
    WaitingAsked,
)
from shared.contract.front_ends import (
    ASSOCIATION,
    HOLDERS,
    OFFICERS,
    OPERATORS,
    REVIEWERS,
    TRANCHE_JOB,
    FrontEnd,
)
from shared.contract.subjects import stream_of
from shared.contract.values import Role

COUNTER = (HOLDERS, OFFICERS, OPERATORS)
FILERS = (HOLDERS, OFFICERS)
STAFF = (OFFICERS, OPERATORS)
WATCHERS = (OFFICERS, OPERATORS, TRANCHE_JOB)
READERS = (REVIEWERS, OFFICERS)
SUPPORTERS = (*STAFF, ASSOCIATION)
OF_THEIR_OWN = (HOLDERS, ASSOCIATION)
# Where front-ends of the association learn who acts, and what came of an act.
TELLS_OF_SUPPORT = "notify"
JUDGES_REVIEWS = "eligibility"  # where front-ends of reviewers learn it
TOLD_OF_PEOPLE = {JUDGES_REVIEWS: (*STAFF, REVIEWERS), TELLS_OF_SUPPORT: SUPPORTERS}
PLACE = {"event_id": "BACKOFFICE-000000000012", "dossier": "2020-4"}
LETTER = {"letter_id": "intake-on-frontdesk-42", "by": "moreau"}
DISCARDED = {**LETTER, "reason": "saisi deux fois"}
ID = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
DOSSIER = {"candidature_id": ID}
SIGNED = {
    "actor": {"id": "durand", "role": "director"},
    "asked_at": "2021-01-20T10:00:00+01:00",
    "answer_key": "fZQVNtBfUgEk0ujrBw2v5nZFmDRBLdcHYm/8m6VVXD0=",
}


@dataclass(frozen=True, slots=True)
class Question:
    """`request` is an example of what is sent; the subject is `<programme>.ask.<service>.<name>`.

    `kind` is what it is asked with. `own_as` is the word the service hears from front-ends of holders, who
    are told of their own dossiers alone, and of the association: of laureates handed over to it. `asked_by` are kinds of identities: `holders` stands for every front-end of holders.
    """

    service: str
    name: str
    asked_by: tuple[str, ...]
    purpose: str
    request: dict[str, Any] = field(default_factory=dict)
    own_as: str = ""
    kind: type[Asked] = Nothing

    def heard_from(self, kind: str) -> str:
        return self.own_as if self.own_as and kind in OF_THEIR_OWN else self.name


def kit_questions(service: str) -> tuple[Question, ...]:
    """What every service answers."""
    told = TOLD_OF_PEOPLE.get(service, STAFF)
    return (
        Question(
            service,
            "ready",
            WATCHERS,
            "a round trip through the broker and the database: can it do its work",
        ),
        Question(
            service,
            "figures",
            (OPERATORS,),
            "its metrics, for whoever serves them: counted since its process started, or read now",
        ),
        Question(
            service,
            "decided",
            told,
            "what came of an event: result, reasons, whether anything changed, when",
            PLACE,
            kind=DecisionAsked,
        ),
        Question(
            service,
            "waiting",
            STAFF,
            "events that came before what they build on, and what each waits for",
            {"limit": 100},
            kind=WaitingAsked,
        ),
        Question(
            service,
            "people",
            told,
            "officers and reviewers: keys, roles, what waits for a second word",
        ),
        Question(
            service,
            "redrive",
            (OPERATORS,),
            "decide a dead letter's event again, as the log holds it",
            LETTER,
            kind=RedriveAsked,
        ),
        Question(
            service,
            "discard",
            (OPERATORS,),
            "note that a dead letter needs nothing more",
            DISCARDED,
            kind=DiscardAsked,
        ),
    )


def role_told(asker: str, front_ends: Iterable[FrontEnd]) -> Role | None:
    """The one role whose people a front-end is told of: those it opens to. None for staff, who see all."""
    kind = _kind_of(asker, front_ends)
    if kind in STAFF:
        return None
    return Role.ASSOCIATION if kind == ASSOCIATION else Role.REVIEWER


def stream_told(asker: str, front_ends: Iterable[FrontEnd]) -> str:
    """The one stream of whose events a front-end learns what came: its own. Empty for staff, who see all."""
    kind = _kind_of(asker, front_ends)
    if kind in STAFF:
        return ""
    return stream_of("support" if kind == ASSOCIATION else "frontdesk", asker)


def _kind_of(asker: str, front_ends: Iterable[FrontEnd]) -> str:
    """A tool is of the kind of its own name."""
    kinds = {front_end.name: front_end.kind for front_end in front_ends}
    return kinds.get(asker, asker)
