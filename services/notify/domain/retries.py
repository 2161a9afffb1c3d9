"""What becomes of a notice once somebody tried to send it: sent, put off, failed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from services.notify.domain.erasure import ERASED
from services.notify.domain.notice import DROPPED, Notice
from services.notify.domain.telling import failed_fact, sent_fact
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.notify import DigestFailed, DigestSent, NoticeFailed, NoticeSent


class Result(StrEnum):
    SENT = "sent"
    FAILED = "failed"  # for ever: trying again would change nothing
    LATER = "later"  # this mail was put off: it counts as an attempt
    AWAY = "away"  # nobody could be asked: it does not count


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one mail. `cause` is a code, never the relay's words: they repeat addresses."""

    notice_id: str
    result: Result
    cause: str = ""
    short: bool = False


LAST_LETTER_STAYS = timedelta(days=1)  # in a folder of mail: somebody takes it from there


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a mail that is put off is tried again: the delays double, about a day in all."""

    first_seconds: float = 10.0
    delay_seconds_max: float = 3_600.0
    attempts_max: int = 32

    def delay(self, attempts: int) -> timedelta:
        return timedelta(
            seconds=min(self.delay_seconds_max, self.first_seconds * 2 ** min(attempts, 20))
        )


def noting_id(notices: Sequence[Notice], posted: Sequence[Posted]) -> str:
    """The same tries with the same results are noted once."""
    tries = zip(notices, posted, strict=True)
    tried = " ".join(
        f"{notice.notice_id}/{notice.attempts}/{post.result}" for notice, post in tries
    )
    return f"notices-{blake2b(tried.encode(), digest_size=16).hexdigest()}"


def forgetting_id(notice_ids: Sequence[str]) -> str:
    return f"mail-{blake2b(' '.join(notice_ids).encode(), digest_size=16).hexdigest()}"


def forgotten(notices: Iterable[Notice]) -> Decision:
    """No transport keeps anything of these letters."""
    gone = tuple(
        replace(one, state="erased", retry_at=None) for one in notices if one.state == "erasing"
    )
    return Decision("forgotten", changes=gone)


def not_overtaken(
    known: Mapping[str, Notice],
    posted: Sequence[Posted],
    proven: Collection[str],
) -> list[Posted]:
    """A letter that left short while its address was proven is not noted: it leaves again, whole.

    `proven` are the dossiers whose address is proven by now.
    """
    return [
        post
        for post in posted
        if not (post.short and known[post.notice_id].candidature_id in proven)
    ]


def posted_before(fact: Event) -> Posted | None:
    """What a fact of the log says became of a mail; None for a fact about something else."""
    if isinstance(fact, NoticeSent):
        return Posted(fact.notice_id, Result.SENT, short=fact.short)
    if isinstance(fact, DigestSent):
        return Posted(fact.notice_id, Result.SENT)
    if isinstance(fact, NoticeFailed | DigestFailed):
        return Posted(fact.notice_id, Result.FAILED, fact.cause)
    return None


def note(
    known: Mapping[str, Notice],
    posted: Sequence[Posted],
    now: datetime,
    patience: Patience,
) -> Decision:
    """`now` is the wall clock: it paces the retries of a relay, no rule of the programme."""
    changes: list[Notice] = []
    facts: list[Event] = []
    for post in posted:
        notice = known.get(post.notice_id)
        if notice is None or post.result is Result.AWAY:
            continue
        # An erasure came while it left.
        if notice.state == "dropped" and post.result is Result.SENT:
            changes.append(replace(notice, state="erasing"))
        if notice.state != "queued":
            continue
        noted, fact = _noted(notice, post, now, patience)
        changes.append(noted)
        if fact:
            facts.append(fact)
    last = next((change.candidature_id for change in changes if change.template == ERASED), "")
    return Decision("noted", facts=tuple(facts), changes=tuple(changes), forgets=last)


def _noted(
    notice: Notice, post: Posted, now: datetime, patience: Patience
) -> tuple[Notice, Event | None]:
    tried = replace(notice, attempts=notice.attempts + 1, retry_at=None)
    if notice.template == ERASED and post.result is not Result.LATER:
        tried = replace(tried, context={})  # it held an address, for its last way
    if post.result is Result.SENT:
        sent = replace(tried, state="sent", short=post.short)
        if notice.template == ERASED:
            sent = replace(sent, state="erasing", retry_at=now + LAST_LETTER_STAYS)
        return sent, sent_fact(sent)
    if post.result is Result.LATER and tried.attempts < patience.attempts_max:
        return replace(tried, retry_at=now + patience.delay(notice.attempts)), None
    if post.cause == DROPPED:
        return replace(tried, state="dropped", context={}), None
    return replace(tried, state="failed"), failed_fact(notice, post.cause)
