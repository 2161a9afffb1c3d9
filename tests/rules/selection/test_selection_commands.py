"""The command on plain files, the explanations, the comparison and the page."""

import json
from dataclasses import asdict
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from services.funding.domain.selection.allocation import allocate
from services.funding.domain.selection.explanation import NotInThisWave, explain
from services.funding.domain.selection.simulation import simulate
from services.funding.domain.selection.thresholds import score_needed
from services.funding.tools.selection.commands import app
from services.funding.tools.selection.report import WaveSheet, render_report
from tests.rules.selection.small_waves import POLICY, dossier, wave

runner = CliRunner()
WAVE = wave(
    dossier("a", 1900),
    dossier("b", 1800, "qpv"),
    dossier("c", 1700, "qpv"),
    dossier("d", 900),
    urban=1,
    qpv=1,
)


def run(*arguments):
    return runner.invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def written(tmp_path):
    (tmp_path / "in.json").write_text(json.dumps(asdict(WAVE)))
    (tmp_path / "out.json").write_text(run("solve", tmp_path / "in.json", "--json").stdout)
    return tmp_path / "in.json", tmp_path / "out.json"


def change(path, alter):
    content = json.loads(path.read_text())
    alter(content)
    path.write_text(json.dumps(content))


def test_given_a_wave_when_it_is_solved_then_its_list_verifies(written):
    solved = json.loads(written[1].read_text())

    assert [(e["id"], e["outcome"], e["zone"]) for e in solved["ranking"]] == [
        ("a", "laureate", "outside-urban"),
        ("b", "laureate", "qpv"),
        ("c", "waitlisted", None),
        ("d", "declined", None),
    ]
    assert len(solved["digest"]) == 64
    assert run("verify", *written).exit_code == 0
    assert json.loads(run("verify", *written, "--json").stdout) == {"valid": True, "violations": []}


def test_given_a_list_with_the_least_fields_then_it_verifies_as_well(written):
    def least(content):
        for extra in ("inputs_digest", "policy_digest"):
            del content[extra]
        for entry in content["ranking"]:
            del entry["score"], entry["tie_break"]

    change(written[1], least)

    assert run("verify", *written).exit_code == 0


def test_given_an_altered_list_then_the_exit_is_1_and_the_property_is_named(written):
    change(
        written[1], lambda content: content["ranking"][0]["awarded_cents"].__setitem__(0, 5_000_001)
    )

    said = run("verify", *written)
    found = json.loads(run("verify", *written, "--json").stdout)

    assert said.exit_code == 1
    assert "amounts: a:" in said.stdout
    assert not found["valid"]
    assert "amounts" in {violation["property"] for violation in found["violations"]}


def test_given_a_wrong_file_then_one_line_lists_every_mistake(written):
    def spoil(content):
        content["candidatures"][0]["score"] = 14.5
        content["candidatures"][1]["requested_cents"] = []
        content["policy"]["when_short_of_money"] = "borrow"
        content["unheard_of"] = 1

    change(written[0], spoil)
    said = run("solve", written[0])

    assert said.exit_code == 2
    assert len(said.stderr.splitlines()) == 1
    for place in (
        "candidatures.0.score",
        "candidatures.1.requested_cents",
        "when_short_of_money",
        "unheard_of",
    ):
        assert place in said.stderr


def test_given_contradictions_then_each_is_named(written):
    def spoil(content):
        content["policy"] |= {"floor_cents": 16_000_000, "tie_break": ["novelty", "novelty"]}
        content["candidatures"][0]["zones"] = ["moon"]
        content["candidatures"][1]["id"] = "c"

    change(written[0], spoil)
    said = run("solve", written[0])

    assert said.exit_code == 2
    for mistake in (
        "above ceiling_cents",
        "a key is given twice",
        "moon has no quota",
        "c is given 2",
        "no mark for",
    ):
        assert mistake in said.stderr


@pytest.mark.parametrize("content", [None, "", "{", "[]", "null", '{"policy": NaN}', "\x00"])
def test_given_a_file_that_is_missing_or_not_a_wave_then_there_is_one_line_and_no_traceback(
    tmp_path, content
):
    path = tmp_path / "in.json"
    if content is not None:
        path.write_text(content)

    said = run("solve", path, "--json")

    assert (said.exit_code, said.stdout, len(said.stderr.splitlines())) == (2, "", 1)


