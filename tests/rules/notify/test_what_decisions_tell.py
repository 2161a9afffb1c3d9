"""What a receipt, an award or a refusal tells: remedies, regime, rank, marks, tranches, what to do next."""

import pytest

from services.notify.domain import sentences
from services.notify.letters.writer import DECISIONS, Writer
from shared.reference.communes import load_communes
from tests.rules.notify.notify_samples import (
    CONTEXTS,
    PROGRAMME,
    PROOF,
    WRITER,
    a_contact,
    a_notice,
    as_read,
)


def test_the_receipt_has_what_the_law_asks_for() -> None:
    """CRPA R112-5: date of receipt, number, date and remedies of silent rejection, service and contact."""
    text = as_read(WRITER.write(a_notice("receipt"), a_contact()).text)
    for part in (
        "29 décembre 2020 à 10 h 11", "FABT-2020-4-00012", "28 février 2021", "décision implicite de rejet",
        "Programme Nouveaux lieux, nouveaux liens, Agence nationale de la cohésion des territoires",
        "20 avenue de Ségur, TSA 10717, 75334 Paris Cedex 07", "01 85 58 60 00", "nouveauxliens@anct.gouv.fr",
        "Si la clôture est repoussée, ce jour l'est d'autant",
        "deux mois pour la contester", "recours gracieux", "tribunal administratif de Paris",
        "www.telerecours.fr",
    ):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("template", sorted(DECISIONS))
def test_a_decision_is_signed_and_tells_where_and_until_when_it_can_be_contested(
    template: str,
) -> None:
    """CRPA L212-1, CJA R421-1 and R421-5: what does not tell its remedies can be contested for a year."""
    office = PROGRAMME.authority
    text = as_read(WRITER.write(a_notice(template), a_contact()).text)
    for part in (
        office.signatory_function,
        office.signatory_name,
        office.court,
        "deux mois",
        "telerecours.fr",
    ):
        assert part in text


@pytest.mark.parametrize("template", sorted(CONTEXTS.keys() - DECISIONS))
def test_what_decides_nothing_is_signed_by_nobody(template: str) -> None:
    assert (
        PROGRAMME.authority.signatory_name not in WRITER.write(a_notice(template), a_contact()).text
    )


@pytest.mark.parametrize("template", ["awarded", "promoted"])
def test_an_award_is_told_to_be_de_minimis_with_its_regulation_amount_and_ceiling(
    template: str,
) -> None:
    """Regulation 1407/2013, article 6: expressly, with its title and where it was published."""
    text = as_read(WRITER.write(a_notice(template), a_contact()).text)
    for part in ("règlement (UE) n° 1407/2013", "JO L 352 du 24.12.2013", "150 000 €", "200 000 €"):
        assert part in text


@pytest.mark.parametrize("template", ["awarded", "promoted"])
def test_a_grant_of_one_year_is_told_as_one_payment_and_of_another_regime_without_de_minimis(
    template: str,
) -> None:
    award = PROGRAMME.award.model_copy(update={"years": 1})
    payment = PROGRAMME.payment.model_copy(update={"de_minimis_regime": ""})
    call = PROGRAMME.model_copy(update={"award": award, "payment": payment})
    notice = a_notice(template, awarded_cents=[5_000_000], zone="elsewhere")
    letter = Writer(call, load_communes(), PROOF, "https://portail.example/proof").write(
        notice, a_contact()
    )
    text = as_read(letter.text)
    assert (
        "Subvention, due le 14 février 2022" in text
        and "Déposer le bilan de l'année soutenue" in text
    )
    assert "lieu en zone « elsewhere »" in text, "a zone that the call has no more"
    for part in ("minimis", "Chaque année", "1re tranche"):
        assert part not in text


ARGUMENT = CONTEXTS["declined"]["argument"]


def argued(template: str = "declined", **argument: object) -> str:
    letter = WRITER.write(a_notice(template, argument={**ARGUMENT, **argument}), a_contact())
    return as_read(letter.text)


def test_a_refusal_argues_with_the_marks_the_rank_the_cut_off_and_what_was_missing() -> None:
    text = argued()
    for part in (
        "Votre note : 13,50 sur 20", "Votre rang : 120 sur 251",
        "Gouvernance claire et contributive : 3,25 sur 5",
        "38 lauréats dans cette vague, le dernier au rang 75 avec la note de 14,50",
        "(38 places restaient au programme)",
        "une note d'au moins 14,51, soit 1,01 de plus",
    ):  # fmt: skip
        assert part in text


@pytest.mark.parametrize(
    "needed", [None, 2001], ids=["no total would do", "more than can be given"]
)
def test_where_no_mark_would_have_been_enough_none_is_asked_for(needed: int | None) -> None:
    text = argued(score_needed=needed)
    assert "d'au moins" not in text
    assert "Une note plus haute n'aurait pas suffi" in text


def test_where_the_total_was_high_enough_it_is_not_said_to_be_missing() -> None:
    assert "il fallait" not in argued("waitlisted", score_needed=1350)


def test_after_the_list_was_called_from_the_threshold_is_still_that_of_its_publication() -> None:
    text = argued(called_to_rank=82)
    assert "À la publication de la liste, il fallait" in text
    assert "Depuis, la liste d'attente a été appelée jusqu'au rang 82." in text
    assert "Depuis, la liste" not in argued()


def test_a_zone_without_a_laureate_is_said_to_have_none() -> None:
    empty = {"zone": "qpv", "places": 1, "laureates": 0, "rank": None, "score": None}
    assert "aucun lauréat dans cette vague (1 place restait au programme)." in argued(
        cutoffs=[empty]
    )


def test_who_was_not_ranked_reads_the_reasons_alone() -> None:
    text = WRITER.write(a_notice("declined", argument=None, rank=None), a_contact()).text
    assert "Votre rang" not in text


def test_one_declined_learns_when_to_apply_again_and_in_the_last_wave_that_there_is_none() -> None:
    again = WRITER.write(a_notice("declined"), a_contact()).text
    assert "2021-1" in again or "2021-2" in again
    last = WRITER.write(a_notice("declined", wave="2021-3"), a_contact()).text
    assert "la dernière prévue" in last


@pytest.mark.parametrize("template", ["awarded", "promoted"])
def test_an_award_says_when_each_tranche_is_due(template: str) -> None:
    text = WRITER.write(a_notice(template), a_contact()).text.replace("\u00a0", " ")
    assert "1re tranche, due le 14 février 2022 : 50 000 €" in text


def test_each_closed_gate_comes_with_what_the_holder_can_do() -> None:
    gates = (
        "agreement-missing bank-details-missing bank-details-unverified bank-details-unconfirmed cooling-off "
        "not-due-yet report-missing state-aid-above-ceiling state-aid-refused suspended"
    ).split()
    advice = [sentences.remedies([gate]) for gate in gates]
    assert all(len(found) == 1 for found in advice)
    assert len({found[0] for found in advice}) == len(gates)
    assert sentences.remedies(["never-heard-of"]) == []
