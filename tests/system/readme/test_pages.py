"""Every page of the repository is true: its links lead somewhere, and what it names is there."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer

from deploy.cli.main import FAMILIES, app
from deploy.monitoring.settings import MonitoringSettings
from deploy.portal.settings import PortalSettings
from shared.contract.topology import PROCESSES, SERVICES
from shared.kit.settings import Settings
from tests.architecture.sources import sources
from tests.faults import report
from tests.system.readme.conftest import ROOT

NOT_OURS = {"var", "build", "node_modules"}
PAGES = {
    page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8")
    for page in sorted(ROOT.rglob("*.md"))
    if not any(part.startswith(".") or part in NOT_OURS for part in page.relative_to(ROOT).parts)
}
FILE_ENDINGS = r"\.(?:py|md|toml|txt|html|json|ya?ml|mako|svg|ini|js|gz|cron|lock)"
# What a platform makes while it runs, and what a page tells its reader to write.
MADE = re.compile(
    r"(var|keys|data|mail|payments|open-data|logs|platform|streams|portal)/|<|s(ummary|bom)\.json|first\.(py|mjs)|keys\.sealed|brand\.html"
)
EVERY_TEXT = "\n".join(PAGES.values())


def named_files(text: str) -> list[str]:
    """Files and folders in backticks: with an ending we know, or below a folder of the repository.

    Links are apart.
    """
    prose = re.sub(r"^```.*?^```|\[`[^`]*`\]\(", "", text, flags=re.DOTALL | re.MULTILINE)
    tops = "|".join(
        path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in NOT_OURS
    )
    form = re.compile(
        rf"(?:[\w.-]+/)*[\w.-]+{FILE_ENDINGS}|(?:{tops})/[\w./-]*|(?:[\w-]+/)+", re.ASCII
    )
    names = sorted(set(re.findall(r"`([^`\n]+)`", prose)))
    return [name for name in names if form.fullmatch(name) and not MADE.match(name)]


def is_there(text: str, folder: Path, name: str) -> bool:
    """From the root, below the page's folder, or in each service; or a program that the page shows."""
    shown = re.search(rf"^```\w+\n(?:#|//) {re.escape(name)}$", text, flags=re.MULTILINE)
    below = folder.rglob(name) if folder != ROOT else iter(())
    in_each = all((ROOT / "services" / service / name).exists() for service in SERVICES)
    return bool(shown) or (ROOT / name).exists() or in_each or any(below)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    text = PAGES[page]
    folder = (ROOT / page).parent
    assert [name for name in named_files(text) if not is_there(text, folder, name)] == []


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_says_is_in_a_file_is_in_it(page: str) -> None:
    """`path/file.py` (`name`)."""
    said = re.findall(r"`([\w./-]+)` \(`([^`\n]+)`\)", PAGES[page])
    assert [
        (file, name)
        for file, name in said
        if (ROOT / file).is_file() and not holds(ROOT / file, name)
    ] == []