def test_given_three_zones_then_the_file_is_solved_with_them(written):
    def third(content):
        content["quotas_left"] = {"outside-urban": 0, "qpv": 1, "mountain": 1}
        content["candidatures"][0]["zones"] = ["qpv", "mountain"]

    change(written[0], third)
    solved = json.loads(run("solve", written[0], "--json").stdout)

    assert [entry["zone"] for entry in solved["ranking"][:2]] == ["mountain", "qpv"]


def test_given_a_waiting_dossier_then_why_says_the_rule_the_cut_off_and_the_points_missing(written):
    explanation = explain(WAVE, allocate(WAVE), "c")

    assert (explanation.rank, explanation.score_needed, explanation.points_missing) == (
        3,
        1801,
        101,
    )
    assert [reason.code for reason in explanation.reasons] == ["quota-full"]
    assert "1,01 de plus" in run("why", written[0], "c").stdout
    assert json.loads(run("why", written[0], "c", "--json").stdout)["points_missing"] == 101
    assert run("why", written[0], "nobody").exit_code == 1
    with pytest.raises(NotInThisWave, match="nobody"):
        explain(WAVE, allocate(WAVE), "nobody")


def test_given_the_score_needed_then_it_is_enough_and_one_hundredth_less_is_not():
    for name in ("c", "d"):
        candidate = next(c for c in WAVE.candidatures if c.id == name)
        needed = score_needed(WAVE, candidate)

        def outcome(score, name=name):
            moved = [
                dossier(c.id, score if c.id == name else c.score, *c.zones)
                for c in WAVE.candidatures
            ]
            return explain(tried := wave(*moved, urban=1, qpv=1), allocate(tried), name).outcome

        assert (outcome(needed), outcome(needed - 1) == "laureate") == ("laureate", False)


def test_given_a_laureate_then_nothing_needed_to_change():
    assert explain(WAVE, allocate(WAVE), "a").changes == ()


def test_given_a_tie_with_the_last_laureate_then_why_says_what_told_them_apart():
    tied = wave(dossier("a", 1500), dossier("b", 1500, criteria={"ambition": 200}), urban=1, qpv=0)

    assert "ambition" in explain(tied, allocate(tied), "b").tie


def test_given_another_policy_then_the_comparison_says_who_moves_and_what_it_costs(written):
    policy = asdict(POLICY) | {"laureates_max": 1}
    written[0].with_name("policy.json").write_text(json.dumps(policy))

    said = run("simulate", written[0], "--policy", written[0].with_name("policy.json"), "--json")
    compared = json.loads(said.stdout)

    assert [change["id"] for change in compared["leaves"]] == ["b"]
    assert (compared["enters"], compared["cost_cents"]) == ([], -15_000_000)
    assert simulate(WAVE, POLICY).cost_cents == 0


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def test_given_waves_then_the_page_stands_alone_and_can_be_read_without_seeing_it(written):
    named = WaveSheet("2021-1", WAVE, allocate(WAVE), {"a": "<script>alert(1)</script>"})
    html = render_report("Fabriques", [WaveSheet("2020-4", WAVE, allocate(WAVE)), named])
    page = Page(html)
    tags = [tag for tag, _ in page.tags]

    assert "script" not in tags
    assert all(
        value.startswith("#")
        for _, given in page.tags
        for key, value in given.items()
        if key in ("src", "href")
    )
    assert ("html", {"lang": "fr"}) in page.tags
    assert tags.count("h1") == 1 and tags.count("table") == tags.count("caption") == 5
    assert all("scope" in given for tag, given in page.tags if tag == "th")
    assert all(
        given["role"] == "img" and given["aria-labelledby"]
        for tag, given in page.tags
        if tag == "svg"
    )
    ids = [given["id"] for _, given in page.tags if "id" in given]
    assert len(ids) == len(set(ids))
    assert run("report", written[0], "--out", written[0].with_name("r.html")).exit_code == 0
    assert run("report", written[0], "--out", written[0].with_name("no") / "r.html").exit_code == 2
