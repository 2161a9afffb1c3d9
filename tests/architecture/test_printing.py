"""Commands print through one module: it keeps what people wrote from giving orders to a terminal."""

import ast

import pytest

from tests.architecture.sources import calls, nodes, within

DOOR = "deploy/cli/terminal/printing.py"
PRINTERS = frozenset(("print", "echo", "secho", "pprint", "Console", "get_console", "RichHandler"))
STREAMS = ("stdout.write", "stderr.write", "stdout.writelines", "stderr.writelines", "os.write")
LIVE = frozenset(("Progress", "Live", "track", "Status"))  # of themselves they open a console
ITS_OWN = frozenset(("rich", "rich.text", "rich.table", "rich.panel"))


def test_no_command_prints_past_the_module_that_keeps_words_from_giving_orders() -> None:
    found = [
        f"{source.name}:{line}"
        for source in within("deploy/cli/")
        if source.name != DOOR
        for line in _ways_past(source.tree)
    ]
    assert found == []


def _ways_past(tree: ast.Module) -> list[int]:
    called = [call.lineno for name, call in calls(tree) if _prints(name, call)]
    brought = [node.lineno for node in nodes(tree) if _brings_a_printer(node)]
    return sorted({*called, *brought})


def _prints(name: str, call: ast.Call) -> bool:
    before, _, last = name.rpartition(".")
    if last in LIVE:
        return not any(keyword.arg == "console" for keyword in call.keywords)
    if name.endswith(STREAMS):
        return True
    return last in PRINTERS and (not before or before in ("typer", "click", "rich"))


def _brings_a_printer(node: ast.AST) -> bool:
    """Under another name too: `from typer import echo as say`."""
    if isinstance(node, ast.Import):
        return any(alias.name in ITS_OWN for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return node.module in ITS_OWN or any(alias.name in PRINTERS for alias in node.names)
    return False


@pytest.mark.parametrize(
    "code",
    [
        "print(words)",
        "print(words, file=sys.stderr)",
        "typer.echo(words)",
        "from typer import echo as say",
        "from rich import print as say",
        "from rich.console import Console",
        "from rich.text import Text",
        "import rich.text",
        "rich.print(words)",
        "sys.stdout.write(words)",
        "Progress(columns)",
        "track(ready)",
    ],
)
def test_the_rule_about_printing_sees_each_way_past(code: str) -> None:
    """The control of the rule."""
    assert _ways_past(ast.parse(code)) == [1]


@pytest.mark.parametrize(
    "code", ["print_line(words)", "out.print(line)", "Progress(columns, console=console())"]
)
def test_the_rule_about_printing_lets_its_own_ways_be(code: str) -> None:
    assert _ways_past(ast.parse(code)) == []
