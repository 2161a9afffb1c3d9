"""Builders: a file, a registration, reviews, a panel.

Each gives the ordinary case; a test names what differs.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from services.eligibility.domain.files import TerritoryAnswer
from services.eligibility.domain.reviews.draw import Pool
from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.states import File, Review, Reviewer, Round
from shared.contract.backoffice import TerritoryDecided
from shared.contract.decision import Decision
from shared.contract.frontdesk import ReviewSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.contract.values import Actor, Reason, Role
from shared.kit.delivery import Arrival
from shared.programme import load_programme
from tests.conftest import SHIPPED_PROGRAMME

PROGRAMME = load_programme(SHIPPED_PROGRAMME)
CRITERIA = tuple(criterion.id for criterion in PROGRAMME.criteria)
WAVE = "2020-4"
NOW = datetime(2021, 1, 4, 9, tzinfo=UTC)
DUE_ON = date(2021, 1, 25)
REMIND_ON = date(2021, 1, 18)
AT = Arrival("cause-1", NOW, "INTAKE", 1, "", "cause-1")
WHY = (Reason(code="outside-urban", message="Vichy est hors des grands centres urbains."),)
EVIDENCE = {"rule": "density"}
NOT_CLOSED = Round(WAVE)
UNDER_REVIEW = Round(WAVE, closed_at=NOW)
PUBLISHED = Round(WAVE, closed_at=NOW, published_at=NOW)
T = TypeVar("T")


def dossier(number: int = 1) -> str:
    return f"0198f2c4-0000-7000-8000-{number:012d}"


def file(number: int = 1, **changes: Any) -> File:
    """An eligible file that was answered once."""
    siret = f"{900_000_000 + number}00012"
    made = File(
        dossier(number), WAVE, 1, "eligible", siret, "03310", 46.1, 3.4, None, 1, ("outside-urban",)
    )
    return replace(made, **changes)


def registered(version: int = 1, **changes: Any) -> CandidatureRegistered:
    """The registration that `file()` comes from."""
    body = {
        "candidature_id": dossier(),
        "receipt_number": "FAB-2020-4-0001",
        "receipt_sequence": 1,
        "wave": WAVE,
        "version": version,
        "received_at": NOW,
        "answer_due_on": "2021-04-30",
        "legal_name": "La Tannerie",
        "siret": file().siret,
        "legal_form": "association",
        "place_name": "La Tannerie",
        "kinds": ("coworking",),
        "commune_code": "03310",
        "latitude": 46.1,
        "longitude": 3.4,
        "requested_cents": (5_000_000,),
    }
    return CandidatureRegistered.model_validate(body | changes)


def territory(*zones: str, instruct: bool = False) -> TerritoryAnswer:
    return TerritoryAnswer(zones, instruct, WHY, EVIDENCE)


def officer_says(
    *zones: str, by: str = "officer-1", reason: str = "Vu sur place.", qpv: str | None = None
) -> Any:
    actor = Actor(id=by, role=Role.INSTRUCTOR)
    return TerritoryDecided(
        candidature_id=dossier(), zones=zones, actor=actor, reason=reason, qpv_code=qpv
    )


def asked(name: str, mark: int | None = None, **changes: Any) -> Review:
    """A review that was asked for; given where it has a mark, the same for each criterion."""
    made = Review(dossier(), name, NOW, "draw", DUE_ON, REMIND_ON)
    if mark is not None:
        made = replace(
            made, marks=marks(mark), grid="2020-1", comment="Lu.", sequence=1, remind_on=None
        )
    return replace(made, **changes)


def marks(mark: int) -> dict[str, int]:
    return dict.fromkeys(CRITERIA, mark)


def submitted(name: str, mark: int, comment: str = "Lu.") -> ReviewSubmitted:
    """With a comment on each criterion, where the mark is low."""
    why = dict.fromkeys(CRITERIA, "Trop peu.") if mark < PROGRAMME.reviews.comment_below else {}
    return ReviewSubmitted(
        candidature_id=dossier(), reviewer_id=name, marks=marks(mark), comment=comment, comments=why
    )


def panel(
    *reviews: Review,
    of: File | None = None,
    during: Round = UNDER_REVIEW,
    programme: Any = PROGRAMME,
) -> Panel:
    return Panel(programme, of or file(), reviews, during)


def reviewer(name: str, department: str | None = "63", ties: tuple[str, ...] = ()) -> Reviewer:
    return Reviewer(name, department, ties)


def pool(*names: str, **changes: Any) -> Pool:
    """Reviewers who live elsewhere than the files, and have nothing to read yet."""
    return replace(
        Pool(PROGRAMME, WAVE, [reviewer(name) for name in names], {}, in_allier), **changes
    )


def in_allier(_commune_code: str) -> str | None:
    return "03"


def strict_about_departments() -> Any:
    reviews = PROGRAMME.reviews.model_copy(update={"same_department_excluded": True})
    return PROGRAMME.model_copy(update={"reviews": reviews})


def only_fact(decision: Decision, kind: type[T]) -> T:
    [found] = [fact for fact in decision.facts if isinstance(fact, kind)]
    return found


def only_change(decision: Decision, kind: type[T]) -> T:
    """The last one counts: it is what is kept."""
    return [change for change in decision.changes if isinstance(change, kind)][-1]
