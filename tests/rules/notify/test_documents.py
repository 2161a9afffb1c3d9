"""Documents: which letter each is set from, its number, and the file that comes of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pdfua
import pikepdf
import pytest
import typst

from services.notify.documents.contents import contents
from services.notify.documents.templates_folder import OURS, TemplatesFolder, TemplatesInvalid
from services.notify.documents.typesetting import NotSet, set_here, typeset
from services.notify.domain.documents import (
    ENDED,
    NOT_DECIDED,
    Document,
    Paper,
    Template,
    make,
    noted,
    paper_of,
)
from services.notify.domain.notice import Cause, Notice
from services.notify.domain.proof import confirm
from shared.contract.notify import DocumentMade
from shared.contract.values import DocumentKind as Kind
from shared.contract.values import Reason
from shared.programme import DOCUMENT_TEMPLATES
from shared.reference.communes import load_communes
from tests.conftest import SHIPPED_PROGRAMME
from tests.rules.notify.given import kept
from tests.rules.notify.notify_samples import AT, PROGRAMME, a_contact, a_notice

RECEIPT = "FABT-2020-4-00012"
LETTERS = {
    Kind.AGREEMENT: "agreed",
    Kind.AWARD: "awarded",
    Kind.REFUSAL: "declined",
    Kind.LABEL: "promoted",
    Kind.RECOVERY: "recovery_ordered",
}
HOSTILE = '#sys.inputs *gras* $x$ "\\ <b> [a] @b'
COMMUNES = load_communes()
FOLDER = TemplatesFolder(SHIPPED_PROGRAMME)
SET_WITH = Template("1", "a" * 64, "typst-0.15.2")


def told(*templates: str) -> list[Notice]:
    """Letters of one dossier, in this order."""
    return [
        replace(a_notice(template), notice_id=f"0198f2c5-000{place}-7000-8000-000000000000")
        for place, template in enumerate(templates)
    ]


def paper(kind: Kind, *templates: str) -> Paper:
    found = paper_of(kind, told(*templates), RECEIPT)
    assert isinstance(found, Paper)
    return found


def data_of(kind: Kind, **changes: Any) -> dict[str, Any]:
    contact = replace(a_contact(), siret="73282932000074", **changes)
    return contents(paper(kind, LETTERS[kind]), contact, PROGRAMME, COMMUNES)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def test_a_document_is_of_the_latest_letter_of_its_kind_and_counts_those_before() -> None:
    first = paper(Kind.RECOVERY, "recovery_ordered", "recovery_closed")
    second = paper(Kind.RECOVERY, "recovery_ordered", "recovery_closed", "recovery_ordered")
    assert (first.number, second.number) == (f"{RECEIPT}-ORDRE-1", f"{RECEIPT}-ORDRE-2")
    assert second.notice.notice_id > first.notice.notice_id


@pytest.mark.parametrize(
    ("kind", "letters", "why"),
    [
        (Kind.LABEL, ("awarded", "cancelled"), ENDED),
        (Kind.REFUSAL, ("declined", "appeal_upheld"), ENDED),
        (Kind.REFUSAL, ("ineligible", "eligible"), ENDED),
        (Kind.REFUSAL, ("ineligible", "instruction_requested"), ENDED),
        (Kind.AGREEMENT, ("awarded",), NOT_DECIDED),
        (Kind.REFUSAL, ("waitlisted",), NOT_DECIDED),
    ],
)
def test_nothing_is_set_that_was_not_decided_or_holds_no_more(
    kind: Kind, letters: tuple[str, ...], why: Reason
) -> None:
    assert paper_of(kind, told(*letters), RECEIPT) == why


def test_a_refusal_that_came_after_a_change_of_mind_holds() -> None:
    assert paper(Kind.REFUSAL, "ineligible", "eligible", "declined").number == f"{RECEIPT}-REFUS-2"


def test_an_award_of_a_call_without_de_minimis_is_set_without_that_part() -> None:
    data = data_of(Kind.AWARD)
    assert data["regulation"]
    file = FOLDER.file(Kind.AWARD)
    assert len(set_here(file, data | {"regulation": ""})) < len(set_here(file, data))


@pytest.mark.parametrize("place", range(5))
def test_a_letter_that_leaves_again_once_its_address_is_proven_is_no_other_decision(
    place: int,
) -> None:
    """All that left short leaves again in one instant: neither its day, number nor order is a decision's."""
    letters = told("ineligible", "eligible", "declined")
    proven = Cause(f"FRONTDESK-{place:012}", AT + timedelta(days=40))
    contact = a_contact()
    confirmed = confirm(replace(contact, proven=()), contact.email, letters, proven)
    kept_letters = [one for one in confirmed.changes if isinstance(one, Notice)]
    assert len(kept_letters) == 2 * len(letters)
    found = paper_of(Kind.REFUSAL, kept_letters, RECEIPT)
    assert isinstance(found, Paper)
    assert (found.number, found.notice.at) == (f"{RECEIPT}-REFUS-2", AT)
    of_the_place = [one for one in kept_letters if one.template != "declined"]
    assert paper_of(Kind.REFUSAL, of_the_place, RECEIPT) == ENDED


