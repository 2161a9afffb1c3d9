"""What of a dossier is read, by whom, in which version; and which versions are kept."""

import pytest

from services.intake.domain.erasure import decide_erasure
from services.intake.domain.reading import (
    CONTACTS,
    EarlierVersion,
    ReviewerOfFile,
    read_file,
    replaced,
    require_reader,
)
from shared.contract.reading import Reader
from shared.contract.values import Role
from shared.kit.errors import ReadingRefused
from tests.rules.intake.given import LATER, PROGRAMME, a_dossier, a_file, kept

HOLDER = Reader("", None)
ANNA = Reader("anna", Role.REVIEWER)
ASKED = ReviewerOfFile("c", "anna")


@pytest.mark.parametrize("role", Role)
def test_contacts_are_read_by_those_who_write_to_holders_alone(role: Role) -> None:
    told = read_file(a_dossier(), (), None, Reader("durand", role))
    sees = role in (Role.INSTRUCTOR, Role.DIRECTOR)
    assert set(CONTACTS) & set(told["holder"]) == (set(CONTACTS) if sees else set())
    assert told["project"]["summary"]
    assert set(CONTACTS) <= set(read_file(a_dossier(), (), None, HOLDER)["holder"])


def test_a_version_is_kept_once_another_takes_its_place() -> None:
    """Given a registered dossier, its text stays when a new one comes; before there is none to keep."""
    dossier = a_dossier(a_file(project__summary="Avant."))
    (kept,) = replaced(dossier, LATER)
    assert kept == EarlierVersion(dossier.candidature_id, 1, LATER, dossier.content)
    assert replaced(None, LATER) == replaced(a_dossier(version=0), LATER) == ()

    now = a_dossier(a_file(project__summary="Après."), version=2)
    read = {number: read_file(now, (kept,), number, HOLDER) for number in (1, 2)}
    assert [read[number]["project"]["summary"] for number in (1, 2)] == ["Avant.", "Après."]
    assert read[1]["versions"] == [1, 2]
    with pytest.raises(ReadingRefused, match="version-unknown"):
        read_file(now, (kept,), 3, HOLDER)


def test_an_erasure_empties_the_versions_too() -> None:
    declined = a_dossier(a_file(), version=2, outcome="declined", outcome_at=LATER, since=LATER)
    earlier = EarlierVersion(declined.candidature_id, 1, LATER, declined.content)
    decision = decide_erasure(declined, None, PROGRAMME, "request", LATER, (earlier,))
    assert kept(decision, EarlierVersion).content == ""


@pytest.mark.parametrize(
    ("reviewer", "status", "reads"),
    [
        (ASKED, "registered", True),
        (None, "registered", False),
        (ReviewerOfFile("c", "anna", released=True), "registered", False),
        (ASKED, "withdrawn", False),
    ],
    ids=["asked", "never asked", "taken off", "withdrawn"],
)
def test_a_reviewer_reads_what_they_were_asked_to(
    reviewer: ReviewerOfFile | None, status: str, reads: bool
) -> None:
    dossier = a_dossier(status=status)
    require_reader(dossier, None, Reader("durand", Role.DIRECTOR))
    if reads:
        require_reader(dossier, reviewer, ANNA)
        return
    with pytest.raises(ReadingRefused, match="not-asked-to-review"):
        require_reader(dossier, reviewer, ANNA)
