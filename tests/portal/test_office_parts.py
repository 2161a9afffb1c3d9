"""What officers look at, as pure parts: work lists as one, cut-offs, the picture of scores, a history."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from deploy.portal.office.deciding import Limit, are_all_given, limit_of, reports_in, view_named
from deploy.portal.office.dossier import history_of
from deploy.portal.office.payments import declaring_role, run_seen_by
from deploy.portal.office.scores_svg import scores_of
from deploy.portal.office.wave import is_of, list_of, shares_by_region
from deploy.portal.office.waves_svg import WaveBars, waves_picture
from deploy.portal.office.work import work_list
from deploy.portal.pages.deciding import _day
from deploy.portal.pages.reviewing import READ
from deploy.portal.words import FILE_WORDS
from shared.reference.communes import load_communes

NEW_NEEDS = {"training": "La formation et l'apprentissage", "legal": "Les questions juridiques"}
NOW = datetime(2021, 2, 1, 12, tzinfo=UTC)
ID = "0198f2c4-0000-7000-8000-000000000001"
ZONES = {"outside-urban": "Hors <centres>", "qpv": "Quartier"}


def waiting(
    act: str, of: str, since: str | None, role: str = "director", receipt: str = ""
) -> dict[str, Any]:
    return {
        "act": act,
        "of": of,
        "since": since,
        "roles": [role],
        "receipt_number": receipt,
        "detail": "à décider",
    }


def test_the_work_of_all_services_is_one_list_for_ones_own_roles_the_oldest_first() -> None:
    answers = [
        {"count": 3, "work": [waiting("wave.approved", "2020-4", None)]},
        {
            "count": 2,
            "work": [
                waiting("appeal.decided", ID, "2021-01-31T00:00:00+00:00"),
                waiting("payments.approved", "run-1", "2021-01-01T00:00:00+00:00", "accountant"),
            ],
        },
    ]
    mine = work_list(answers, ("director",), NOW)
    assert [(one.act, one.days, one.is_late) for one in mine.lines] == [
        ("appeal.decided", 1, False),
        ("wave.approved", None, False),
    ]
    assert (mine.others, mine.unread) == (1, 2)
    everybody = work_list(answers, (), NOW)
    assert everybody.lines[0].act == "payments.approved"
    assert everybody.lines[0].is_late


@pytest.mark.parametrize(
    ("act", "of", "receipt", "path"),
    [
        ("wave.approved", "2020-4", "", "/bureau/vague/2020-4"),
        ("bank-line.examined", "STM-1", "", "/bureau/paiements"),
        ("comments.moderated", "2020-4", "", "/bureau/commentaires?vague=2020-4"),
        ("report.accepted", ID, "FABT-2020-4-00001", "/bureau/bilans/FABT-2020-4-00001"),
        ("appeal.decided", ID, "FABT-2020-4-00001", "/bureau/recours/FABT-2020-4-00001"),
        ("step.assigned", ID, "FABT-2020-4-00001", "/bureau/accompagnement/FABT-2020-4-00001"),
        ("territory.decided", ID, "", f"/bureau/dossier/{ID}"),
        ("tranche.retried", f"{ID}-T1", "FABT-2020-4-00001", "/bureau/dossier/FABT-2020-4-00001"),
        ("recovery.decided", "something", "", ""),
    ],
)
def test_each_work_leads_to_the_page_that_shows_it(
    act: str, of: str, receipt: str, path: str
) -> None:
    answers = [{"count": 1, "work": [waiting(act, of, None, receipt=receipt)]}]
    line = work_list(answers, (), NOW).lines[0]
    assert line.path == path
    assert ID not in line.of, "nobody reads a bare id"


@pytest.mark.parametrize(
    ("act", "detail", "shown"),
    [
        ("step.assigned", "étape need-legal : appui, revenue à l'équipe", "Appui, revenue à l'équipe"),
        ("bank-line.examined", "ligne 0 de la banque : unknown-status",
         "Une ligne à examiner : la banque ne dit pas si c'est payé"),
        ("wave.approved", "classement à approuver : 0 sur 2", "classement à approuver : 0 sur 2"),
    ],
)  # fmt: skip
def test_work_is_told_without_the_names_that_the_command_has_for_it(
    act: str, detail: str, shown: str
) -> None:
    answers = [{"count": 1, "work": [waiting(act, "PSR-1", None) | {"detail": detail}]}]
    assert work_list(answers, (), NOW).lines[0].detail == shown


def test_needs_of_files_of_other_front_ends_are_told_in_words_to_officers_and_reviewers() -> None:
    of_reviewers = {name: words for _, fields in READ for name, _, words in fields}
    for words in (FILE_WORDS["values"], of_reviewers["project.support_needs"]):
        assert {code: words[code] for code in NEW_NEEDS} == NEW_NEEDS


def expected(state: str, due_on: str, overdue: bool = False) -> dict[str, Any]:
    return {"state": state, "due_on": due_on, "overdue": overdue, "receipt_number": "R", "year": 1}


def test_reports_are_shown_by_what_they_wait_for_the_first_due_in_front() -> None:
    late, sent = (
        expected("missing", "2021-03-01", overdue=True),
        expected("submitted", "2022-03-01"),
    )
    to_come, earlier = expected("missing", "2023-03-01"), expected("submitted", "2021-02-01")
    told = [to_come, sent, late, earlier]
    assert reports_in("a-lire", told) == [earlier, sent]
    assert reports_in("en-retard", told) == [late]
    assert reports_in(view_named("tous"), told) == [earlier, late, sent, to_come]
    assert view_named("<script>") == "a-lire"


@pytest.mark.parametrize(
    ("last_day", "words", "tone"),
    [
        (date(2021, 1, 30), "dépassé de 2\u00a0jours", "bad"),
        (date(2021, 2, 1), "aujourd'hui", "bad"),
        (date(2021, 2, 2), "dans 1\u00a0jour", "waiting"),
        (date(2021, 2, 16), "dans 15\u00a0jours", "neutral"),
    ],
)
def test_a_limit_says_how_far_it_is(last_day: date, words: str, tone: str) -> None:
    assert limit_of(last_day, NOW.date()) == Limit(words, tone)


def run(state: str, *approved_by: str) -> dict[str, Any]:
    approvals = [{"actor": name, "role": "any", "at": ""} for name in approved_by]
    return {
        "run_id": "run-1",
        "state": state,
        "orders": 2,
        "total_cents": 9,
        "digest": "d",
        "approvals": approvals,
    }


NO_ORDERS = {"orders": 0, "total_cents": 0, "digest": "none"}
BOTH_ROLES = ("accountant", "authorising-officer")


@pytest.mark.parametrize(
    ("person", "roles", "found", "role"),
    [
        ("anna", BOTH_ROLES, {"run": None, "pending": NO_ORDERS}, None),
        (
            "anna",
            BOTH_ROLES,
            {"run": None, "pending": NO_ORDERS | {"orders": 1}},
            "authorising-officer",
        ),
        ("anna", ("accountant",), {"run": None, "pending": NO_ORDERS | {"orders": 1}}, None),
        ("bela", BOTH_ROLES, {"run": run("opened", "anna"), "pending": NO_ORDERS}, "accountant"),
        ("anna", BOTH_ROLES, {"run": run("opened", "anna"), "pending": NO_ORDERS}, None),
        ("carl", BOTH_ROLES, {"run": run("approved", "anna", "bela"), "pending": NO_ORDERS}, None),
    ],
)
def test_a_run_waits_for_the_authorising_officer_then_for_an_accountant_who_is_somebody_else(
    person: str, roles: tuple[str, ...], found: dict[str, Any], role: str | None
) -> None:
    seen = run_seen_by(person, roles, found, NOW)
    assert (seen.role if seen else None) == role
    if seen:
        assert seen.run_id == ("run-1" if found["run"] else "run-20210201T120000")


@pytest.mark.parametrize(
    ("roles", "declared_in", "role"),
    [
        (BOTH_ROLES, None, "authorising-officer"),
        (BOTH_ROLES, ["accountant"], "authorising-officer"),
        (BOTH_ROLES, ["authorising-officer"], "accountant"),
        (("authorising-officer",), ["authorising-officer"], "authorising-officer"),
        (("instructor",), None, ""),
    ],
)
def test_who_holds_both_roles_declares_in_the_one_that_a_letter_still_needs(
    roles: tuple[str, ...], declared_in: list[str] | None, role: str
) -> None:
    declared = {"roles": declared_in, "by": ["somebody"]} if declared_in else None
    assert declaring_role("durand", roles, declared) == role


def test_who_has_declared_a_letter_is_not_offered_the_other_role() -> None:
    assert (
        declaring_role("durand", BOTH_ROLES, {"roles": ["accountant"], "by": ["durand"]})
        == "accountant"
    )


def place(
    rank: int, score: int, outcome: str, zones: tuple[str, ...] = ("outside-urban",)
) -> dict[str, Any]:
    won = outcome == "laureate"
    return {
        "rank": rank,
        "score": score,
        "outcome": outcome,
        "zone": zones[0] if won else None,
        "zones": list(zones),
        "awarded_cents": [100] if won else [],
    }


def ranking(*places: dict[str, Any]) -> dict[str, Any]:
    return {
        "places": list(places),
        "quotas_left": {"qpv": 3, "outside-urban": 2},
        "policy": {"pass_mark": 1_000},
        "envelope_left_cents": 500,
    }


BOTH = ("outside-urban", "qpv")
FOUND = list_of(
    [
        ranking(place(1, 2_000, "laureate"), place(2, 1_600, "laureate")),
        ranking(place(3, 1_500, "waitlisted", BOTH), place(4, 400, "declined", BOTH)),
    ]
)


def test_the_cut_off_of_a_zone_is_its_last_laureate_and_a_zone_without_one_has_none() -> None:
    assert [(one.zone, one.rank, one.score, one.laureates, one.quota) for one in FOUND.cutoffs] == [
        ("outside-urban", 2, 1_600, 2, 2),
        ("qpv", None, None, 0, 3),
    ]
    assert FOUND.counts == {"laureate": 2, "waitlisted": 1, "declined": 1}
    assert (FOUND.awarded_cents, FOUND.left_cents, FOUND.pass_mark) == (200, 500, 1_000)


def test_scores_are_drawn_by_zone_with_the_cut_off_and_told_in_words() -> None:
    drawn = str(scores_of(FOUND, ZONES))
    outside, _, qpv = drawn.partition("Quartier</text>")
    assert (outside.count("<rect"), qpv.count("<rect")) == (4, 2), (
        "who is of two zones stands in both"
    )
    assert "dernier lauréat : 16,00" in outside and "dernier lauréat" not in qpv
    assert ">16,00</text>" in drawn and ">20,00</text>" in drawn, "ticks are whole marks"
    assert "Notes de 4\u00a0dossiers" in drawn and "Quartier : aucun lauréat." in drawn
    assert "Hors &lt;centres&gt;" in drawn and "<centres>" not in drawn


def test_a_wave_without_a_dossier_is_drawn_empty() -> None:
    assert str(scores_of(list_of([ranking()]), ZONES)).count("aucun dossier</text>") == 2


def test_waves_are_drawn_one_after_the_other_once_a_dossier_is_registered() -> None:
    drawn = str(waves_picture([WaveBars("2020-4", 240, 75), WaveBars("2021-<1>", 60, None)]))
    assert drawn.count("<rect") == 3, "a wave without a list has no laureates to draw"
    assert "2020-4 : 240\u00a0dossiers, 75\u00a0lauréats" in drawn and "2021-&lt;1&gt;" in drawn
    heights = [float(found) for found in re.findall(r'height="([0-9.]+)"/>', drawn)]
    assert heights[0] == 4 * heights[2], "as many times as tall"
    assert str(waves_picture([WaveBars("2020-4", 0, None)])) == ""


def test_departments_are_added_up_by_their_region_of_today() -> None:
    shares = [
        {"name": "03", "before": 1, "laureates": 2, "ranked": 4},
        {"name": "63", "before": 0, "laureates": 1, "ranked": 1},
        {"name": "987", "before": 0, "laureates": 0, "ranked": 1},
    ]
    assert shares_by_region(shares, load_communes()) == [
        {"name": "84", "before": 1, "laureates": 3, "ranked": 5},
        {"name": "987", "before": 0, "laureates": 0, "ranked": 1},
    ]


def test_a_history_holds_what_each_service_tells_the_newest_first() -> None:
    at = "2021-01-0{}T10:00:00+01:00".format
    told = {"received_at": at(1), "since": at(4), "version": 2, "status": "laureate"}
    turn = {
        "at": at(3),
        "kind": "promoted",
        "outcome": "laureate",
        "reasons": [{"message": "Une place."}],
    }
    tranche = {"since": at(5), "number": 1, "state": "settled"}
    why = {"since": [turn], "grant": {"tranches": [tranche]}}
    line = {"read_at": at(2), "reader_id": "anna", "role": "reviewer"}
    found = history_of(told, why, {"intake": {"readings": [line]}, "funding": {"error": "unknown"}})
    assert [(one.what, one.more) for one in found] == [
        ("Tranche 1 : versée", ()),
        ("Lauréat", ()),
        ("Appelé depuis la liste d'attente : lauréat", ("Une place.",)),
        ("Textes, budget et fichiers : lu par une personne (évaluateur)", ()),
        ("Reçu, version 2", ()),
    ]


def test_a_list_is_shown_for_approval_only_where_all_was_told_of_the_list_that_is_signed() -> None:
    page, verified = {"digest": "a"}, {"digest": "a", "verified": True}
    assert is_of("a", page, page, verified), "the control"
    assert not is_of("b", page, page, verified), "the wave was told before the list changed"
    assert not is_of("a", page, {"digest": "b"}, verified), "it changed between two pages"
    assert not is_of("a", page, page, {"digest": "b"}), "the verifier looked at another list"


def test_comments_are_told_as_read_only_once_there_is_something_to_read() -> None:
    assert are_all_given({"submitted": ["anna", "karim"], "missing": 0})
    for lacking in (
        {"submitted": ["anna"], "missing": 1},
        {"submitted": [], "missing": 0},
        {"error": "x"},
    ):
        assert not are_all_given(lacking)


def test_a_day_that_the_platform_would_refuse_is_none() -> None:
    assert _day("2021-02-01") == date(2021, 2, 1)
    assert [_day(written) for written in ("1900-01-01", "9999-12-31", "hier", "")] == [None] * 4
