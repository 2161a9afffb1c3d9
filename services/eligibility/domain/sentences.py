"""What people are told of a file and its reviews, in French.

The words about territory are beside its rules.
"""

from collections.abc import Iterable

from shared.contract.values import Reason

SHOWN_MAX = 5

AWAITED = "Une relecture de plus est attendue avant que la note soit connue."
PENDING = Reason(code="review-pending", message=AWAITED)
OFFICER_FOUND_A_ZONE = Reason(
    code="officer-decided",
    message="Un agent a examiné le territoire du dossier : il est éligible.",
)
OFFICER_FOUND_NO_ZONE = Reason(
    code="officer-decided",
    message="Un agent a examiné le territoire du dossier : il n'est dans aucune des zones de l'appel.",
)


def reviewers_missing(files: Iterable[str]) -> Reason:
    """Names a few of the files that lack a reviewer."""
    lacking = sorted(files)
    some = ", ".join(lacking[:SHOWN_MAX])
    message = f"Il manque des relecteurs sans conflit d'intérêts à {len(lacking)} dossiers : {some}."
    return Reason(code="reviewers-missing", message=message)
