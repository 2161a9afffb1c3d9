"""The words people read about a place, to the letter: a front-end shows them, an officer files them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.eligibility.domain.territory import sentences
from services.eligibility.domain.territory.facts import Hint, QpvFacts, Reading, UrbanFacts
from shared.contract.values import Reason
from tests.rules.eligibility.territory.given import BY_DENSITY, BY_UNIT, CUSSET, GRID, LYON, VICHY

COMMUNE = "place.commune_code"
POINT = "place.latitude"
DECLARED = "place.declared_qpv"
ALONE = replace(VICHY, epci_name=None)
OTHERS = (Reading(CUSSET, True), Reading(LYON, None))
NAMED = replace(BY_DENSITY, density_dataset="grille 2025")


def test_a_doubt_names_five_other_communes_at_most_and_says_that_there_are_more():
    others = tuple(Reading(replace(CUSSET, code=f"0309{number}"), None) for number in range(7))
    told = sentences.commune_doubtful("03310", Reading(VICHY, False), others).message

    assert [f"(0309{number}, " in told for number in range(7)] == [True] * 5 + [False] * 2
    assert "(03094, zone inconnue) ou dans une autre commune, si un code postal" in told


WORDS = {
    "commune unknown": (
        lambda: sentences.commune_missing(None),
        "commune-missing",
        COMMUNE,
        "Sans code commune, on ne peut pas dire si le lieu est dans un grand centre urbain.",
    ),
    "commune unknown, a town hall near": (
        lambda: sentences.commune_missing(Hint(VICHY)),
        "commune-missing",
        COMMUNE,
        "Sans code commune, on ne peut pas dire si le lieu est dans un grand centre urbain."
        " La mairie la plus proche du point est celle de Vichy (03310).",
    ),
    "two communes": (
        lambda: sentences.commune_doubtful(
            "03310", Reading(VICHY, False), (Reading(CUSSET, True), Reading(LYON, None))
        ),
        "commune-doubtful",
        COMMUNE,
        "Le code 03310 désigne Vichy (hors des grands centres urbains), mais le lieu peut être à "
        "Cusset (03095, dans un grand centre urbain), Lyon (69123, zone inconnue), si un code postal a été "
        "écrit à sa "
        "place : un agent doit le dire. Pour lever le doute, ajoutez le code postal à l'adresse.",
    ),
    "in a metropole": (
        lambda: sentences.by_epci(LYON, True),
        "in-large-urban-centre",
        COMMUNE,
        "Lyon est dans un grand centre urbain, car dans une métropole (Métropole de Lyon). "
        "Les métropoles tiennent ici lieu de grands centres urbains.",
    ),
    "outside any metropole": (
        lambda: sentences.by_epci(VICHY, False),
        "outside-urban",
        COMMUNE,
        "Vichy est hors des grands centres urbains, car hors métropole (CA Vichy Communauté). "
        "Les métropoles tiennent ici lieu de grands centres urbains.",
    ),
    "in no grouping": (
        lambda: sentences.by_epci(ALONE, False),
        "outside-urban",
        COMMUNE,
        "Vichy est hors des grands centres urbains, car hors métropole (commune hors intercommunalité). "
        "Les métropoles tiennent ici lieu de grands centres urbains.",
    ),
    "by density": (
        lambda: sentences.by_level(VICHY, UrbanFacts(GRID, frozenset({3, 2})), BY_DENSITY, False),
        "outside-urban",
        COMMUNE,
        "Vichy est hors des grands centres urbains (niveau de densité 2, 3, 2025).",
    ),
    "by urban unit": (
        lambda: sentences.by_level(LYON, UrbanFacts(GRID, frozenset({7})), BY_UNIT, True),
        "in-large-urban-centre",
        COMMUNE,
        "Lyon est dans un grand centre urbain (tranche de taille d'unité urbaine 7, 2025).",
    ),
    "by a level of no known file": (
        lambda: sentences.by_level(LYON, UrbanFacts(None, frozenset({7})), BY_UNIT, True),
        "in-large-urban-centre",
        COMMUNE,
        "Lyon est dans un grand centre urbain (tranche de taille d'unité urbaine 7, ).",
    ),
    "no grid": (
        lambda: sentences.urban_data_missing(BY_DENSITY),
        "urban-data-missing",
        COMMUNE,
        (
            "La grille de densité n'a pas été importée : on ne peut pas dire si le lieu est dans un grand "
            "centre urbain."
        ),
    ),
    "not the grid that is named": (
        lambda: sentences.urban_data_missing(NAMED),
        "urban-data-missing",
        COMMUNE,
        "La grille de densité « grille 2025 » n'a pas été importée : "
        "on ne peut pas dire si le lieu est dans un grand centre urbain.",
    ),
    "no urban units": (
        lambda: sentences.urban_data_missing(replace(NAMED, urban="urban-unit")),
        "urban-data-missing",
        COMMUNE,
        "La composition des unités urbaines n'a pas été importée : "
        "on ne peut pas dire si le lieu est dans un grand centre urbain.",
    ),
    "commune not in the data": (
        lambda: sentences.commune_not_covered(VICHY, GRID),
        "commune-not-covered",
        COMMUNE,
        "Vichy (03310) est absente du jeu de données 2025.",
    ),
    "merged communes": (
        lambda: sentences.merged_communes_differ(VICHY, GRID),
        "merged-communes-differ",
        COMMUNE,
        "Les anciennes communes de Vichy ne sont pas toutes classées de même dans 2025.",
    ),
    "in a QPV": (
        lambda: sentences.in_qpv("QP003001"),
        "in-qpv",
        POINT,
        "Le lieu est dans le quartier prioritaire QP003001.",
    ),
    "near a QPV": (
        lambda: sentences.near_qpv(QpvFacts(nearest="QP003001", distance_metres=12.34), BY_DENSITY),
        "near-qpv",
        POINT,
        "Le lieu est à 12,4 m du quartier prioritaire QP003001 (limite : 300 m).",
    ),
    "away from any QPV": (
        lambda: sentences.outside_qpv(
            QpvFacts(nearest="QP003001", distance_metres=300.01), BY_DENSITY
        ),
        "outside-qpv",
        POINT,
        (
            "Le lieu n'est ni dans un quartier prioritaire ni à 300 m au plus (le plus proche, QP003001, "
            "est à "
            "300,1 m)."
        ),
    ),
    "no QPV around": (
        lambda: sentences.outside_qpv(QpvFacts(), BY_DENSITY),
        "outside-qpv",
        POINT,
        "Le lieu n'est ni dans un quartier prioritaire ni à 300 m au plus (aucun à moins de 50 km).",
    ),
    "attested": (
        lambda: sentences.claimed("QP003001"),
        "qpv-claimed",
        DECLARED,
        "Le porteur atteste que le lieu relève du quartier prioritaire QP003001 : un agent doit le vérifier.",
    ),
    "attested, and elsewhere": (
        lambda: sentences.declared_elsewhere("QP003001"),
        "qpv-declared-elsewhere",
        DECLARED,
        (
            "Le quartier prioritaire attesté, QP003001, est connu, mais le lieu n'y est pas et n'en est pas "
            "voisin."
        ),
    ),
    "coordinates missing": (
        lambda: sentences.coordinates("missing"),
        "coordinates-missing",
        POINT,
        "Sans coordonnées, on ne peut pas mesurer la distance du lieu à un quartier prioritaire : "
        "indiquez sa latitude et sa longitude.",
    ),
    "coordinates of another commune": (
        lambda: sentences.elsewhere(VICHY, Hint(CUSSET)),
        "coordinates-contradict-commune",
        POINT,
        "Les coordonnées du lieu ne sont pas dans la commune de Vichy (03310) : vérifiez les deux."
        " La mairie la plus proche du point est celle de Cusset (03095).",
    ),
    "coordinates in the contour of another commune": (
        lambda: sentences.elsewhere(VICHY, Hint(CUSSET, holds_point=True)),
        "coordinates-contradict-commune",
        POINT,
        "Les coordonnées du lieu ne sont pas dans la commune de Vichy (03310) : vérifiez les deux."
        " Le point est dans la commune de Cusset (03095).",
    ),
    "no perimeters": (
        lambda: sentences.qpv_data_missing("2014"),
        "qpv-data-missing",
        POINT,
        "Les périmètres des quartiers prioritaires de 2014 n'ont pas été importés.",
    ),
    "department not covered": (
        lambda: sentences.department_not_covered("03", "2014"),
        "qpv-department-not-covered",
        POINT,
        "Les périmètres importés des quartiers prioritaires de 2014 ne couvrent pas le département 03.",
    ),
    "somewhere not covered": (
        lambda: sentences.department_not_covered(None, "2014"),
        "qpv-department-not-covered",
        POINT,
        (
            "Les périmètres importés des quartiers prioritaires de 2014 ne couvrent pas cet endroit "
            "(précisez "
            "la commune)."
        ),
    ),
    "a commune with QPV": (
        lambda: sentences.commune_has_qpv(("QP003001", "QP003002")),
        "commune-has-qpv",
        COMMUNE,
        (
            "La commune a au moins un quartier prioritaire (QP003001, QP003002) ; le lieu peut en relever ou "
            "non."
        ),
    ),
}


@pytest.mark.parametrize(("say", "code", "field", "message"), WORDS.values(), ids=WORDS)
def test_each_reason_has_its_code_its_field_and_its_sentence(
    say: Callable[[], Reason], code, field, message
) -> None:
    said = say()
    assert (said.code, said.field, said.message) == (code, field, message)


@pytest.mark.parametrize(
    ("distance", "told"),
    [
        (None, "une distance inconnue"),
        (0.0, "0 m"),
        (300.0, "300 m"),
        (300.01, "300,1 m"),
        (299.96, "300 m"),
    ],
)
def test_a_distance_is_rounded_up_so_that_one_above_the_limit_never_reads_as_equal_to_it(
    distance, told
) -> None:
    assert sentences.metres(distance) == told
