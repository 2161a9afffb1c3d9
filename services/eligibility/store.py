"""Every query of eligibility beside its handlers' own look-ups."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from services.eligibility.domain.states import File, Moderation, News, Review, Reviewer, Round
from shared.contract.values import Role
from shared.kit.people.readings import Reading
from shared.kit.people.register import Standing, standing_at
from shared.kit.storage.bulk import select_rows
from shared.kit.storage.journal import Journal
from shared.kit.storage.states import States

BRIEFED_AT_ONCE_MAX = 200  # reviewers in one decision
SAID_WITHIN = timedelta(seconds=5)
LOADS = """
    SELECT reviewer_id, count(*) FROM reviews
    WHERE recused IS FALSE AND candidature_id IN (SELECT candidature_id FROM files WHERE wave = ?)
    GROUP BY reviewer_id"""


def waiting_for_an_officer(states: States) -> list[File]:
    return states.where(File, states.column(File, "status") == "instruction")


def page_of_waiting(states: States, after: str, size: int) -> list[File]:
    return states.where(
        File,
        states.column(File, "status") == "instruction",
        states.column(File, "candidature_id") > after,
        limit=size,
    )


def why_instructed(
    states: States, journal: Journal, candidature_ids: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """The reasons for which an officer was asked last, by file: the audit trail keeps them."""
    inbox = journal.inbox.c
    asked = (
        select(inbox.dossier, inbox.reasons)
        .where(inbox.dossier.in_(candidature_ids), inbox.result == "instruction-requested")
        .order_by(inbox.decided_at, inbox.sequence)
    )
    return {row.dossier: row.reasons for row in states.connection.execute(asked)}


def late_reviews(states: States, today: date) -> list[Review]:
    """Reviews that were due before today and were not given; nobody waits for who stepped aside."""
    not_given = (
        states.column(Review, "sequence") == 0,
        states.column(Review, "recused").is_(False),
    )
    return states.where(Review, states.column(Review, "due_on") < today, *not_given)


def round_of(states: States, wave: str) -> Round:
    return states.one(Round, wave) or Round(wave)


def rounds_under_review(states: States) -> list[Round]:
    return [round_ for round_ in states.where(Round) if round_.open]


def moderated_of(states: States, wave: str) -> dict[str, int]:
    """The files whose comments an officer has read for their holder, and at which revision of their score."""
    found = states.where(Moderation, states.column(Moderation, "wave") == wave)
    return {one.candidature_id: one.score_revision for one in found}


def files_of(states: States, wave: str) -> list[File]:
    return states.where(File, states.column(File, "wave") == wave)


def files_read_by(states: States, reviewer_id: str) -> list[File]:
    """The files a reviewer was asked to read and was not taken off."""
    is_theirs = states.column(Review, "reviewer_id") == reviewer_id
    is_live = states.column(Review, "recused").is_(False)
    keys = [(review.candidature_id,) for review in states.where(Review, is_theirs, is_live)]
    found = states.many(File, keys)
    return sorted(found.values(), key=lambda file: file.candidature_id)


def reviews_by(states: States, reviewers: Collection[str]) -> list[Review]:
    """All that these reviewers were ever asked for."""
    return states.where(Review, states.column(Review, "reviewer_id").in_(reviewers))


def has_read(states: States, candidature_id: str, reader_id: str, before: datetime) -> bool:
    """Whether this person had read the reviews of a file by then, in whatever role."""
    readings = states.of(Reading, candidature_id)
    # The log places a reading when it was said, a moment after it was asked for: decided again, the
    # marks sent within that moment would come before it.
    return any(
        one.reader_id == reader_id and one.read_at + SAID_WITHIN <= before for one in readings
    )


def news_of(states: States, reviewers: Collection[str], day: date) -> dict[str, News]:
    """What the day has brought each so far; once that was told, what comes late for it is the next day's."""
    found = states.many(News, [(name, day) for name in reviewers])
    news = {name: found.get((name, day)) or News(name, day) for name in reviewers}
    told = [one.reviewer_id for one in found.values() if one.told]
    return news | news_of(states, told, day + timedelta(days=1)) if told else news


def news_to_tell(states: States, today: date) -> list[News]:
    """The days that are over, and that nobody was told of yet."""
    column = states.column
    return states.where(
        News,
        column(News, "told").is_(False),
        column(News, "day") < today,
        limit=BRIEFED_AT_ONCE_MAX,
    )


def news_until(states: States, days: Mapping[str, date]) -> list[News]:
    """What these reviewers were not told of yet, each up to the day that is theirs."""
    column = states.column
    is_theirs = column(News, "reviewer_id").in_(list(days))
    found = states.where(News, is_theirs, column(News, "told").is_(False))
    return [one for one in found if one.day <= days[one.reviewer_id]]


def reviewers(states: States, stamped_ns: int) -> list[Reviewer]:
    """Those who may be asked to read, as they stood at this moment."""
    known = states.all(Reviewer)
    states.prefetch(Standing, [one.reviewer_id for one in known])
    return [one for one in known if not is_gone(states, one.reviewer_id, stamped_ns)]


def is_gone(states: States, person_id: str, stamped_ns: int) -> bool:
    """Whether they are revoked, or review no more. Who was never registered may still be: marks wait."""
    standing = standing_at(states.of(Standing, person_id), stamped_ns)
    return standing is not None and Role.REVIEWER.value not in standing.roles


def loads_of(states: States, wave: str) -> dict[str, int]:
    """How many files of a wave each reviewer has to read, or has read: asked once, then counted on."""
    key = (LOADS, wave)
    if key not in states.derived:
        states.derived[key] = _followed_loads(states, wave)
    return {reviewer: count for reviewer, count in states.derived[key].items() if count}


def _followed_loads(states: States, wave: str) -> Counter[str]:
    states.write(Review, File)
    loads = Counter(dict(map(tuple, select_rows(states.connection, LOADS, wave))))

    def on_review(states: States, before: Review | None, after: Review) -> None:
        file = states.one(File, after.candidature_id)
        if file and file.wave == wave:
            loads[after.reviewer_id] += _is_read(after) - _is_read(before)

    def on_file(states: States, before: File | None, after: File) -> None:
        if before and before.wave != after.wave:
            states.derived.pop((LOADS, wave), None)

    states.follow(Review, on_review)
    states.follow(File, on_file)
    return loads


def _is_read(review: Review | None) -> bool:
    return review is not None and not review.recused


def reminders_due(states: States, today: date) -> list[Review]:
    return states.where(Review, states.column(Review, "remind_on") <= today)