def test_the_fact_and_the_line_tell_the_number_the_template_and_the_digest_of_the_file() -> None:
    decision = make(paper(Kind.AWARD, "awarded"), SET_WITH, "b" * 64, AT)
    [fact] = decision.facts
    assert isinstance(fact, DocumentMade)
    assert (fact.number, fact.template_digest, fact.digest) == (
        f"{RECEIPT}-ATTR-1",
        "a" * 64,
        "b" * 64,
    )
    line = kept(decision, Document)
    assert (line.digest, line.number, line.template_version, line.made_at) == (
        "b" * 64,
        fact.number,
        "1",
        AT,
    )
    assert noted(fact, AT) == decision, "a database that is built anew takes it from the fact alone"


def test_an_agreement_names_both_sides_with_their_keys() -> None:
    holder, state = data_of(Kind.AGREEMENT)["parties"]
    assert (holder["side"], state["side"]) == ("Le porteur", "L'État")
    assert "sans clé" in holder["key"]
    assert state["key"] == "B" * 43 + "="


def test_an_act_of_a_front_end_that_nobody_named_is_told_so() -> None:
    found = paper(Kind.AGREEMENT, "agreed")
    signed = [party | {"name": None} for party in found.notice.context["parties"]]
    unnamed = replace(
        found, notice=replace(found.notice, context=found.notice.context | {"parties": signed})
    )
    said = contents(unnamed, a_contact(), PROGRAMME, COMMUNES)
    assert {party["name"] for party in said["parties"]} == {"guichet non désigné"}


def test_a_template_that_changed_since_it_was_read_sets_nothing_under_the_old_digest(
    tmp_path: Path,
) -> None:
    copytree(OURS, tmp_path / DOCUMENT_TEMPLATES)
    folder = TemplatesFolder(tmp_path / "programme.toml")
    folder.require_as_read()
    with (folder.path / "frame.typ").open("a", encoding="utf-8") as frame:
        frame.write("// mended\n")
    with pytest.raises(NotSet, match="next start"):
        folder.require_as_read()
    TemplatesFolder(tmp_path / "programme.toml").require_as_read()


@pytest.mark.parametrize("kind", Kind)
def test_a_document_is_a_tagged_file_with_title_and_language_that_says_text_and_never_runs_it(
    kind: Kind, tmp_path: Path
) -> None:
    file = tmp_path / "document.pdf"
    data = data_of(kind, legal_name=HOSTILE, place_name=HOSTILE)
    file.write_bytes(set_here(FOLDER.file(kind), data))

    # A part of PDF/UA alone: pdfua 0.1.3 has 12 checks. Conformance as a whole is the typesetter's word.
    assert [finding.rule_id for finding in pdfua.validate(str(file)).findings] == []
    with pikepdf.open(file) as pdf:
        assert str(pdf.Root.Lang) == "fr-FR"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert str(pdf.docinfo["/Title"]).endswith(data["number"])


def test_the_check_finds_a_file_without_tags(tmp_path: Path) -> None:
    file = tmp_path / "bare.pdf"
    bare = typst.compile(b"= Une d\xc3\xa9cision", pdf_tags=False)
    file.write_bytes(bare)
    assert pdfua.validate(str(file)).findings


async def test_the_same_letter_makes_the_same_bytes_in_whatever_process_and_other_words_make_others() -> (
    None
):
    data = data_of(Kind.AWARD)
    template = FOLDER.file(Kind.AWARD)
    assert await typeset(template, data) == set_here(template, data)
    assert set_here(template, data | {"holder": "Une autre"}) != set_here(template, data)


def test_what_a_document_says_is_typeset_text_and_its_spaces_do_not_break() -> None:
    award = data_of(Kind.AWARD)
    assert award["total"] == "150\u00a0000\u00a0€"
    assert not [text for text in texts(award) if " €" in text or " :" in text]


def test_a_programme_brings_its_own_templates_and_is_told_what_they_lack(tmp_path: Path) -> None:
    programme = tmp_path / "programme.toml"
    assert TemplatesFolder(programme).path == OURS

    copytree(OURS, tmp_path / DOCUMENT_TEMPLATES)
    brought = TemplatesFolder(programme)
    assert brought.of(Kind.AWARD) == FOLDER.of(Kind.AWARD)
    award = tmp_path / DOCUMENT_TEMPLATES / "award.typ"
    award.write_text(award.read_text().replace("// version 1", "// version 2.1"))
    assert TemplatesFolder(programme).of(Kind.AWARD).version == "2.1"
    assert TemplatesFolder(programme).of(Kind.AWARD).digest != FOLDER.of(Kind.AWARD).digest

    award.write_text("sans version")
    (tmp_path / DOCUMENT_TEMPLATES / "label.typ").unlink()
    with pytest.raises(TemplatesInvalid) as invalid:
        TemplatesFolder(programme)
    assert ["award.typ" in invalid.value.reasons[0], "label.typ" in invalid.value.reasons[1]] == [
        True,
        True,
    ]


async def test_a_template_that_cannot_be_set_is_told_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "award.typ"
    wrong.write_text("#nothing-of-this-name")
    with pytest.raises(NotSet, match=r"award\.typ: .*nothing-of-this-name"):
        await typeset(wrong, {})
