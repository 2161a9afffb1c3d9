"""Reports that are expected: no event tells their days, the timer does."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

from services.funding import store
from services.funding.domain.money.reminders import Expected, remind
from services.funding.domain.money.reports import reports_due
from services.funding.domain.states import Grant, Report, ReportReminder, Tranche
from services.funding.handlers.grant_file import GrantHandlers
from shared.contract.decision import Decision
from shared.kit.delivery import Arrival
from shared.kit.storage.states import States

PAGE = 500  # grants in one decision
NAMED = "reports-expected-"  # with the day, and the grant that the page comes after


class ReportReminding(GrantHandlers):
    def grants(self, states: States, today: date, after: str) -> list[Grant]:
        """A page of those whose reports may be due soon; an empty page is the last."""
        payment = self.programme.payment
        days = payment.report_due_days + max(payment.report_remind_days, default=0)
        return store.reporting_grants(states, today + timedelta(days=days), after, PAGE)

    def decide(self, states: States, today: date, after: str) -> Decision:
        return self.decide_on(states, self.grants(states, today, after), today)

    def decide_on(self, states: States, grants: Sequence[Grant], today: date) -> Decision:
        for kind in (Tranche, Report, ReportReminder):
            states.prefetch(kind, [grant.candidature_id for grant in grants])
        expected = [one for grant in grants for one in self._expected(states, grant)]
        return remind(expected, self.programme.payment.report_remind_days, today)

    def _expected(self, states: States, grant: Grant) -> list[Expected]:
        key = grant.candidature_id
        reminders = {reminder.year: reminder for reminder in states.of(ReportReminder, key)}
        due = reports_due(self.programme, grant, states.of(Tranche, key), states.of(Report, key))
        return [Expected(one, reminders.get(one.year)) for one in due]

    def name_of(self, today: date, after: str) -> str:
        return f"{NAMED}{today.isoformat()}-{after}"

    def named(self, name: str) -> Callable[[States, Arrival], Decision]:
        """What the timer decides under this name, now or when the log is told again."""
        day, after = name[len(NAMED) :][:10], name[len(NAMED) :][11:]
        return partial(self._on_day, date.fromisoformat(day), after)

    def _on_day(self, today: date, after: str, states: States, _at: Arrival) -> Decision:
        return self.decide(states, today, after)
