"""What a holder is told of an outcome: the rule, the figures, and what would have changed it, in French."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.funding.domain.selection.allocation import allocate
from services.funding.domain.selection.cutoffs import awarded_cents, cutoffs
from services.funding.domain.selection.explanation import Explanation, explain
from services.funding.domain.selection.french import euros, marks, zone_name, zone_names
from services.funding.domain.selection.simulation import simulate
from services.funding.domain.selection.thresholds import score_needed, scores_needed
from services.funding.domain.selection.values import WaveInputs
from shared.contract.values import Outcome, ShortOfMoney
from tests.rules.selection.random_waves import FOUR_ZONES, many, random_wave
from tests.rules.selection.small_waves import dossier, wave


def told(inputs: WaveInputs, name: str) -> Explanation:
    return explain(inputs, allocate(inputs), name)


def changes(inputs: WaveInputs, name: str) -> list[str]:
    return [change.replace("\u00a0", " ") for change in told(inputs, name).changes]


def messages(inputs: WaveInputs, name: str) -> list[str]:
    return [reason.message.replace("\u00a0", " ") for reason in told(inputs, name).reasons]


def test_a_laureate_is_told_its_rank_zone_and_amount_and_nothing_to_change():
    inputs = wave(dossier("a", 1900, "qpv"))

    assert messages(inputs, "a") == [
        "Retenue au rang 1, zone « quartier prioritaire (QPV) ou proximité », pour 150 000 €."
    ]
    assert (told(inputs, "a").score_needed, told(inputs, "a").changes) == (None, ())


def test_a_capped_request_is_told_with_both_amounts():
    inputs = wave(dossier("a", 1900, requested_cents=(9_000_000, 5_000_000, 5_000_000)))

    assert (
        messages(inputs, "a")[1]
        == "Demande de 190 000 € ramenée à 150 000 € par les plafonds du programme."
    )


def test_a_missed_mark_is_told_with_the_points_that_lack():
    inputs = wave(dossier("a", 999), dossier("b", 1500))

    assert messages(inputs, "a") == ["La note de 9,99 est inférieure à la note minimale de 10,00."]
    assert changes(inputs, "a") == ["une note d'au moins 10,00, soit 0,01 de plus."]
    assert (told(inputs, "a").score_needed, told(inputs, "a").points_missing) == (1000, 1)


def test_every_ground_has_its_own_way_out():
    inputs = wave(dossier("a", 900, criteria={"ambition": 50}, requested_cents=(1_000_000,) * 3))

    assert messages(inputs, "a") == [
        "La note de 9,00 est inférieure à la note minimale de 10,00.",
        "Au critère « ambition », la note de 0,50 est inférieure au minimum de 1,00.",
        "Le montant finançable de la demande, 30 000 €, n'atteint pas l'aide minimale de 75 000 € ; "
        "une aide ne peut pas dépasser la demande.",
    ]
    assert changes(inputs, "a") == [
        "1,00 de plus à la note totale.",
        "0,50 de plus au critère « ambition ».",
        "une demande finançable d'au moins 75 000 €.",
    ]
    assert told(inputs, "a").score_needed is None, "no score makes up for the floor"


@pytest.mark.parametrize(
    ("qpv", "said"),
    [
        (0, "Aucune place n'est disponible en zone « quartier prioritaire (QPV) ou proximité »."),
        (
            1,
            (
                "La seule place disponible en zone « quartier prioritaire (QPV) ou proximité » revient à un "
                "dossier "
            ),
        ),
        (
            2,
            "Les 2 places disponibles en zone « quartier prioritaire (QPV) ou proximité » reviennent à des ",
        ),
    ],
)
def test_a_full_zone_is_told_with_its_number_of_places(qpv: int, said: str):
    laureates = [dossier(name, 1900, "qpv") for name in "ab"[:qpv]]
    inputs = wave(*laureates, dossier("z", 1500, "qpv"), qpv=qpv)

    [message] = messages(inputs, "z")
    assert message.startswith(said)
    assert "une place de plus en zone « quartier prioritaire (QPV) ou proximité »." in changes(
        inputs, "z"
    )


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (0, "La vague prévoit zéro lauréate au plus."),
        (1, "La vague prévoit 1 lauréate au plus."),
        (2, "Les 2 lauréates prévues au plus pour la vague sont mieux classées."),
    ],
)
def test_the_greatest_number_of_laureates_is_told(limit: int, said: str):
    inputs = wave(dossier("a", 1900), dossier("b", 1800), dossier("c", 1700), laureates_max=limit)

    assert messages(inputs, "c") == [said]
    assert changes(inputs, "c")[-1] == f"un nombre maximal de lauréates supérieur à {limit}."


def test_the_money_that_lacks_is_told_to_the_cent():
    inputs = wave(dossier("a", 1900), dossier("b", 1800), envelope=15_000_000 + 7_512_345)

    assert messages(inputs, "b") == [
        "Il reste 75 123,45 € dans l'enveloppe, moins que les 150 000 € nécessaires."
    ]
    assert changes(inputs, "b")[-1] == "74 876,55 € de plus dans l'enveloppe à ce rang."


def test_a_list_that_stops_names_the_rank_it_stops_at():
    small = dossier("c", 1700, requested_cents=(2_500_000,) * 3)
    inputs = wave(
        dossier("a", 1900),
        dossier("b", 1800),
        small,
        envelope=23_000_000,
        when_short_of_money=ShortOfMoney.STOP,
    )

    assert messages(inputs, "c") == [
        "La liste s'arrête au rang 2, premier dossier que l'enveloppe ne peut plus financer."
    ]
    assert (
        changes(inputs, "c")[-1]
        == "une enveloppe suffisante pour le dossier de rang 2, où la liste s'arrête."
    )


def test_a_part_of_the_amount_is_told_with_both():
    inputs = wave(
        dossier("a", 1900), envelope=8_000_000, when_short_of_money=ShortOfMoney.PART_FUND
    )

    assert (
        messages(inputs, "a")[1]
        == "Aide partielle : l'enveloppe ne laisse que 80 000 € sur 150 000 €."
    )


def test_the_score_needed_is_that_of_the_last_place_with_room_left_or_a_hundredth_more():
    loses = wave(dossier("a", 1500), dossier("b", 1400), laureates_max=1)
    wins = wave(dossier("a", 1400), dossier("b", 1500), laureates_max=1)

    assert told(loses, "b").score_needed == 1501, "its receipt is later"
    assert told(wins, "a").score_needed == 1500, "its receipt is earlier: the same score is enough"


def test_no_score_is_enough_where_there_is_no_room_at_all():
    alone = wave(dossier("a", 1500), laureates_max=0)
    second = wave(dossier("a", 1500), dossier("b", 1400), laureates_max=0)

    assert told(alone, "a").score_needed is None
    assert told(second, "b").score_needed is None


def test_the_pass_mark_is_enough_where_everybody_else_leaves_room():
    inputs = wave(dossier("a", 1900), dossier("b", 100))

    assert score_needed(inputs, inputs.candidatures[1]) == 1000


def test_a_tie_is_told_by_the_key_that_decided_it():
    by_mark = wave(
        dossier("a", 1500), dossier("b", 1500, criteria={"ambition": 250}), laureates_max=1
    )
    by_receipt = wave(dossier("a", 1500), dossier("b", 1500), laureates_max=1)

    assert told(by_mark, "b").tie == "note égale au rang 1, critère « ambition » 2,50 contre 3,00."
    assert told(by_receipt, "b").tie == "à égalité avec le rang 1, reçu avant (n° 97 contre 98)."


def test_there_is_no_tie_with_another_score_or_for_a_laureate_or_a_declined():
    inputs = wave(dossier("a", 1500), dossier("b", 1500), dossier("c", 1400), laureates_max=1)

    assert told(inputs, "a").tie is None
    assert told(inputs, "c").tie is None
    declined = wave(
        dossier("a", 1000), dossier("b", 1000, criteria={"ambition": 99}), laureates_max=1
    )
    assert told(declined, "b").tie is None


def test_a_tie_that_only_the_id_decides_has_no_key_to_tell():
    inputs = wave(dossier("a", 1500), dossier("b", 1500, receipt_sequence=97), laureates_max=1)

    assert told(inputs, "b").tie is None


def test_the_whole_is_one_sentence_a_line():
    inputs = wave(dossier("a", 1500, "qpv"), dossier("b", 1500, "qpv"), laureates_max=1, qpv=2)

    assert told(inputs, "b").text().replace("\u00a0", " ").splitlines() == [
        "Dossier b : liste d'attente, rang 2 sur 2, note 15,00, « quartier prioritaire (QPV) ou proximité ».",
        "Motif : La vague prévoit 1 lauréate au plus.",
        "Seuil : zone « quartier prioritaire (QPV) ou proximité », 1 lauréate pour 2 places, "
        "la dernière au rang 1 avec 15,00.",
        "Départage : à égalité avec le rang 1, reçu avant (n° 97 contre 98).",
        "Ce qui aurait changé la décision : une note d'au moins 15,01, soit 0,01 de plus.",
        "Ce qui aurait changé la décision : un nombre maximal de lauréates supérieur à 1.",
    ]


def test_a_zone_without_a_laureate_has_no_last_one():
    inputs = wave(dossier("a", 900, "qpv"))

    assert (
        "Seuil : zone « quartier prioritaire (QPV) ou proximité », 0\u00a0lauréate pour 9\u00a0places."
        in told(inputs, "a").text()
    )


def test_the_cut_off_of_a_zone_is_its_last_laureate():
    inputs = wave(dossier("a", 1900, "qpv"), dossier("b", 1800, "qpv"), dossier("c", 900, "qpv"))
    outside, qpv = cutoffs(inputs, allocate(inputs))

    assert (qpv.laureates, qpv.places, qpv.rank, qpv.score, qpv.id) == (2, 9, 2, 1800, "b")
    assert (qpv.awarded_cents, awarded_cents(allocate(inputs))) == (30_000_000, 30_000_000)
    assert (outside.laureates, outside.rank, outside.score, outside.id) == (0, None, None, None)


def test_another_policy_is_compared_dossier_by_dossier():
    inputs = wave(dossier("a", 1900), dossier("b", 1800), dossier("c", 900), laureates_max=2)
    other = replace(inputs.policy, pass_mark=800, laureates_max=3, ceiling_cents=12_000_000)

    found = simulate(inputs, other)

    assert [(change.id, change.before_cents, change.after_cents) for change in found.enters] == [
        ("c", 0, 12_000_000)
    ]
    assert found.leaves == ()
    assert [change.id for change in found.amounts] == ["a", "b"]
    assert (found.laureates_before, found.laureates_after, found.cost_cents) == (2, 3, 6_000_000)
    assert found.as_dict()["cost_cents"] == 6_000_000
    back = simulate(replace(inputs, policy=other), inputs.policy)
    assert ([change.id for change in back.leaves], back.cost_cents) == (["c"], -6_000_000)


@pytest.mark.parametrize(
    ("cents", "written"),
    [
        (0, "0 €"),
        (5, "0,05 €"),
        (15_000_000, "150 000 €"),
        (7_512_345, "75 123,45 €"),
        (-250, "−2,50 €"),
    ],
)
def test_euros_are_written_as_the_french_write_them(cents: int, written: str):
    assert euros(cents).replace("\u00a0", " ") == written


def test_marks_and_zones_are_written_for_people():
    assert [marks(one) for one in (1450, 5, 0, -150)] == ["14,50", "0,05", "0,00", "−1,50"]
    assert (zone_name(None), zone_name("island")) == ("—", "island")
    assert zone_names(["qpv", "outside-urban"]) == (
        "« hors des grands centres urbains » et « quartier prioritaire (QPV) ou proximité »"
    )


@many(usual=80)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 25))
def test_one_walk_tells_the_score_needed_of_everybody_as_a_walk_for_each_does(seed: int, size: int):
    inputs = random_wave(seed, size, FOUR_ZONES)
    out = {entry.id for entry in allocate(inputs).ranking if entry.outcome is not Outcome.LAUREATE}

    each = {one.id: score_needed(inputs, one) for one in inputs.candidatures if one.id in out}
    assert scores_needed(inputs) == each
