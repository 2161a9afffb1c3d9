"""What notify does with what laureates say of their own steps, or as mentors; and with late ones."""

from dataclasses import dataclass

from services.notify import store
from services.notify.domain import own_steps
from services.notify.domain.contact import Contact
from services.notify.domain.own_steps import Speaker
from services.notify.domain.pairs import is_mentor
from services.notify.domain.steps import Step
from services.notify.domain.support import Plan
from services.notify.domain.support_acts import NOT_SUPPORTED
from services.notify.handlers.peers import require_holder
from services.notify.handlers.support import contact_of, moment_of, supported
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.frontdesk import StepReported
from shared.kit.delivery import Arrival
from shared.kit.errors import ActRefused
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States
from shared.programme import Programme


@dataclass(frozen=True)
class StepHandlers:
    programme: Programme

    def on_step_reported(self, states: States, event: StepReported, at: Arrival) -> Decision:
        """Raises ActRefused: nobody speaks for another, and of another's plan only its mentor does.

        A step is known from a plan that was read: who has none yet is refused, and waits for no award.
        """
        require_holder(states, event.candidature_id, at)
        whose = event.helped or event.candidature_id
        speaker = _speaker(states, event.candidature_id, whose)
        known = supported(states, whose)
        if known is None:
            raise ActRefused(NOT_SUPPORTED)
        receipt = contact_of(states, event.candidature_id).receipt_number
        if own_steps.was_said(known, event, receipt):
            return nothing("said-before")
        if why := own_steps.objection(known, event, speaker):
            raise ActRefused(why)
        return own_steps.report(known, event, speaker, receipt, moment_of(at, self.programme))

    def remind(self, states: States, at: Arrival) -> Decision:
        """No event called for it: the timer found steps that are late."""
        moment = moment_of(at, self.programme)
        live: dict[str, list[Step]] = {}
        for step in store.live_steps(states):
            live.setdefault(step.candidature_id, []).append(step)
        contacts = states.many(Contact, [(one,) for one in sorted(live)])
        told = [
            own_steps.remind(contact, live[contact.candidature_id], moment)
            for contact in contacts.values()
        ]
        return nothing("reminded").followed_by(*told)

    def erase(self, states: States, contact: Contact) -> Decision:
        """What who is erased wrote as a mentor stands in the plans of others."""
        one = contact.candidature_id
        changed: list[Step] = []
        for pair in store.pairs_of(states, one):
            steps = states.of(Step, pair.other(one))
            changed += own_steps.without_the_mentor(steps, contact.receipt_number)
        return Decision("erased", changes=tuple(changed))

    def reactions(self) -> dict[type[Event], Reaction]:
        return {StepReported: Reaction(self.on_step_reported, (Contact, Plan, Step))}


def _speaker(states: States, one: str, whose: str) -> Speaker:
    """Raises ActRefused for who is no mentor of this laureate."""
    if one == whose:
        return "holder"
    pairs = [pair for pair in store.pairs_of(states, one) if pair.other(one) == whose]
    if not any(is_mentor(pair, one) for pair in pairs):
        raise ActRefused(own_steps.NO_MENTOR)
    return "mentor"
