"""What a file is by its bytes, which files of a submission are looked at, what is said of them."""

import pytest
from pydantic import ValidationError

from services.intake.domain.attachments import (
    Examination,
    FileFound,
    bucket_of_file,
    examined,
    finding_of,
    reasons_against,
    unknown_files,
)
from services.intake.domain.filing import decide_sending
from shared.contract.attachments import FILE_BYTES_MAX, FILES_MAX, PART_BYTES, Attachment, MediaType
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import AttachmentsExamined, CandidatureRefused, ExaminedFile
from shared.contract.media_types import media_type_of
from shared.kit.errors import Unreadable
from shared.kit.strict_json import read_event
from tests.attached import JPEG, ODS, PDF, PNG, XLSX, archive, as_said, attached
from tests.platform import as_bytes
from tests.rules.intake.given import a_dossier, a_file, codes, counter, kept, said, sent
from tests.submissions import submission

STATUTES, BUDGET = attached(), attached(ODS, "budget.ods", media_type=MediaType.ODS)
OTHER = "0" * 64


def naming(*files: Attachment) -> CandidatureSubmitted:
    return a_file(attachments=as_said(*files))


def content(file: CandidatureSubmitted) -> str:
    """As a dossier keeps it."""
    return a_dossier(file).content


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, MediaType.PDF),
        (ODS, MediaType.ODS),
        (XLSX, MediaType.XLSX),
        (PNG, MediaType.PNG),
        (JPEG, MediaType.JPEG),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, media_type: MediaType) -> None:
    assert media_type_of(content) == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00",
        b"<html>%PDF-1.7</html>",
        b"PK\x03\x04 and no more of it",
        archive(**{"notes.txt": "nothing else"}),
        archive(**{"[Content_Types].xml": "", "xl__workbook.xml": "", "xl__vbaProject.bin": ""}),
        archive(mimetype=MediaType.ODS.value, **{"Basic__script-lc.xml": ""}),
        archive(**{"content.xml": "", "mimetype": MediaType.ODS.value}),
    ],
    ids=[
        "empty",
        "program",
        "page",
        "torn",
        "archive",
        "macros",
        "ods with macros",
        "ods that begins otherwise",
    ],
)
def test_what_is_none_of_them_is_no_attachment(content: bytes) -> None:
    assert media_type_of(content) is None


def test_a_file_counts_as_it_is_named_and_no_other_way() -> None:
    assert finding_of(STATUTES, PDF) == "found"
    assert finding_of(STATUTES, None) == "missing"
    assert finding_of(STATUTES, PDF + b" ") == "altered"
    assert finding_of(STATUTES.model_copy(update={"sha256": OTHER}), PDF) == "altered"
    assert (
        finding_of(STATUTES.model_copy(update={"media_type": MediaType.PNG}), PDF) == "wrong-type"
    )


def test_a_file_that_the_dossier_names_already_is_not_looked_at_again() -> None:
    again = naming(STATUTES, BUDGET)
    assert unknown_files(again, ()) == (STATUTES, BUDGET)
    assert unknown_files(again, (content(naming(STATUTES)),)) == (BUDGET,)
    assert unknown_files(again, (content(again),)) == ()
    otherwise = STATUTES.model_copy(update={"media_type": MediaType.PNG})
    assert unknown_files(naming(otherwise), (content(again),)) == (otherwise,)
    said_in_a_text = a_file(project__summary=STATUTES.sha256)
    assert unknown_files(again, (content(said_in_a_text),)) == (STATUTES, BUDGET)


def test_what_is_wrong_with_files_is_told_with_every_other_mistake_and_without_their_names() -> (
    None
):
    file = a_file(attachments=as_said(STATUTES, BUDGET), holder__siret="1")
    found = FileFound(sha256=STATUTES.sha256, finding="found")
    missing = FileFound(sha256=BUDGET.sha256, finding="missing")
    examination = Examination(file.candidature_id, "a-submission", "holders", (found, missing))
    against = reasons_against(file, examination)
    decision = decide_sending(counter(), sent(file, against=against))
    assert codes(decision) == ["siret-invalid", "attachment-missing"]
    told = said(decision, CandidatureRefused).reasons[1].message
    assert "n° 2" in told
    assert BUDGET.name not in told


def test_a_complete_file_with_its_attachments_is_registered_and_keeps_them() -> None:
    decision = decide_sending(counter(), sent(naming(STATUTES)))
    assert decision.result == "registered"
    assert STATUTES.sha256 in kept(decision, type(a_dossier())).content


def test_what_was_found_is_said_and_kept() -> None:
    fact = AttachmentsExamined(
        candidature_id=a_file().candidature_id,
        front_end="holders",
        submission="FRONTDESK_HOLDERS-000000000001-1",
        files=(ExaminedFile(sha256=OTHER, finding="altered"),),
    )
    decision = examined(fact)
    assert decision.facts == (fact,)
    assert kept(decision, Examination).files == ({"sha256": OTHER, "finding": "altered"},)


def test_a_file_is_read_where_it_was_found_whoever_has_the_dossier_now() -> None:
    altered = FileFound(sha256=STATUTES.sha256, finding="altered")
    found = FileFound(sha256=STATUTES.sha256, finding="found")
    other = FileFound(sha256=OTHER, finding="found")
    examinations = [
        Examination("a-dossier", "first", "holders", (altered, other)),
        Examination("a-dossier", "second", "portal", (other, found)),
    ]
    assert bucket_of_file(examinations, STATUTES) == "portal"


def test_every_mistake_in_the_list_of_files_is_told_at_once() -> None:
    wrong = [
        {**as_said(STATUTES)[0], "name": "../statuts.pdf", "size_bytes": FILE_BYTES_MAX + 1},
        {**as_said(BUDGET)[0], "media_type": "text/html", "sha256": "abc", "kind": "secret"},
    ]
    with pytest.raises(Unreadable) as refusal:
        read_event(CandidatureSubmitted, as_bytes(submission(1, attachments=wrong)[1]))
    assert sorted(reason.code for reason in refusal.value.reasons) == [
        "enum", "enum", "file-name", "less-than-equal", "string-pattern-mismatch",
    ]  # fmt: skip


def many(count: int, size_bytes: int = 1) -> tuple[Attachment, ...]:
    return tuple(
        attached(name=f"{number}.pdf", sha256=f"{number:064d}", size_bytes=size_bytes)
        for number in range(count)
    )


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ((STATUTES, attached(sha256=OTHER)), "repeated"),
        ((STATUTES, attached(name="autre.pdf")), "repeated"),
        (many(5, FILE_BYTES_MAX), "files_too_large"),
        (many(FILES_MAX + 1), "too_long"),
    ],
    ids=["one name", "one digest", "too large together", "too many"],
)
def test_files_are_told_apart_and_bounded(files: tuple[Attachment, ...], code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        naming(*files)
    assert [mistake["type"] for mistake in refusal.value.errors()] == [code]


def test_the_last_part_may_be_shorter() -> None:
    sizes = [1, PART_BYTES, PART_BYTES + 1]
    assert [STATUTES.model_copy(update={"size_bytes": size}).parts for size in sizes] == [1, 1, 2]
