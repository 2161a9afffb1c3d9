"""What we lean on inside FastStream and nats-py is in one folder, in one list, and still there."""

import ast
import inspect
from pkgutil import resolve_name

import pytest

from shared.kit.bus.client import LEANED_ON
from tests.architecture.sources import Source, imported, nodes, sources, within

FOREIGN = ("nats", "faststream")
OF_THEIRS = {name for _, name, _ in LEANED_ON}


def _private(source: Source) -> set[str]:
    """Private names asked of an object that is not ours, and those that a subclass of theirs replaces."""
    asked = {
        node.attr
        for node in nodes(source.tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
    }
    return asked - _defined(source)


def _defined(source: Source) -> set[str]:
    """Attributes that our own classes set on themselves, and their own methods."""
    found = set()
    for node in nodes(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {
                part.attr
                for target in targets
                for part in ast.walk(target)
                if isinstance(part, ast.Attribute)
                and isinstance(part.value, ast.Name)
                and part.value.id == "self"
            }
    return found


@pytest.mark.parametrize(("path", "name", "reason"), LEANED_ON)
def test_each_name_is_there_in_the_locked_version_and_has_its_reason(
    path: str, name: str, reason: str
) -> None:
    thing = resolve_name(path)
    written = any(
        f"self.{name}" in inspect.getsource(kind) for kind in thing.__mro__ if kind is not object
    )
    assert hasattr(thing, name) or written, f"{path}.{name} is gone: {reason}"
    assert reason


def test_a_private_name_of_theirs_is_in_the_list_and_in_the_bus_alone() -> None:
    for source in sources():
        if not any(module.partition(".")[0] in FOREIGN for module in imported(source.tree)):
            continue
        if source.name.startswith("shared/kit/bus/"):
            assert _private(source) <= OF_THEIRS, f"{source.name}: not in LEANED_ON"
        else:
            assert _private(source).isdisjoint(OF_THEIRS), (
                f"{source.name}: the bus alone may lean on it"
            )


def test_nothing_of_theirs_is_patched_by_importing_a_module() -> None:
    """Alembic runs a migration's `env.py` by importing it."""
    for source in within("shared/kit/", "shared/contract/", "deploy/"):
        if source.name.endswith("migrations/env.py"):
            continue
        statements = [node.value for node in source.tree.body if isinstance(node, ast.Expr)]
        assert not [call for call in statements if isinstance(call, ast.Call)], source.name
