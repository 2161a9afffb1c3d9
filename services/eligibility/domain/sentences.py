"""What people are told of a file and its reviews, in French.

The words about territory are beside its rules.
"""

from collections.abc import Iterable

from services.eligibility.domain.states import FileStatus
from shared.contract.values import Reason
from shared.french import number

SHOWN_MAX = 5

AWAITED = "Une relecture de plus est attendue avant que la note soit connue."
PENDING = Reason(code="review-pending", message=AWAITED)
OFFICER_FOUND_A_ZONE = Reason(
    code="officer-decided",
    message="Un agent a examiné le territoire du dossier : il est éligible.",
)


def officer_found_no_zone(why: str) -> Reason:
    """A refusal says its motives: those that the officer gives."""
    found = (
        "Un agent a examiné le territoire du dossier : il n'est dans aucune des zones de l'appel."
    )
    return Reason(code="officer-decided", message=f"{found} {why}")


def comments_wanted(below: int, titles: Iterable[str]) -> Reason:
    """Names the criteria whose mark needs a comment."""
    named = " ; ".join(titles)
    message = f"Une note inférieure à {below} se motive : dites pourquoi pour « {named} »."
    return Reason(code="comment-missing", message=message)


NOT_LATE = Reason(
    code="review-not-late", message="Cette évaluation n'est pas en retard : rien n'est repris."
)
REVIEWS_NO_MORE = Reason(
    code="reviewer-gone",
    message="Cette personne est révoquée, ou ne relit plus : confiez le dossier à quelqu'un d'autre.",
)
MARKS_STAND = Reason(
    code="marks-stand",
    message=(
        "Vous avez lu les évaluations de ce dossier : vos notes ne changent plus. "
        "Vos commentaires peuvent encore être complétés, avec les mêmes notes."
    ),
)

NO_LONGER_READ: dict[FileStatus, Reason] = {
    "withdrawn": Reason(
        code="file-withdrawn",
        message="Le porteur a retiré ce dossier, ou ses données sont effacées : personne n'a plus à le lire.",
    ),
    "ineligible": Reason(
        code="file-ineligible",
        message="Le lieu de ce dossier n'est dans aucune zone : tranchez d'abord le territoire.",
    ),
}


def reviewers_missing(files: Iterable[str]) -> Reason:
    """Names a few of the files that lack a reviewer."""
    lacking = sorted(files)
    some = ", ".join(lacking[:SHOWN_MAX])
    counted = number(len(lacking), "dossier", "dossiers")
    message = f"Il manque des relecteurs sans conflit d'intérêts à {counted} : {some}."
    return Reason(code="reviewers-missing", message=message)
