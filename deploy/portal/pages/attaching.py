"""Files of a candidature: uploaded at once into our bucket; the draft keeps their names and digests."""

from starlette.responses import Response

from deploy.portal.forms import attached
from deploy.portal.forms.candidature import steps_of
from deploy.portal.forms.fields import Mistake
from deploy.portal.limits import UPLOADED, UPLOADED_TO_A_DRAFT
from deploy.portal.multipart import Upload
from deploy.portal.pages.filing import FULL, keep, own, require_open
from deploy.portal.store import DraftsFull, File
from deploy.portal.web import TooMany, Visit
from deploy.portal.words import ATTACHMENT_KINDS
from deploy.uploading import NotUploaded
from shared.contract.attachments import Attachment


async def files(visit: Visit) -> Response:
    file = own(visit)
    await require_open(visit, file)
    return _page(visit, file, [])


async def added(visit: Visit) -> Response:
    """The bytes are with the platform before the draft names them, as it is by then."""
    file = own(visit)
    await require_open(visit, file)
    given = visit.uploads.get(attached.FILE) or Upload("", b"")
    one, mistakes = attached.attachment_of(given.name, visit.one(attached.KIND), given.content)
    if one is None:
        return _page(visit, file, mistakes)
    _, mistake = attached.with_file(_named(file), one)
    if mistake:
        return _page(visit, file, [mistake])
    try:
        visit.limit(UPLOADED_TO_A_DRAFT, file.candidature_id, one.size_bytes)
        visit.limit(UPLOADED, count=one.size_bytes)
        await visit.portal.bus.upload(file.candidature_id, one, given.content)
    except TooMany:
        return _page(visit, file, [attached.TOO_MUCH])
    except NotUploaded:
        return _page(visit, file, [attached.NO_ROOM])
    return _joined(visit, one)


def _joined(visit: Visit, one: Attachment) -> Response:
    """Read again, and kept without a pause: while the bytes came, somebody typed or joined another file."""
    file = own(visit)
    named, mistake = attached.with_file(_named(file), one)
    if mistake:
        return _page(visit, file, [mistake])
    try:
        _keep(visit, file, named)
    except DraftsFull:
        return _page(visit, file, [FULL])
    return visit.go(f"/candidature/{file.candidature_id}/fichiers?garde=oui")


async def removed(visit: Visit) -> Response:
    """The draft names it no more; nothing that is named by nobody stays long."""
    await require_open(visit, own(visit))
    file = own(visit)
    _keep(visit, file, attached.without_file(_named(file), visit.one("sha256")))
    return visit.go(f"/candidature/{file.candidature_id}/fichiers")


def _named(file: File) -> list[attached.Said]:
    return list(file.typed.get(attached.FILES, ()))


def _keep(visit: Visit, file: File, named: list[attached.Said]) -> None:
    """Raises DraftsFull."""
    file.typed = dict(file.typed) | {attached.FILES: named}
    keep(visit, file)


def _page(visit: Visit, file: File, mistakes: list[Mistake]) -> Response:
    return visit.page(
        "attached.html",
        422 if mistakes else 200,
        file=file,
        files=_named(file),
        steps=steps_of(visit.portal.programme),
        kinds=ATTACHMENT_KINDS,
        typed=visit.one(attached.KIND),
        mistakes=mistakes,
        kept=visit.asked.get("garde") == "oui",
    )