def holds(file: Path, name: str) -> bool:
    """In Python the name is defined there: that it is used is not enough."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        return name in text
    return bool(
        re.search(
            rf"^\s*(?:(?:async )?def|class) {name}\b|^{name}\b.* = ", text, flags=re.MULTILINE
        )
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_and_to_a_title_in_it(page: str) -> None:
    assert [link for link in links(PAGES[page]) if not leads_somewhere(ROOT / page, link)] == []


def links(text: str) -> list[str]:
    """Those within the repository."""
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in found if not link.startswith(("http:", "https:", "mailto:"))]


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, title = link.partition("#")
    target = page.parent / name if name else page
    if not target.exists():
        return False
    return not title or title in titles(target.read_text(encoding="utf-8"))


def titles(text: str) -> set[str]:
    """As a forge writes them into a link: small letters, no punctuation, a hyphen for each space."""
    found = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in found}


def commands(text: str) -> Iterator[str]:
    """Every `fabriques …`, as typed; ` · `export`` after it stands for the same family again."""
    for whole, more in re.findall(
        r"`(?:\.venv/bin/)?fabriques ([a-z][^`\n]*)`((?: · `[a-z-]+`)*)", text
    ):
        yield whole
        for word in re.findall(r"`([a-z-]+)`", more):
            yield f"{whole.split()[0]} {word}"
    yield from re.findall(r"^(?:\$ )?\.venv/bin/fabriques ([a-z][^\n]*)$", text, flags=re.MULTILINE)


@pytest.mark.parametrize("command", sorted(set(commands(EVERY_TEXT))))
def test_every_command_that_a_page_names_exists_with_its_options(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The command sets it, and a test leaves nothing behind.
    monkeypatch.setenv("FABRIQUES_HOME", "var")
    typed = command.partition("  #")[0].split()
    found: Any = typer.main.get_command(app)
    while typed and hasattr(found, "resolve_command"):
        _, found, typed = found.resolve_command(typer.Context(found), typed)
    options = {
        option
        for parameter in found.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert {word for word in typed if word.startswith("--")} - options == set()


def test_the_first_page_names_every_family_of_commands() -> None:
    named = {command.split()[0] for command in commands(PAGES["README.md"])}
    assert set(FAMILIES) - named == {"run"}, "`make run` plays it"


MODULES = re.findall(r"python -m ((?:deploy|services|shared|tests)[\w.]*)", EVERY_TEXT)
TARGETS = re.findall(r"(?:^|`)make ([a-z-]+)", EVERY_TEXT, flags=re.MULTILINE)


@pytest.mark.parametrize("module", sorted(set(MODULES)))
def test_every_module_that_a_page_runs_is_there(module: str) -> None:
    assert find_spec(module)


@pytest.mark.parametrize("target", sorted(set(TARGETS)))
def test_every_make_target_that_a_page_names_exists(target: str) -> None:
    assert re.search(
        rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE
    )


def test_every_make_target_is_told_by_a_page() -> None:
    shown = re.findall(
        r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert set(shown) - set(TARGETS) == {"help"}


def settings() -> set[str]:
    """What a service, the pages, or the metrics are told by their environment."""
    kinds = {"": Settings, "PORTAL_": PortalSettings, "MONITORING_": MonitoringSettings}
    return {
        f"FABRIQUES_{part}{name.upper()}"
        for part, kind in kinds.items()
        for name in kind.model_fields
    }


def documented() -> set[str]:
    """Every variable that a page names; `<SERVICE>` stands for each of the services."""
    found = set(re.findall(r"FABRIQUES_[A-Z<>_]*[A-Z]", EVERY_TEXT))
    each = {name.replace("<SERVICE>", service.upper()) for name in found for service in PROCESSES}
    return {name for name in each if "<" not in name}


def test_every_setting_is_told_by_a_page() -> None:
    assert settings() - documented() == set()


def test_every_variable_that_a_page_names_is_read_somewhere() -> None:
    written = "\n".join(
        [*(source.text for source in sources()), (ROOT / "tests" / "servers.py").read_text("utf-8")]
    )
    assert {name for name in documented() - settings() if name not in written} == set()


def test_the_page_of_faults_lists_every_experiment() -> None:
    assert report.page([]).partition("## What was broken")[2] in PAGES["docs/faults.md"]


def test_the_words_people_read_are_those_of_our_letters_and_answers() -> None:
    """The last column of the glossary's first tables."""
    files = [
        path
        for ending in ("py", "txt", "html")
        for path in (ROOT / "services").rglob(f"*.{ending}")
    ]
    written = "\n".join(path.read_text(encoding="utf-8") for path in files).lower()
    rows = re.findall(
        r"^\|[^|]*\|[^|]*\|[^|]*\|([^|]*)\|$", PAGES["docs/glossary.md"], flags=re.MULTILINE
    )
    said = {word for row in rows for word in row.strip(" -").split(", ")} - {"", "people read"}
    assert said
    assert {word for word in said if word.lower() not in written} == set()


def test_a_page_that_names_what_is_not_there_is_found(tmp_path: Path) -> None:
    """The control: gone files, links and titles are told; what is there and what is made pass."""
    text = (
        "# A page\n`shared/kit/gone.py` `gone.py` `shared/` `var/x.nk`"
        " [1](gone.md) [2](#a-page) [3](#gone)\n"
    )
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    gone = [name for name in named_files(text) if not is_there(text, tmp_path, name)]
    assert gone == ["gone.py", "shared/kit/gone.py"]
    assert [link for link in links(text) if not leads_somewhere(page, link)] == ["gone.md", "#gone"]


def test_a_file_that_uses_a_name_does_not_hold_it(tmp_path: Path) -> None:
    """The control."""
    module = tmp_path / "rule.py"
    module.write_text(
        "from others import used\nLIMIT: int = 3\n\ndef decide() -> int:\n    return used(LIMIT)\n"
    )
    assert [holds(module, name) for name in ("decide", "LIMIT", "used")] == [True, True, False]
