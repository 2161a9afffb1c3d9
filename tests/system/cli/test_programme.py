"""A call is checked, shown, begun and compared as a file, before any platform runs it."""

import json
from datetime import date
from pathlib import Path

import pytest

from deploy.cli.programme.difference import difference_of
from deploy.cli.programme.page import page_of
from deploy.cli.programme.touches import part_of
from deploy.local.home.programme_copy import SHIPPED
from shared.programme import Programme, load_programme
from tests.system.cli.conftest import Fabriques

TEXT = SHIPPED.read_text(encoding="utf-8")
ANSWERS = {
    "name": "Lieux « 2026 »",
    "id": "lieux-2026",
    "prefix": "LIEUX",
    "contact": "lieux@example.org",
    "envelope": "1000000",
    "floor": "20000",
    "ceiling": "50000",
    "years": "2",
    "places": "outside-urban=20,qpv=10",
    "opens-on": "2026-03-01",
    "closes-on": "2026-05-31",
}


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / "changed.toml"
    file.write_text(text, encoding="utf-8")
    return file


def options(**other: str) -> list[str]:
    given = ANSWERS | other
    return [word for name, value in given.items() for word in (f"--{name}", value)]


def test_check_tells_every_mistake_at_once_with_its_line(
    fabriques: Fabriques, tmp_path: Path
) -> None:
    wrong = changed(
        tmp_path, ("years = 3", "years = 9"), ("M02606", "M02607"), ("near_metres", "near_meters")
    )
    said = fabriques("programme", "check", wrong)
    assert said.code == 1
    assert len(said.errors) == 4, "a wrong name is one that is missing and one that is unknown"
    told = fabriques("programme", "check", wrong, "--json")
    assert told.code == 1 and told.data["valid"] is False
    lines = wrong.read_text(encoding="utf-8").splitlines()
    on_their_lines = {lines[one["line"] - 1].split(" ")[0] for one in told.data["mistakes"]}
    assert on_their_lines == {"years", "debtor_iban", "near_meters", "[territory]"}


def test_check_tells_the_line_of_what_is_no_toml(fabriques: Fabriques, tmp_path: Path) -> None:
    broken = changed(tmp_path, ("years = 3", "years = "))
    [mistake] = fabriques("programme", "check", broken, "--json").data["mistakes"]
    assert (
        broken.read_text(encoding="utf-8").splitlines()[mistake["line"] - 1].startswith("years =")
    )


def test_check_of_a_right_file_says_what_is_still_to_be_filled_in(fabriques: Fabriques) -> None:
    said = fabriques("programme", "check", SHIPPED, "--json")
    assert (said.code, said.data["valid"]) == (0, True)
    assert "authority.signatory_name" in {one["place"] for one in said.data["remarks"]}


def test_a_call_that_promises_more_places_than_its_money_and_waves_give_is_remarked(
    fabriques: Fabriques, tmp_path: Path
) -> None:
    poor = changed(
        tmp_path, ("4_500_000_000", "450_000_000"), ("laureates_max = 75", "laureates_max = 7")
    )
    said = fabriques("programme", "check", poor, "--json")
    assert {"envelope_cents", "selection.laureates_max"} <= {
        one["place"] for one in said.data["remarks"]
    }


def test_the_page_shows_the_call_as_people_will_read_it(
    fabriques: Fabriques, tmp_path: Path
) -> None:
    page = tmp_path / "call.html"
    said = fabriques("programme", "show", SHIPPED, "--out", page)
    assert said.code == 0 and "2021-3" in said.out
    text = page.read_text(encoding="utf-8").replace("\u00a0", " ").replace("\u202f", " ")
    programme = load_programme(SHIPPED)
    guides = [sentence for criterion in programme.criteria for sentence in criterion.guide]
    expected = (
        "30 décembre 2020",
        "75 000 € à 150 000 €",
        "14 février 2022",
        "Fondation",
        "10 ans",
    )
    shown = text.replace("&#39;", "'")
    assert [one for one in (*expected, *guides) if one not in shown] == []
    assert "http" not in text, "it needs no other file"


