"""What notify does with the agenda: it loads meeting, guests and laureates, and asks the rule."""

from dataclasses import dataclass

from services.notify import store
from services.notify.domain import agenda
from services.notify.domain.agenda import Gathering, Invitation
from services.notify.domain.contact import Contact
from services.notify.domain.notice import Cause
from services.notify.domain.pairs import Member
from services.notify.domain.support import Plan
from services.notify.handlers.peers import require_laureate
from services.notify.handlers.support import cause_of
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.kit.delivery import Arrival
from shared.kit.errors import ActRefused, TooEarly
from shared.kit.reactions import Reaction
from shared.kit.storage.states import States
from shared.programme import Programme


@dataclass(frozen=True)
class AgendaHandlers:
    programme: Programme

    def on_gathering_announced(
        self, states: States, event: officers.GatheringAnnounced, at: Arrival
    ) -> Decision:
        known = states.one(Gathering, event.gathering)
        guests = store.guests_of(states, event.gathering)
        today = self.programme.local_day(at.now)
        return agenda.announce(known, event, guests, store.invitable(states), cause_of(at), today)

    def on_attendance_noted(
        self, states: States, event: officers.AttendanceNoted, at: Arrival
    ) -> Decision:
        known = states.one(Gathering, event.gathering)
        guests = store.guests_of(states, event.gathering)
        return agenda.note_attendance(known, guests, event, self.programme.local_day(at.now))

    def on_invitation_answered(
        self, states: States, event: front.InvitationAnswered, at: Arrival
    ) -> Decision:
        """The team's words and the holders' come by two streams: an answer waits for its meeting.

        Raises ActRefused: a yes to one day is none to another.
        """
        require_laureate(states, event.candidature_id, at)
        gathering = states.one(Gathering, event.gathering)
        if gathering is None or gathering.revision < event.revision:
            raise TooEarly(event.gathering)
        if gathering.revision > event.revision:
            raise ActRefused(agenda.MOVED)
        guest = states.one(Invitation, event.gathering, event.candidature_id)
        return agenda.answer(gathering, guest, event, self.programme.local_day(at.now))

    def invite(self, states: States, contact: Contact, cause: Cause) -> Decision:
        """Who becomes a laureate is invited to what was announced before and lies ahead."""
        guests = states.of(Invitation, contact.candidature_id)
        invited = {one.gathering for one in guests}
        ahead = [one for one in store.gatherings(states) if one.gathering not in invited]
        return agenda.invite(contact, ahead, cause, self.programme.local_day(cause.now))

    def reactions(self) -> dict[type[Event], Reaction]:
        return {
            officers.GatheringAnnounced: Reaction(self.on_gathering_announced),
            officers.AttendanceNoted: Reaction(self.on_attendance_noted),
            front.InvitationAnswered: Reaction(
                self.on_invitation_answered, (Contact, Plan, Member)
            ),
        }
