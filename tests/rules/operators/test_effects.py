"""What changed for those supported beside the others: means of the same laureates in two years."""

from typing import Any

from deploy.cli.laureates.effects import by_laureate, compared, told


def counts(laureate: str, *jobs: int) -> list[dict[str, Any]]:
    return [
        {"candidature_id": laureate, "year": year, "indicators": {"jobs": count}}
        for year, count in enumerate(jobs, start=1)
    ]


def test_each_group_is_compared_with_itself_in_the_first_and_the_last_year() -> None:
    lines = [*counts("a", 2, 9, 4), *counts("b", 4, 5), *counts("c", 10, 11)]
    supported, others = compared("jobs", by_laureate(lines), {"a", "b"})
    assert told(supported) == {"laureates": 2, "before": 3.0, "after": 4.5, "percent": 50.0}
    assert told(others) == {"laureates": 1, "before": 10.0, "after": 11.0, "percent": 10.0}


def test_who_reported_one_year_or_another_thing_shows_no_change() -> None:
    lines = [
        *counts("a", 2),
        {"candidature_id": "b", "year": 1, "indicators": {}},
        *counts("b", 0, 3)[1:],
    ]
    supported, others = compared("jobs", by_laureate(lines), {"a"})
    assert (supported.laureates, others.laureates) == (0, 0)
    assert told(others)["percent"] is None
    from_nothing, _ = compared("jobs", by_laureate(counts("a", 0, 5)), {"a"})
    assert told(from_nothing) == {"laureates": 1, "before": 0.0, "after": 5.0, "percent": None}
