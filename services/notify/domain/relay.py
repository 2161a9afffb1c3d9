"""Messages to laureates of the directory: passed on, a few a day; nobody's address is shown before."""

from collections.abc import Iterable
from datetime import date
from hashlib import blake2b

from services.notify.domain.contact import Contact, having_told
from services.notify.domain.erasure import without_words
from services.notify.domain.notice import Message, Notice
from services.notify.domain.pairs import is_listed
from services.notify.domain.peer_letters import shown
from services.notify.domain.peers import Laureate
from services.notify.domain.support import Moment
from services.notify.domain.telling import joined, keeping, tell
from shared.contract.decision import Decision
from shared.contract.frontdesk import MessageSent
from shared.contract.notify import MessageRelayed
from shared.contract.values import Reason

MESSAGES_A_DAY = 3  # of one writer
READ_A_DAY = 5  # by one reader: what the State writes to them must never wait for the others
RELAYED = "relayed"
SENT = "messages"  # the matters under which a contact keeps its last day, and a mark for each message of it
RECEIVED = "messages-received"


def reader_of(receipt_number: str, laureates: Iterable[Laureate]) -> Contact | None:
    """Whom a message may reach: who is in the directory. None for anybody else, whoever they are."""
    for one in laureates:
        is_found = is_listed(one.member) and not one.contact.erased and bool(one.contact.email)
        if one.contact.receipt_number == receipt_number and is_found:
            return one.contact
    return None


def was_passed_on(sender: Contact, event: MessageSent, today: date) -> bool:
    """Whether these words left for this reader today: a front-end that saw no PubAck says them again."""
    return _digest(event) in _marks(sender, SENT, today)


def objection(sender: Contact, reader: Contact | None, today: date) -> Reason | None:
    if not sender.is_proven:
        return UNPROVEN
    if reader is None or reader.candidature_id == sender.candidature_id:
        return NOT_LISTED
    if len(_marks(sender, SENT, today)) >= MESSAGES_A_DAY:
        return ENOUGH
    return RESTED if len(_marks(reader, RECEIVED, today)) >= READ_A_DAY else None


def pass_on(sender: Contact, reader: Contact, event: MessageSent, at: Moment) -> Decision:
    """`objection` has let it through. The answer goes to the sender, whose address the letter tells."""
    context = {
        **shown(sender),
        "peer_name": sender.representative,
        "said": event.said,
        "answers_to": sender.email,
    }
    sent = _marked(sender, SENT, _digest(event), at.today)
    received = _marked(reader, RECEIVED, at.cause.event_id, at.today)
    letter = tell(reader, at.cause, Message(RELAYED, context, matter=sender.candidature_id))
    fact = MessageRelayed(candidature_id=sender.candidature_id, addressee=event.addressee)
    return joined(
        keeping(sent, keeping(received, letter)), Decision("message-relayed", facts=(fact,))
    )


def _digest(event: MessageSent) -> str:
    return blake2b(f"{event.addressee}\n{event.said}".encode(), digest_size=16).hexdigest()


def _marks(contact: Contact, matter: str, today: date) -> list[str]:
    """Those of its last day, which may lie after `today`: the streams of two front-ends are read apart."""
    day, *marks = contact.told.get(matter, "").split("/")
    return marks if day >= today.isoformat() else []


def _marked(contact: Contact, matter: str, mark: str, today: date) -> Contact:
    day = max(contact.told.get(matter, "").partition("/")[0], today.isoformat())
    marks = "/".join((day, *_marks(contact, matter, today), mark))
    return having_told(contact, matter, marks)


def without_the_sender(relayed: Iterable[Notice], gone: str) -> tuple[Notice, ...]:
    """Letters to others that hold the words and the address of who is erased."""
    return tuple(without_words(one) for one in relayed if one.context.get("peer") == gone)


UNPROVEN = Reason(
    code="address-unproven",
    message="La réponse irait à votre adresse : confirmez-la d'abord, par le lien de nos e-mails.",
)
NOT_LISTED = Reason(
    code="not-in-directory", field="addressee", message="Ce lauréat n'est pas dans l'annuaire."
)
ENOUGH = Reason(
    code="messages-enough",
    message=f"Vous avez écrit {MESSAGES_A_DAY} messages aujourd'hui : la suite peut partir demain.",
)
RESTED = Reason(
    code="addressee-rested",
    field="addressee",
    message=f"Ce lauréat a déjà reçu {READ_A_DAY} messages aujourd'hui : écrivez-lui demain.",
)
