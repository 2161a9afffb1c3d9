"""Each answer other than an award tells what it rests on, in figures of the published list."""

from dataclasses import replace

from services.funding.domain.states import Ranking, Remarks
from services.funding.domain.waves.argument import arguments
from services.funding.domain.waves.remarks import moderate
from shared.contract.backoffice import CommentsModerated
from shared.contract.values import Actor, Role
from tests.rules.waves import given

LISTED = given.published(
    given.entry(1, mark=5),
    given.entry(2, mark=4),
    given.entry(3, mark=3, zones=(given.QPV,)),
    given.entry(4, mark=1),
    rules=given.programme(laureates_max=1),
)
TOLD = arguments(LISTED.wave, LISTED.rankings)


def test_everybody_but_the_laureate_is_given_an_argument():
    assert given.numbers(TOLD) == [2, 3, 4]


def test_it_has_the_total_the_marks_and_how_many_were_ranked():
    told = TOLD[given.dossier(2)]

    assert (told.score, told.ranked, set(told.marks.values())) == (1600, 4, {400})


def test_it_names_the_last_laureate_of_the_dossiers_own_zones_and_of_no_other():
    [own] = TOLD[given.dossier(2)].cutoffs
    assert (own.zone, own.laureates, own.rank, own.score) == ("outside-urban", 1, 1, 2000)
    [other] = TOLD[given.dossier(3)].cutoffs
    assert (other.zone, other.laureates, other.rank) == ("qpv", 0, None)


def test_the_score_needed_is_that_of_the_place_that_was_taken_or_a_hundredth_more():
    assert TOLD[given.dossier(4)].score_needed == 2001, "its receipt is later"


def test_a_list_is_told_as_it_was_published_and_how_far_it_was_called_since():
    """A lower mark was enough later: the letter must not state the first threshold as if it still held."""
    promoted, _, _ = given.filled(LISTED, places=1)
    since = {place.candidature_id: place for place in given.changed(promoted, Ranking)}
    now = [since.get(place.candidature_id, place) for place in LISTED.rankings]

    told = arguments(LISTED.wave, now)[given.dossier(4)]
    assert (told.score_needed, told.called_to_rank) == (2001, 2)
    assert TOLD[given.dossier(4)].called_to_rank is None


def test_it_has_what_an_officer_lets_be_told_of_the_comments_and_nothing_before():
    remarks = {given.dossier(4): remarks_on(4)}
    told = arguments(LISTED.wave, LISTED.rankings, remarks)

    assert told[given.dossier(4)].strengths == ("Un porteur connu.",)
    assert told[given.dossier(4)].weaknesses == ("Un budget à préciser.",)
    assert told[given.dossier(2)] == TOLD[given.dossier(2)]


def test_once_the_list_is_out_no_officer_adds_to_what_its_letters_said():
    entry, act = given.entry(4, mark=1), moderation(4)
    open_wave = replace(LISTED.wave, state="ranked", published_at=None)
    decision = moderate(entry, open_wave, None, act, given.at())
    [kept] = decision.changes
    assert (kept.strengths, kept.moderated_by) == (("Un porteur connu.",), "officer-1")
    assert moderate(entry, open_wave, kept, act, given.at()).result == "duplicate"
    assert moderate(entry, LISTED.wave, None, act, given.at()).changes == ()


def moderation(number):
    return CommentsModerated(
        actor=Actor(id="officer-1", role=Role.INSTRUCTOR),
        reason="Relu.",
        candidature_id=given.dossier(number),
        strengths=("Un porteur connu.",),
        weaknesses=("Un budget à préciser.",),
    )


def remarks_on(number):
    act = moderation(number)
    return Remarks(
        act.candidature_id, "2020-4", act.strengths, act.weaknesses, "officer-1", given.at().now
    )
