"""Each kind of tampering is found by one check of the verifier, at its place, and by no other.

The verifier runs alone: one file, in a process that sees nothing of the project. Each kind of tampering calls
it here, since a process for each would cost more than it proves.
"""

import ast
import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from shared.kit.people.signatures import public_key_of
from tests.service.audit.forgery import (
    FORGERIES,
    TREASURY,
    a_run_approved_by,
    declared,
    lies_there,
    malformed,
)
from tests.service.audit.season import KEY, Log, Sealed, played
from tests.service.audit.tampering import OPTIONS, TAMPERING, Tamper, erased

VERIFIER = Path(__file__).parents[3] / "deploy" / "verify" / "fabriques_verify.py"
FOUND_BY = TAMPERING | FORGERIES


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return played(tmp_path_factory.mktemp("season"))


@pytest.fixture
def sealed(log: Log) -> Sealed:
    return Sealed(deepcopy(log)).chain()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(VERIFIER, tmp_path_factory.mktemp("auditor")))


@cache
def main_of(alone: Path) -> Callable[[], int]:
    found: Callable[[], int] = runpy.run_path(str(alone))["main"]
    return found


def verify(alone: Path, folder: Path, *options: str) -> tuple[int, list[str]]:
    """Its exit code, and the lines of its findings."""
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(StringIO()) as said:
        patched.setattr(sys, "argv", [str(alone), str(folder), *options])
        code = main_of(alone)()
    return code, said.getvalue().splitlines()[:-2]


def verify_apart(alone: Path, folder: Path, *options: str) -> tuple[int, list[str]]:
    """The same, in a process of its own."""
    command = [sys.executable, "-I", str(alone), str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=alone.parent)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()[:-2]


