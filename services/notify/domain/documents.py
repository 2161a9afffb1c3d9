"""A document is the decision of a letter on paper: which letter it is set from, its number, its making."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notify.domain.notice import Notice
from services.notify.domain.proof import repeats
from shared.contract.decision import Decision
from shared.contract.notify import DocumentMade
from shared.contract.values import DocumentKind, Reason
from shared.value import value

MADE = "document-"  # how the id of a making begins; half of the digest follows, for which there is room


@dataclass(frozen=True, slots=True)
class Source:
    """The letters that a document is set from, the later ones that end it, and its code in the number."""

    code: str
    letters: tuple[str, ...]
    ended_by: tuple[str, ...] = ()


AWARDS = ("awarded", "promoted")
SOURCES: Mapping[DocumentKind, Source] = {
    DocumentKind.AGREEMENT: Source("CONV", ("agreed",)),
    DocumentKind.AWARD: Source("ATTR", AWARDS),
    DocumentKind.REFUSAL: Source(
        "REFUS",
        ("declined", "ineligible"),
        ("instruction_requested", "eligible", "waitlisted", "appeal_upheld", *AWARDS),
    ),
    DocumentKind.LABEL: Source("LABEL", AWARDS, ("cancelled",)),
    DocumentKind.RECOVERY: Source("ORDRE", ("recovery_ordered",)),
}


@dataclass(frozen=True, slots=True)
class Template:
    """What a document was set with: the programme's folder of templates, and the program that sets them."""

    version: str
    digest: str
    typesetter: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document before it is set: the letter that it says again, and the number it bears."""

    kind: DocumentKind
    number: str
    notice: Notice


@value
class Document:
    """A file that was made, known by the digest of its bytes: the file itself is kept nowhere."""

    digest: str
    candidature_id: str
    kind: str
    number: str
    notice_id: str
    template_version: str
    template_digest: str
    typesetter: str
    made_at: datetime


def paper_of(kind: DocumentKind, notices: Sequence[Notice], receipt_number: str) -> Paper | Reason:
    """Of the latest letter of its kind; earlier ones have the numbers before. `notices` are one dossier's."""
    source = SOURCES[kind]
    notices = [one for one in notices if not any(repeats(one, earlier) for earlier in notices)]
    said = [one for one in notices if one.recipient == "holder" and one.template in source.letters]
    if not said:
        return NOT_DECIDED
    said.sort(key=lambda one: one.notice_id)  # they begin with their instant
    latest = said[-1]
    if any(one.template in source.ended_by and one.notice_id > latest.notice_id for one in notices):
        return ENDED
    return Paper(kind, f"{receipt_number}-{source.code}-{len(said)}", latest)


def make(paper: Paper, template: Template, digest: str, now: datetime) -> Decision:
    """Said once for each different file: a letter that is set again the same says nothing new."""
    return noted(
        DocumentMade(
            candidature_id=paper.notice.candidature_id,
            kind=paper.kind,
            number=paper.number,
            notice_id=paper.notice.notice_id,
            template_version=template.version,
            template_digest=template.digest,
            typesetter=template.typesetter,
            digest=digest,
        ),
        now,
    )


def noted(fact: DocumentMade, now: datetime) -> Decision:
    document = Document(
        fact.digest,
        fact.candidature_id,
        fact.kind.value,
        fact.number,
        fact.notice_id,
        fact.template_version,
        fact.template_digest,
        fact.typesetter,
        now,
    )
    return Decision("made", facts=(fact,), changes=(document,))


NOT_DECIDED = Reason(
    code="not-decided",
    message="Rien n'a été décidé dont ce document pourrait faire foi.",
)
ENDED = Reason(code="ended", message="Une décision plus récente a mis fin à celle de ce document.")
UNKNOWN = Reason(code="unknown", message="Aucun dossier n'a cet identifiant.")
ERASED = Reason(
    code="erased",
    message="Les données du porteur sont effacées : ce document ne peut plus être fait.",
)
