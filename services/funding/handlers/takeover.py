"""Labels of before the platform: two people say each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.funding import store
from services.funding.domain.decisions import both
from services.funding.domain.states import Entry, Grant, Takeover
from services.funding.domain.waves import takeover
from services.funding.domain.waves.takeover import Room
from shared.contract.backoffice import LaureateImported
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.laureates import Laureate
from shared.kit.delivery import Arrival
from shared.kit.people.acts import still_counts
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States
from shared.programme import Programme


@dataclass(frozen=True)
class TakeoverHandlers:
    programme: Programme

    def on_laureate_imported(
        self, states: States, event: LaureateImported, at: Arrival
    ) -> Decision:
        before = states.one(Takeover, event.candidature_id)
        grant = states.one(Grant, event.candidature_id)
        if before and grant is None:
            standing = tuple(word for word in before.words if still_counts(states, word, at))
            before = replace(before, words=standing)
        is_filed = grant is None and states.one(Entry, event.candidature_id) is not None
        room = self._room(states, event.laureate.commune_code, is_filed)
        decision = takeover.say(room, before, event, at)
        if not takeover.holds(decision):
            return decision
        return both(decision, takeover.take_over(room, event, at))

    def _room(self, states: States, commune_code: str, is_filed: bool) -> Room:
        holders = store.grant_holders(states)
        held = {holder.candidature_id for holder in holders if holder.commune_code == commune_code}
        labels = store.takeovers_named(states, held)
        return Room(
            programme=self.programme,
            fund=store.fund_of(states, self.programme),
            waves=list(store.waves_of(states, self.programme).values()),
            holders=holders,
            labels=[Laureate.model_validate_json(one.said) for one in labels],
            is_filed=is_filed,
        )

    def reactions(self) -> Mapping[type[Event], Reaction]:
        return {LaureateImported: Reaction(self.on_laureate_imported, (Takeover, Grant, Entry))}
