"""What laureates share with everybody: said by one, read by an officer, listed with licence and link."""

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


@value
class Common:
    """As its laureate said it last, at `said_at`; whoever decides on it names the `revision` they read.

    `refused_because` is told to its laureate.
    """

    candidature_id: str
    common: str
    title: str
    url: str
    licence: str
    about: str
    revision: int
    state: CommonState
    said_at: datetime
    refused_because: str | None = None


def says_the_same(known: Common | None, event: CommonShared) -> bool:
    """Whether nothing of it is new: a front-end that saw no PubAck says it again."""
    if known is None or event.withdrawn != (known.state == "withdrawn"):
        return False
    names = ("title", "url", "licence", "about")
    return all(getattr(known, name) == getattr(event, name) for name in names)


def share(known: Common | None, event: CommonShared, now: datetime) -> Decision:
    """What was accepted before is read again."""
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


def decide(known: Common, act: CommonDecided, now: datetime) -> Decision:
    """Nobody has read, at `now`, what was said after it: whatever revision they named."""
    if known.state == "withdrawn":
        return nothing("refused", NOT_SHARED)
    if known.revision != act.revision or now < known.said_at:
        return nothing("refused", CHANGED)
    if act.accepted:
        return _noted(replace(known, state="accepted", refused_because=None))
    return _noted(replace(known, state="refused", refused_because=act.reason))


def without_words(common: Common) -> Common:
    return replace(common, title="", url="", about="", state="withdrawn", refused_because=None)


def _noted(common: Common) -> Decision:
    fact = CommonNoted(
        candidature_id=common.candidature_id,
        common=common.common,
        revision=common.revision,
        state=common.state,
    )
    return Decision("common-noted", facts=(fact,), changes=(common,))


NOT_SHARED = Reason(code="not-shared", message="Ce lauréat ne partage rien de ce nom.")
CHANGED = Reason(
    code="common-changed",
    field="revision",
    message="Cette ressource a changé depuis : relisez-la avant de décider.",
)
