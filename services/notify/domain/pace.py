"""How many letters an address or a person gets a day: what is above waits for the next, never dropped."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.notify.domain.contact import Contact
from services.notify.domain.notice import Notice
from services.notify.domain.sentences import DELAYED
from shared.contract.decision import Decision
from shared.value import value

DIGESTS_A_DAY = 1  # to a person who works for the programme


@value
class Mailbox:
    """Letters to one address, or to one such person: `count` leave on `day` or wait for the days after it."""

    mailbox: str
    day: date
    count: int = 0


def new_letters(decision: Decision) -> list[Notice]:
    """What an erasure or the association leaves with is not counted."""
    notices = [change for change in decision.changes if isinstance(change, Notice)]
    return [one for one in notices if one.state == "queued" and one.recipient != "association"]


def contact_after(decision: Decision, candidature_id: str) -> Contact | None:
    """The contact as this very decision leaves it; None where it changes none."""
    for change in reversed(decision.changes):
        if isinstance(change, Contact) and change.candidature_id == candidature_id:
            return change
    return None


def pace(
    decision: Decision,
    mailboxes: Mapping[str, Mailbox],
    letters_a_day: int,
    zone: ZoneInfo,
) -> Decision:
    """New letters to an address that has had enough for the day wait for the next ones.

    `letters_a_day` is for holders; whoever works for the programme gets one. `mailboxes` has one for each
    letter to count, by the letter's id.
    """
    filled: dict[str, Mailbox] = {}
    changes: list[Any] = []
    for change in decision.changes:
        if not isinstance(change, Notice) or change.notice_id not in mailboxes:
            changes.append(change)
            continue
        before = mailboxes[change.notice_id]
        most = letters_a_day if change.recipient == "holder" else DIGESTS_A_DAY
        box, letter = paced(filled.get(before.mailbox, before), change, most, zone)
        filled[box.mailbox] = box
        changes.append(letter)
    reasons = decision.reasons
    if any(_is_delayed(change) for change in changes):
        reasons = (*reasons, DELAYED)
    return replace(decision, reasons=reasons, changes=(*changes, *filled.values()))


def _is_delayed(change: object) -> bool:
    return isinstance(change, Notice) and change.state == "queued" and change.retry_at is not None


def paced(
    mailbox: Mailbox, notice: Notice, letters_a_day: int, zone: ZoneInfo
) -> tuple[Mailbox, Notice]:
    """The mailbox with one more letter, and the letter with the day it may leave if that is a later one."""
    day = max(mailbox.day, notice.at.astimezone(zone).date())
    left = max(0, mailbox.count - letters_a_day * (day - mailbox.day).days)
    days_late = left // letters_a_day
    if days_late:
        notice = replace(
            notice,
            retry_at=datetime.combine(day + timedelta(days=days_late), time(), zone),
        )
    return Mailbox(mailbox.mailbox, day, left + 1), notice
