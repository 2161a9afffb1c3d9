"""The reviews of one wave: closed, taken up again, published."""

from dataclasses import replace
from datetime import datetime

from services.eligibility.domain.states import Round
from shared.contract.decision import Decision, nothing
from shared.kit.errors import Rejected


def close_round(known: Round, drawn: Decision, now: datetime) -> Decision:
    """Every file of the wave is there: those that officers gave no reviewers get theirs by lot."""
    if known.closed_at:
        return nothing("duplicate")
    closed = replace(known, closed_at=now)
    return Decision("closed", drawn.reasons, drawn.facts, (closed, *drawn.changes))


def reopen_round(known: Round) -> Decision:
    """Reviewers that were drawn keep their files; those of files to come are drawn at the next closing."""
    if known.published_at:
        return nothing("wave-published")
    return Decision("reopened", changes=(replace(known, closed_at=None),))


def publish_round(known: Round, published_at: datetime) -> Decision:
    return Decision("published", changes=(replace(known, published_at=published_at),))


def require_open(known: Round) -> None:
    """Raises Rejected where nothing is under review."""
    if not known.open:
        raise Rejected(
            "the wave is not closed yet, or published already: there is nothing to draw for"
        )