@pytest.mark.parametrize("tamper", FOUND_BY, ids=lambda tamper: tamper.__name__)
def test_tampering_is_found_at_its_place_by_one_check_and_missed_without_it(
    tamper: Tamper, sealed: Sealed, alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kept.json").write_text(json.dumps(sealed.checkpoints[-1]))
    place = tamper(sealed)
    folder = sealed.write(tmp_path / "export")
    options = OPTIONS.get(tamper, ())
    code, found = verify(alone, folder, *options)
    assert (code, {line.partition(": ")[0] for line in found}) == (1, {FOUND_BY[tamper]})
    assert any(line.partition(": ")[2].startswith(place) for line in found), found
    assert verify(alone, folder, *options, "--skip", FOUND_BY[tamper]) == (0, [])


def test_an_honest_export_holds_with_the_key_that_was_published_and_a_checkpoint_that_was_kept(
    sealed: Sealed, alone: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(sealed.checkpoints[0]))
    key = public_key_of(KEY)
    options = ("--key", key, "--checkpoint", str(kept))
    assert verify_apart(alone, sealed.write(tmp_path / "export"), *options) == (0, [])


def test_a_payment_that_two_people_declared_by_the_same_letter_holds(
    sealed: Sealed, alone: Path, tmp_path: Path
) -> None:
    declared(sealed, *TREASURY)
    assert verify(alone, sealed.write(tmp_path / "export")) == (0, [])


@pytest.mark.parametrize("more_cents", [(2_000, 0), (0, 0), (5, 5)], ids=str)
def test_a_run_that_lost_an_order_between_its_two_approvals_holds(
    more_cents: tuple[int, int], sealed: Sealed, alone: Path, tmp_path: Path
) -> None:
    a_run_approved_by(sealed, *TREASURY, seen_cents=more_cents)
    assert verify(alone, sealed.write(tmp_path / "export")) == (0, [])


def test_a_malformed_message_counts_for_nothing_and_an_honest_log_with_it_holds(
    sealed: Sealed, alone: Path, tmp_path: Path
) -> None:
    for words, body, signer in malformed():
        lies_there(sealed, words, body, signer)
    sealed.chain()
    assert verify(alone, sealed.write(tmp_path / "export")) == (0, [])


def test_a_review_nested_as_deep_as_python_can_read_counts_for_nothing(
    sealed: Sealed, alone: Path, tmp_path: Path
) -> None:
    """Between the depths that are read and those that are not, none stops it on the way."""
    words = "frontdesk.reviewers.review.submitted"
    deepest = sys.getrecursionlimit()
    for levels in range(deepest - 80, deepest):
        marks = '{"a":' * levels + "1" + "}" * levels
        body = f'{{"reviewer_id":"r1","marks":{marks}}}'.encode()
        lies_there(sealed, words, body, "r1")
    sealed.chain()
    assert verify_apart(alone, sealed.write(tmp_path / "export")) == (0, [])


def test_another_key_than_the_one_that_was_published_is_found(
    sealed: Sealed, alone: Path, tmp_path: Path
) -> None:
    sealed.seal(SigningKey(b"\6" * 32))
    folder = sealed.write(tmp_path / "export")
    assert verify(alone, folder) == (0, []), "its own word is believed where nothing else is known"
    assert verify_apart(alone, folder, "--key", public_key_of(KEY))[0] == 1


def test_an_erased_event_leaves_its_digest_and_the_chain_holds(
    sealed: Sealed, alone: Path, tmp_path: Path
) -> None:
    """Its salt is gone: whoever guesses the body cannot tell that the guess is right."""
    place = erased(sealed, "FRONTDESK_HOLDERS", "candidature.submitted")
    dossier = sealed.log["INTAKE"][-1].subject.rpartition(".")[2]
    lying = sealed.log["FRONTDESK_HOLDERS"]
    head, _, _ = lying[place - 1].subject.rpartition(".")
    # A sender's spelling.
    lying[place - 1] = replace(lying[place - 1], subject=f"{head}.{dossier.upper()}")
    sealed.chain()
    before = [link.head for link in sealed.chains["FRONTDESK_HOLDERS"]]
    chain = sealed.chains["FRONTDESK_HOLDERS"]
    for at, message in enumerate(lying):
        if message.subject.lower().endswith(dossier):
            chain[at] = replace(chain[at], salt=None)
    whole = sealed.log["FRONTDESK_HOLDERS"]
    sealed.log["FRONTDESK_HOLDERS"] = [
        one for one in whole if not one.subject.lower().endswith(dossier)
    ]
    assert [link.head for link in chain] == before
    assert verify(alone, sealed.write(tmp_path / "export")) == (0, [])


def test_what_is_told_at_a_place_whose_salt_is_gone_is_not_read(
    sealed: Sealed, alone: Path, tmp_path: Path
) -> None:
    """Nothing shows what lay there: an order put into an erased place would be an order of nobody's."""
    place = erased(sealed, "FRONTDESK_HOLDERS", "candidature.submitted")
    sealed.chain()
    chain = sealed.chains["FRONTDESK_HOLDERS"]
    chain[place - 1] = replace(chain[place - 1], salt=None)
    folder = sealed.write(tmp_path / "export")
    command = "import sys; sys.path.insert(0, sys.argv[1]); from fabriques_verify import Export; "
    command += (
        "from pathlib import Path; print(Export(Path(sys.argv[2]), '', []).streams[sys.argv[3]]"
    )
    command += "[int(sys.argv[4]) - 1].body)"
    arguments = [str(alone.parent), str(folder), "FRONTDESK_HOLDERS", str(place)]
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments], capture_output=True, text=True
    )
    assert done.stdout.strip() == "{}", done.stderr


def test_an_export_commands_no_terminal_and_says_no_line_of_its_own(
    sealed: Sealed, alone: Path, tmp_path: Path
) -> None:
    folder = sealed.write(tmp_path / "export")
    chain = folder / "streams" / "NOTIFY.jsonl"
    first, rest = chain.read_text(encoding="utf-8").split("\n", 1)
    row = json.loads(first) | {"sequence": "\x1b]0;owned\x07\n0 findings of: places\u202e\ud800"}
    chain.write_text(json.dumps(row) + "\n" + rest, encoding="utf-8")
    checkpoints = folder / "checkpoints.jsonl"
    named = [json.loads(line) for line in checkpoints.read_text().splitlines()]
    named[-1]["next_key"] = "\x9b2J\r"
    checkpoints.write_text("".join(json.dumps(one) + "\n" for one in named))
    command = [sys.executable, "-I", str(alone), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert all(line.isprintable() for line in lines)
    assert [line for line in lines if line.startswith("0 findings")] == []
    assert r"NOTIFY \x1b]0;owned\x07\n0 findings" in lines[0]


def test_the_verifier_is_one_short_file_that_imports_nothing_of_the_project() -> None:
    text = VERIFIER.read_text(encoding="utf-8")
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert len(text.splitlines()) <= 300
    assert {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names} == {
        "nacl.signing"
    }