def test_a_page_escapes_what_a_file_says() -> None:
    programme = load_programme(SHIPPED)
    named = programme.model_copy(update={"name": "<script>"})
    assert "<script>" not in page_of(named)


def test_a_new_file_passes_its_check_and_is_never_written_over(
    fabriques: Fabriques, tmp_path: Path
) -> None:
    file = tmp_path / "new.toml"
    assert fabriques("programme", "new", file, *options()).code == 0
    programme = load_programme(file)
    assert (programme.name, programme.award.yearly_cap_cents) == ("Lieux « 2026 »", 2_500_000)
    assert programme.waves[0].closes_on == date(2026, 5, 31)
    before = file.read_bytes()
    again = fabriques("programme", "new", file, *options(name="Other"))
    assert again.code == 1 and "is there already" in again.err
    assert file.read_bytes() == before


def test_wrong_answers_are_told_at_once_and_nothing_is_written(
    fabriques: Fabriques, tmp_path: Path
) -> None:
    file = tmp_path / "new.toml"
    said = fabriques(
        "programme", "new", file, *options(prefix="lieux", contact="nobody", floor="60000")
    )
    assert said.code == 1 and not file.exists()
    assert [
        place for place in ("receipt_prefix", "contact", "award") if place not in said.err
    ] == []


def test_what_no_option_gives_is_asked_for(
    fabriques: Fabriques, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return "Asked for"

    monkeypatch.setattr("typer._click.termui.visible_prompt_func", answer)
    without_name = options()[2:]
    file = tmp_path / "new.toml"
    assert fabriques("programme", "new", file, *without_name).code == 0
    assert (len(asked), load_programme(file).name) == (1, "Asked for")


DIFFERENCES = [
    ("quotas", "qpv = 150", "qpv = 140", True),
    ("waves", "closes_on = 2021-09-30", "closes_on = 2021-09-29", True),
    ("name", '"Fabriques de Territoire"\nreceipt', '"Fabriques"\nreceipt', False),
    ("intake.silence_months", "silence_months = 2", "silence_months = 3", False),
]


@pytest.mark.parametrize(("part", "old", "new", "refused"), DIFFERENCES)
def test_a_change_is_told_with_what_it_touches_and_whether_a_platform_takes_it(
    fabriques: Fabriques, tmp_path: Path, part: str, old: str, new: str, refused: bool
) -> None:
    other = changed(tmp_path, (old, new))
    said = fabriques("programme", "diff", SHIPPED, other, "--json")
    assert said.code == int(refused)
    assert [touched["part"] for touched in said.data["touched"]] == [part]
    assert bool(said.data["refused"]) is refused
    told = fabriques("programme", "diff", SHIPPED, other)
    assert told.code == int(refused) and part in told.out


def test_promised_days_that_move_are_named_each() -> None:
    now = load_programme(SHIPPED)
    later = now.model_copy(update={"intake": now.intake.model_copy(update={"silence_months": 3})})
    days = difference_of(SHIPPED, now, later).days
    assert (days[0].before, days[0].after) == (date(2021, 2, 28), date(2021, 3, 30))
    assert len(days) == len(now.waves)


def test_a_file_is_no_different_from_itself(fabriques: Fabriques) -> None:
    assert fabriques("programme", "diff", SHIPPED, SHIPPED).out.startswith("Both say the same.")


def test_every_part_of_a_programme_has_words_for_what_its_change_does() -> None:
    assert {part_of(name) for name in Programme.model_fields} == set(Programme.model_fields)


def test_the_mistakes_of_both_files_are_told(fabriques: Fabriques, tmp_path: Path) -> None:
    wrong = changed(tmp_path, ("years = 3", "years = 9"))
    said = fabriques("programme", "diff", tmp_path / "absent.toml", wrong)
    assert said.code == 1 and len(said.errors) == 2
    assert json.loads(fabriques("programme", "diff", wrong, wrong, "--json").err)["error"]
