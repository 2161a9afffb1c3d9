"""What eligibility answers to officers and operators: plain JSON from committed states."""

from collections.abc import Iterable, Iterator
from datetime import date
from secrets import SystemRandom
from typing import Any

from services.eligibility import store
from services.eligibility.domain.reviews.moderation import unread
from services.eligibility.domain.reviews.panel import Panel
from services.eligibility.domain.reviews.progress import progress
from services.eligibility.domain.reviews.reading import (
    UNKNOWN,
    own_reviews,
    read_reviews,
    require_given,
)
from services.eligibility.domain.states import File, Review
from shared.contract.backoffice import CommentsModerated, ReviewReassigned, TerritoryDecided
from shared.contract.reading import Reader
from shared.contract.work import Work, page_of
from shared.french import day, number
from shared.kit.errors import ReadingRefused
from shared.kit.people.naming import is_told_names, named_to
from shared.kit.questions import refused
from shared.kit.storage.journal import Journal
from shared.kit.storage.states import States
from shared.programme import Programme


def instructions(states: States, journal: Journal, after: str, limit: int) -> dict[str, Any]:
    """The files that wait for an officer's answer, by id, and why: the reasons of the office too."""
    files = store.page_of_waiting(states, after, limit)
    keys = [file.candidature_id for file in files]
    reasons = store.why_instructed(states, journal, keys)
    return {
        "waiting": [
            {
                "candidature_id": file.candidature_id,
                "wave": file.wave,
                "commune_code": file.commune_code,
                "latitude": file.latitude,
                "longitude": file.longitude,
                "declared_qpv": file.declared_qpv,
                "declared_zones": list(file.declared_zones),
                "reasons": reasons.get(file.candidature_id, []),
            }
            for file in files
        ],
        "next": keys[-1] if len(files) == limit else None,
    }


def todo(states: States, today: date, limit: int, asker: str) -> dict[str, Any]:
    return page_of(waiting(states, today, asker), limit)


def waiting(states: States, today: date, asker: str) -> list[Work]:
    """Places that data cannot tell of, reviews that are late, comments that nobody has read."""
    files = store.waiting_for_an_officer(states)
    overdue = store.late_reviews(states, today)
    states.prefetch(File, [review.candidature_id for review in overdue])
    late = [review for review in overdue if _is_read(states, review)]
    reviews = [_late_review(review, is_told_names(asker)) for review in late]
    return [*map(_place, files), *reviews, *_comments_unread(states)]


def _is_read(states: States, review: Review) -> bool:
    """Whether the file still waits for its marks: nobody reads one that was withdrawn, or is published."""
    file = states.one(File, review.candidature_id)
    if file is None or file.status != "eligible":
        return False
    return store.round_of(states, file.wave).published_at is None


def _place(file: File) -> Work:
    claims = [f"quartier déclaré : {file.declared_qpv}"] if file.declared_qpv else []
    claims += [f"zone déclarée : {zone}" for zone in file.declared_zones]
    claimed = f" ({', '.join(claims)})" if claims else ""
    return Work(TerritoryDecided, file.candidature_id, f"territoire à trancher{claimed}")


def _late_review(review: Review, named: bool) -> Work:
    by = f" de {review.reviewer_id}" if named else ""
    detail = f"avis{by} attendu le {day(review.due_on)}"
    return Work(ReviewReassigned, review.candidature_id, detail, review.assigned_at)


def _comments_unread(states: States) -> Iterator[Work]:
    """One line a wave: what its letters could say of the reviewers' comments."""
    for round_ in store.rounds_under_review(states):
        files = unread(store.files_of(states, round_.wave), store.moderated_of(states, round_.wave))
        if files:
            scored = number(len(files), "dossier noté", "dossiers notés")
            detail = f"commentaires à relire avant la publication : {scored}"
            yield Work(CommentsModerated, round_.wave, detail, round_.closed_at)


def reviews(
    states: States, programme: Programme, candidature_id: str, asker: str
) -> dict[str, Any]:
    """Who reviews a file and who has answered; never what they said, so that nobody is led by another."""
    file = states.one(File, candidature_id)
    if file is None:
        return refused(UNKNOWN)
    panel = Panel(
        programme,
        file,
        states.of(Review, candidature_id),
        store.round_of(states, file.wave),
    )
    awaited = [review for review in panel.reviews if review.awaited]
    names = names_told(asker, [panel])
    due_on = {names[review.reviewer_id]: review.due_on.isoformat() for review in awaited}
    return {
        "reviewers": sorted(names[review.reviewer_id] for review in panel.live),
        "submitted": sorted(names[name] for name in panel.given),
        "recused": sorted(names[review.reviewer_id] for review in panel.reviews if review.recused),
        "missing": panel.lacking + len(awaited),
        "to_find": panel.lacking,
        "due_on": dict(sorted(due_on.items())),
    }


def names_told(asker: str, panels: Iterable[Panel]) -> dict[str, str]:
    """Numbers are drawn for each answer: the order of the names would lead back to them."""
    reviewers = list({review.reviewer_id for panel in panels for review in panel.reviews})
    SystemRandom().shuffle(reviewers)
    return named_to(asker, reviewers, "reviewer")


def file_reviews(states: States, candidature_id: str, reader: Reader) -> dict[str, Any]:
    """What the reviewers of a file said. Raises ReadingRefused."""
    file = states.one(File, candidature_id)
    if file is None:
        raise ReadingRefused(UNKNOWN)
    reviews = states.of(Review, candidature_id)
    require_given(reviews, reader)
    return read_reviews(file, reviews)


def my_reviews(
    states: States, programme: Programme, reviewer_id: str, today: date
) -> dict[str, Any]:
    """What one reviewer has to read, has read, and the grid."""
    reviews = store.reviews_by(states, [reviewer_id])
    files = states.many(File, [(review.candidature_id,) for review in reviews])
    by_id = {file.candidature_id: file for file in files.values()}
    return {
        "reviewer_id": reviewer_id,
        "grid": programme.reviews.grid,
        "mark_max": programme.reviews.mark_max,
        "comment_below": programme.reviews.comment_below,
        "criteria": [
            {"id": one.id, "title": one.title, "guide": list(one.guide)}
            for one in programme.criteria
        ],
        "reviews": own_reviews(by_id, reviews, today),
    }


def reviews_progress(
    states: States, programme: Programme, wave: str, today: date, asker: str
) -> dict[str, Any]:
    """How far the reviews of a wave are, by reviewer; nothing of what they said."""
    files = store.files_of(states, wave)
    states.prefetch(Review, [file.candidature_id for file in files])
    round_ = store.round_of(states, wave)
    panels = [
        Panel(programme, file, states.of(Review, file.candidature_id), round_) for file in files
    ]
    to_moderate = unread(files, store.moderated_of(states, wave)) if round_.open else []
    told = {"wave": wave, **progress(panels, today, names_told(asker, panels))}
    return told | {"to_moderate": [file.candidature_id for file in to_moderate]}


def summary(states: States) -> dict[str, int]:
    """How many files are eligible, ineligible, in instruction, scored."""
    files = states.where(File)
    return {
        "eligible": sum(bool(file.zones) for file in files),
        "ineligible": sum(file.status == "ineligible" for file in files),
        "in_instruction": sum(file.status == "instruction" for file in files),
        "scored": sum(file.score is not None for file in files),
    }
