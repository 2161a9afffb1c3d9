"""The files that a submission names: which the counter has to look at, and what it says of what it found."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import TypedDict

from services.intake.domain import sentences
from shared.contract.attachments import UPLOAD_DAYS, Attachment, Finding
from shared.contract.decision import Decision
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import AttachmentsExamined
from shared.contract.media_types import media_type_of
from shared.contract.values import Reason
from shared.value import value

UPLOAD_LIFE = timedelta(days=UPLOAD_DAYS)
# Taken out later than it counts: nobody finds half of a file.
UPLOAD_ROOM = UPLOAD_LIFE + timedelta(days=1)


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

    def has_found(self, sha256: str) -> bool:
        return any(file["sha256"] == sha256 and file["finding"] == "found" for file in self.files)


def unknown_files(file: CandidatureSubmitted, contents: Iterable[str]) -> tuple[Attachment, ...]:
    """Those that none of the `contents` which are kept of this dossier names yet, with this type and size.

    What is named was found, and stays.
    """
    kept = [CandidatureSubmitted.model_validate_json(content) for content in contents]
    known = {_content(attachment) for before in kept for attachment in before.attachments}
    return tuple(attachment for attachment in file.attachments if _content(attachment) not in known)


def _content(attachment: Attachment) -> tuple[str, str, int]:
    return attachment.sha256, attachment.media_type, attachment.size_bytes


def finding_of(attachment: Attachment, content: bytes | None) -> Finding:
    """`content` is what was uploaded under the digest; None where a part is not there, or no more."""
    if content is None:
        return "missing"
    if len(content) != attachment.size_bytes or not is_whole(attachment, content):
        return "altered"
    return "found" if media_type_of(content) == attachment.media_type else "wrong-type"


def is_whole(attachment: Attachment, content: bytes) -> bool:
    """Whether it is what its digest says, whatever else is said of it: nothing could replace it."""
    return sha256(content).hexdigest() == attachment.sha256


def examined(fact: AttachmentsExamined) -> Decision:
    files = tuple(FileFound(sha256=file.sha256, finding=file.finding) for file in fact.files)
    kept = Examination(fact.candidature_id, fact.submission, fact.front_end, files)
    return Decision("examined", facts=(fact,), changes=(kept,))


def bucket_of_file(examinations: Iterable[Examination], attachment: Attachment) -> str:
    """The front-end in whose bucket it was found: a dossier may have moved since."""
    return next(one.front_end for one in examinations if one.has_found(attachment.sha256))


def reasons_against(file: CandidatureSubmitted, examination: Examination) -> tuple[Reason, ...]:
    """Each file that was not found as it is named, with the way out."""
    found = {one["sha256"]: one["finding"] for one in examination.files}
    reasons: list[Reason] = []
    for number, attachment in enumerate(file.attachments, 1):
        finding = found.get(attachment.sha256, "found")
        if finding == "missing":
            reasons.append(sentences.attachment_missing(number))
        if finding == "altered":
            reasons.append(sentences.attachment_altered(number))
        if finding == "wrong-type":
            reasons.append(sentences.attachment_of_another_type(number, attachment.media_type))
    return tuple(reasons)
