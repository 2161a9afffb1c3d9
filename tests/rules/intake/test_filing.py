"""A file at the counter: registered at once, or refused with every reason; a retry changes nothing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.intake.domain.claims import ProjectClaim, label_key, label_of
from services.intake.domain.dossier import Dossier
from services.intake.domain.filing import decide_sending
from services.intake.domain.receipts import PAPER
from services.intake.domain.waves import WaveState
from shared.contract.intake import (
    CandidatureAlreadyRegistered,
    CandidatureRefused,
    CandidatureRegistered,
    DossierStatus,
)
from shared.contract.laureates import laureate_id
from shared.contract.values import Reason
from shared.french import day
from shared.programme import Zone, ZoneRule
from tests.rules.intake.given import (
    COMMUNE,
    DEADLINE,
    HOLDERS,
    LATER,
    NEXT_WAVE,
    NOW,
    PORTAL,
    PROGRAMME,
    SECOND,
    WAVE,
    WAVES,
    a_dossier,
    a_file,
    claimed_by,
    claims,
    codes,
    counter,
    facts,
    kept,
    said,
    sent,
)


def test_given_an_open_wave_when_a_complete_file_comes_then_it_is_registered_and_counted() -> None:
    decision = decide_sending(counter(), sent(a_file()))
    assert decision.result == "registered"
    assert facts(decision) == ["CandidatureRegistered", "DossierStatus"]
    assert kept(decision, WaveState).registered == 1
    assert claims(decision) == {a_dossier(a_file()).project_key: a_file().candidature_id}
    assert (kept(decision, Dossier).status, kept(decision, Dossier).version) == ("registered", 1)


def test_given_an_id_that_may_be_a_laureates_when_a_file_comes_under_it_then_it_is_refused() -> (
    None
):
    """Its grant would end with the withdrawal of a file that somebody else sent first."""
    named = laureate_id(PROGRAMME.id, "FABT-2019-1-017")
    decision = decide_sending(counter(), sent(a_file(candidature_id=named)))
    assert (decision.result, codes(decision), decision.changes) == (
        "refused",
        ["id-of-a-laureate"],
        (),
    )


def test_given_a_file_when_it_is_registered_then_its_receipt_tells_the_wave_and_its_place_in_the_log() -> (
    None
):
    registered = said(decide_sending(counter(), sent(a_file(), sequence=12)), CandidatureRegistered)
    assert registered.receipt_number == "FABT-2020-4-00012"


def test_silence_is_a_refusal_two_months_after_the_wave_closes_and_not_before_it_can_be_decided() -> (
    None
):
    registered = said(decide_sending(counter(), sent(a_file())), CandidatureRegistered)
    assert registered.answer_due_on == "2021-02-28"


def test_where_the_deadline_was_put_off_the_time_to_answer_runs_from_the_later_day() -> None:
    extended = {WAVE.id: WaveState(WAVE.id, closes_on=date(2021, 1, 10))}
    registered = said(
        decide_sending(counter(waves=extended), sent(a_file())), CandidatureRegistered
    )
    assert registered.answer_due_on == "2021-03-10"


def test_given_a_file_when_it_is_registered_then_the_others_learn_nobodys_name_or_address() -> None:
    file = a_file()
    told = said(decide_sending(counter(), sent(file)), CandidatureRegistered).model_dump_json()
    assert file.holder.email not in told
    assert file.holder.representative not in told


def test_given_a_file_when_it_is_registered_then_the_others_learn_all_that_their_rules_look_at() -> (
    None
):
    file = a_file(holder__public_key="A" * 43 + "=", place__declared_qpv="QP003001")
    decision = decide_sending(counter(), sent(file))
    told = said(decision, CandidatureRegistered)
    assert (told.candidature_id, told.wave, told.version) == (file.candidature_id, WAVE.id, 1)
    assert (told.legal_name, told.siret) == (file.holder.legal_name, file.holder.siret)
    assert (told.legal_form, told.kinds) == (file.holder.legal_form, file.place.kinds)
    assert (told.place_name, told.declared_qpv) == (file.place.name, "QP003001")
    assert (told.commune_code, told.commune_given) == (COMMUNE, file.place.commune_code)
    assert (told.latitude, told.longitude) == (file.place.latitude, file.place.longitude)
    assert (told.postal_code, told.received_at) == ("03200", NOW)
    assert told.requested_cents == file.budget.requested_cents
    assert told.support_needs == file.project.support_needs
    assert (told.front_end, told.public_key) == (HOLDERS, file.holder.public_key)
    assert kept(decision, Dossier).public_key == file.holder.public_key, "who may act on it later"


def test_given_a_registered_file_when_it_is_sent_again_then_nothing_changes() -> None:
    file = a_file()
    decision = decide_sending(counter(dossier=a_dossier(file)), sent(file, LATER))
    assert (decision.result, decision.facts, decision.changes) == ("duplicate", (), ())


def test_given_a_registered_file_when_another_content_comes_then_it_is_a_version_with_the_same_receipt() -> (
    None
):
    known = a_dossier()
    changed = a_file(place__name="Le Moulin")
    decision = decide_sending(counter(dossier=known), sent(changed, LATER, sequence=90))
    dossier = kept(decision, Dossier)
    assert (decision.result, dossier.version) == ("changed", 2)
    assert (dossier.receipt_number, dossier.receipt_sequence) == (
        known.receipt_number,
        known.receipt_sequence,
    )
    assert dossier.received_at == known.received_at
    assert not [state for state in decision.changes if isinstance(state, WaveState)], (
        "it counts once"
    )


def test_given_a_newer_sending_when_an_older_one_is_read_then_it_is_superseded() -> None:
    known = a_dossier(content_sequence=sent(a_file(), LATER).order)
    decision = decide_sending(counter(dossier=known), sent(a_file(place__name="Le Moulin"), NOW))
    assert (decision.result, decision.changes) == ("superseded", ())


def test_given_a_registered_file_when_it_moves_to_another_project_then_the_first_project_is_free_again() -> (
    None
):
    known = a_dossier()
    other = a_file(holder__siret=a_file(2).holder.siret)
    decision = decide_sending(counter(dossier=known), sent(other, LATER))
    assert claims(decision)[known.project_key] == ""
    assert claims(decision)[kept(decision, Dossier).project_key] == known.candidature_id


def test_given_a_later_word_of_another_service_when_an_older_change_is_read_then_the_word_stays() -> (
    None
):
    known = a_dossier(outcome="eligible", outcome_at=LATER + SECOND)
    dossier = kept(
        decide_sending(counter(dossier=known), sent(a_file(place__name="Le Moulin"), LATER)),
        Dossier,
    )
    assert (dossier.outcome, dossier.since) == ("eligible", LATER + SECOND)


def test_given_an_earlier_word_of_another_service_when_the_file_changes_then_it_is_checked_anew() -> (
    None
):
    known = a_dossier(outcome="ineligible", outcome_at=NOW + SECOND)
    dossier = kept(
        decide_sending(counter(dossier=known), sent(a_file(place__name="Le Moulin"), LATER)),
        Dossier,
    )
    assert (dossier.outcome, dossier.since) == (None, LATER)


def test_given_a_project_when_its_front_end_sends_it_under_another_id_then_it_hears_the_receipt() -> (
    None
):
    first = a_dossier(a_file(2))
    decision = decide_sending(counter(**claimed_by(first)), sent(a_file(1)))
    assert decision.result == "already-registered"
    assert said(decision, CandidatureAlreadyRegistered).receipt_number == first.receipt_number
    assert decision.changes == ()


def test_given_a_project_when_another_front_end_sends_it_then_it_is_an_officers_to_decide() -> None:
    first = a_dossier(a_file(2), front_end=PORTAL)
    decision = decide_sending(counter(**claimed_by(first)), sent(a_file(1)))
    assert (decision.result, decision.facts, decision.changes) == ("contested", (), ())


def test_given_a_wrong_file_when_it_comes_then_every_reason_is_told_at_once_and_nothing_is_kept() -> (
    None
):
    wrong = a_file(holder__siret="123", budget__requested_cents=[9_000_000])
    decision = decide_sending(counter(), sent(wrong))
    assert codes(decision) == ["siret-invalid", "years-wrong", "yearly-cap-exceeded"]
    assert said(decision, CandidatureRefused).reasons == decision.reasons
    status = said(decision, DossierStatus)
    assert (status.status, status.front_end, status.since) == ("refused", HOLDERS, NOW)
    assert (decision.result, decision.changes) == ("refused", ())


def test_given_a_registered_file_when_a_change_of_it_is_wrong_then_the_change_alone_is_refused() -> (
    None
):
    decision = decide_sending(
        counter(dossier=a_dossier()), sent(a_file(holder__siret="123"), LATER)
    )
    assert facts(decision) == ["CandidatureRefused"], "its public status stays"


def test_given_a_withdrawn_file_when_it_is_sent_again_then_it_stays_withdrawn() -> None:
    gone = a_dossier(status="withdrawn")
    decision = decide_sending(counter(dossier=gone), sent(a_file(place__name="Le Moulin"), LATER))
    assert codes(decision) == ["withdrawn"]


def test_given_a_closed_wave_when_its_file_changes_then_it_is_too_late() -> None:
    late = DEADLINE + SECOND
    decision = decide_sending(
        counter(late, dossier=a_dossier()), sent(a_file(place__name="Le Moulin"), late)
    )
    assert codes(decision) == ["change-too-late"]


def test_given_a_refused_first_file_when_another_comes_in_the_next_wave_then_it_is_registered_there() -> (
    None
):
    refused = a_dossier(status="refused", receipt_number="", version=0)
    late = DEADLINE + SECOND
    decision = decide_sending(counter(late, dossier=refused), sent(a_file(), late))
    assert (decision.result, kept(decision, Dossier).wave) == ("registered", NEXT_WAVE.id)


def test_given_a_file_on_paper_when_it_ties_with_others_then_it_comes_after_those_of_the_counter() -> (
    None
):
    paper = kept(decide_sending(counter(), sent(a_file(), NOW, code=PAPER)), Dossier)
    last_at_the_counter = kept(
        decide_sending(counter(), sent(a_file(), NOW + timedelta(days=36_500))), Dossier
    )
    assert paper.receipt_sequence > last_at_the_counter.receipt_sequence
    assert paper.receipt_number == "FABT-2020-4-P00012"


def test_given_a_label_when_another_dossier_comes_for_its_place_then_it_is_refused() -> None:
    other = a_dossier(a_file(2))
    label = label_of(other)
    assert codes(decide_sending(counter(label=label), sent(a_file(1)))) == ["already-labelled"]
    assert decide_sending(counter(label=label), sent(a_file(2))).result == "registered", (
        "its own it may be"
    )


def test_given_anothers_label_then_the_refusal_tells_nothing_of_its_dossier() -> None:
    """That a place has the label is public from the moment it is awarded, whoever brought it."""
    other = a_dossier(a_file(2), front_end=PORTAL)
    decision = decide_sending(counter(label=label_of(other)), sent(a_file(1)))
    told = "".join(fact.model_dump_json() for fact in decision.facts)
    assert codes(decision) == ["already-labelled"]
    assert not [
        word for word in (other.receipt_number, other.candidature_id, PORTAL) if word in told
    ]


def test_given_a_commune_that_cannot_be_that_of_the_place_then_the_file_is_refused_with_the_reason() -> (
    None
):
    mistake = Reason(
        code="commune-unknown", field="place.commune_code", message="Aucune commune n'a ce code."
    )
    decision = decide_sending(counter(commune_mistake=mistake, commune_code=None), sent(a_file()))
    assert decision.reasons == (mistake,)


def test_given_a_legal_form_that_the_programme_does_not_take_then_the_file_is_refused() -> None:
    narrow = PROGRAMME.intake.model_copy(update={"legal_forms": ("company",)})
    decision = decide_sending(
        counter(programme=PROGRAMME.model_copy(update={"intake": narrow})), sent(a_file())
    )
    assert codes(decision) == ["legal-form-not-eligible"]


@pytest.mark.parametrize(
    ("now", "code"),
    [
        ("2020-09-30T23:59:59+02:00", "not-open-yet"),
        ("2021-10-01T00:00:00+02:00", "programme-closed"),
    ],
)
def test_given_no_open_wave_when_a_file_comes_then_it_is_told_why(now: str, code: str) -> None:
    instant = NOW.fromisoformat(now)
    assert codes(decide_sending(counter(instant), sent(a_file(), instant))) == [code]


def test_given_a_call_that_is_over_then_a_refusal_names_its_last_day_and_its_clock() -> None:
    over = NOW.fromisoformat("2021-10-01T00:00:00+02:00")
    [reason] = decide_sending(counter(over), sent(a_file(), over)).reasons
    assert day(PROGRAMME.waves[-1].closes_on) in reason.message
    assert "heure de Paris" in reason.message


def test_given_a_wave_that_closed_early_when_a_file_comes_then_no_wave_takes_it() -> None:
    closed = WAVES | {WAVE.id: WaveState(WAVE.id, closed=True)}
    assert codes(decide_sending(counter(waves=closed), sent(a_file()))) == ["no-open-wave"]


def test_given_the_days_between_two_waves_then_a_refusal_names_the_next_opening_and_its_clock() -> (
    None
):
    closed = WAVES | {WAVE.id: WaveState(WAVE.id, closed=True)}
    [reason] = decide_sending(counter(waves=closed), sent(a_file())).reasons
    assert day(NEXT_WAVE.opens_on) in reason.message
    assert reason.message.endswith("heure de Paris.")


def test_given_a_label_that_nobody_holds_any_more_then_the_place_may_have_a_new_project() -> None:
    freed_label = ProjectClaim(label_key(a_file().holder.siret, COMMUNE), "", "")
    assert decide_sending(counter(label=freed_label), sent(a_file())).result == "registered"


def test_a_zone_may_be_declared_where_the_call_leaves_it_to_the_holder_and_nowhere_else() -> None:
    marsh = Zone(id="marsh", name="Marais", where="dans le marais", rule=ZoneRule.DECLARED)
    call = PROGRAMME.model_copy(update={"zones": (*PROGRAMME.zones, marsh)})
    declared = a_file(place__declared_zones=["marsh"])
    told = said(
        decide_sending(replace(counter(), programme=call), sent(declared)), CandidatureRegistered
    )
    assert told.declared_zones == ("marsh",)
    for names in (["qpv"], ["moor"]):
        refused = decide_sending(
            replace(counter(), programme=call), sent(a_file(place__declared_zones=names))
        )
        assert codes(refused) == ["zone-not-to-declare"]
