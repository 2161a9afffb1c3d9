"""docs/logs.md names every event, field and result of the code, and none that is not there."""

import ast
import re
from collections.abc import Iterator
from typing import get_args

from services.eligibility.domain.states import FileStatus
from services.funding.domain.states.money import Grant
from services.intake.domain.dossier import OutcomeWord
from shared.contract.values import Outcome
from shared.kit.logs.chain import ALLOWED
from tests.architecture.sources import ROOT, calls, log_calls, within

PAGE = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
BY_THE_CHAIN = {"bus", "library"}  # the words for what libraries say
TEMPLATES = ROOT / "services" / "notify" / "letters" / "templates" / "messages"
# Results that are no literals: what each expression may come to.
COMPUTED: dict[str, set[str]] = {
    "answered.status": set(get_args(FileStatus)),
    "status": set(get_args(FileStatus)),
    "word": set(get_args(OutcomeWord)),
    "outcome.value": {outcome.value for outcome in Outcome},
    "message.template": {path.stem for path in TEMPLATES.glob("*.txt")},
    "template": {"review_news"},
    "grant.state": set(get_args(Grant.__annotations__["state"])),
    "event.verb": {"registered", "revoked"},
    "result": {"entered", "withdrawn", "registered", "changed"},
    "decision.result": set(),
    "self.result": set(),
    "decisions[-1].result": set(),
}


def rows(title: str) -> Iterator[list[str]]:
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert section, title
    for line in section.group(1).splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def named(title: str) -> set[str]:
    """What stands in backticks in the first column."""
    return {name for row in rows(title) for name in re.findall(r"`([^`]+)`", row[0])}


def said() -> dict[str, set[str]]:
    """Each event that a process says of itself, with its levels."""
    found: dict[str, set[str]] = {}
    for source in within("services/", "shared/", "deploy/"):
        for level, event, _ in log_calls(source.tree):
            found.setdefault(event, set()).add(level)
    return found


def results() -> Iterator[str]:
    trees = [source.tree for source in within("services/", "shared/")]
    constants = {
        target.id: str(node.value.value)
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for tree in trees:
        for name, call in calls(tree):
            if name in ("Decision", "nothing") and call.args:
                yield from words_of(call.args[0], constants)
            if name == "replace":
                again = [keyword.value for keyword in call.keywords if keyword.arg == "result"]
                yield from (word for value in again for word in words_of(value, constants))


def words_of(node: ast.expr, constants: dict[str, str]) -> set[str]:
    match node:
        case ast.Constant():
            return {str(node.value)}
        case ast.Name(id=name) if name in constants:
            return {constants[name]}
        case ast.IfExp():
            return words_of(node.body, constants) | words_of(node.orelse, constants)
        case ast.JoinedStr():
            return {re.sub(r"\{.*\}", "…", ast.unparse(node)[2:-1])}
    return COMPUTED[ast.unparse(node)]


def test_every_event_that_a_process_says_has_a_row_with_its_level() -> None:
    found = said()
    told = {
        re.findall(r"`([^`]+)`", row[0])[0]: row[1] for row in rows("What a process says of itself")
    }
    assert set(told) - BY_THE_CHAIN == set(found)
    assert {name: told[name] for name in found if set(told[name].split(", ")) != found[name]} == {}


def test_every_field_that_a_line_may_hold_is_told() -> None:
    assert named("Fields") == ALLOWED


def test_every_result_of_a_rule_is_told_and_none_that_no_rule_has() -> None:
    found = set(results())
    assert (sorted(found - named("Results")), sorted(named("Results") - found)) == ([], [])


def test_a_result_that_is_missing_would_be_found() -> None:
    """The control."""
    call = ast.parse('nothing("never-seen" if x else f"already-{state}")').body[0]
    assert isinstance(call, ast.Expr) and isinstance(call.value, ast.Call)
    assert words_of(call.value.args[0], {}) == {"never-seen", "already-…"}
    assert not {"never-seen"} & named("Results")
