"""One refusal of what is sent twice: its sender heard no answer, and nothing has changed since."""

from dataclasses import replace
from hashlib import sha256

from services.intake.domain.dossier import Dossier
from shared.contract.answers import Answer
from shared.contract.decision import Decision
from shared.contract.intake import CandidatureRefused
from shared.kit.delivery import Arrival
from shared.value import value


@value
class Refusal:
    """The last one of a file; `content` is a digest of what was sent, why it was refused, and what stood."""

    candidature_id: str
    content: str


def refused_in(decision: Decision) -> str | None:
    """The candidature that a decision on one file refuses."""
    return next(
        (fact.dossier for fact in decision.facts if isinstance(fact, CandidatureRefused)), None
    )


def said_once(decision: Decision, known: Refusal | None, now: Refusal) -> Decision:
    """The same bytes, refused for the same reasons, are answered again: no second fact, no second letter."""
    if known == now:
        answers = tuple(fact for fact in decision.facts if isinstance(fact, Answer))
        return Decision("duplicate", decision.reasons, answers)
    return replace(decision, changes=(*decision.changes, now))


def refusal_of(
    candidature_id: str, decision: Decision, dossier: Dossier | None, at: Arrival
) -> Refusal:
    """`dossier` is the version that stands, if any: once it has changed, a refusal is news again."""
    stands = f"{dossier.version} {dossier.status}" if dossier else ""
    why = [f"{reason.field}:{reason.code}:{reason.message}" for reason in decision.reasons]
    said = "\n".join([at.front_end, at.subject, stands, *why, ""])
    return Refusal(candidature_id, sha256(said.encode() + at.body).hexdigest())
