"""House rules, each with the reason why it is one."""

import ast
import re

import pytest

from shared.contract.topology import SERVICES
from shared.kit.logs.chain import ALLOWED
from tests.architecture.sources import (
    ROOT,
    Source,
    all_sources,
    calls,
    dotted,
    imported,
    nodes,
    sources,
    within,
)

WALL_CLOCKS = (
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time_ns",
)
MAY_ASK_THE_TIME = {
    "shared/kit/clock.py": "the one clock, for what has no event",
    "shared/kit/consumer/batch.py": "when a decision was written, since when something waits",
    "shared/kit/consumer/consumer.py": "the age of an event in the log",
    "shared/kit/consumer/watch.py": "how long something has waited, for operators alone",
    "shared/kit/metrics/reading.py": "how long something has waited, for operators alone",
    "shared/kit/consumer/dead_letters.py": "tells one act of an operator from the next",
    "deploy/asking.py": "who asks says when; the service judges it by the broker's clock",
    "services/eligibility/app.py": "a question: what waits for an officer today",
    "services/funding/app.py": (
        "a question: what is overdue today, in a rehearsal that has not heard of any day"
    ),
    "services/eligibility/tools/territory/commands.py": "an operator's command: when a dataset was imported",
    "services/notify/mail/sender.py": "when a mail left is a fact of its own",
    "services/notify/mail/sender_lock.py": "whose turn it is to send mail: a lease between replicas, no rule",
}
IMPORTS_BY_NAME = {
    "deploy/cli/terminal/families.py": "a family of commands is loaded when it is called",
    "deploy/loading.py": "a service is loaded by its name",
    "tests/architecture/test_leaned_on.py": "what is private elsewhere is listed by its dotted name",
}
SAME_FILES = ("app.py", "handlers", "domain", "store.py", "tables.py", "migrations")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("name", SAME_FILES)
def test_every_service_has_the_same_files_so_that_any_rule_is_found_in_two_guesses(
    service: str, name: str
) -> None:
    folder = ROOT / "services" / service
    assert (folder / name).exists() or (folder / f"{name}.py").exists()


def test_no_rule_asks_the_wall_clock_because_time_travels_with_the_event() -> None:
    found = [
        f"{source.name}:{call.lineno} {name}"
        for source in within("services/", "shared/")
        for name, call in calls(source.tree)
        if name in WALL_CLOCKS and source.name not in MAY_ASK_THE_TIME
    ]
    assert found == []


def test_no_rule_draws_a_lot_unless_its_seed_is_written_down() -> None:
    """Keys are drawn, the job names its runs, an answer numbers who stays unnamed: none decides anything."""
    allowed = {
        "services/eligibility/questions.py",
        "shared/kit/key_files.py",
        "services/funding/bank/sealing.py",
        "services/funding/tools/annual_job.py",
    }
    found = [
        source.name
        for source in within("services/", "shared/")
        if source.name not in allowed
        and ({"secrets", "uuid"} & set(imported(source.tree)) - {"uuid"} or _draws_unseeded(source))
    ]
    assert found == []


def _draws_unseeded(source: Source) -> bool:
    unseeded = [
        name
        for name, call in calls(source.tree)
        if name in ("Random", "random.Random") and not call.args
    ]
    return bool(unseeded) or any(
        name.startswith("random.") and "Random" not in name for name, _ in calls(source.tree)
    )


def test_an_assert_only_tells_the_type_checker_what_is_there() -> None:
    """Python may run without asserts: an `if` and an error of its family check what comes from outside."""
    found = [
        f"{source.name}:{node.lineno}"
        for source in within("services/", "shared/")
        for node in nodes(source.tree)
        if isinstance(node, ast.Assert) and not _narrows(node.test)
    ]
    assert found == []


def _narrows(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return all(_narrows(value) for value in test.values)
    if isinstance(test, ast.Call):
        return dotted(test.func) == "isinstance"
    if isinstance(test, ast.Compare):
        return isinstance(test.ops[0], ast.IsNot) and isinstance(test.comparators[0], ast.Constant)
    return isinstance(test, ast.Name | ast.Attribute | ast.NamedExpr)


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        s.name for s in sources() if s.path.name != "__init__.py" and not ast.get_docstring(s.tree)
    ]
    assert [name for name in silent if "migrations/" not in name] == []


def test_imports_say_what_they_do_because_one_by_string_hides_from_the_contracts() -> None:
    found = [
        f"{source.name}:{line}"
        for source in all_sources()
        for line in _imports_by_string(source.tree)
        if source.name not in IMPORTS_BY_NAME
    ]
    assert found == []


def _imports_by_string(tree: ast.AST) -> list[int]:
    """Lines that reach for an importer, whatever name they give it."""
    importers = {"import_module", "__import__"}
    found = []
    for node in nodes(tree):
        names: set[str] = set()
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute):
            names = {node.attr}
        elif isinstance(node, ast.Name):
            names = {node.id}
        if names & importers:
            found.append(node.lineno)
    return found


def test_a_statement_says_what_it_does_because_a_choice_hides_in_an_expression() -> None:
    """`print_json(x) if as_json else print_line(y)` is an `if`."""
    found = [f"{source.name}:{line}" for source in all_sources() for line in _choices(source.tree)]
    assert found == []


