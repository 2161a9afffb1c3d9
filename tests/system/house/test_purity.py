"""Whatever module of a domain imports the bus or the database: the import contract names it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import PACKAGES, ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
PURITY = "Rules do no I/O"
LIBRARIES = ("nats", "sqlalchemy")


def modules_of_rules(root: Path) -> dict[str, Path]:
    """Every module of every service's domain, by its dotted name."""
    found = {}
    for path in sorted(root.glob("services/*/domain/**/*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def copied(folder: Path) -> Path:
    """The product's sources and its contracts."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=_all_but_python)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _all_but_python(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.endswith(".py") and not Path(folder, name).is_dir()}


def plant(module: Path, library: str) -> None:
    """As its last line: what the module says besides stays as it is."""
    with module.open("a", encoding="utf-8") as file:
        file.write(f"\nimport {library}\n")


def refused(folder: Path) -> set[tuple[str, str]]:
    """Each (module, library) of the contracts' report, whose lines are `- module -> library (l.12)`."""
    run = subprocess.run(
        [LINT_IMPORTS, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert PURITY in run.stdout, run.stdout + run.stderr
    return set(re.findall(r"^-\s+(services\.\S+) -> (\w+)", run.stdout, flags=re.MULTILINE))


def test_a_bus_or_a_database_planted_into_any_rule_is_refused_and_its_module_named(
    tmp_path: Path,
) -> None:
    folder = copied(tmp_path)
    modules = modules_of_rules(folder)
    assert len({name.split(".")[1] for name in modules}) == 4, "every service has its rules"
    for module in modules.values():
        for library in LIBRARIES:
            plant(module, library)
    named = refused(folder)
    assert [
        (name, library) for name in modules for library in LIBRARIES if (name, library) not in named
    ] == []
