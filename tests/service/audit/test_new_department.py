"""The auditor finds, from the facts alone, which departments had no laureate when a list was ranked."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.local.home.programme_copy import as_toml
from deploy.verify.fabriques_verify import Export
from shared.contract import backoffice, eligibility, intake
from shared.contract.documents import example_of
from shared.kit.delivery import Delivery, Logged
from shared.programme import load_programme
from tests.conftest import PROGRAMMES
from tests.service.audit.season import Sealed
from tests.service.audit.tampering import say_otherwise
from tests.service.selection import ballot
from tests.service.selection.machine import PROGRAMME, Machine, recorded

REUNION, GUADELOUPE = "97411", "97105"  # two departments: three characters tell overseas
KEYS = load_programme(PROGRAMMES / "manufactures-de-proximite.toml").selection.tie_break[2:]
OF_MANUFACTURES = PROGRAMME.model_copy(
    update={"selection": PROGRAMME.selection.model_copy(update={"tie_break": KEYS})}
)


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    """Two equal dossiers; the department of the first one has a label of before the platform."""
    machine = Machine(tmp_path, OF_MANUFACTURES)
    told = example_of(backoffice.LaureateImported)
    label = {
        "candidature_id": told["candidature_id"],
        "laureate": told["laureate"] | {"commune_code": REUNION},
    }
    words = [
        (backoffice.LaureateImported, ballot.act(actor, role, **label))
        for actor, role in (("director-1", "director"), ("comptable-1", "accountant"))
    ]
    communes = {1: REUNION, 2: GUADELOUPE}
    files = [
        (intake.CandidatureRegistered, ballot.registered(n, commune))
        for n, commune in communes.items()
    ]
    filed = recorded("INTAKE", [*files, (intake.WaveClosed, ballot.closed(2))])
    checked = [
        (eligibility.EligibilityChecked, ballot.checked(number, "qpv")) for number in communes
    ]
    scored = [(eligibility.CandidatureScored, ballot.scored(number, 4)) for number in communes]
    known = recorded("ELIGIBILITY", [*checked, *scored])
    machine.hear(recorded("BACKOFFICE", words))
    machine.hear([*filed, *known])
    approved = [
        (backoffice.WaveApproved, ballot.act(actor, wave=ballot.WAVE, digest=machine.digest()))
        for actor in ("director-1", "director-2")
    ]
    machine.hear(recorded("BACKOFFICE", [*words, *approved])[2:])
    said = [
        Logged(subject, place, 100 + place, {}, body)
        for place, (subject, body) in enumerate(machine.said, 1)
    ]
    funding = [one for one in said if ".funding." in one.subject]
    return Sealed({"INTAKE": lying(filed), "ELIGIBILITY": lying(known), "FUNDING": funding})


def lying(log: Sequence[Delivery]) -> list[Logged]:
    return [Logged(one.subject, one.sequence, one.stamped_ns, {}, bytes(one.data)) for one in log]


def ranking_of(sealed: Sealed, folder: Path) -> list[str]:
    """Where the auditor finds a list that does not follow."""
    sealed.chain().write(folder)
    (folder / "programme.toml").write_text(as_toml(OF_MANUFACTURES), encoding="utf-8")
    return [where for check, where, _ in Export(folder, "", []).ranking()]


def test_a_list_that_prefers_a_department_without_a_laureate_comes_out_again(
    sealed: Sealed, tmp_path: Path
) -> None:
    assert "new_department" in KEYS
    places = [one.body for one in sealed.log["FUNDING"] if "candidature.ranked" in one.subject]
    assert ballot.dossier(2).encode() in places[0], (
        "it came in second, and no label is in its department"
    )
    assert ranking_of(sealed, tmp_path / "export") == []


def test_had_the_label_been_in_the_other_department_the_list_would_not_follow(
    sealed: Sealed, tmp_path: Path
) -> None:
    laureate = example_of(backoffice.LaureateImported)["laureate"] | {"commune_code": GUADELOUPE}
    say_otherwise(sealed, "FUNDING", "grant.taken-over", laureate=laureate)
    assert set(ranking_of(sealed, tmp_path / "export")) == {
        f"FUNDING {place.sequence}"
        for place in sealed.log["FUNDING"]
        if ".wave.ranked." in place.subject
    }
