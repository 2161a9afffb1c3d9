"""docs/front-ends.md is true: its tables are the contract's, its codes the code's, and its programs run."""

import ast
import asyncio
import base64
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nats.js.errors import APIError

from deploy.local.running.platform import LocalPlatform
from services.eligibility.domain.territory.sentences import FAULTS
from services.funding.bank.sealing import SealingKey
from shared.contract.answers import Answer
from shared.contract.documents import example_of
from shared.contract.event import EVENTS, Event
from shared.contract.front_ends import KINDS, facts_of
from shared.contract.frontdesk import CandidatureSubmitted, WithdrawalRequested
from shared.contract.subjects import subject_pattern
from shared.kit.bus.connection import connect
from shared.kit.bus.log_places import message_at
from shared.kit.strict_json import FRENCH
from tests.people import key_of
from tests.submissions import submission
from tests.system.cli.conftest import run_command
from tests.system.readme.conftest import ROOT, SMALL, adapted, run

PAGE = (ROOT / "docs" / "front-ends.md").read_text(encoding="utf-8")
ID = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
ACTOR = {"actor": {"id": "durand", "role": "director"}, "reason": "selon le dossier"}
# Reasons written for others than front-ends: commands that print them, files, operators, notify's own log.
NOT_TOLD = {
    "shared/bank/answers.py",
    "services/funding/bank/checks.py",
    "services/funding/bank/pain001.py",
    "services/funding/bank/pain001_reading.py",
    "shared/bank/reading.py",
    "services/funding/tools/open_data/scdl.py",
    "services/notify/domain/sentences.py",
    "shared/kit/consumer/operator_acts.py",
}
NOT_ASKED = {
    "shared/kit/consumer/dead_letters.py",
    "shared/kit/logs/console.py",
}  # operators' questions; colours


def part(begins: str, ends: str) -> str:
    """What stands between a line that begins so and the next one of its kind."""
    found = re.search(rf"^{begins}.*?(?=^{ends}|\Z)", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert found, begins
    return found.group()


def section(title: str) -> str:
    return part(f"## {title}", "## ")


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def told_facts(kind: str) -> dict[str, list[str]]:
    """The rows of a kind's table by event type."""
    publisher = {"officers": "backoffice"}.get(kind, "frontdesk")
    found = {}
    for row in rows(part(rf"\*\*{kind.capitalize()}", r"\*\*"))[1:]:
        words = row[0].strip("` ").split()
        found[f"{words[0] if words[1:] else publisher}.{words[-1]}.v1"] = row
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_lists_every_fact_a_front_end_may_publish_and_no_other(kind: str) -> None:
    assert sorted(told_facts(kind)) == sorted(event.event_type() for event in facts_of(kind))


@pytest.mark.parametrize(
    ("kind", "event"), [(kind, event) for kind in KINDS for event in facts_of(kind)]
)
def test_every_example_body_is_one_the_platform_reads(kind: str, event: type[Event]) -> None:
    row = told_facts(kind)[event.event_type()]
    signs = kind in ("officers", "association")
    cell = row[-1] if signs else row[1]
    if event is CandidatureSubmitted:
        body = json.loads((ROOT / "docs" / "first-candidature.json").read_text(encoding="utf-8"))
    else:
        body = filled(cell.strip("` "), ACTOR if signs else {})
    event.model_validate_json(json.dumps(body), strict=True)
    if signs:
        assert row[1].strip() == event.dossier_field


def filled(example: str, more: dict[str, Any]) -> dict[str, Any]:
    """The body with what its capital words stand for."""
    key = base64.b64encode(bytes(key_of("durand").verify_key)).decode()
    said = (
        example.replace('"ID', f'"{ID}')
        .replace('"DIGEST"', f'"{"0" * 64}"')
        .replace('"KEY"', f'"{key}"')
    )
    body: dict[str, Any] = json.loads(said) | more
    if body.get("submission") == "FILE":
        body["submission"] = example_of(CandidatureSubmitted)
    return body


def test_the_page_lists_every_answer_a_front_end_hears() -> None:
    answers = {event.verb for event in EVENTS.values() if issubclass(event, Answer)}
    assert {row[0].strip("` ") for row in rows(section("The answers"))[1:]} == answers


def test_the_page_lists_every_reason_code_a_front_end_is_told_and_no_other() -> None:
    listed = {
        code
        for row in rows(section("Reason codes"))[1:]
        for code in re.findall(r"`([a-z0-9-]+)`", row[1])
    }
    sources = {
        path.relative_to(ROOT).as_posix(): path
        for top in ("services", "shared")
        for path in python_in(top)
    }
    found: set[str] = {kind.replace("_", "-") for kind in FRENCH} | {
        f"coordinates-{fault}" for fault in FAULTS
    }
    for name, path in sources.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if name not in NOT_TOLD:
            found |= reason_codes(tree)
        if name not in NOT_ASKED:
            found |= error_codes(tree)
    assert (sorted(found - listed), sorted(listed - found)) == ([], [])


def python_in(top: str) -> Iterator[Path]:
    yield from (ROOT / top).rglob("*.py")


def reason_codes(tree: ast.Module) -> set[str]:
    """The codes in calls of `Reason` and `Ground`, or of a function that hands its argument on as one."""
    makers = {"Reason": 0, "Ground": 0} | {
        node.name: place
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for place, argument in enumerate(node.args.args)
        if argument.arg == "code" and any(is_reason(call) for call in ast.walk(node))
    }
    found: set[str] = set()
    for call in ast.walk(tree):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id in makers
        ):
            place = makers[call.func.id]
            given = [word.value for word in call.keywords if word.arg == "code"] or call.args[
                place : place + 1
            ]
            found |= {str(code.value) for code in given if isinstance(code, ast.Constant)}
    return found


