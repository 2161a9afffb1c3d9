"""What notify does with what laureates share: it loads what there is, and asks the rule."""

from services.notify.domain import commons
from services.notify.domain.commons import Common
from services.notify.domain.contact import Contact
from services.notify.domain.support import Plan
from services.notify.handlers.peers import require_laureate, require_open
from shared.contract.backoffice import CommonDecided
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.frontdesk import CommonShared
from shared.kit.delivery import Arrival
from shared.kit.errors import TooEarly
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States


def on_common_shared(states: States, event: CommonShared, at: Arrival) -> Decision:
    """Raises ActRefused: nobody shares in another's name. Who is a laureate no more only takes things out."""
    require_laureate(states, event.candidature_id, at)
    known = states.one(Common, event.candidature_id, event.common)
    if commons.says_the_same(known, event):
        return nothing("shared-before")
    if not event.withdrawn:
        require_open(states, event.candidature_id)
    return commons.share(known, event, at.now)


def on_common_decided(states: States, event: CommonDecided, at: Arrival) -> Decision:
    """Officers and holders are heard by two streams: a decision waits for what it is about."""
    known = states.one(Common, event.candidature_id, event.common)
    if known is None or known.revision < event.revision:
        raise TooEarly(event.candidature_id)
    return commons.decide(known, event, at.now)


def erase(states: States, candidature_id: str) -> Decision:
    gone = [commons.without_words(one) for one in states.of(Common, candidature_id)]
    return Decision("erased", changes=tuple(gone))


def reactions() -> dict[type[Event], Reaction]:
    reads = (Contact, Plan, Common)
    return {
        CommonShared: Reaction(on_common_shared, reads),
        CommonDecided: Reaction(on_common_decided, reads),
    }
