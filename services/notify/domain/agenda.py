"""The agenda of the community: who is invited, once to each meeting; what moved, who comes, who came."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

from services.notify.domain.contact import Contact
from services.notify.domain.notice import Cause, Message
from services.notify.domain.telling import tell
from shared.contract.backoffice import AttendanceNoted, GatheringAnnounced
from shared.contract.decision import Decision, nothing
from shared.contract.frontdesk import InvitationAnswered
from shared.contract.notify import GatheringNoted, InvitationNoted
from shared.contract.values import Reason
from shared.value import value

INVITATION = "invitation"
CANCELLED = "invitation_cancelled"
Answer = Literal["", "yes", "no"]


@value
class Gathering:
    """A meeting as it was announced last. `revision` grows with each change that its guests are told."""

    gathering: str
    title: str
    starts_on: date
    ends_on: date
    place: str
    departments: tuple[str, ...] = ()
    cancelled: bool = False
    revision: int = 0

    @property
    def told(self) -> tuple[object, ...]:
        """What stands in its guests' calendars."""
        return (self.title, self.starts_on, self.ends_on, self.place, self.cancelled)

    def concerns(self, commune_code: str) -> bool:
        return not self.departments or department_of(commune_code) in self.departments

    def is_ahead(self, today: date) -> bool:
        return not self.cancelled and self.starts_on >= today


@value
class Invitation:
    """`people` come with an answer of `yes`; `present` is what the team noted afterwards."""

    gathering: str
    candidature_id: str
    answer: Answer = ""
    people: int = 0
    present: bool = False


def department_of(commune_code: str) -> str:
    """Of a commune in force, by its code: three digits overseas."""
    return commune_code[:3] if commune_code.startswith(("97", "98")) else commune_code[:2]


def announce(
    known: Gathering | None,
    act: GatheringAnnounced,
    guests: Sequence[Invitation],
    laureates: Mapping[str, Contact],
    cause: Cause,
    today: date,
) -> Decision:
    """Invites the laureates it concerns, each once; who was invited hears what changed and is asked again."""
    said = _said(act, known)
    if why := _objection(known, said, today):
        return nothing("refused", why)
    if known == said:
        return nothing("announced-before")
    is_changed = known is not None and known.told != said.told
    after = replace(said, revision=said.revision + 1) if is_changed else said
    decisions = [_told(after, one, laureates, cause) for one in guests] if is_changed else []
    known_guests = {one.candidature_id for one in guests}
    new = [one for name, one in laureates.items() if name not in known_guests]
    decisions += [invite(one, [after], cause, today) for one in new]
    fact = GatheringNoted(
        gathering=after.gathering, revision=after.revision, cancelled=after.cancelled
    )
    return Decision("gathering-announced", facts=(fact,), changes=(after,)).followed_by(*decisions)


def _said(act: GatheringAnnounced, known: Gathering | None) -> Gathering:
    return Gathering(
        gathering=act.gathering,
        title=act.title,
        starts_on=act.starts_on,
        ends_on=act.ends_on,
        place=act.place,
        departments=act.departments,
        cancelled=act.cancelled,
        revision=known.revision if known else 0,
    )


def _objection(known: Gathering | None, said: Gathering, today: date) -> Reason | None:
    if said.ends_on < said.starts_on:
        return ENDS_BEFORE
    if known is None and said.cancelled:
        return NEVER_ANNOUNCED
    is_over = said.starts_on < today or (known is not None and known.starts_on < today)
    return DAY_IS_PAST if is_over else None


def _told(
    after: Gathering, guest: Invitation, laureates: Mapping[str, Contact], cause: Cause
) -> Decision:
    """An answer was for another day or place: it is asked for again."""
    contact = laureates.get(guest.candidature_id)
    if contact is None:
        return nothing("left")
    asked_again = replace(guest, answer="", people=0)
    return _asked(after, asked_again, contact, cause, is_changed=True)


def invite(
    contact: Contact, gatherings: Iterable[Gathering], cause: Cause, today: date
) -> Decision:
    """To what lies ahead and concerns the place; `gatherings` are those it is not invited to yet."""
    decisions = []
    for one in gatherings:
        if one.is_ahead(today) and one.concerns(contact.commune_code) and not contact.erased:
            guest = Invitation(one.gathering, contact.candidature_id)
            decisions.append(_asked(one, guest, contact, cause))
    return Decision("invited").followed_by(*decisions)


def _asked(
    gathering: Gathering,
    guest: Invitation,
    contact: Contact,
    cause: Cause,
    is_changed: bool = False,
) -> Decision:
    """The guest is kept as the letter asks them."""
    context = {
        "gathering": gathering.gathering,
        "title_of_meeting": gathering.title,
        "starts_on": gathering.starts_on.isoformat(),
        "ends_on": gathering.ends_on.isoformat(),
        "meeting_place": gathering.place,
        "revision": gathering.revision,
        "is_changed": is_changed,
    }
    template = CANCELLED if gathering.cancelled else INVITATION
    matter = f"{gathering.gathering}/{contact.candidature_id}"
    letter = tell(contact, cause, Message(template, context, matter=matter))
    return letter.followed_by(Decision(INVITATION, changes=(guest,)))


def answer(
    gathering: Gathering, guest: Invitation | None, event: InvitationAnswered, today: date
) -> Decision:
    if guest is None:
        return nothing("not-invited")
    if not gathering.is_ahead(today):
        return nothing("gathering-over")
    said: Answer = "yes" if event.comes else "no"
    answered = replace(guest, answer=said, people=event.people if event.comes else 0)
    fact = InvitationNoted(
        candidature_id=event.candidature_id,
        gathering=event.gathering,
        comes=event.comes,
        people=answered.people,
    )
    return Decision("invitation-answered", facts=(fact,), changes=(answered,))


def note_attendance(
    known: Gathering | None, guests: Sequence[Invitation], act: AttendanceNoted, today: date
) -> Decision:
    if known is None or known.cancelled:
        return nothing("refused", NEVER_ANNOUNCED)
    if known.starts_on > today:
        return nothing("refused", NOT_YET)
    if set(act.present) - {one.candidature_id for one in guests}:
        return nothing("refused", NOT_A_GUEST)
    noted = [replace(one, present=one.candidature_id in act.present) for one in guests]
    return Decision("attendance-noted", changes=tuple(noted))


ENDS_BEFORE = Reason(
    code="ends-before", field="ends_on", message="La rencontre finit avant de commencer."
)
NEVER_ANNOUNCED = Reason(code="not-announced", message="Cette rencontre n'est pas annoncée.")
MOVED = Reason(
    code="gathering-moved",
    field="revision",
    message="Cette rencontre a changé depuis : lisez ce qui vaut maintenant, puis répondez de nouveau.",
)
DAY_IS_PAST = Reason(
    code="day-past", field="starts_on", message="Le jour de cette rencontre est passé."
)
NOT_YET = Reason(code="not-yet", message="Cette rencontre n'a pas encore eu lieu.")
NOT_A_GUEST = Reason(
    code="not-invited", field="present", message="Un des présents n'était pas invité."
)
