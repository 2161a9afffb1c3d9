"""What stands in a form: the event that it says, or every mistake at its field."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.portal.communes import load_places
from deploy.portal.forms.account import account_mistakes
from deploy.portal.forms.acts import (
    APPEAL,
    SIGN,
    agreement_fields,
    aid_fields,
    pieces_fields,
    read_act,
    read_aids,
    read_pieces,
    read_report,
    report_fields,
)
from deploy.portal.forms.candidature import Candidature, fields_of, read_candidature, steps_of
from deploy.portal.forms.fields import Wrong, degrees_typed, euros_typed, typed_from
from shared.contract.frontdesk import (
    AgreementSigned,
    CandidatureSubmitted,
    PiecesCompleted,
    ReportSubmitted,
    StateAidDeclared,
)
from shared.programme import load_programme
from tests.conftest import PROGRAMMES, SHIPPED_PROGRAMME
from tests.portal.browsing import everything, filled

ID = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
PROGRAMME = load_programme(SHIPPED_PROGRAMME)
PLACES = load_places()


def reading(**changes: Any) -> Candidature:
    return read_candidature(PROGRAMME, PLACES, everything(**changes), ID)


def mistakes(**changes: Any) -> dict[str, str]:
    return {mistake.field: mistake.message for mistake in reading(**changes).mistakes}


def test_what_people_type_becomes_the_event_of_the_contract() -> None:
    event = reading().event
    assert isinstance(event, CandidatureSubmitted)
    assert event.candidature_id == ID
    assert event.holder.siret == "73282932000074"
    assert event.holder.phone is None
    assert event.place.commune_code == "03310"
    assert (event.place.latitude, event.place.existing) == (46.12, True)
    assert event.project.learning is None
    assert event.budget.requested_cents == (5_000_000, 5_000_000, 5_000_000)


def test_a_blank_form_is_told_everything_it_needs_once_and_in_the_order_of_the_pages() -> None:
    found = read_candidature(PROGRAMME, PLACES, {}, ID)
    required = [field.name for field in fields_of(PROGRAMME) if field.required]
    assert found.event is None
    assert [mistake.field for mistake in found.mistakes] == required
    assert all(mistake.message for mistake in found.mistakes)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("holder.legal_form", "kingdom"),
        ("holder.email", "nobody"),
        ("holder.phone", "call me"),
        ("place.existing", "peut-être"),
        ("place.commune_code", "Nulle-Part-en-Bresse"),
        ("place.commune_code", "Saint-Denis"),
        ("place.latitude", "nord"),
        ("place.latitude", "146"),
        ("place.declared_qpv", "QP1"),
        ("budget.requested_cents.1", "beaucoup"),
        ("budget.requested_cents.1", "-5"),
        ("holder.legal_name", "a\u202eb"),
    ],
)
def test_each_mistake_is_at_its_own_field_and_hides_no_other(field: str, typed: str) -> None:
    assert list(mistakes(**{field: typed})) == [field]
    assert set(mistakes(**{field: typed, "holder.representative": ""})) == {
        field,
        "holder.representative",
    }


def test_a_name_that_several_communes_have_is_answered_with_the_ones_to_choose_from() -> None:
    told = mistakes(place__commune_code="Saint-Denis")["place.commune_code"]
    assert "Saint-Denis (93066)" in told
    assert "Saint-Denis (97411)" in told


def test_every_field_of_the_contract_stands_on_one_page_of_the_form() -> None:
    names = {field.name for step in steps_of(PROGRAMME) for field in step.fields}
    schema = CandidatureSubmitted.model_json_schema()["$defs"]
    wanted = {
        f"{part}.{name}"
        for part, kind in (("holder", "Holder"), ("place", "Place"), ("project", "Project"))
        for name in schema[kind]["properties"]
    }
    assert wanted - names == {"holder.public_key", "place.declared_zones"}, (
        "a key of the holder's own is made elsewhere, and this call leaves no zone to declare"
    )
    assert set(filled()) == {step.path for step in steps_of(PROGRAMME)}


def test_a_zone_that_only_its_holder_can_tell_is_asked_for_on_the_page_of_the_place() -> None:
    call = load_programme(PROGRAMMES / "fabriques-de-territoire-2023.toml")
    typed = everything(**{"place.declared_zones": ["sans-fabrique"]})
    typed = {name: value for name, value in typed.items() if not name.startswith("budget.")}
    typed["budget.requested_cents.0"] = "50 000"
    found = read_candidature(call, PLACES, typed, ID)
    assert found.event and found.event.place.declared_zones == ("sans-fabrique",)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("50 000", 5_000_000),
        ("50\u202f000 €", 5_000_000),
        ("49999,5", 4_999_950),
        ("0", 0),
        ("49999.05", 4_999_905),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed: str, cents: int) -> None:
    assert euros_typed(typed) == cents


@given(st.text(max_size=40))
def test_no_amount_and_no_degrees_break_the_reader(typed: str) -> None:
    for read in (euros_typed, degrees_typed):
        try:
            read(typed)
        except Wrong as wrong:
            assert str(wrong)


@given(st.dictionaries(st.sampled_from(sorted(everything())), st.text(max_size=60)))
def test_whatever_is_typed_becomes_an_event_or_mistakes(typed: dict[str, str]) -> None:
    form = {name: [text] for name, text in typed.items()}
    found = read_candidature(PROGRAMME, PLACES, typed_from(fields_of(PROGRAMME), form), ID)
    assert (found.event is None) == bool(found.mistakes)


def test_fields_that_the_form_does_not_have_are_left_out() -> None:
    assert "form-token" not in typed_from(
        fields_of(PROGRAMME), {"form-token": ["x"], "place.name": ["y"]}
    )


def test_acts_are_read_as_the_contract_says_or_told_what_is_missing() -> None:
    nothing, told = read_act(APPEAL, APPEAL.fields, {"grounds": "  "}, ID)
    assert nothing is None
    assert [mistake.field for mistake in told] == ["grounds"]


@pytest.mark.parametrize(
    ("ticked", "consents"), [({}, False), ({"association_consent": "oui"}, True)]
)
def test_the_association_is_told_of_a_laureate_whose_box_was_ticked_alone(
    ticked: dict[str, str], consents: bool
) -> None:
    typed = {"signatory": "Camille Exemple, présidente", **ticked}
    event, none = read_act(SIGN, agreement_fields(PROGRAMME), typed, ID)
    assert isinstance(event, AgreementSigned)
    assert event.association_consent is consents
    assert not none


def test_pieces_that_were_written_go_and_the_others_may_follow() -> None:
    fields = pieces_fields(("governance", "business_model"))
    event, _ = read_pieces(
        fields, {"pieces.governance": "Un conseil.", "pieces.business_model": ""}, ID
    )
    assert isinstance(event, PiecesCompleted)
    assert event.pieces == {"governance": "Un conseil."}
    assert read_pieces(fields, {"pieces.governance": " "}, ID)[0] is None


def test_a_report_leaves_out_blank_lines_and_asks_for_the_rest_of_half_written_ones() -> None:
    fields = report_fields(PROGRAMME)
    typed = {"year": "1", "activity": "Douze formations.", "lines.0.label": "Animation"}
    typed |= {"indicators.people_trained": "1 200", "indicators.jobs": ""}
    nothing, told = read_report(fields, typed, ID)
    assert nothing is None
    assert [mistake.field for mistake in told] == ["lines.0.planned_cents", "lines.0.spent_cents"]
    whole = typed | {"lines.0.planned_cents": "30 000", "lines.0.spent_cents": "28 500"}
    event, none = read_report(fields, whole, ID)
    assert isinstance(event, ReportSubmitted)
    assert not none
    assert [line.spent_cents for line in event.lines] == [2_850_000]
    assert event.indicators == {"people_trained": 1_200}


def test_aids_are_declared_by_row_with_the_day_as_people_write_it() -> None:
    fields = aid_fields()
    typed = {
        "aids.1.granted_by": "Région",
        "aids.1.granted_on": "12/06/2019",
        "aids.1.amount_cents": "40 000",
        "aids.2.granted_by": "Commune",
    }
    event, mistakes = read_aids(fields, typed, ID)
    assert event is None
    assert [mistake.field for mistake in mistakes] == ["aids.2.granted_on", "aids.2.amount_cents"]
    event, mistakes = read_aids(fields, typed | {"aids.2.granted_by": ""}, ID)
    assert isinstance(event, StateAidDeclared) and mistakes == []
    [aid] = event.aids
    assert (aid.granted_by, aid.granted_on, aid.amount_cents) == (
        "Région",
        date(2019, 6, 12),
        4_000_000,
    )
    assert (
        read_aids(fields, typed | {"aids.1.granted_on": "hier"}, ID)[1][0].field
        == "aids.1.granted_on"
    )
    assert [mistake.field for mistake in read_aids(fields, {}, ID)[1]] == ["aids.0.granted_by"]


def test_an_account_is_looked_at_before_it_is_sealed() -> None:
    good = {
        "account_holder": "La Passerelle",
        "iban": "FR76 3000 6000 0112 3456 7890 189",
        "bic": "",
    }
    assert account_mistakes(good) == []
    assert [
        m.field for m in account_mistakes(good | {"iban": "FR76 3000 6000 0112 3456 7890 188"})
    ] == ["iban"]
    assert [m.field for m in account_mistakes({})] == ["account_holder", "iban"]
