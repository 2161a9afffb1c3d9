"""What laureates share with everybody: said by one, read by an officer, listed with licence and link."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from shared.contract.backoffice import CommonDecided
from shared.contract.decision import Decision, nothing
from shared.contract.frontdesk import CommonShared
from shared.contract.notify import CommonNoted
from shared.contract.values import Reason
from shared.value import value

CommonState = Literal["proposed", "accepted", "refused", "withdrawn"]
COMMONS_MAX = 20  # of one laureate


@value
class Common:
    """As its laureate said it last, at `said_at`; whoever decides on it names the `revision` they read."""

    candidature_id: str
    common: str
    title: str
    url: str
    licence: str
    about: str
    revision: int
    state: CommonState
    said_at: datetime


def objection(known: Sequence[Common], event: CommonShared) -> Reason | None:
    is_new = all(one.common != event.common for one in known)
    return FULL if is_new and len(known) >= COMMONS_MAX else None


def share(known: Common | None, event: CommonShared, now: datetime) -> Decision:
    """`objection` has let it through. What was accepted before is read again."""
    said = Common(
        candidature_id=event.candidature_id,
        common=event.common,
        title=event.title,
        url=event.url,
        licence=event.licence,
        about=event.about,
        revision=known.revision + 1 if known else 1,
        state="withdrawn" if event.withdrawn else "proposed",
        said_at=now,
    )
    return _noted(said)


def decide(known: Common, act: CommonDecided) -> Decision:
    if known.state == "withdrawn":
        return nothing("refused", NOT_SHARED)
    if known.revision != act.revision:
        return nothing("refused", CHANGED)
    return _noted(replace(known, state="accepted" if act.accepted else "refused"))


def without_words(common: Common) -> Common:
    return replace(common, title="", url="", about="", state="withdrawn")


def _noted(common: Common) -> Decision:
    fact = CommonNoted(
        candidature_id=common.candidature_id,
        common=common.common,
        revision=common.revision,
        state=common.state,
    )
    return Decision("common-noted", facts=(fact,), changes=(common,))


FULL = Reason(
    code="commons-full",
    message=f"Vous partagez déjà {COMMONS_MAX} ressources : remplacez-en une.",
)
NOT_SHARED = Reason(code="not-shared", message="Ce lauréat ne partage rien de ce nom.")
CHANGED = Reason(
    code="common-changed",
    field="revision",
    message="Cette ressource a changé depuis : relisez-la avant de décider.",
)
