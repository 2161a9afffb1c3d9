"""How many letters an address gets in a day: what is above waits for the next days, never dropped. Pure rules."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.notify.domain.notices import Notice
from shared.contract.values import Reason
from shared.value import value

DELAYED = Reason(code="letters-delayed", message="Cette adresse a reçu assez de lettres ce jour : la suite attend.")


@value
class Mailbox:
    """Letters to one address: `count` leave on `day` or wait for the days after it."""

    mailbox: str
    day: date
    count: int = 0


def paced(mailbox: Mailbox, notice: Notice, letters_a_day: int, zone: ZoneInfo) -> tuple[Mailbox, Notice]:
    """The mailbox with one more letter, and the letter with the day it may leave, where that is not its own."""
    day = max(mailbox.day, notice.at.astimezone(zone).date())
    left = max(0, mailbox.count - letters_a_day * (day - mailbox.day).days)
    days_late = left // letters_a_day
    if days_late:
        notice = replace(notice, retry_at=datetime.combine(day + timedelta(days=days_late), time(), zone))
    return Mailbox(mailbox.mailbox, day, left + 1), notice
