"""What is new for reviewers: gathered beside every decision, told once the day is over."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from services.eligibility import store
from services.eligibility.domain.reviews import briefing
from services.eligibility.domain.states import File, News, Review
from shared.contract.decision import Decision
from shared.contract.eligibility import ReviewerBriefed
from shared.contract.event import Event
from shared.kit.delivery import Arrival
from shared.kit.storage.states import States
from shared.programme import Programme


@dataclass(frozen=True)
class Briefings:
    """A rehearsal's days jump, and each is told apart there: no letter depends on when a timer looks."""

    programme: Programme
    rehearsal: bool = False

    def gathered(self, states: States, decision: Decision, at: Arrival) -> Decision:
        """What a fact leads to, with what that brings reviewers."""
        items = [*briefing.said(decision.facts), *_unsaid(states, decision)]
        if not items:
            return decision
        day = self.programme.local_day(at.now)
        reviewers = sorted({item.reviewer_id for item in items})
        known = store.news_of(states, reviewers, day)
        return replace(decision, changes=(*decision.changes, *briefing.gathered(known, items)))

    def brief(self, states: States, at: Arrival) -> Decision:
        """What the days before have brought, told together after a long stop: one letter for each."""
        news = store.news_to_tell(states, self.programme.local_day(at.now))
        told = news if self.rehearsal else briefing.together(news)
        return briefing.briefed(news, _briefs(states, told))

    def brief_again(self, said: Sequence[Event]) -> Callable[[States, Arrival], Decision]:
        """As the log tells it: who was briefed of which day."""
        facts = [fact for fact in said if isinstance(fact, ReviewerBriefed)]

        def decide(states: States, _at: Arrival) -> Decision:
            days = {fact.reviewer_id: fact.day for fact in sorted(facts, key=attrgetter("day"))}
            return briefing.briefed(store.news_until(states, days), facts)

        return decide


def _unsaid(states: States, decision: Decision) -> Iterator[briefing.Item]:
    """What no fact tells: marks that were given, files that their holder withdrew."""
    for change in decision.changes:
        if isinstance(change, Review) and change.marks:
            before = states.one(Review, change.candidature_id, change.reviewer_id)
            yield from briefing.given(before, change)
        elif isinstance(change, File) and change.status == "withdrawn":
            yield from briefing.taken_back(states.of(Review, change.candidature_id))


def _briefs(states: States, told: Sequence[News]) -> list[ReviewerBriefed]:
    reviews: dict[str, list[Review]] = {one.reviewer_id: [] for one in told}
    for review in store.reviews_by(states, list(reviews)):
        reviews[review.reviewer_id].append(review)
    keys = [(review.candidature_id,) for asked in reviews.values() for review in asked]
    files = {file.candidature_id: file for file in states.many(File, keys).values()}
    return [briefing.brief(one, reviews[one.reviewer_id], files) for one in told]
