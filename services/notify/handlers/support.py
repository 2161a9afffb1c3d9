"""What notify does with the facts about support: it finds plan, steps and contact, and asks the rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.notify import store
from services.notify.domain import support_acts
from services.notify.domain.contact import Contact
from services.notify.domain.notice import Cause
from services.notify.domain.occasions import grants, reports
from services.notify.domain.steps import PEERS, Step, step_id
from services.notify.domain.support import (
    Moment,
    Plan,
    Supported,
    hand_over,
    introduced_no_more,
    meet_a_peer,
    renew_needs,
)
from services.notify.domain.telling import joined
from shared.contract import funding
from shared.contract import support as said
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.notify import PeerAgreed
from shared.kit.delivery import Arrival
from shared.kit.errors import TooEarly
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States
from shared.programme import Programme

Rule = Callable[[Supported, Any, Moment], Decision]

RULES: Mapping[type[said.SupportAct], Rule] = {
    said.StepOpened: support_acts.open_step,
    said.InterviewHeld: support_acts.hold_interview,
    said.ConsentNoted: support_acts.note_consent,
}
READS = (Contact, Plan, Step)


@dataclass(frozen=True)
class SupportHandlers:
    programme: Programme

    def on_act(self, states: States, event: said.SupportAct, at: Arrival) -> Decision:
        """Who is no laureate has no plan that anybody read: the act is refused, and waits for none."""
        contact = contact_of(states, event.candidature_id)
        if contact.erased:
            return nothing("erased")
        known = supported(states, event.candidature_id)
        if known is None:
            return nothing("refused", support_acts.NOT_SUPPORTED)
        rule = RULES.get(type(event), support_acts.move_step)
        decision = rule(known, event, moment_of(at, self.programme))
        if isinstance(event, said.ConsentNoted):
            decision = decision.followed_by(_introduced_no_more(states, decision))
        return decision

    def on_grant_awarded(
        self, states: States, event: funding.GrantAwarded, at: Arrival
    ) -> Decision:
        contact = contact_of(states, event.candidature_id)
        plan = states.one(Plan, event.candidature_id)
        return grants.awarded(contact, plan, event, moment_of(at, self.programme))

    def on_grant_agreed(self, states: States, event: funding.GrantAgreed, at: Arrival) -> Decision:
        contact = contact_of(states, event.candidature_id)
        moment = moment_of(at, self.programme)
        agreed = grants.agreed(contact, event, moment.cause)
        known = supported(states, event.candidature_id)
        if known is None or not event.association_consent or contact.erased:
            return agreed
        return joined(hand_over(known, moment), agreed)

    def on_award_cancelled(
        self, states: States, event: funding.AwardCancelled, at: Arrival
    ) -> Decision:
        contact = contact_of(states, event.candidature_id)
        known = supported(states, event.candidature_id)
        gone = grants.cancelled(contact, known, event, moment_of(at, self.programme))
        return gone.followed_by(_introduced_no_more(states, gone))

    def on_report_received(
        self, states: States, event: funding.ReportReceived, at: Arrival
    ) -> Decision:
        contact = contact_of(states, event.candidature_id)
        moment = moment_of(at, self.programme)
        received = reports.report_received(contact, event, moment.cause)
        known = supported(states, event.candidature_id)
        if known is None or contact.erased or event.support_needs is None:
            return received
        return joined(renew_needs(known, event, moment), received)

    def met(self, states: States, answered: Decision, at: Arrival) -> list[Decision]:
        """Two who both agreed to know each other have the step that was for it behind them."""
        agreed = [fact for fact in answered.facts if isinstance(fact, PeerAgreed)]
        decisions = []
        for fact in agreed:
            step = states.one(Step, step_id(fact.candidature_id, PEERS))
            decisions.append(meet_a_peer(step, fact.peer, moment_of(at, self.programme)))
        return decisions

    def reactions(self) -> dict[type[Event], Reaction]:
        acts: dict[type[Event], Reaction] = {
            act: Reaction(self.on_act, READS) for act in said.SUPPORT_ACTS
        }
        return acts | {
            funding.GrantAwarded: Reaction(self.on_grant_awarded, READS),
            funding.GrantAgreed: Reaction(self.on_grant_agreed, READS),
            funding.ReportReceived: Reaction(self.on_report_received, READS),
        }


def _introduced_no_more(states: States, decision: Decision) -> Decision:
    """A laureate who takes the consent back, or leaves, before the letter to the association left."""
    for plan in decision.changes:
        if isinstance(plan, Plan) and not (plan.handed_over and plan.is_open):
            return introduced_no_more(store.notices_of(states, plan.candidature_id))
    return nothing("retracted")


def supported(states: States, candidature_id: str) -> Supported | None:
    """None before the award is heard."""
    plan = states.one(Plan, candidature_id)
    if plan is None:
        return None
    steps = states.of(Step, candidature_id)
    return Supported(plan, in_order(plan, steps), contact_of(states, candidature_id))


def in_order(plan: Plan, steps: list[Step]) -> tuple[Step, ...]:
    """As they were opened; first those of a plan that there was before."""
    places = {name: place for place, name in enumerate(plan.steps)}
    return tuple(sorted(steps, key=lambda step: places.get(step.name, -1)))


def contact_of(states: States, candidature_id: str) -> Contact:
    """Raises TooEarly."""
    contact = states.one(Contact, candidature_id)
    if contact is None:
        raise TooEarly(candidature_id)
    return contact


def cause_of(at: Arrival) -> Cause:
    return Cause(at.event_id, at.now, at.correlation_id, at.traceparent)


def moment_of(at: Arrival, programme: Programme) -> Moment:
    return Moment(cause_of(at), programme.local_day(at.now), programme.support)