def is_reason(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason"
    )


def error_codes(tree: ast.Module) -> set[str]:
    """The refusals of questions: `{"error": code, …}`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Dict):
            continue
        for key, value in zip(node.keys, node.values, strict=True):
            if (
                isinstance(key, ast.Constant)
                and key.value == "error"
                and isinstance(value, ast.Constant)
            ):
                found.add(str(value.value))
    return found


def test_a_code_that_the_page_lacks_is_found() -> None:
    """The control: both ways to write one."""
    made = 'Reason(code="a")\ndef no(code, m):\n    return Reason(code=code, message=m)\nno("b", "…")\n'
    assert reason_codes(ast.parse(made)) == {"a", "b"}
    assert reason_codes(ast.parse('Ground(code="d")')) == {"d"}
    assert error_codes(ast.parse('{"error": "c", "message": "…"}')) == {"c"}


def programs(language: str, comment: str, platform: LocalPlatform, folder: Path) -> Path:
    """The page's files of this language, on the port and the keys of this test."""
    sources = re.findall(rf"```{language}\n{comment} (\S+)\n(.*?)```", PAGE, flags=re.DOTALL)
    example = ROOT / "docs" / "first-candidature.json"
    assert len(sources) == 4
    for name, source in sources:
        here = adapted(source, platform).replace(
            "docs/first-candidature.json", str(own_file(example, folder))
        )
        here = here.replace("anna", "durand")  # who reviews here
        (folder / name).write_text(here, encoding="utf-8")
    return folder


def own_file(example: Path, folder: Path) -> Path:
    """Another holder's file than the example's: each language submits a project of its own."""
    body = json.loads(example.read_text(encoding="utf-8"))
    body["holder"]["siret"] = submission()[1]["holder"]["siret"]
    own = folder / "file.json"
    own.write_text(json.dumps(body), encoding="utf-8")
    return own


