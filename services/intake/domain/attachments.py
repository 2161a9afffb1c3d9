"""The files that a submission names: which the counter has to look at, and what it says of what it found."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import TypedDict

from services.intake.domain.contests import Contest
from services.intake.domain.dossier import Dossier
from services.intake.domain.reading import EarlierVersion
from shared.contract.attachments import UPLOAD_DAYS, Attachment, Finding
from shared.contract.decision import Decision
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import AttachmentsExamined
from shared.contract.media_types import media_type_of
from shared.contract.values import Reason
from shared.value import value

UPLOAD_LIFE = timedelta(days=UPLOAD_DAYS)
UPLOAD_ROOM = UPLOAD_LIFE + timedelta(days=1)  # taken out later than it counts: nobody finds half of a file
FIELD = "attachments"


class FileFound(TypedDict):
    sha256: str
    finding: Finding


@value
class Examination:
    """What the counter found of the files of one submission, in the bucket of `front_end`."""

    candidature_id: str
    submission: str
    front_end: str
    files: tuple[FileFound, ...]


Holding = Dossier | Contest | EarlierVersion | None


def unknown_files(file: CandidatureSubmitted, holding: Iterable[Holding]) -> tuple[Attachment, ...]:
    """Those that nothing which is kept of this dossier names yet: what is named was found, and stays."""
    if not file.attachments:
        return ()
    kept = [CandidatureSubmitted.model_validate_json(one.content) for one in holding if one and one.content]
    known = {attachment.sha256 for before in kept for attachment in before.attachments}
    return tuple(attachment for attachment in file.attachments if attachment.sha256 not in known)


def finding_of(attachment: Attachment, content: bytes | None) -> Finding:
    """`content` is what was uploaded under the digest; None where a part is not there, or no more."""
    if content is None:
        return "missing"
    if len(content) != attachment.size_bytes or sha256(content).hexdigest() != attachment.sha256:
        return "altered"
    return "found" if media_type_of(content) == attachment.media_type else "wrong-type"


def examined(fact: AttachmentsExamined) -> Decision:
    files = tuple(FileFound(sha256=file.sha256, finding=file.finding) for file in fact.files)
    kept = Examination(fact.candidature_id, fact.submission, fact.front_end, files)
    return Decision("examined", facts=(fact,), changes=(kept,))


def reasons_against(file: CandidatureSubmitted, examination: Examination) -> tuple[Reason, ...]:
    """Each file that was not found as it is named, with the way out."""
    found = {one["sha256"]: one["finding"] for one in examination.files}
    return tuple(
        _reason(attachment, number, found[attachment.sha256])
        for number, attachment in enumerate(file.attachments, 1)
        if found.get(attachment.sha256, "found") != "found"
    )


def _reason(attachment: Attachment, number: int, finding: Finding) -> Reason:
    """No name of a file stands in it: the public status tells reasons too."""
    message = SENTENCES[finding].format(number=number, media_type=attachment.media_type.value)
    return Reason(code=f"attachment-{finding}", field=FIELD, message=message)


SENTENCES: dict[Finding, str] = {
    "missing": (
        "La pièce jointe n° {number} n'est pas arrivée au guichet, ou y est depuis plus de "
        f"{UPLOAD_DAYS} jours : joignez-la de nouveau, puis déposez le dossier."
    ),
    "altered": (
        "La pièce jointe n° {number} n'est pas arrivée telle que le dossier l'annonce : "
        "joignez-la de nouveau, puis déposez le dossier."
    ),
    "wrong-type": (
        "La pièce jointe n° {number} n'est pas un fichier du type annoncé ({media_type}) : "
        "joignez-la dans ce format. Les classeurs à macros ne sont pas admis."
    ),
}
NOT_ON_PAPER = Reason(
    code="attachments-on-paper",
    field=FIELD,
    message="Un dossier saisi par le guichet n'a pas de pièces jointes : retirez-les.",
)
