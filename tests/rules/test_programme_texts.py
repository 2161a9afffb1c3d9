"""What the State's brief says word for word, the shipped programme says word for word."""

from shared.programme import load_programme
from tests.conftest import SHIPPED_PROGRAMME

BRIEF = (
    "Ambition de soutenir l'essor du territoire et d'autres tiers-lieux",
    "Ancrage territorial fort et un porteur de projet bien identifié",
    "Gouvernance claire et contributive",
    "Modèle économique équilibré à terme",
)


def test_the_four_criteria_read_as_in_the_brief() -> None:
    assert (
        tuple(criterion.title for criterion in load_programme(SHIPPED_PROGRAMME).criteria) == BRIEF
    )
