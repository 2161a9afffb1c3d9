"""What of a dossier its holder, an officer or a reviewer may read, and which texts it had before."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.intake.domain.dossier import Dossier
from shared.contract.asked import AttachmentAsked
from shared.contract.attachments import Attachment
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.people import MAY_READ_CONTACTS
from shared.contract.reading import Reader
from shared.contract.values import Reason, Role
from shared.kit.errors import ReadingRefused
from shared.value import value

CONTACTS = ("representative", "email", "phone")


@value
class EarlierVersion:
    """A file as it was until another version replaced it. It holds personal data, as the dossier does."""

    candidature_id: str
    version: int
    replaced_at: datetime
    content: str


@value
class ReviewerOfFile:
    """A reviewer whom eligibility asked to read this file, until it took them off."""

    candidature_id: str
    reviewer_id: str
    released: bool = False


def replaced(dossier: Dossier | None, now: datetime) -> tuple[EarlierVersion, ...]:
    """The version that a new one takes the place of; none before the file was registered."""
    if dossier is None or dossier.version == 0:
        return ()
    return (EarlierVersion(dossier.candidature_id, dossier.version, now, dossier.content),)


def require_reader(dossier: Dossier, reviewer: ReviewerOfFile | None, reader: Reader) -> None:
    """A reviewer reads what they were asked to, while it stands. Raises ReadingRefused."""
    if reader.role != Role.REVIEWER:
        return
    if reviewer is None or reviewer.released or dossier.status == "withdrawn":
        raise ReadingRefused(NOT_ASKED)


def read_file(
    dossier: Dossier, earlier: Sequence[EarlierVersion], version: int | None, reader: Reader
) -> dict[str, Any]:
    """The dossier in one version; without contacts where a role needs none. Raises ReadingRefused."""
    contents = {one.version: one.content for one in earlier} | {dossier.version: dossier.content}
    chosen = version or dossier.version
    if not contents.get(chosen):
        raise ReadingRefused(NO_SUCH_VERSION)
    file = json.loads(contents[chosen])
    holder = file["holder"]
    if not reader.is_holder and reader.role not in MAY_READ_CONTACTS:
        holder = {name: told for name, told in holder.items() if name not in CONTACTS}
    return {
        "candidature_id": dossier.candidature_id,
        "receipt_number": dossier.receipt_number,
        "wave": dossier.wave,
        "received_at": dossier.received_at.isoformat(),
        "version": chosen,
        "versions": sorted(contents),
        "holder": holder,
        **{part: file[part] for part in ("place", "project", "budget", "attachments")},
    }


def find_attachment(
    dossier: Dossier, earlier: Sequence[EarlierVersion], asked: AttachmentAsked
) -> Attachment:
    """In the latest version that has one of this name, and of this digest where one is asked.

    Raises ReadingRefused.
    """
    before = sorted(earlier, key=lambda one: -one.version)
    for content in (dossier.content, *(one.content for one in before)):
        file = CandidatureSubmitted.model_validate_json(content)
        for attachment in file.attachments:
            if attachment.name == asked.name and asked.sha256 in (None, attachment.sha256):
                return attachment
    raise ReadingRefused(NO_SUCH_FILE)


UNREGISTERED = Reason(code="unknown", message="Aucun dossier enregistré n'a cet identifiant.")
NOT_ASKED = Reason(
    code="not-asked-to-review", message="Ce dossier n'est pas de ceux que vous avez à lire."
)
NO_SUCH_FILE = Reason(
    code="attachment-unknown", message="Ce dossier n'a pas de pièce jointe de ce nom."
)
NO_SUCH_PART = Reason(
    code="part-unknown", message="Cette pièce jointe n'a pas de partie de ce numéro."
)
NO_SUCH_VERSION = Reason(
    code="version-unknown", message="Ce dossier n'a pas de version de ce numéro."
)
