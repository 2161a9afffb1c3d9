"""The usual way does the pipeline's own work: a ratio over what stands still would tell nothing."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.bench import pipeline
from tests.bench.ground import until
from tests.platform import PATIENCE_SECONDS

COUNT = 5


async def sooner(condition: Callable[[], Awaitable[bool]], what: str, _seconds: float = 0) -> None:
    await until(condition, what, PATIENCE_SECONDS)


def test_the_usual_way_brings_every_file_through_all_four_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "until", sooner)
    assert pipeline.naive_rate(tmp_path / "naive", COUNT) > 0
