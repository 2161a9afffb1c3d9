"""Whose a checkpoint is: of a key of ours, or of the one before, which named ours and is gone."""

from dataclasses import replace
from datetime import UTC, datetime

from nacl.signing import SigningKey

from deploy.keeper.chain import End
from deploy.keeper.checkpoints import Scene, checkpoint, is_ours
from shared.contract.keeper import LogSealed

NOW = datetime(2021, 3, 1, tzinfo=UTC)
OLD, NEW, OTHER = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()
BEFORE = Scene("0" * 64, "0" * 64, OLD)
ROTATED = replace(BEFORE, key=NEW, earlier=(OLD,))


def sealed_by(scene: Scene, last: LogSealed | None) -> LogSealed:
    return checkpoint(scene, last, [("INTAKE", End(1, bytes(32)))], 1, "hour", NOW)


def test_a_checkpoint_that_names_our_key_is_ours_once_the_key_before_is_dropped() -> None:
    first = sealed_by(BEFORE, None)
    handed = sealed_by(ROTATED, first)
    alone = replace(ROTATED, earlier=())
    assert is_ours(first, ROTATED) and is_ours(handed, ROTATED)
    assert is_ours(handed, alone)
    assert is_ours(sealed_by(alone, handed), alone)


def test_what_names_another_key_or_was_changed_is_not_ours() -> None:
    first = sealed_by(BEFORE, None)
    handed = sealed_by(ROTATED, first)
    alone = replace(ROTATED, earlier=())
    assert not is_ours(first, alone)
    assert not is_ours(handed, replace(alone, key=OTHER))
    assert not is_ours(handed.model_copy(update={"facts": 2}), alone)
    assert not is_ours(handed.model_copy(update={"key": "AAAA"}), alone)
