"""NOTIFY and DEAD_LETTERS: what was said to people, the support they get, and what could not be handled."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contract.event import Event
from shared.contract.values import (
    CandidatureId,
    Code,
    CommonName,
    Count,
    Day,
    Digest,
    DocumentKind,
    EventId,
    Number,
    ReceiptNumber,
    Sequence,
    Text,
    Token,
    Told,
    Version,
    Word,
)
from shared.contract.work_lists import WorkListed

LetterId = Annotated[str, Field(max_length=100)]
Words = Annotated[tuple[Word, ...], Field(max_length=100)]


class NoticeSent(Event, says="notify.notice.sent"):
    candidature_id: CandidatureId
    notice_id: str = Field(max_length=36)
    template: Word
    cause_id: EventId
    short: bool = False  # it left without its words, for an address that nobody had proven


class NoticeFailed(Event, says="notify.notice.failed"):
    candidature_id: CandidatureId
    notice_id: str = Field(max_length=36)
    template: Word
    cause_id: EventId
    cause: Told


class DigestSent(Event, says="notify.digest.sent", dossier="person_id"):
    """A letter that gathers what is new for a reviewer, or what waits for the team, whose id is `team`."""

    person_id: Token
    notice_id: str = Field(max_length=36)
    template: Word
    cause_id: EventId


class DigestFailed(Event, says="notify.digest.failed", dossier="person_id"):
    person_id: Token
    notice_id: str = Field(max_length=36)
    template: Word
    cause_id: EventId
    cause: Told


class DocumentMade(Event, says="notify.document.made"):
    """A document was set from the letter `notice_id` and a template. `digest` is that of its bytes: whoever has a file
    can tell whether it is this one. The same letter, template and typesetter make the same bytes again.
    """

    candidature_id: CandidatureId
    kind: DocumentKind
    number: Version
    notice_id: str = Field(max_length=36)
    template_version: Version
    template_digest: Digest
    typesetter: Version
    digest: Digest


class ContactForgotten(Event, says="notify.contact.forgotten"):
    """Notify keeps nobody to write to for this candidature, but for a last letter that may be on its way."""

    candidature_id: CandidatureId


class SupportOpened(Event, says="notify.support.opened"):
    """A laureate's plan: its steps, in order, chosen from the needs the file declared."""

    candidature_id: CandidatureId
    needs: Words
    steps: Words


class SupportAdvanced(Event, says="notify.support.advanced"):
    """A step of a plan as it is from now on: whose it is, by when, how far. `closed` is no step: the plan ended."""

    candidature_id: CandidatureId
    step: Word
    peers: Words = ()
    state: Word = ""
    owner: Word = ""
    due_on: Day | None = None


class SupportReminded(Event, says="notify.support.reminded"):
    """A laureate was reminded of steps of their own that are late."""

    candidature_id: CandidatureId
    steps: Words


class SupportWorkListed(WorkListed, says="notify.work.listed", dossier="day"):
    pass


class PeerProposed(Event, says="notify.peer.proposed"):
    """A laureate is named to another, and is asked; each of the two has a fact of their own.

    `asked_to_help`: `peer` needs what this one offers. `met` are the needs of who is helped that the helper offers to meet,
    `returned` those of the helper that the other offers to meet, `shared` those of both. Beyond a visit's reach they meet `by_video`.
    """

    candidature_id: CandidatureId
    peer: CandidatureId
    asked_to_help: bool
    met: Words = ()
    returned: Words = ()
    shared: Words = ()
    distance_km: Count
    by_video: bool


class PeerAccepted(Event, says="notify.peer.accepted"):
    """One of the two wants it. The other is not told before they have answered too."""

    candidature_id: CandidatureId
    peer: CandidatureId


class PeerAgreed(Event, says="notify.peer.agreed"):
    """Both want it, and each was told how to reach the other."""

    candidature_id: CandidatureId
    peer: CandidatureId


class PeerEnded(Event, says="notify.peer.ended"):
    """They are peers no more.

    `because`: one of the two `declined`, or `left` the programme or the community, or it `lapsed` without an answer.
    """

    candidature_id: CandidatureId
    peer: CandidatureId
    because: Literal["declined", "left", "lapsed"]


class CommunityNoted(Event, says="notify.community.noted"):
    """What a laureate is in the community from now on: what it offers, whether it takes part in peers, is in the directory."""

    candidature_id: CandidatureId
    offers: Words
    peers: bool
    listed: bool


class MessageRelayed(Event, says="notify.message.relayed"):
    """What a laureate wrote to one of the directory was passed on, without its words."""

    candidature_id: CandidatureId
    addressee: ReceiptNumber


class CommonNoted(Event, says="notify.common.noted"):
    """How something that a laureate shares stands from now on; `revision` counts what was said of it."""

    candidature_id: CandidatureId
    common: CommonName
    revision: Number
    state: Word


class GatheringNoted(Event, says="notify.gathering.noted", dossier="gathering"):
    """A meeting is in the agenda as it was announced; `revision` counts the changes that its guests were told of."""

    gathering: Code
    revision: Count
    cancelled: bool


class InvitationNoted(Event, says="notify.invitation.noted"):
    """What a laureate answers to a meeting from now on: whether they come, and how many; 0 where nobody does."""

    candidature_id: CandidatureId
    gathering: Code
    comes: bool
    people: Count


class EventDeadLettered(Event, says="dead-letters.event.dead-lettered", dossier="letter_id"):
    """A reference, never the body: where the event lies in the log, and why nobody could handle it."""

    letter_id: LetterId
    consumer: Word
    stream: Word
    sequence: Sequence
    subject: str = Field(max_length=200)
    cause: Told
    attempts: Count


class EventRedriven(Event, says="dead-letters.event.redriven", dossier="letter_id"):
    """An operator had a dead letter's event decided again. `result` is the word of that decision."""

    letter_id: LetterId
    by: Token
    result: Word


class EventDiscarded(Event, says="dead-letters.event.discarded", dossier="letter_id"):
    """An operator found that nothing more needs to be done. Letter and event stay in the log."""

    letter_id: LetterId
    by: Token
    reason: Text
