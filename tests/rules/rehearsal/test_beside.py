"""A rehearsal beside another programme needs that one's server."""

from pathlib import Path

import pytest

from deploy.local.home.plan import programme_copy
from deploy.local.home.programme_copy import SHIPPED
from deploy.rehearsal.play import Options, play
from tests.conftest import PROGRAMMES


def test_where_no_server_runs_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    programme_copy(tmp_path).write_bytes(SHIPPED.read_bytes())
    home = tmp_path / "programmes" / "manufactures"
    file = PROGRAMMES / "manufactures-de-proximite.toml"
    assert play(Options(home, programme_file=file, server=tmp_path)) == 1
    assert "no platform runs on" in capsys.readouterr().out
    assert not home.exists()
