"""The edge: what is not exactly the JSON a subject promises never reaches a rule."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contract.frontdesk import CandidatureSubmitted, StateAidDeclared, WithdrawalRequested
from shared.contract.intake import CandidatureWithdrawn
from shared.kit.errors import Unreadable
from shared.kit.strict_json import A_DATE, FRENCH, OTHERWISE, parse_strictly, read_event
from tests.submissions import submission

DOSSIER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"

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
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
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
    _, body = submission(
        holder__email="pas une adresse secrète",
        place__latitude=123,
        budget__requested_cents=["5", 5],
    )
    body["stranger"] = 1
    del body["project"]
    with pytest.raises(Unreadable) as failure:
        read_event(CandidatureSubmitted, json.dumps(body).encode())
    told = {reason.field: reason for reason in failure.value.reasons}
    assert set(told) == {
        "holder.email",
        "place.latitude",
        "budget.requested_cents.0",
        "(champ inconnu)",
        "project",
    }
    assert all(reason.message in {*FRENCH.values(), OTHERWISE} for reason in told.values())
    assert "secrète" not in str(failure.value)


def refusals(**changes: Any) -> list[tuple[str | None, str]]:
    _, body = submission(**changes)
    with pytest.raises(Unreadable) as failure:
        read_event(CandidatureSubmitted, json.dumps(body).encode())
    return [(reason.field, reason.code) for reason in failure.value.reasons]


@pytest.mark.parametrize(
    "hidden", ["\r", "\n", "\t", "\x00", "\x7f", "\u202e", "\u2066", "\u200b", "\u2028", "\ufeff"]
)
def test_a_line_with_a_character_that_nobody_sees_is_refused(hidden: str) -> None:
    assert refusals(holder__legal_name=f"Asso{hidden}ciation") == [
        ("holder.legal_name", "hidden-character")
    ]


@pytest.mark.parametrize("blank", [" ", "   ", "\u00a0", "\u3000 "])
def test_a_line_of_nothing_but_spaces_is_refused(blank: str) -> None:
    assert refusals(place__name=blank) == [("place.name", "blank")]


@pytest.mark.parametrize(
    "name", [" L’Œuvre – n° 5 ", "Tiers\u00a0Lieu", "Ты", "東京", "é", "🌱 Jardin"]
)
def test_a_line_is_kept_as_it_was_written(name: str) -> None:
    """The control: what can be seen is admitted, and nothing is changed silently."""
    _, body = submission(place__name=name)
    assert read_event(CandidatureSubmitted, json.dumps(body).encode()).place.name == name


WRONG_ADDRESSES = [
    "é@exemple.fr", "a@é", "a@é..fr",
    "a b@exemple.fr", "a@exemple", "a@@exemple.fr", "a,b@exemple.fr", "a..b@exemple.fr",
    ".a@exemple.fr", "a@-exemple.fr", "a@exemple..fr", "a@exemple.fr\n", '"a"@exemple.fr', "a@127.0.0.1",
    "@exemple.fr",
    "a" * 65 + "@exemple.fr", "\u202ea@exemple.fr",
]  # fmt: skip


@pytest.mark.parametrize("address", WRONG_ADDRESSES)
def test_an_address_that_a_relay_without_smtputf8_refuses_is_refused_at_the_edge(
    address: str,
) -> None:
    assert refusals(holder__email=address) == [("holder.email", "email-invalid")]


@pytest.mark.parametrize(
    "address", ["a@b.fr", "prenom.nom+fabrique@mairie-du-lac.example", "o'neil@xn--ole-9la.example"]
)
def test_an_address_that_every_relay_takes_is_admitted(address: str) -> None:
    _, body = submission(holder__email=address)
    assert read_event(CandidatureSubmitted, json.dumps(body).encode()).holder.email == address


def test_a_kind_of_place_that_stands_twice_is_refused() -> None:
    assert refusals(place__kinds=["coworking", "coworking"]) == [("place.kinds", "repeated")]


def test_a_list_whose_values_are_wrong_is_not_said_to_be_too_short_as_well() -> None:
    assert refusals(place__kinds=["x"]) == [("place.kinds.0", "enum")]
    assert refusals(place__kinds=[]) == [("place.kinds", "too-short")], "the control"
    assert refusals(budget__requested_cents=["x", *range(6)]) == [
        ("budget.requested_cents", "too-long")
    ]


@pytest.mark.parametrize("day", ["hier", 3, "2021-13-01", "2021-01-01T10:00:00Z", None])
def test_a_wrong_date_is_told_in_french(day: Any) -> None:
    aid = {"granted_on": day, "granted_by": "Région", "amount_cents": 1}
    with pytest.raises(Unreadable) as failure:
        read_event(
            StateAidDeclared,
            json.dumps({"candidature_id": submission()[0], "aids": [aid]}).encode(),
        )
    assert [reason.message for reason in failure.value.reasons] == [A_DATE]


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


def test_a_thousand_unknown_fields_are_one_reason_and_a_thousand_mistakes_a_hundred() -> None:
    """Each reason is copied to the answer, the record and the status: a sender must not choose how many."""
    strangers = {f"stranger-{number}": 1 for number in range(1_000)}
    body = {"candidature_id": DOSSIER, "aids": [{"granted_on": "x"}] * 1_000}
    with pytest.raises(Unreadable) as unknown:
        read_event(
            WithdrawalRequested,
            json.dumps({"candidature_id": DOSSIER, "reason": "x", **strangers}).encode(),
        )
    assert [(reason.code, reason.field) for reason in unknown.value.reasons] == [
        ("extra-forbidden", "(champ inconnu)")
    ]
    with pytest.raises(Unreadable) as many:
        read_event(StateAidDeclared, json.dumps(body).encode())
    assert len(many.value.reasons) <= 100
