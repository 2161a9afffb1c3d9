"""Know before filing: the answer that a file would get now, and nothing of what is another front-end's."""

import pytest

from services.intake.domain.claims import label_of
from services.intake.domain.preview import Preview, preview
from services.intake.domain.stated import stated_by, stated_in
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.values import Reason
from tests.rules.intake.given import (
    DEADLINE,
    HOLDERS,
    NOW,
    PORTAL,
    WAVE,
    a_dossier,
    a_file,
    claimed_by,
    counter,
    incomplete,
)


def asked(file: CandidatureSubmitted, **known: object) -> Preview:
    return preview(counter(**known), file, stated_by(file), (), HOLDERS, NOW)


def test_given_a_good_file_then_it_would_be_registered_in_the_open_wave() -> None:
    found = asked(a_file())
    assert (found.would_be, found.wave, found.deadline, found.reasons) == (
        "registered",
        WAVE.id,
        DEADLINE,
        (),
    )


def test_given_a_file_that_is_sent_again_once_its_wave_is_over_then_it_gets_its_answer_again() -> (
    None
):
    found = asked(a_file(), dossier=a_dossier(), wave=None)
    assert (found.would_be, found.reasons) == ("registered", ())
    changed = asked(a_file(place__name="Le Moulin"), dossier=a_dossier(), wave=None)
    assert [reason.code for reason in changed.reasons] == ["change-too-late"]


def test_given_a_file_that_lacks_a_text_then_it_would_be_asked_for() -> None:
    assert (asked(incomplete()).would_be, asked(incomplete()).missing) == (
        "pieces-requested",
        ("governance",),
    )


def test_given_a_wrong_file_then_it_would_be_refused_with_every_reason() -> None:
    found = asked(a_file(holder__siret="1", budget__requested_cents=[1]))
    assert found.would_be == "refused"
    assert [reason.code for reason in found.reasons] == [
        "siret-invalid",
        "years-wrong",
        "amount-out-of-range",
    ]


def test_given_a_body_that_cannot_be_read_whole_then_the_form_and_the_rules_are_told_together() -> (
    None
):
    form = Reason(code="missing", field="place", message="Ce champ est obligatoire.")
    stated = stated_in({"holder": {"siret": "123"}}, "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11")
    found = preview(counter(), None, stated, (form,), HOLDERS, NOW)
    assert [reason.code for reason in found.reasons] == ["missing", "siret-invalid"]


@pytest.mark.parametrize(
    ("owner", "answer"), [(HOLDERS, "already-registered"), (PORTAL, "contested")]
)
def test_given_a_project_that_is_taken_then_its_own_front_end_alone_hears_that_it_is_its_own(
    owner: str, answer: str
) -> None:
    first = a_dossier(a_file(2), front_end=owner)
    found = asked(a_file(1), **claimed_by(first))
    assert found.would_be == answer
    assert [reason.code for reason in found.reasons] == ["same-project"]


def test_given_another_front_ends_dossier_under_this_id_then_nothing_of_it_is_told() -> None:
    gone = a_dossier(front_end=PORTAL, status="withdrawn")
    assert asked(a_file(), dossier=gone).would_be == "registered"
    laureate = a_dossier(front_end=PORTAL)
    label = label_of(laureate)
    assert asked(a_file(), dossier=laureate, label=label).would_be == "refused", (
        "as of any place with the label"
    )
    assert asked(a_file(), dossier=a_dossier(status="withdrawn")).would_be == "refused", (
        "its own is told"
    )


def test_given_a_body_that_cannot_be_read_whole_then_what_can_be_read_is_looked_at_all_the_same() -> (
    None
):
    body = a_file().model_dump(mode="json") | {"contact": "nobody"}
    assert stated_in(body, a_file().candidature_id) == stated_by(a_file())
