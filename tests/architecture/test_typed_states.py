"""The words of a state are types: one that is misspelt does not pass the type checker."""

import ast
import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT, Source, sources

MISSPELT = "misspelt"


def test_a_misspelt_word_of_a_state_does_not_pass_the_type_checker(tmp_path: Path) -> None:
    words = [(module_of(source), name) for source in sources() for name in state_words(source)]
    snippet = tmp_path / "snippet.py"
    lines = [f"from {module} import {name}\nword_{place}: {name}" for place, (module, name) in enumerate(words)]
    snippet.write_text("\n".join(f"{line} = {MISSPELT!r}" for line in lines), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(snippet)]
    here = os.environ | {"PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, cwd=ROOT, env=here, capture_output=True, text=True, check=False).stdout
    refused = [line for line in told.splitlines() if MISSPELT in line and "[assignment]" in line]
    assert words
    assert len(refused) == len(words), told


def state_words(source: Source) -> list[str]:
    """The names of `Name = Literal["…", …]` in a module of rules."""
    if "/domain/" not in source.name:
        return []
    assigned = [node for node in source.tree.body if isinstance(node, ast.Assign)]
    return [ast.unparse(node.targets[0]) for node in assigned if ast.unparse(node.value).startswith("Literal['")]


def module_of(source: Source) -> str:
    return source.name.removesuffix(".py").replace("/", ".")
