"""Ids follow from their cause: the same decision, taken twice, says the same fact."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.kit.ids import derived_id, outside_id

instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
indexes = st.integers(0, 4_000)


@given(st.text(), indexes, instants)
def test_the_same_cause_gives_the_same_id_and_it_is_a_uuid_7(
    cause: str, index: int, now: datetime
) -> None:
    first = derived_id(cause, index, now)
    assert first == derived_id(cause, index, now)
    assert UUID(first).version == 7


@given(st.text(), st.text(), indexes, indexes, instants)
def test_other_causes_and_other_places_give_other_ids(
    a: str, b: str, i: int, j: int, now: datetime
) -> None:
    assert (derived_id(a, i, now) == derived_id(b, j, now)) is ((a, i) == (b, j))


@given(st.text(), st.lists(indexes, min_size=2, unique=True), instants)
def test_ids_of_one_decision_sort_in_the_order_of_its_facts(
    cause: str, places: list[int], now: datetime
) -> None:
    ids = [derived_id(cause, index, now) for index in sorted(places)]
    assert ids == sorted(ids)


@given(st.text(), st.text(), instants, st.integers(1, 10**9))
def test_ids_sort_in_the_order_of_time(a: str, b: str, now: datetime, later_ms: int) -> None:
    assert derived_id(a, 5, now) < derived_id(b, 0, now + timedelta(milliseconds=later_ms))


@given(st.tuples(st.integers(1, 10**11), st.integers(1, 10**11)))
def test_ids_from_outside_sort_by_place_and_tell_a_new_log_from_an_old_one(
    places: tuple[int, int],
) -> None:
    first, second = sorted(places)
    assert outside_id("FRONTDESK", first, 5) <= outside_id("FRONTDESK", second, 5)
    assert outside_id("FRONTDESK", first, 5) != outside_id("FRONTDESK", first, 6)
