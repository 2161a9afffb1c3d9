"""What reviewers are told of several days at once, over a database, and decided again from the log."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services.eligibility import store
from services.eligibility.briefings import Briefings
from services.eligibility.domain.states import News
from shared.contract.eligibility import ReviewerBriefed
from shared.kit.delivery import Arrival
from shared.kit.storage.states import States
from tests.databases import states_in
from tests.rules.eligibility.given import PROGRAMME

DAY = date(2021, 1, 4)
LATER = DAY + timedelta(days=1)
AT = Arrival("brief-x", datetime(2021, 1, 7, 9, tzinfo=UTC), "", 0, "", "brief-x")
BRIEFINGS = Briefings(PROGRAMME)


@pytest.fixture
def states(tmp_path: Path) -> Iterator[States]:
    with states_in(tmp_path, "eligibility") as found:
        for one in (News("anna", DAY, asked=2), News("anna", LATER, given=1)):
            found.keep(one)
        yield found


def test_after_a_stop_of_days_each_reviewer_gets_one_letter_and_the_log_leads_to_the_same(
    states: States,
) -> None:
    decision = BRIEFINGS.brief(states, AT)
    [fact] = decision.facts
    assert isinstance(fact, ReviewerBriefed)
    assert (fact.day, fact.asked, fact.given) == (LATER, 2, 1)
    told = [(one.day, one.told) for one in decision.changes if isinstance(one, News)]
    assert told == [(DAY, True), (LATER, True)]
    assert BRIEFINGS.brief_again(decision.facts)(states, AT) == decision
    apart = Briefings(PROGRAMME, rehearsal=True).brief(states, AT)
    assert len(apart.facts) == 2, "the days of a rehearsal jump"


def test_what_comes_late_for_a_day_that_was_told_is_news_of_the_next_one_for_who_was_told_alone(
    states: States,
) -> None:
    states.keep(News("anna", DAY, asked=2, told=True))
    known = store.news_of(states, ["anna", "bela"], DAY)
    assert known == {"anna": News("anna", LATER, given=1), "bela": News("bela", DAY)}
    states.keep(News("anna", LATER, given=1, told=True))
    assert store.news_of(states, ["anna"], DAY) == {"anna": News("anna", LATER + timedelta(days=1))}
