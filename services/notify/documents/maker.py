"""Makes a document when somebody asks: it is set outside of any transaction, then said once to the log."""

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import structlog

from services.notify import store
from services.notify.documents.contents import contents
from services.notify.documents.templates_folder import TemplatesFolder
from services.notify.documents.typesetting import NotSet, typeset
from services.notify.domain.contact import Contact
from services.notify.domain.documents import (
    ERASED,
    MADE,
    SOURCES,
    UNKNOWN,
    Document,
    Paper,
    make,
    noted,
    paper_of,
)
from shared.contract.asked import DocumentAsked, DossierAsked
from shared.contract.decision import Decision, nothing
from shared.contract.notify import DocumentMade
from shared.contract.values import DocumentKind, Reason
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Arrival
from shared.kit.questions import NO_TIME, Reply, refused
from shared.kit.storage.said_before import Retold
from shared.kit.storage.states import States
from shared.programme import Programme
from shared.reference.communes import Communes

log = structlog.get_logger()
Found = tuple[Paper, Contact]


@dataclass(frozen=True, slots=True)
class Maker:
    consumer: Consumer
    folder: TemplatesFolder
    programme: Programme
    communes: Communes
    # One at a time: whoever asks often waits, and nobody else does.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def document(self, asked: DocumentAsked, owner: str | None = None) -> Reply:
        """One document, as a file. `owner` is the front-end whose dossier it must be."""
        found = await self.consumer.read(lambda states: _found(states, asked, owner))
        if isinstance(found, Reason):
            return refused(found)
        told = await self.consumer.clock.of_broker(self.consumer.connection)
        if told is None:
            return refused(NO_TIME)
        paper, contact = found
        data = contents(paper, contact, self.programme, self.communes)
        try:
            async with self.turn:
                file = await typeset(self.folder.file(asked.kind), data)
            self.folder.require_as_read()
        except NotSet as failure:
            log.error("document not set", cause=str(failure))
            return refused(
                Reason(code="not-set", message=f"Le modèle ne se compose pas : {failure}.")
            )
        digest = sha256(file).hexdigest()
        now = self.consumer.clock.seen() or told
        await self.consumer.announce(f"{MADE}{digest[:32]}", now, self._making(paper, digest))
        return await self.consumer.read(lambda states: _told(states, digest, file))

    def _making(self, paper: Paper, digest: str) -> Callable[[States, Arrival], Decision]:
        def decide(states: States, at: Arrival) -> Decision:
            contact = states.one(Contact, paper.notice.candidature_id)
            # An erasure may have come while it was set.
            if contact is None or contact.erased:
                return nothing("erased")
            return make(paper, self.folder.of(paper.kind), digest, at.now)

        return decide


def listed(states: States, asked: DossierAsked, owner: str | None = None) -> Reply:
    """What may be made now, and each file that was made, the oldest first."""
    contact = _contact(states, asked, owner)
    if isinstance(contact, Reason):
        return refused(contact)
    notices = store.notices_of(states, contact.candidature_id)
    papers = [paper_of(kind, notices, contact.receipt_number) for kind in SOURCES]
    made = sorted(store.documents_of(states, contact.candidature_id), key=lambda one: one.made_at)
    return {
        "candidature_id": contact.candidature_id,
        "available": [
            {"kind": paper.kind.value, "number": paper.number}
            for paper in papers
            if isinstance(paper, Paper)
        ],
        "made": [_row(document) for document in made],
    }


def noted_again(told: Retold) -> Callable[[States, Arrival], Decision]:
    """A making as the log tells it, for a database that is built anew: nothing is set again."""
    (fact,) = (fact for fact in told.facts if isinstance(fact, DocumentMade))
    return lambda _states, at: noted(fact, at.now)


def _found(states: States, asked: DocumentAsked, owner: str | None) -> Found | Reason:
    contact = _contact(states, asked, owner)
    if isinstance(contact, Reason):
        return contact
    notices = store.notices_of(states, contact.candidature_id)
    paper = paper_of(DocumentKind(asked.kind), notices, contact.receipt_number)
    return paper if isinstance(paper, Reason) else (paper, contact)


def _contact(states: States, asked: DossierAsked, owner: str | None) -> Contact | Reason:
    """Somebody else's dossier is not there."""
    contact = states.one(Contact, asked.candidature_id)
    if contact is None:
        return UNKNOWN
    if contact.erased:
        return ERASED if owner is None else UNKNOWN
    return UNKNOWN if owner not in (None, contact.front_end) else contact


def _told(states: States, digest: str, file: bytes) -> Reply:
    document = states.one(Document, digest)
    if document is None:
        return refused(ERASED)
    return {**_row(document), "pdf": base64.b64encode(file).decode()}


def _row(document: Document) -> dict[str, Any]:
    return {
        "candidature_id": document.candidature_id,
        "kind": document.kind,
        "number": document.number,
        "digest": document.digest,
        "notice_id": document.notice_id,
        "template_version": document.template_version,
        "template_digest": document.template_digest,
        "typesetter": document.typesetter,
        "made_at": document.made_at.isoformat(),
    }
