"""What comes next of a dossier, and until when, for its holder: pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any

from deploy.portal import french
from deploy.portal.forms.acts import APPEAL, DECIDED_AGAINST, ON_THE_RESERVE, PAID
from deploy.portal.store import Entry
from shared.programme import Programme
from shared.programme.promises import appeal_answer_due_on, appeal_until, report_due_on

EXAMINED = frozenset(("registered", "eligible", "in-instruction", "reviewed"))
SILENCE = "Passé ce jour, le silence vaut rejet."
RESERVE = "La liste d'attente prend fin ce jour-là, ou quand la vague suivante est publiée."
FILED = f"act:{APPEAL.path}"
REFUSED = "act-refused"


@dataclass(frozen=True, slots=True)
class Coming:
    """`last_day` is the last whole day for it, `then` what happens after. `is_ours`: the State's turn.

    `is_due`: it comes on that very day.
    """

    what: str
    last_day: date
    then: str = ""
    is_ours: bool = False
    is_due: bool = False

    @property
    def until(self) -> str:
        if self.is_due:
            return "Le"
        return "Au plus tard le" if self.is_ours else "Jusqu'au"


@dataclass(frozen=True, slots=True)
class Known:
    """What the pages know of a dossier: its public word, since when, the end of its wave, what was heard.

    `answer_due_on` is the day of the State's answer while one is due, else None. `due_on` are the days of all
    tranches, once the agreement is signed; `begun` the numbers of those that something was said of.
    """

    word: str
    since: datetime | None
    deadline: datetime | None
    answer_due_on: date | None
    history: Sequence[Entry]
    due_on: Sequence[date] = ()
    begun: frozenset[int] = frozenset()


def known_of(
    word: str,
    status: Mapping[str, Any],
    receipt: Mapping[str, Any],
    deadline: datetime | None,
    history: Sequence[Entry],
) -> Known:
    due_on = receipt.get("answer_due_on") if word in EXAMINED else None
    return Known(
        word=word,
        since=datetime.fromisoformat(status["since"]) if status.get("since") else None,
        deadline=deadline,
        answer_due_on=date.fromisoformat(due_on[:10]) if due_on else None,
        history=history,
        due_on=tuple(date.fromisoformat(day) for day in status.get("due_on", ())),
        begun=frozenset(one["number"] for one in status.get("tranches", ())),
    )


def may_appeal(programme: Programme, word: str, since: str, today: date) -> bool:
    """Whether an appeal would still be in time, as far as the public word tells.

    What no published list has decided on has no last day yet. A grant changes without its word: its time
    runs from its last letter, and a late appeal is answered with its last day.
    """
    if word not in DECIDED_AGAINST or word == "ineligible" or not since:
        return True
    return today <= appeal_until(programme, programme.local_day(datetime.fromisoformat(since)))


def coming(programme: Programme, known: Known, today: date) -> list[Coming]:
    """The first in front; what is over is left out."""
    found = [one for one in _steps(programme, known) if one.last_day >= today]
    return sorted(found, key=lambda one: one.last_day)


def _steps(programme: Programme, known: Known) -> Iterator[Coming]:
    if known.word == "incomplete" and known.deadline:
        last_day = programme.local_day(known.deadline - timedelta(microseconds=1))
        yield Coming(
            "Complétez les pièces", last_day, "Passé ce jour, un dossier incomplet est refusé."
        )
    if known.answer_due_on:
        yield Coming("Le programme vous répond", known.answer_due_on, SILENCE, is_ours=True)
    if known.word in DECIDED_AGAINST and known.since:
        yield _of_appeal(programme, known.since, known.history)
    if known.word in ON_THE_RESERVE:
        last_day = programme.selection.reserve_ends_on
        yield Coming("Une place peut se libérer", last_day, RESERVE)
    if known.word in PAID:
        yield from _of_tranches(programme, known)
    if known.word == "appeal-rejected" and known.since:
        last_day = appeal_until(programme, programme.local_day(known.since))
        yield Coming(
            f"Vous pouvez saisir le {programme.authority.court}", last_day, _counted(programme)
        )


def _of_tranches(programme: Programme, known: Known) -> Iterator[Coming]:
    """The next one, as it falls due, and the report that it waits for."""
    following = [one for one in range(1, len(known.due_on) + 1) if one not in known.begun]
    if not following:
        return
    number = following[0]
    then = "Il est fait une fois les coordonnées bancaires données et vérifiées."
    if number > 1 and programme.payment.report_gate:
        last_day = report_due_on(programme, known.due_on[number - 2 : number])
        yield Coming(
            f"Envoyez le bilan de l'année {number - 1}", last_day, "Le versement suivant l'attend."
        )
        then = f"Il est fait une fois le bilan de l'année {number - 1} accepté."
    due_on = known.due_on[number - 1]
    yield Coming(f"Le versement n° {number} vient à échéance", due_on, then, is_due=True)


def _of_appeal(programme: Programme, since: datetime, history: Sequence[Entry]) -> Coming:
    """Its answer, once one was filed against this decision; until then the time to file one."""
    last_day = appeal_until(programme, programme.local_day(since))
    filed = [
        programme.local_day(entry.at)
        for entry, following in zip_longest(history, history[1:])
        if entry.what == FILED
        and entry.at >= since
        and (following is None or following.what != REFUSED)
    ]
    if filed and filed[0] <= last_day:
        answer_due_on = appeal_answer_due_on(programme, filed[0])
        return Coming("Un agent répond à votre recours", answer_due_on, SILENCE, is_ours=True)
    return Coming("Vous pouvez former un recours", last_day, _counted(programme))


def _counted(programme: Programme) -> str:
    """The day that is told is the latest: a letter that came sooner ends its time sooner."""
    months = french.number(programme.authority.appeal_months, "mois", "mois")
    return f"Le délai est de {months} à compter du jour où vous recevez la lettre."
