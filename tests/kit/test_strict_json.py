"""The edge: what is not exactly the JSON a subject promises never reaches a rule."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contract.frontdesk import CandidatureSubmitted, WithdrawalRequested
from shared.contract.intake import CandidatureWithdrawn
from shared.kit.errors import Unreadable
from shared.kit.strict_json import FRENCH, OTHERWISE, parse_strictly, read_event
from tests.submissions import submission

NOT_JSON = {
    "empty": b"",
    "text": b"bonjour",
    "half": b'{"a": 1',
    "two documents": b"{} {}",
    "single quotes": b"{'a': 1}",
    "trailing comma": b'{"a": 1,}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": Infinity}',
    "minus Infinity": b'{"a": -Infinity}',
    "duplicate key": b'{"a": 1, "a": 1}',
    "duplicate key below": b'{"x": [{"a": 1, "a": 2}]}',
    "duplicate key by escape": b'{"a": 1, "\\u0061": 2}',
    "invalid UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "overlong UTF-8": b'{"a": "\xc0\xaf"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "very deep": b"[" * 100_000 + b"]" * 100_000,
    "a number of a million digits": b"1" * 1_000_000,
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_strict_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable) as failure:
        parse_strictly(body)
    assert [reason.code for reason in failure.value.reasons] == ["not-json"]


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_strict_json_never_becomes_an_event(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_event(CandidatureSubmitted, body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_strict_json_reads_back_whatever_json_wrote(value: Any) -> None:
    assert parse_strictly(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_no_bytes_at_all_raise_anything_but_unreadable(body: bytes) -> None:
    for event in (CandidatureSubmitted, CandidatureWithdrawn):
        with pytest.raises(Unreadable):
            read_event(event, body)


@given(json_values)
def test_no_json_at_all_raises_anything_but_unreadable(value: Any) -> None:
    with pytest.raises(Unreadable):
        read_event(CandidatureSubmitted, json.dumps(value).encode())


def test_every_mistake_is_told_at_once_in_french_and_without_the_value() -> None:
    _, body = submission(holder__email="pas une adresse secrète", place__latitude=123, budget__requested_cents=["5", 5])
    body["stranger"] = 1
    del body["project"]
    with pytest.raises(Unreadable) as failure:
        read_event(CandidatureSubmitted, json.dumps(body).encode())
    told = {reason.field: reason for reason in failure.value.reasons}
    assert set(told) == {"holder.email", "place.latitude", "budget.requested_cents.0", "stranger", "project"}
    assert all(reason.message in {*FRENCH.values(), OTHERWISE} for reason in told.values())
    assert "secrète" not in str(failure.value)


@pytest.mark.parametrize(
    "field, value",
    [
        ("place__latitude", "46.12"),
        ("place__existing", "yes"),
        ("place__existing", 1),
        ("budget__requested_cents", ["5000000"]),
        ("budget__requested_cents", [5000000.0]),
        ("budget__requested_cents", [True]),
        ("holder__siret", 73282932000074),
        ("place__kinds", "coworking"),
        ("candidature_id", "0198F2C4-7D3E-7C1A-9B1E-2F6F0D5A1C11"),
        ("holder__legal_name", "A\r\nBcc: b@example.org"),
    ],
)
def test_a_value_of_the_wrong_type_is_not_bent_into_the_right_one(field: str, value: Any) -> None:
    """The committed schema refuses these: the code must not be kinder than what it tells strangers."""
    _, body = submission(**{field: value})
    with pytest.raises(Unreadable):
        read_event(CandidatureSubmitted, json.dumps(body).encode())


def test_our_own_facts_may_carry_fields_of_tomorrow_and_outside_facts_may_not() -> None:
    body = b'{"candidature_id": "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11", "%s": "x", "new": 1}'
    assert read_event(CandidatureWithdrawn, body % b"wave").wave == "x"
    with pytest.raises(Unreadable, match="pas attendu"):
        read_event(WithdrawalRequested, body % b"reason")


@pytest.mark.parametrize("reason", ["a\x00b", "\ud800"], ids=["NUL", "half a character"])
def test_a_text_no_database_can_keep_is_refused_at_the_edge(reason: str) -> None:
    body = json.dumps({"candidature_id": "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11", "reason": reason})
    with pytest.raises(Unreadable):
        read_event(WithdrawalRequested, body.encode())
