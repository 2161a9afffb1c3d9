"""What a platform keeps is for its owner's eyes alone; what it publishes is for everybody's."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.cli.conftest import ROOT, Fabriques, Up

OTHERS = 0o077


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """A shell's own: what is made without a thought may be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def readable_by_others(home: Path) -> list[str]:
    paths = (path for path in (home, *home.rglob("*")) if not path.is_symlink())
    return [str(path.relative_to(home)) for path in paths if path.stat().st_mode & OTHERS]


def test_nobody_else_reads_what_a_platform_keeps(
    usual_umask: None, tmp_path: Path, fabriques: Fabriques
) -> None:
    home = tmp_path / "var"
    public = tmp_path / "subventions.csv"
    up = Up(home)
    try:
        assert up.ready_line.startswith("Ready"), up.said_on_error()
        assert fabriques("submit", ROOT / "docs" / "first-candidature.json", home=home).code == 0
        assert fabriques("open-data", "export", public, home=home).code == 0
    finally:
        up.stop()
    kinds = {path.suffix for path in home.rglob("*")}
    assert {".db", ".log", ".nk", ".blk"} <= kinds
    assert readable_by_others(home) == []
    assert public.stat().st_mode & OTHERS == 0o044
