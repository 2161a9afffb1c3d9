"""What a digest is counted over: one form for each value, the same on any machine."""

import pytest

from services.funding.domain.selection.digest import canonical_bytes


def test_a_value_has_one_form_whatever_the_order_of_its_keys_and_its_accents() -> None:
    one = canonical_bytes({"b": [1, None], "a": "été"})
    assert one == canonical_bytes({"a": "été", "b": (1, None)})
    assert one == b'{"a":"\\u00e9t\\u00e9","b":[1,null]}'


def test_what_json_has_no_single_form_for_has_no_digest() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_bytes({"score": float("nan")})
    with pytest.raises(TypeError):
        canonical_bytes({"zones": {"qpv"}})
