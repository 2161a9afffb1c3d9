"""The words of a state are types: one that is misspelt does not pass the type checker, a right one does."""

import ast
import re
import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT, Source, sources

MISSPELT = "misspelt"
VALUE = "shared.value"  # what makes a class a state
# module, value, field, and one word it may hold
STATES = (
    ("services.intake.domain.dossier", "Dossier", "status", "registered"),
    ("services.intake.domain.dossier", "Dossier", "outcome", "in-instruction"),
    ("services.intake.domain.contests", "Contest", "state", "upheld"),
    ("services.eligibility.domain.states", "File", "status", "eligible"),
    ("services.funding.domain.states.money", "Grant", "state", "agreed"),
    ("services.funding.domain.states.money", "Tranche", "state", "settled"),
    ("services.funding.domain.states.money", "Order", "state", "rejected"),
    ("services.funding.domain.states.money", "Run", "state", "approved"),
    ("services.funding.domain.states.money", "Report", "state", "accepted"),
    ("services.funding.domain.states.money", "Recovery", "state", "ordered"),
    ("services.notify.domain.notice", "Notice", "state", "queued"),
    ("services.notify.domain.notice", "Notice", "recipient", "holder"),
)
RIGHT = [word for *_, word in STATES]
WRONG = [f"{word}n" for word in RIGHT]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the type checker says, by line, of a module that uses every word wrongly, and some rightly.

    It reads the modules of states and of their words, and no library that others import.
    """
    folder = tmp_path_factory.mktemp("types")
    snippet = folder / "snippet.py"
    assigned = [assigning(place, *alias) for place, alias in enumerate(aliases())]
    used = [
        using(word, *state[:3])
        for words in (RIGHT, WRONG)
        for word, state in zip(words, STATES, strict=True)
    ]
    snippet.write_text(
        "\n".join(["from dataclasses import replace", *assigned, *used]), encoding="utf-8"
    )
    settings = folder / "mypy.ini"
    settings.write_text("[mypy]\nstrict = True\nfollow_imports = skip\n", encoding="utf-8")
    read = sorted({module for module, *_ in (*STATES, *aliases())} | {VALUE})
    files = [f"{module.replace('.', '/')}.py" for module in read]
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        str(settings),
        "--cache-dir",
        str(folder),
    ]
    run = subprocess.run(
        [*command, "--no-error-summary", str(snippet), *files],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [line for line in run.stdout.splitlines() if line.startswith(str(snippet))]


def test_a_misspelt_word_of_a_state_does_not_pass_the_type_checker(told: list[str]) -> None:
    refused = [line for line in told if MISSPELT in line and "[assignment]" in line]
    assert aliases()
    assert len(refused) == len(aliases()), told


def test_a_field_that_holds_a_state_is_neither_compared_with_nor_given_a_misspelt_word(
    told: list[str],
) -> None:
    said = "\n".join(told)
    compared = re.findall(r"""right operand type: "Literal\['([a-z-]+)'\]""", said)
    kept = re.findall(r"""has incompatible type "Literal\['([a-z-]+)'\]";""", said)
    assert (compared, kept) == (WRONG, WRONG), said


def test_a_right_word_passes(told: list[str]) -> None:
    """The control: the type checker refuses nothing else of the same module."""
    errors = [line for line in told if ": error: " in line]
    assert len(errors) == len(aliases()) + 2 * len(WRONG), told


def aliases() -> list[tuple[str, str]]:
    return [(module_of(source), name) for source in sources() for name in state_words(source)]


def assigning(place: int, module: str, alias: str) -> str:
    return f"from {module} import {alias}\nword_{place}: {alias} = {MISSPELT!r}"


def using(word: str, module: str, kind: str, field: str) -> str:
    """A function that asks whether the state has this word, and gives it this word."""
    name = f"{kind}_{field}_{word}".replace("-", "_").lower()
    return f"""
from {module} import {kind}

def use_{name}(state: {kind}) -> {kind}:
    if state.{field} == "{word}":
        return state
    return replace(state, {field}="{word}")
"""


def state_words(source: Source) -> list[str]:
    """The names of `Name = Literal["…", …]` in a module of rules."""
    if "/domain/" not in source.name:
        return []
    assigned = [node for node in source.tree.body if isinstance(node, ast.Assign)]
    return [
        ast.unparse(node.targets[0])
        for node in assigned
        if ast.unparse(node.value).startswith("Literal['")
    ]


def module_of(source: Source) -> str:
    return source.name.removesuffix(".py").replace("/", ".")