def _choices(tree: ast.AST) -> list[int]:
    chosen = (ast.IfExp, ast.BoolOp, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    statements = [node for node in nodes(tree) if isinstance(node, ast.Expr)]
    return [statement.lineno for statement in statements if isinstance(statement.value, chosen)]


@pytest.mark.parametrize(
    "code", ["say(x) if told else show(x)", "told or say(x)", "[say(x) for x in found]"]
)
def test_the_rule_about_statements_sees_each_kind_of_choice(code: str) -> None:
    """The control of the rule."""
    assert _choices(ast.parse(code)) == [1]
    assert _choices(ast.parse("say(x)")) == []


@pytest.mark.parametrize(
    "code, lines",
    [
        ("from importlib import import_module as load", [1]),
        ("import importlib\nimportlib.import_module('os')", [2]),
        ("__import__('os')", [1]),
        ("from importlib.metadata import version", []),
    ],
)
def test_the_rule_about_imports_sees_each_way_to_import_by_string(
    code: str, lines: list[int]
) -> None:
    """The control of the rule."""
    assert _imports_by_string(ast.parse(code)) == lines


def test_handlers_and_rules_never_commit_because_one_transaction_holds_a_whole_batch() -> None:
    found = [
        f"{source.name}:{call.lineno} {name}"
        for source in within("services/")
        if re.search(r"/(handlers|domain|store)\b", source.name)
        and "/territory/" not in source.name
        for name, call in calls(source.tree)
        if name.endswith((".commit", ".rollback", ".begin", "create_engine", "open_engine"))
    ]
    assert found == []


def test_handlers_hold_no_query_because_the_store_holds_every_query() -> None:
    found = [
        f"{source.name} imports {name}"
        for source in within(*(f"services/{service}/handlers" for service in SERVICES))
        for name in imported(source.tree)
        if name.split(".")[0] in ("sqlalchemy", "sqlmodel", "sqlite3", "psycopg")
    ]
    assert found == []


def test_no_service_publishes_by_itself_because_what_is_not_in_the_outbox_may_be_lost() -> None:
    found = [
        f"{source.name}:{call.lineno} {name}"
        for source in within(*(f"services/{service}/" for service in SERVICES))
        if "/tools/" not in source.name
        for name, call in calls(source.tree)
        if re.search(
            r"(broker|js|jetstream|connection|client|nc)\.(publish|publish_async|request)$", name
        )
    ]
    assert found == []


def test_a_service_writes_logs_and_never_prints() -> None:
    spoken = (f"services/{service}/" for service in SERVICES)
    found = [
        f"{source.name}:{call.lineno}"
        for source in within(*spoken, "shared/kit/", "shared/contract/")
        if "/tools/" not in source.name and not source.name.endswith(("commands.py", "__main__.py"))
        for name, call in calls(source.tree)
        if name == "print"
    ]
    assert found == []


def test_log_events_are_static_and_their_keys_are_on_the_list_that_lets_nobodys_data_through() -> (
    None
):
    found = []
    for source in within("services/", "shared/"):
        for name, call in calls(source.tree):
            if not re.fullmatch(r"log\.(debug|info|warning|error|critical|exception)", name):
                continue
            if not (call.args and isinstance(call.args[0], ast.Constant)):
                found.append(f"{source.name}:{call.lineno} says a text that changes")
            strangers = {keyword.arg for keyword in call.keywords if keyword.arg} - ALLOWED
            found += [f"{source.name}:{call.lineno} {key}" for key in sorted(strangers)]
    assert found == []


@pytest.mark.parametrize(
    "code, narrows",
    [
        ("assert x", True),
        ("assert x.y and z", True),
        ("assert x is not None", True),
        ("assert amount > 0", False),
        ("assert event.actor.role == 'director'", False),
        ("assert check(x)", False),
    ],
)
def test_the_rule_about_asserts_tells_validation_from_narrowing(code: str, narrows: bool) -> None:
    """The control of the rule."""
    statement = ast.parse(code).body[0]
    assert isinstance(statement, ast.Assert)
    assert _narrows(statement.test) is narrows


def test_digits_are_those_of_ascii_because_numbers_of_another_script_compare_as_others() -> None:
    """`str.isdigit`, and \\d and \\w in a pattern of text, take the digits and letters of every script."""
    allowed = {"shared/contract/identity.py"}
    found = [
        f"{source.name}:{line_number}"
        for source in sources()
        if source.name not in allowed
        for line_number, line in enumerate(source.text.splitlines(), 1)
        if _takes_every_script(line)
    ]
    assert found == []


def _takes_every_script(line: str) -> bool:
    asks = re.search(r"\.is(digit|decimal|numeric|alnum|alpha)\(", line)
    matches = re.search(r"""\br["'].*\\[dw]""", line) and "re.ASCII" not in line
    return bool(asks or matches)


@pytest.mark.parametrize(
    "line, taken",
    [
        ("if code.isdigit():", True),
        (r'FORM = re.compile(r"\d{5}")', True),
        (r'Code = Field(pattern=r"^\w{6}$")', True),
        (r'FORM = re.compile(r"\d{5}", re.ASCII)', False),
        (r'FORM = re.compile(r"[0-9]{5}")', False),
    ],
)
def test_the_rule_about_digits_tells_ascii_from_the_rest(line: str, taken: bool) -> None:
    """The control of the rule."""
    assert _takes_every_script(line) is taken