@pytest.fixture(scope="module")
def python_programs(
    platform: LocalPlatform, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    return sys.executable, programs("python", "#", platform, tmp_path_factory.mktemp("python"))


@pytest.fixture(scope="module")
def node_programs(platform: LocalPlatform, node: tuple[str, Path]) -> tuple[str, Path]:
    interpreter, folder = node
    return interpreter, programs("js", "//", platform, folder)


@pytest.mark.parametrize(
    ("written_in", "program"), [("python_programs", "holder.py"), ("node_programs", "holder.mjs")]
)
async def test_a_holder_is_registered_seals_an_account_and_withdraws(
    platform: LocalPlatform, request: pytest.FixtureRequest, written_in: str, program: str
) -> None:
    interpreter, folder = request.getfixturevalue(written_in)
    heard = (await asyncio.to_thread(run, [interpreter, program], folder)).splitlines()
    assert [line.split(".")[3] for line in heard] == ["registered", "withdrawn"]
    dossier = heard[0].split()[0].rpartition(".")[2]
    details = SealingKey.load(platform.settings.home / "keys" / "funding-sealing.nk").unseal(
        await sealed(platform), datetime.now(UTC)
    )
    assert details.account_holder == "La Passerelle"
    assert json.loads(heard[0].partition(" ")[2])["candidature_id"] == dossier


async def sealed(platform: LocalPlatform) -> str:
    """What was last said of an account."""
    client = await connect(platform.settings, "provisioner")
    try:
        end = (await client.jetstream().stream_info("BANKING_HOLDERS")).state.last_seq
        found = await message_at(client, "BANKING_HOLDERS", end)
        assert found
        return str(json.loads(found.body)["sealed"])
    finally:
        await client.close()


@pytest.mark.parametrize(
    ("written_in", "program"), [("python_programs", "officer.py"), ("node_programs", "officer.mjs")]
)
def test_an_officers_act_is_signed_and_what_came_of_it_is_told(
    request: pytest.FixtureRequest, written_in: str, program: str
) -> None:
    interpreter, folder = request.getfixturevalue(written_in)
    answer = json.loads(run([interpreter, program], folder))
    assert (answer["decided"], answer["result"], answer["reasons"]) == (True, "extended", [])


@pytest.mark.parametrize(
    ("written_in", "program"),
    [("python_programs", "reviewer.py"), ("node_programs", "reviewer.mjs")],
)
async def test_a_reviewer_reads_what_they_were_asked_to_and_gives_their_marks(
    platform: LocalPlatform, request: pytest.FixtureRequest, written_in: str, program: str
) -> None:
    interpreter, folder = request.getfixturevalue(written_in)
    dossier, body = submission()
    client = await connect(platform.settings, "holders")
    subject = subject_pattern("fabriques", CandidatureSubmitted, dossier)
    await client.jetstream().publish(subject, json.dumps(body).encode())
    await client.close()
    home = platform.settings.home
    assign = (
        "act",
        "review.assigned",
        f"candidature_id={dossier}",
        "reviewer_id=durand",
        "--reason",
        "Avis.",
    )
    await asyncio.to_thread(run_command, home, *assign, "--reason", "Avis.")
    read = await asyncio.to_thread(run, [interpreter, program], folder)
    assert read == f"{dossier} {body['place']['name']} {body['project']['summary']}\n"
    lines = json.loads(await asyncio.to_thread(run_command, home, "readings", dossier, "--json"))
    assert [(line["reader_id"], line["role"], line["what"]) for line in lines] == [
        ("durand", "reviewer", "texts and budget")
    ]


async def test_what_is_too_large_or_above_the_quota_is_refused_with_the_codes_of_the_page(
    platform: LocalPlatform,
) -> None:
    client = await connect(platform.settings, SMALL.name)
    subject = subject_pattern("fabriques", WithdrawalRequested, ID)
    try:
        with pytest.raises(APIError) as too_large:
            await client.jetstream().publish(subject, b" " * 1_000_001)
        await client.jetstream().publish(subject, b" " * 40_000)
        with pytest.raises(APIError) as too_much:
            await client.jetstream().publish(subject, b" " * 40_000)
    finally:
        await client.close()
    assert f"error {too_large.value.err_code}" in PAGE
    assert f'error {too_much.value.err_code} "{too_much.value.description}"' in PAGE
