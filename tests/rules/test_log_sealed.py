"""What a checkpoint covers: all that lay there as it was asked for, each erasure that an export shows."""

import pytest

from deploy.keeper.chain import Link
from deploy.keeper.keeper import BATCH, is_cut
from deploy.local.audit.export import require_sealed
from deploy.local.log.sealing import NotSealed
from shared.kit.bus.log_places import BATCH_BYTES_MAX
from shared.kit.delivery import Logged

WHO = "0198f2c4-0000-7000-8000-000000000001"


def said(place: int) -> Link:
    subject = f"fabriques.intake.candidature.erased.v1.{WHO}"
    return Link("INTAKE", place, place, 0, "", subject, b"", b"", b"salt")


def test_an_export_whose_erasure_no_checkpoint_covers_yet_is_refused_with_the_way_out() -> None:
    with pytest.raises(NotSealed, match="export again"):
        require_sealed({WHO}, [said(5)], 4)


def test_an_export_goes_on_where_the_erasure_is_sealed_or_nobody_said_one() -> None:
    require_sealed({WHO}, [said(4), said(5)], 4)
    require_sealed(set(), [said(5)], 4)
    require_sealed({WHO}, [], 4)  # the verifier tells who took something out without a word


def message(bytes_count: int) -> Logged:
    return Logged("fabriques.any", 1, 0, {}, b"." * bytes_count)


def test_a_read_that_was_cut_by_its_size_leaves_more_to_read() -> None:
    biggest = 1_000_000
    assert is_cut([message(biggest)] * (BATCH_BYTES_MAX // biggest - 1))
    assert is_cut([message(1)] * BATCH)
    assert not is_cut([message(1)] * (BATCH - 1))
