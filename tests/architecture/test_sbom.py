"""What is in the image is told as CycloneDX, from the lock and what is installed."""

import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.sbom import LockNotInstalled, document, main
from tests.architecture.sources import ROOT

RUNTIME = ROOT / "deploy" / "lock" / "runtime.txt"
SCHEMA = JsonStrictValidator(SchemaVersion.V1_6)


def test_the_document_is_one_that_the_standard_takes_and_the_same_each_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([str(RUNTIME)]) == 0
    first = capsys.readouterr().out
    assert SCHEMA.validate_str(first) is None
    assert main([str(RUNTIME)]) == 0
    assert capsys.readouterr().out == first


def test_a_document_that_breaks_the_standard_is_refused() -> None:
    """The control."""
    wrong = document(RUNTIME.read_text(encoding="utf-8"))
    wrong["components"][0]["type"] = "thing"
    assert SCHEMA.validate_str(json.dumps(wrong)) is not None


def test_every_package_that_is_needed_here_comes_with_its_hashes_and_licence() -> None:
    found = document(RUNTIME.read_text(encoding="utf-8"))
    assert {"nats-py", "psycopg", "typst", "faststream"} <= {
        one["name"] for one in found["components"]
    }
    assert all(one["hashes"] and one["licenses"] for one in found["components"])
    assert "colorama" not in {one["name"] for one in found["components"]}  # another system's


def test_another_version_than_the_locks_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("nats-py==0.0.1 \\\n", encoding="utf-8")
    with pytest.raises(LockNotInstalled, match="nats-py"):
        document(lock.read_text(encoding="utf-8"))
    assert main([str(lock)]) == 1
    assert "nats-py" in capsys.readouterr().err
