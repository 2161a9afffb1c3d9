"""The special cases: a table that can be played, whose every act is readable on the wire."""

from collections import Counter
from collections.abc import Iterator

import pytest
from nacl.signing import SigningKey
from pydantic import ValidationError
from rich.console import Console

from deploy.local.home.programme_copy import SHIPPED
from deploy.rehearsal import acts
from deploy.rehearsal.applicants import Mix
from deploy.rehearsal.cast import Cast, make_cast
from deploy.rehearsal.clients import Saying
from deploy.rehearsal.special import STORIES
from deploy.rehearsal.story import CERTAIN_LABEL, COUNTER, Scene, Story
from deploy.rehearsal.summary import special_cases
from shared.contract.frontdesk import CandidatureSubmitted
from shared.programme import Programme, load_programme

UNREADABLE = {"a-person-not-a-legal-person"}
ASKED_FOR = 25


@pytest.fixture(scope="module")
def programme() -> Programme:
    return load_programme(SHIPPED)


@pytest.fixture(scope="module")
def cast(programme: Programme) -> Cast:
    return make_cast(programme, STORIES, Mix(2, 2, 1, 1), "test")


def _acts(cast: Cast) -> Iterator[tuple[Story, Saying]]:
    for player in cast.everyone():
        for act in [
            a
            for said in {COUNTER: player.story.at(COUNTER), **player.story.acts}.values()
            for a in said
        ]:
            yield (
                player.story,
                act(Scene(player.applicant, player.second, "2020-12-01", reviewers=("r-1", "r-2"))),
            )


def test_there_are_enough_stories_each_with_a_name_of_its_own_and_an_end_that_is_checked() -> None:
    assert len(STORIES) >= ASKED_FOR
    assert len({story.name for story in STORIES}) == len(STORIES)
    assert all(story.ends and story.tells for story in STORIES)


def test_every_act_is_what_its_event_promises_except_the_one_that_must_not_be(cast: Cast) -> None:
    refused = set()
    for story, saying in _acts(cast):
        try:
            event = saying.event.model_validate(saying.body)
        except ValidationError:
            refused.add(story.name)
            continue
        assert event.dossier == saying.dossier
    assert refused == UNREADABLE


def test_a_special_case_is_named_by_its_receipt_number_or_by_its_wave_where_it_has_none(
    cast: Cast,
) -> None:
    registered, refused = list(cast.everyone())[:2]
    console = Console(width=200)
    receipt = "FABT-2020-4-00012"
    with console.capture() as shown:
        console.print(special_cases(cast, {registered.applicant.candidature_id: receipt}))
    lines = [line.split() for line in shown.get().splitlines()]
    assert [receipt, registered.story.name] in [line[:2] for line in lines]
    assert ["none", "in", "2020-4", refused.story.name] in [line[:4] for line in lines]


def test_a_story_like_another_is_about_the_same_project(cast: Cast) -> None:
    by_name = {player.story.name: player.applicant for player in cast.everyone()}
    likes = [story for story in STORIES if story.like]
    assert likes
    for story in likes:
        mine, theirs = by_name[story.name].file, by_name[story.like].file
        assert mine["holder"]["siret"] == theirs["holder"]["siret"]
        assert mine["place"]["commune_code"] == theirs["place"]["commune_code"]
        assert mine["candidature_id"] != theirs["candidature_id"]


def test_those_who_must_be_laureates_have_marks_that_nobody_else_in_their_wave_has(
    cast: Cast,
) -> None:
    best = [p.applicant for p in cast.everyone() if p.story.chance == CERTAIN_LABEL]
    profiles = Counter(
        (a.wave, tuple(sum(m[c] for m in a.marks) for c in a.marks[0])) for a in best
    )
    assert max(profiles.values()) == 1
    crowd = [a for files in cast.crowd.values() for a in files]
    assert min(_total(a.marks) for a in best) > max(_total(a.marks) for a in crowd)


def _total(marks: tuple[dict[str, int], ...]) -> int:
    return sum(sum(each.values()) for each in marks)


def test_a_signed_story_signs_its_acts_but_not_those_forged_in_its_name(cast: Cast) -> None:
    signed = [saying for story, saying in _acts(cast) if story.signed]
    assert {saying.signing_key is None for saying in signed} == {True, False}
    [player] = [p for p in cast.everyone() if p.story.signed]
    assert isinstance(acts.agreement(player.applicant).signing_key, SigningKey)


def test_the_same_project_under_a_second_id_differs_by_its_id_alone(cast: Cast) -> None:
    for player in cast.everyone():
        first, second = player.applicant, player.second
        assert second.candidature_id != first.candidature_id
        assert second.file == {**first.file, "candidature_id": second.candidature_id}


def test_every_holder_has_two_accounts_of_its_own(cast: Cast) -> None:
    ibans = [cast.iban(key, account) for key in cast.known for account in (1, 2)]
    assert len(set(ibans)) == len(ibans)


def test_an_officer_names_the_qpv_only_where_the_place_lies_in_one() -> None:
    denied = acts.territory("x", (), "QP069001").body
    found = acts.territory("x", ("qpv",), "QP069001").body
    assert (denied["zones"], denied["qpv_code"]) == ([], None)
    assert (found["zones"], found["qpv_code"]) == (["qpv"], "QP069001")


def test_given_the_same_seed_then_the_same_cast(programme: Programme, cast: Cast) -> None:
    again = make_cast(programme, STORIES, Mix(2, 2, 1, 1), "test")
    assert [a.file for a in again.known.values()] == [a.file for a in cast.known.values()]
    assert all(CandidatureSubmitted.event_type() for _ in again.known)
