"""Money asked back, one step each: intention, the holder's answer, decision, received, offset or waived."""

from collections.abc import Mapping

from services.funding import store
from services.funding.domain.money import grants, recovery
from services.funding.domain.states import Grant, Recovery, Tranche
from services.funding.handlers.grant_file import FILE, GrantHandlers
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.kit.delivery import Arrival
from shared.kit.errors import Rejected, TooEarly
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States


class RecoveryHandlers(GrantHandlers):
    def on_recovery_intended(
        self, states: States, event: officers.RecoveryIntended, at: Arrival
    ) -> Decision:
        key = event.candidature_id
        paid_cents = grants.paid_cents(self.grant(states, key), states.of(Tranche, key))
        past = states.of(Recovery, key)
        return recovery.intend(past, event, paid_cents, at.now)

    def on_recovery_answered(
        self, states: States, event: front.RecoveryAnswered, at: Arrival
    ) -> Decision:
        """It waits for the request it names, as its stream may be read later; it stands for no other one."""
        self.signed(states, event.candidature_id, at)
        asked = states.one(Recovery, event.candidature_id, event.recovery)
        if asked is None:
            raise TooEarly(event.candidature_id)
        return recovery.answer(asked, event.observations, at.now)

    def on_recovery_decided(
        self, states: States, event: officers.RecoveryDecided, at: Arrival
    ) -> Decision:
        asked = self._recovery(states, event.candidature_id)
        return recovery.decide(self.programme, asked, event, at.now)

    def on_recovery_received(
        self, states: States, event: officers.RecoveryReceived, at: Arrival
    ) -> Decision:
        grant = self.grant(states, event.candidature_id)
        asked = self._recovery(states, event.candidature_id)
        fund = store.fund_of(states, self.programme)
        decision, fund = recovery.receive(asked, grant, fund, event.amount_cents, at)
        return self.refilled(states, decision, fund, at)

    def on_recovery_offset(
        self, states: States, event: officers.RecoveryOffset, at: Arrival
    ) -> Decision:
        tranche = states.one(Tranche, event.tranche_id)
        if tranche is None:
            raise TooEarly(event.candidature_id)
        # The act is about one grant: it must not keep back money of another.
        if tranche.candidature_id != event.candidature_id:
            raise Rejected("the tranche belongs to another grant")
        # What is kept back frees money of the envelope: the reserve may have it.
        asked = self._recovery(states, event.candidature_id)
        fund = store.fund_of(states, self.programme)
        decision, fund = recovery.offset(asked, tranche, fund, event, at)
        return self.refilled(states, decision, fund, at)

    def on_recovery_waived(
        self, states: States, event: officers.RecoveryWaived, _at: Arrival
    ) -> Decision:
        asked = self._recovery(states, event.candidature_id)
        return recovery.waive(asked, event.amount_cents)

    def _recovery(self, states: States, candidature_id: str) -> Recovery:
        """The latest one. Raises TooEarly where nothing was ever asked back."""
        found = states.of(Recovery, candidature_id)
        if not found:
            raise TooEarly(candidature_id)
        return found[-1]

    def reactions(self) -> Mapping[type[Event], Reaction]:
        reads = (*FILE, Recovery)
        return {
            front.RecoveryAnswered: Reaction(self.on_recovery_answered, (Grant, Recovery)),
            officers.RecoveryIntended: Reaction(
                self.on_recovery_intended, (Grant, Tranche, Recovery)
            ),
            officers.RecoveryDecided: Reaction(self.on_recovery_decided, (Recovery,)),
            officers.RecoveryReceived: Reaction(self.on_recovery_received, reads),
            officers.RecoveryOffset: Reaction(self.on_recovery_offset, reads),
            officers.RecoveryWaived: Reaction(self.on_recovery_waived, (Recovery,)),
        }
