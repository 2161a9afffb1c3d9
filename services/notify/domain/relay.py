"""Messages to laureates of the directory: passed on, a few a day; nobody's address is shown before."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from services.notify.domain.contact import Contact
from services.notify.domain.erasure import without_words
from services.notify.domain.notice import Message, Notice
from services.notify.domain.pairs import is_listed
from services.notify.domain.peers import Laureate
from services.notify.domain.support import Moment
from services.notify.domain.telling import joined, keeping, tell
from shared.contract.decision import Decision
from shared.contract.frontdesk import MessageSent
from shared.contract.notify import MessageRelayed
from shared.contract.values import Reason

MESSAGES_A_DAY = 3
RELAYED = "relayed"
SENT = "messages"  # the matter under which a contact keeps how many left on its last day


def reader_of(receipt_number: str, laureates: Iterable[Laureate]) -> Contact | None:
    """Whom a message may reach: who is in the directory. None for anybody else, whoever they are."""
    for one in laureates:
        is_found = is_listed(one.member) and not one.contact.erased and bool(one.contact.email)
        if one.contact.receipt_number == receipt_number and is_found:
            return one.contact
    return None


def objection(sender: Contact, reader: Contact | None, today: date) -> Reason | None:
    if not sender.is_proven:
        return UNPROVEN
    if reader is None or reader.candidature_id == sender.candidature_id:
        return NOT_LISTED
    return ENOUGH if _count(sender, today) >= MESSAGES_A_DAY else None


def pass_on(sender: Contact, reader: Contact, event: MessageSent, at: Moment) -> Decision:
    """`objection` has let it through. The answer goes to the sender, whose address the letter tells."""
    context = {
        "peer": sender.candidature_id,
        "peer_place": sender.place_name,
        "peer_holder": sender.legal_name,
        "peer_name": sender.representative,
        "commune_code": sender.commune_code,
        "said": event.said,
        "answers_to": sender.email,
    }
    counted = f"{at.today.isoformat()}/{_count(sender, at.today) + 1}"
    sent = replace(sender, told={**sender.told, SENT: counted})
    letter = tell(reader, at.cause, Message(RELAYED, context, matter=sender.candidature_id))
    fact = MessageRelayed(candidature_id=sender.candidature_id, addressee=event.addressee)
    return joined(keeping(sent, letter), Decision("message-relayed", facts=(fact,)))


def _count(sender: Contact, today: date) -> int:
    day, _, count = sender.told.get(SENT, "").partition("/")
    return int(count) if day == today.isoformat() else 0


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
