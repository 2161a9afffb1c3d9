"""The files of a candidature as a draft names them: one more, one less, and what is wrong with one. Pure."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter, ValidationError

from deploy.portal.forms.fields import Mistake
from deploy.portal.words import ATTACHMENT_KINDS
from shared.contract.attachments import (
    DOSSIER_BYTES_MAX,
    FILE_BYTES_MAX,
    FILES_MAX,
    NAME_MAX,
    Attachment,
    AttachmentKind,
    FileName,
)
from shared.contract.media_types import media_type_of

FILES = "attachments"  # as the contract and a draft name them
FILE, KIND = "file", "kind"  # the fields of the page
NAME: TypeAdapter[str] = TypeAdapter(FileName)
Said = dict[str, Any]
NONE_CHOSEN = Mistake(FILE, "Choisissez un fichier.")
NO_KIND = Mistake(KIND, "Dites ce qu'est ce fichier.")
TOO_LARGE = Mistake(FILE, f"Ce fichier est trop lourd : {FILE_BYTES_MAX // 10**6} Mo au plus.")
NO_TYPE = Mistake(
    FILE,
    "Ce fichier n'est pas admis : joignez un PDF, un classeur ODS ou XLSX sans macros, un PNG ou un JPEG.",
)
NAME_WRONG = Mistake(FILE, f"Donnez à ce fichier un nom simple, de {NAME_MAX} caractères au plus.")
TWICE = Mistake(FILE, "Ce fichier est déjà joint, sous un autre nom.")
TOO_MANY = Mistake(FILE, f"{FILES_MAX} fichiers sont déjà joints : retirez-en un d'abord.")
TOO_HEAVY = Mistake(FILE, f"Ensemble, les fichiers pèsent au plus {DOSSIER_BYTES_MAX // 10**6} Mo.")
TOO_MUCH = Mistake(
    FILE,
    "Trop de fichiers sont arrivés de cet endroit, ou pour ce dossier : joignez celui-ci demain, "
    "ou envoyez le dossier sans lui et écrivez-nous.",
)
NO_ROOM = Mistake(
    FILE, "Il n'y a plus de place pour des fichiers : envoyez le dossier sans lui, et écrivez-nous."
)


def attachment_of(name: str, kind: str, content: bytes) -> tuple[Attachment | None, list[Mistake]]:
    """What the submission would say of this file, or every reason why not."""
    media_type = media_type_of(content)
    wrong = {
        NONE_CHOSEN: not name,
        TOO_LARGE: len(content) > FILE_BYTES_MAX,
        NO_TYPE: bool(name) and media_type is None,
        NAME_WRONG: bool(name) and not _is_name(name),
        NO_KIND: kind not in dict(ATTACHMENT_KINDS),
    }
    mistakes = [mistake for mistake, holds in wrong.items() if holds]
    if mistakes or media_type is None:
        return None, mistakes
    digest = sha256(content).hexdigest()
    said = Attachment(
        name=name,
        kind=AttachmentKind(kind),
        media_type=media_type,
        size_bytes=len(content),
        sha256=digest,
    )
    return said, []


def _is_name(name: str) -> bool:
    try:
        NAME.validate_python(name)
    except ValidationError:
        return False
    return True


def with_file(files: Sequence[Said], one: Attachment) -> tuple[list[Said], Mistake | None]:
    """The draft's files with this one; it takes the place of one that has its name."""
    others = [file for file in files if file["name"] != one.name]
    if any(file["sha256"] == one.sha256 for file in others):
        return list(files), TWICE
    if len(others) >= FILES_MAX:
        return list(files), TOO_MANY
    if sum(file["size_bytes"] for file in others) + one.size_bytes > DOSSIER_BYTES_MAX:
        return list(files), TOO_HEAVY
    return [*others, one.model_dump(mode="json")], None


def without_file(files: Sequence[Said], sha256: str) -> list[Said]:
    return [file for file in files if file["sha256"] != sha256]
