"""Keys of the platform and names of front-ends: what a change of either leaves standing."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.local.installation.front_ends import with_added
from deploy.local.installation.rotation import SPOKEN_BY, rotate_ring_of
from deploy.portal.seals import KEY_FILE, load_seals
from shared.contract.front_ends import EMBEDDED, KINDS
from shared.kit.front_ends import FrontEndsInvalid, front_ends_of, registry_file
from shared.kit.key_files import load_ring


def test_a_key_that_the_pages_speak_with_is_replaced_by_starting_the_pages_again() -> None:
    assert {kind: SPOKEN_BY.get(kind) for kind in KINDS} == dict.fromkeys(KINDS, "portal")


@pytest.mark.parametrize("name", ["people", "store"])
def test_a_front_end_of_before_its_name_was_taken_goes_on_and_no_other_gets_it(
    name: str, tmp_path: Path
) -> None:
    kept = {"name": name, "kind": "reviewers", "code": "", "bytes_max": 1_000, "revoked": False}
    registry_file(tmp_path).write_text(json.dumps([kept]))
    assert [one.name for one in front_ends_of(tmp_path)] == [name]
    with pytest.raises(FrontEndsInvalid, match="key of the platform"):
        with_added(EMBEDDED, name, "reviewers", 1_000)


async def test_after_a_leak_no_session_of_the_earlier_key_is_left_to_get_a_new_cookie(
    tmp_path: Path,
) -> None:
    stolen = load_seals(tmp_path / "portal")
    await rotate_ring_of(tmp_path, "sessions", timedelta(0))
    assert load_seals(tmp_path / "portal").session_in(stolen.cookie("abc")) == ""
    [(_, until)] = load_ring(tmp_path / "portal" / KEY_FILE).retired
    assert until <= datetime.now(UTC)
