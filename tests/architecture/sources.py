"""The product's source files, read as trees: house rules are checked on what is written, not on what runs."""

import ast
import gc
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("services", "shared", "deploy")
LOGGER = re.compile(r"log|told|structlog\.get_logger\(\)")
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


@dataclass(frozen=True)
class Source:
    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()


def sources() -> tuple[Source, ...]:
    """The product's."""
    return _read(PACKAGES)


def sources_of_tests() -> tuple[Source, ...]:
    """Those of its tests: few rules are about them."""
    return _read(("tests",))


def all_sources() -> tuple[Source, ...]:
    return (*sources(), *sources_of_tests())


@cache
def _read(packages: tuple[str, ...]) -> tuple[Source, ...]:
    paths = sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))
    gc.disable()  # the collector would walk the growing trees again and again
    try:
        return tuple(_source(path) for path in paths)
    finally:
        gc.freeze()
        gc.enable()


def _source(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path, text, ast.parse(text))


def within(*prefixes: str) -> Iterator[Source]:
    yield from (source for source in sources() if source.name.startswith(prefixes))


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All of a tree, walked once: each rule looks at the same ones."""
    return tuple(ast.walk(tree))


@cache
def calls(tree: ast.AST) -> tuple[tuple[str, ast.Call], ...]:
    """(dotted name, call) of every call whose callee is a plain or dotted name."""
    found = [(dotted(node.func), node) for node in nodes(tree) if isinstance(node, ast.Call)]
    return tuple((name, call) for name, call in found if name)


def log_calls(tree: ast.AST) -> Iterator[tuple[str, str, ast.Call]]:
    """(level, event, call) of every call of a logger."""
    for node in nodes(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        event = node.args[0]
        if node.func.attr not in LEVELS or not isinstance(event, ast.Constant):
            continue
        if LOGGER.fullmatch(ast.unparse(node.func.value)):
            yield node.func.attr, str(event.value), node


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def imported(tree: ast.AST) -> Iterator[str]:
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
