"""Operators on a running platform: they act by events, read by questions, always learn what came of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.service.money.bank_words import batch_entry, booked
from tests.submissions import candidature_id, submission
from tests.system.cli.conftest import Fabriques, Up, run_command
from tests.waiting import wait_until

OFFICER = ("--as", "durand", "--role", "director", "--reason", "Décision du comité")
ACCOUNTANT = ("--as", "durand", "--role", "accountant", "--reason", "Relevé lu")


@pytest.fixture(scope="module", autouse=True)
def durand(up: Up) -> None:
    """Registered by the two founders, whose keys `up` has made."""
    said = run_command(
        up.home, "people", "add", "durand", "--role", "director", "--role", "accountant"
    )
    assert said.endswith("durand: registered\n")


def written(folder: Path, body: dict[str, Any]) -> Path:
    path = folder / f"{body['candidature_id']}.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


@pytest.fixture
def registered(operator: Fabriques, tmp_path: Path) -> str:
    found, body = submission()
    assert operator("submit", written(tmp_path, body)).code == 0
    return found


def test_a_first_submission_is_registered_and_its_receipt_printed(
    operator: Fabriques, tmp_path: Path
) -> None:
    found, body = submission()
    said = operator("submit", written(tmp_path, body))
    assert said.code == 0, said.err
    assert "registered FABT-2020-4-" in said.out
    status = operator("status", found, "--json").data
    assert status["receipt_number"] in said.out


def test_the_same_file_again_keeps_its_receipt(operator: Fabriques, tmp_path: Path) -> None:
    found, body = submission()
    file = written(tmp_path, body)
    receipts = []
    for _ in range(3):
        said = operator("submit", file, "--json")
        assert said.code == 0
        receipts.append(said.data[0]["receipt_number"])
    assert len(set(receipts)) == 1
    assert operator("status", found, "--json").data["receipt_number"] == receipts[0]


def test_a_refusal_has_every_reason(operator: Fabriques, tmp_path: Path) -> None:
    _, body = submission(holder__siret="12345678901234", budget__requested_cents=[9_000_000, 1, 1])
    said = operator("submit", written(tmp_path, body))
    assert said.code == 1
    assert "refused" in said.out
    assert all(code in said.out for code in ("siret-invalid", "yearly-cap-exceeded"))


def test_the_places_that_wait_for_an_officer_are_listed_with_both_readings(
    operator: Fabriques, tmp_path: Path
) -> None:
    """69001 is the code of Affoux, and a postal code of Lyon."""
    found, body = submission(place__commune_code="69001", place__address="1 place des Terreaux")
    assert operator("submit", written(tmp_path, body)).code == 0
    waiting = until_listed(operator, found)
    told = [
        reason["message"] for reason in waiting["reasons"] if reason["code"] == "commune-doubtful"
    ]
    assert "Affoux" in told[0] and "Lyon (69123" in told[0]
    said = operator("eligibility", "instructions")
    assert said.code == 0 and found in said.out and "[commune-doubtful]" in said.out


def until_listed(operator: Fabriques, candidature_id: str) -> dict[str, Any]:
    def listed() -> dict[str, Any] | None:
        files = operator("eligibility", "instructions", "--json").data
        return next((file for file in files if file["candidature_id"] == candidature_id), None)

    return wait_until(listed, f"{candidature_id} is listed")


def test_many_files_are_answered_each(operator: Fabriques, tmp_path: Path) -> None:
    files = [written(tmp_path, submission()[1]) for _ in range(12)]
    said = operator("submit", *files, "--json")
    assert said.code == 0
    assert [row["result"] for row in said.data] == ["registered"] * 12
    assert len({row["receipt_number"] for row in said.data}) == 12


def test_another_id_for_the_same_project_gets_the_first_receipt(
    operator: Fabriques, tmp_path: Path
) -> None:
    _, body = submission()
    first = operator("submit", written(tmp_path, body), "--json").data[0]
    again = {**body, "candidature_id": candidature_id()}
    said = operator("submit", written(tmp_path, again), "--json")
    assert said.code == 0
    assert said.data[0]["result"] == "already-registered"
    assert first["receipt_number"] in json.dumps(said.data)


def test_the_rehearsal_time_is_refused_by_a_production_platform(
    operator: Fabriques, tmp_path: Path
) -> None:
    found, body = submission()
    said = operator(
        "submit",
        written(tmp_path, body),
        "--at",
        "2020-11-03T10:00:00+01:00",
        "--wait-seconds",
        "0.5",
    )
    assert (said.code, len(said.errors)) == (1, 1)
    assert "rehearsal platform" in said.err
    letters = operator("dead-letters", "list", "--service", "intake", "--json").data
    assert not any(found in letter["subject"] for letter in letters), "nothing was published"
    assert operator("status", found).code == 1


def test_a_refused_dossier_still_tells_why(operator: Fabriques, tmp_path: Path) -> None:
    found, body = submission(holder__siret="12345678901234")
    operator("submit", written(tmp_path, body))
    kept = operator("status", found, "--json").data
    assert kept["status"] == "refused"
    assert "siret-invalid" in [reason["code"] for reason in kept["reasons"]]
    assert "[siret-invalid]" in operator("status", found).out


def test_an_incomplete_dossier_tells_what_is_missing_and_is_not_refused_while_its_wave_is_open(
    operator: Fabriques, tmp_path: Path
) -> None:
    found, body = submission(project__governance=" ")
    assert "missing: " in operator("submit", written(tmp_path, body)).out
    assert "missing: governance" in operator("status", found).out
    summary = operator("status", "--json").data["services"]["intake"]["summary"]
    assert summary["pieces_requested"] > 0
    assert "incomplete-at-deadline" not in summary["refused"]


@pytest.mark.parametrize(
    "command", ["rank", "verify", "close", "report --out list.html", "simulate --policy", "approve"]
)
def test_a_wave_that_the_programme_has_not_is_named_with_those_it_has(
    operator: Fabriques, tmp_path: Path, command: str
) -> None:
    name, *options = command.split()
    options += [*OFFICER] if name == "approve" else []
    options += ["deploy/programmes/fabriques-de-territoire.toml"] if name == "simulate" else []
    said = operator("wave", name, "nope", *options)
    assert (said.code, said.errors) == (
        1, ["fabriques: the programme has no wave nope: it has 2020-4, 2021-1, 2021-2, 2021-3"]
    )  # fmt: skip


def test_waves_that_have_not_begun_are_to_come_and_show_their_last_day(operator: Fabriques) -> None:
    shown = operator("wave", "list").out
    waves = operator("wave", "list", "--json").data
    assert shown.count("to come") == 3
    assert waves[1]["deadline"][:10] not in shown.split("2021-1")[1].split("2021-2")[0]


def test_tables_show_words_not_data(operator: Fabriques) -> None:
    for line in ("payments list", "status", "wave rank 2020-4", "dead-letters list"):
        shown = operator(*line.split()).out
        assert not any(raw in shown for raw in ("{", "[]", "cents", "None")), shown


def test_status_shows_every_service_and_wave(operator: Fabriques, up: Up) -> None:
    said = operator("status", "--json")
    assert said.code == 0, said.out
    assert said.data["nats_url"] == up.record.nats_url
    assert set(said.data["services"]) == {"intake", "eligibility", "funding", "notify", "keeper"}
    assert [wave["wave"] for wave in said.data["waves"]] == ["2020-4", "2021-1", "2021-2", "2021-3"]
    assert "2020-4" in operator("status").out


def test_why_tells_where_a_dossier_stands(operator: Fabriques, registered: str) -> None:
    said = operator("why", registered, "--json")
    assert said.code == 0
    assert said.data["dossier"]["candidature_id"] == registered
    assert registered in operator("why", registered).out


def test_a_receipt_number_names_a_dossier_wherever_its_id_does(
    operator: Fabriques, registered: str
) -> None:
    receipt = operator("status", registered, "--json").data["receipt_number"]
    assert (
        operator("status", receipt, "--json").data == operator("status", registered, "--json").data
    )

    def explained() -> dict[str, Any] | None:
        told = operator("why", receipt, "--json").data
        return None if "error" in told["explanation"] else dict(told)

    why = wait_until(explained, "funding knows the dossier")
    assert why["dossier"]["candidature_id"] == why["explanation"]["candidature_id"] == registered
    named = ("territory.decided", f"candidature_id={receipt}", 'zones=["outside-urban"]')
    assert registered in operator("act", *named, *OFFICER).out
    unknown = operator("act", named[0], "candidature_id=FABT-2020-4-99999", named[2], *OFFICER)
    assert unknown.code == 1
    assert unknown.errors == [
        "fabriques: no dossier has the receipt FABT-2020-4-99999: `fabriques find` looks for others"
    ]


def test_an_unknown_dossier_is_one_line(operator: Fabriques) -> None:
    for command in ("status", "why"):
        said = operator(command, candidature_id())
        assert (said.code, len(said.errors)) == (1, 1)


def test_rank_tells_what_is_missing(operator: Fabriques, registered: str) -> None:
    said = operator("wave", "rank", "2020-4")
    assert said.code == 1
    assert "open" in said.out
    assert (
        operator("wave", "approve", "2020-4", *OFFICER).errors[0].endswith("tells what is missing")
    )


def test_nobody_closes_a_wave_before_its_deadline(operator: Fabriques) -> None:
    said = operator("wave", "close", "2020-4")
    assert said.code == 1
    assert "never cut short" in said.err


def test_a_wave_is_extended_by_an_event(operator: Fabriques) -> None:
    before = operator("wave", "list", "--json").data[0]["deadline"]
    said = operator("wave", "extend", "2020-4", "--closes-on", "2098-12-31", *OFFICER, "--json")
    assert said.code == 0, said.err
    assert said.data["deadline"] > before
    assert operator("wave", "list", "--json").data[0]["deadline"].startswith("2099-01-01T00:00:00")


def test_a_wave_that_is_open_is_not_reopened(operator: Fabriques) -> None:
    said = operator("wave", "reopen", "2020-4", "--closes-on", "2099-12-31", *OFFICER)
    assert said.errors == ["fabriques: intake refused: wave 2020-4 is open"]
    letter = operator("dead-letters", "list", "--json").data[-1]
    why = ("--as", "moreau", "--reason", "saisie par erreur")
    assert operator("dead-letters", "discard", letter["letter_id"], *why).code == 0


def test_a_refused_decision_says_why_and_leaves_a_dead_letter_until_it_is_discarded(
    operator: Fabriques, up: Up
) -> None:
    said = operator("wave", "extend", "2020-4", "--closes-on", "2001-01-01", *OFFICER)
    assert said.code == 1
    assert said.errors == [
        "fabriques: intake refused: an extension cannot bring the deadline forward"
    ]
    letter = operator("dead-letters", "list", "--json").data[-1]
    shown = operator("dead-letters", "show", letter["letter_id"], "--json").data
    assert shown["event"]["subject"].endswith("backoffice.officers.wave.extended.v1.2020-4")
    assert "body" not in shown["event"], (
        "a body may hold personal data: it is shown only when asked for"
    )
    assert "durand" in operator("dead-letters", "show", letter["letter_id"], "--body").out

    again = operator("dead-letters", "retry", letter["letter_id"], "--as", "moreau")
    assert again.code == 1, "what was wrong is still wrong"
    assert "cannot bring the deadline forward" in again.out
    assert letter["letter_id"] in operator("dead-letters", "list").out

    why = ("--as", "moreau", "--reason", "saisie par erreur")
    assert operator("dead-letters", "discard", letter["letter_id"], *why).code == 0
    assert letter["letter_id"] not in operator("dead-letters", "list").out
    kept = operator("dead-letters", "show", letter["letter_id"], "--json").data
    assert (kept["redriven"]["by"], kept["redriven"]["result"]) == ("moreau", "dead-lettered")
    assert (kept["discarded"]["by"], kept["discarded"]["reason"]) == ("moreau", "saisie par erreur")
    assert operator("audit", "verify").code == 0, "a letter that is dealt with stays in the log"


def test_any_decision_of_an_officer_can_be_published(operator: Fabriques, registered: str) -> None:
    said = operator(
        "act",
        "territory.decided",
        f"candidature_id={registered}",
        'zones=["qpv"]',
        *OFFICER,
        "--json",
    )
    assert said.code == 0, said.err
    [verdict] = said.data["verdicts"]
    assert (verdict["service"], verdict["changed"]) == ("eligibility", True)


def test_a_holder_knows_before_filing(operator: Fabriques, tmp_path: Path) -> None:
    by_options = operator(
        "eligibility",
        "check",
        "--commune",
        "03310",
        "--latitude",
        "46.12",
        "--longitude",
        "3.42",
        "--json",
    )
    by_file = operator("eligibility", "check", written(tmp_path, submission()[1]), "--json")
    assert by_options.code == by_file.code == 0
    assert by_options.data["eligible"]
    found = by_file.data
    counter = found.pop("counter")
    assert found == by_options.data
    assert (counter["would_be"], counter["reasons"], counter["missing"]) == ("registered", [], [])
    assert operator("status", "--json").data["services"]["intake"]["ready"]
    assert "say where" in operator("eligibility", "check").err


@pytest.mark.parametrize("place", [None, {"latitude": 999, "commune_code": "03310"}])
def test_a_dry_run_tells_the_wrong_form_and_the_wrong_rules_together(
    operator: Fabriques, tmp_path: Path, place: dict[str, Any] | None
) -> None:
    _, body = submission(holder__siret="12345678901234")
    body = {name: value for name, value in body.items() if name != "place"}
    if place:
        body["place"] = place
    file = written(tmp_path, body)
    said = operator("eligibility", "check", file, "--json")
    codes = [reason["code"] for reason in said.data["counter"]["reasons"]]
    assert said.code == 0 and codes[-1] == "siret-invalid" and len(codes) > 1
    shown = operator("eligibility", "check", file).out
    assert "refused" in shown and "[siret-invalid]" in shown and "place" in shown


def test_a_file_that_is_registered_is_foreseen_as_its_retry_would_be_answered(
    operator: Fabriques, tmp_path: Path
) -> None:
    _, body = submission()
    file = written(tmp_path, body)
    operator("submit", file)
    counter = operator("eligibility", "check", file, "--json").data["counter"]
    assert (counter["would_be"], counter["reasons"]) == ("registered", [])


def test_nothing_is_due_and_nothing_is_paid_before_anything_is_awarded(
    operator: Fabriques, tmp_path: Path
) -> None:
    due = operator("tranches", "publish", "--as-of", "2031-01-01", "--dry-run", "--json")
    assert (due.code, due.data["due"], due.data["ordered"]) == (0, 0, 0)
    early = operator("tranches", "publish", "--as-of", "2099-01-01")
    assert (early.code, len(early.errors)) == (1, 1) and "2099-01-01 is to come" in early.err
    assert (
        operator("tranches", "publish", "--as-of", "2099-01-01", "--ahead", "--json").data[
            "published"
        ]
        == 0
    )
    assert operator("payments", "verify").code == 0
    assert "nothing to pay" in operator("payments", "approve", *OFFICER).err
    assert "nothing new to export" in operator("payments", "export", "--as", "comptable-1").err


def test_a_bank_file_that_is_none_is_refused_in_one_line(
    operator: Fabriques, tmp_path: Path
) -> None:
    file = tmp_path / "bank.xml"
    file.write_text("<Document/>", encoding="utf-8")
    said = operator("payments", "import", file, *ACCOUNTANT)
    assert (said.code, len(said.errors)) == (1, 1)
    assert "bank.xml" in said.err


def test_an_import_says_what_came_of_it_and_ends_with_1_when_a_line_waits_for_a_person(
    operator: Fabriques, tmp_path: Path
) -> None:
    file = tmp_path / "statement.xml"
    file.write_bytes(booked(batch_entry("SALAIRES-02", 3, 15_000_000)))
    said = operator("payments", "import", file, *ACCOUNTANT, "--each", "--json")
    [row] = said.data
    assert (said.code, row["lines"], row["orders"], row["transfers"]) == (1, {"settled": 1}, {}, [])
    [line] = row["to_examine"]
    assert line["kind"] == "unknown-file" and "Stmt[1]/Ntry[1]/TxDtls[1]" in line["detail"]
    shown = operator("payments", "import", file, *ACCOUNTANT)
    assert (shown.code, "unknown-file" in shown.out) == (1, True)
    looked = [f"{name}={line[name]}" for name in ("statement_id", "part", "line")]
    act = operator("act", "bank-line.examined", *looked, *ACCOUNTANT)
    assert act.code == 0, act.err
    assert operator("payments", "import", file, *ACCOUNTANT).code == 0
