"""What the pages of support are made of: who may do what about a step, in words; the agenda as it stands."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from deploy.portal.office import effects, support
from deploy.portal.office.agenda import meetings_of
from deploy.portal.portal import open_portal
from deploy.portal.staff import Person
from deploy.portal.words import PEER_ANSWERS
from services.notify.domain.pairs import Pair
from services.notify.domain.steps import FROM
from services.notify.questions.laureates import _answer
from shared.contract.support import ASSOCIATION_ACTS, StepOwner
from shared.kit.settings import Settings
from shared.programme.model import Gathering
from tests.conftest import SHIPPED_PROGRAMME
from tests.portal.conftest import STAFFED

TODAY = date(2022, 6, 1)
MEETING = Gathering(
    id="rencontre-2022",
    title="Rencontre",
    starts_on=date(2022, 6, 16),
    ends_on=date(2022, 6, 17),
    place="Paris",
)
FILE = MEETING.model_dump(mode="json", exclude={"id"})


def step(
    state: str = "agreed", owner: str = "association", name: str = "need-legal"
) -> dict[str, Any]:
    need = name.removeprefix("need-") if name.startswith("need-") else ""
    return {"step": name, "need": need, "owner": owner, "state": state, "due_on": "2022-06-01"}


def plan(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"state": "open", "handed_over": True, "needs": [], "steps": list(steps)} | changes


def labels(state: str, role: str, **more: str) -> list[str]:
    return [one.act.verb for one in support.choices_for(step(state, **more), role)]


def test_each_act_is_offered_from_the_states_that_the_rule_takes_it_from() -> None:
    for one in support.CHOICES:
        assert set(one.states) == set(FROM[one.act]), one.act  # type: ignore[index]


@pytest.mark.parametrize(
    ("state", "role", "owner", "offered"),
    [
        ("proposed", "instructor", "association", ["agreed", "commented", "returned", "dropped"]),
        ("agreed", "association", "association", ["started", "finished", "commented", "returned"]),
        ("under-way", "director", "team", ["finished", "commented", "dropped"]),
        ("done", "association", "association", ["commented"]),
    ],
)
def test_a_step_is_moved_as_it_stands_by_who_may(
    state: str, role: str, owner: str, offered: list[str]
) -> None:
    assert labels(state, role, owner=owner) == offered
    if role == "association":
        assert {one.act for one in support.choices_for(step(state), role)} <= set(ASSOCIATION_ACTS)


def test_the_first_interview_is_noted_with_its_needs_and_by_nothing_else() -> None:
    held, over = step("agreed", name="first-interview"), step("done", name="first-interview")
    assert "finished" not in labels("agreed", "director", name="first-interview")
    assert support.interview_of(plan(held)) == held
    assert support.interview_of(plan(over)) is None


def test_the_association_works_on_its_own_steps_and_nobody_on_a_plan_that_is_closed() -> None:
    assert support.may_work_on(step(), plan(), "association")
    assert not support.may_work_on(step(owner="team"), plan(), "association")
    assert support.may_work_on(step(owner="team"), plan(), "director")
    assert not support.may_work_on(step(), plan(), ""), "who has no role for it"
    assert not support.may_work_on(step(), plan(state="closed"), "director")


def test_steps_are_given_to_the_association_only_where_it_knows_the_laureate() -> None:
    assert list(support.owners_for("director", plan())) == list(get_args(StepOwner))
    assert list(support.owners_for("director", plan(handed_over=False))) == [
        "team",
        "mentor",
        "holder",
    ]
    assert list(support.owners_for("association", plan())) == ["association", "holder"]


def test_what_a_step_is_for_is_told_in_words_whatever_its_number() -> None:
    assert support.title_of(step(name="need-legal")) == "Appui sur les questions juridiques"
    assert support.title_of(step(name="introduction-2")) == "Mise en relation avec l'association"
    assert support.title_of(step(name="need-solar-roof")) == "Appui sur solar roof"
    assert set(support.OWNER_NAMES) == set(get_args(StepOwner))


def test_needs_are_chosen_from_once_each_the_laureates_own_in_front() -> None:
    found = support.needs_of(plan(needs=["training", "legal"]))
    assert list(found)[:2] == ["training", "legal"]
    assert len(set(found.values())) == len(found), "training and learning have the same words"


def test_what_is_to_be_done_comes_by_its_day_and_what_is_over_after_it() -> None:
    late, over = step() | {"due_on": "2021-01-01"}, step("done") | {"due_on": "2020-01-01"}
    assert support.in_turn([over, step(), late]) == [late, step(), over]
    assert support.asked_by("retard") == {"owner": None, "overdue": True}
    assert support.asked_by("mentor") == {"owner": "mentor", "overdue": False}


def test_a_proposal_that_lapsed_is_told_as_such_and_nobody_as_having_said_no() -> None:
    lapsed = Pair("a", "b", datetime(2022, 1, 1, tzinfo=UTC), ended_by="a", lapsed=True)
    assert {_answer(lapsed, one) for one in lapsed.both} == {"lapsed"}
    assert [_answer(replace(lapsed, lapsed=False), one) for one in lapsed.both] == [
        "declined",
        "ended",
    ]
    assert {"lapsed", "declined", "ended"} <= set(PEER_ANSWERS)


def told(**changes: Any) -> dict[str, Any]:
    return {"gathering": MEETING.id, **FILE} | changes


@pytest.mark.parametrize(
    ("announced", "stage", "may_announce", "has_begun"),
    [
        (None, "planned", True, False),
        (told(), "announced", True, False),
        (told(place="Lyon"), "moved", True, False),
        (told(cancelled=True), "cancelled", True, False),
        (told(starts_on="2022-05-31", ends_on="2022-06-01"), "moved", False, True),
        (told(starts_on="2022-05-30", ends_on="2022-05-31"), "over", False, True),
    ],
)
def test_a_meeting_stands_as_it_was_announced_and_is_announced_again_until_its_day(
    announced: dict[str, Any] | None, stage: str, may_announce: bool, has_begun: bool
) -> None:
    [one] = meetings_of([MEETING], [announced] if announced else [])
    assert (one.stage(TODAY), one.may_announce(TODAY), one.has_begun(TODAY)) == (
        stage,
        may_announce,
        has_begun,
    )


def test_a_meeting_that_nobody_announced_is_missed_from_its_first_day_on() -> None:
    [one] = meetings_of([MEETING], [])
    assert one.stage(MEETING.starts_on) == "planned"
    assert one.stage(MEETING.starts_on + timedelta(days=1)) == "missed"
    assert not one.has_begun(MEETING.ends_on)


def test_what_the_programme_calls_off_before_it_was_announced_is_not_announced() -> None:
    [one] = meetings_of([MEETING.model_copy(update={"cancelled": True})], [])
    assert (one.stage(TODAY), one.may_announce(TODAY)) == ("cancelled", False)


def test_effects_of_support_are_under_support_in_the_menu(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "var", programme_file=SHIPPED_PROGRAMME)
    portal = open_portal(settings, STAFFED)
    shown = {
        "portal": portal,
        "here": "/bureau/effets",
        "person": Person("director-1", ("director",), "", ""),
        "effects": effects,
        "report": {"as_of": "2022-06-01", "total": dict.fromkeys(effects.COUNTS, 0)},
        "by": "need",
        "impact": {"reports": 0},
    }
    page = portal.templates.get_template("office_effects.html").render(shown)
    assert '<a href="/bureau/accompagnement" aria-current="true">' in page
    assert page.count("aria-current") == 2, "beside what the steps are counted by"
    portal.store.dispose()


def test_meetings_of_the_file_and_others_are_one_list_by_day() -> None:
    other = told(gathering="nec", starts_on="2022-06-02", ends_on="2022-06-02")
    assert [one.gathering for one in meetings_of([MEETING], [other])] == ["nec", "rencontre-2022"]


def row(need: str, region: str = "84", owner: str = "team", **counts: int) -> dict[str, Any]:
    return {
        "need": need,
        "region": region,
        "owner": owner,
        "year": 2022,
        **dict.fromkeys(effects.COUNTS, 0),
    } | counts


def test_effects_are_counted_by_one_thing_most_steps_first_and_written_as_a_file_in_words() -> None:
    rows = [row("legal", steps=2, done=1), row("introduction-2", owner="association", steps=1)]
    rows += [row("legal", region="", steps=3, late=2)]
    report = {"rows": rows, "kinds": [{"kind": "fablab", **dict.fromkeys(effects.COUNTS, 6)}]}
    by_need = effects.counted(report, "need")
    assert [(one.name, one.counts["steps"], one.counts["late"]) for one in by_need] == [
        ("Appui sur les questions juridiques", 5, 2),
        ("Mise en relation avec l'association", 1, 0),
    ]
    regions = [one.name for one in effects.counted(report, "region")]
    assert regions == ["Auvergne-Rhône-Alpes", "non dit"]
    assert [one.name for one in effects.counted(report, "kind")] == [
        "Atelier de fabrication (fablab)"
    ]
    heads, first, *_ = effects.as_csv(rows).splitlines()
    assert heads.startswith("\ufeffBesoin;Région;")
    assert (
        first
        == "Appui sur les questions juridiques;Auvergne-Rhône-Alpes;l'équipe du programme;2022;2;0;1;0;0"
    )
