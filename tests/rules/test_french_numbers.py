"""What is counted in French sentences: from two on it is plural; money is told in euros, whoever reads it."""

import pytest

from services.eligibility.domain.sentences import reviewers_missing
from services.funding.domain.money import sentences as money
from services.funding.domain.selection.sentences import zone_used
from services.funding.domain.waves import sentences as waves
from services.funding.domain.waves import takeover_sentences as labels
from shared.french import NO_BREAK, number


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 lot"), (1, "1 lot"), (2, "2 lots"), (1200, "1 200 lots")]
)
def test_a_noun_is_plural_from_two_on_and_stays_with_its_figure(count: int, told: str) -> None:
    assert number(count, "lot", "lots") == told.replace(" ", NO_BREAK)


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (money.list_changed(1, 5_000_050), "elle compte 1 ordre pour 50 000,50 €."),
        (money.list_changed(2, 100), "elle compte 2 ordres pour 1 €."),
        (money.list_changed_since_approval(1), "elle compte 1 ordre."),
        (money.not_a_reduction(2, 100_000), "L'année 2 dépasserait 1 000 €."),
        (money.below_offset(1, 250), "a pris 2,50 € de l'année 1."),
        (money.above_paid(100_000), "ce qui a été payé : 1 000 € au plus."),
        (money.above_left(100_000), "Il reste 1 000 € à reprendre."),
        (reviewers_missing(["a"]), "à 1 dossier : a."),
        (reviewers_missing(["a", "b"]), "à 2 dossiers : a, b."),
        (waves.funded_places("qpv", 1, 1, 1), "qpv : 1 place financée et 1 de plus"),
        (labels.too_many_years(4, 3), "4 années, le programme"),
        (labels.other_years(1, 2), "1 échéance pour 2 années."),
        (labels.paid_too_often(2, 1), "2 versements pour 1 année."),
        (labels.quota_used("qpv", 2), "Les 2 places de la zone qpv sont prises."),
        (labels.quota_used("qpv", 1), "La seule place de la zone qpv est prise."),
    ],
)
def test_one_of_a_thing_is_never_plural_and_no_amount_is_in_cents(sentence, told: str) -> None:
    assert told in sentence.message.replace(NO_BREAK, " ")


def test_a_zone_with_one_laureate_and_one_place_says_so() -> None:
    assert zone_used("qpv", 1, 1).replace(NO_BREAK, " ").endswith(", 1 lauréate pour 1 place")
