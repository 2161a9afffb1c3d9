"""What accepted reports counted, told a page of grants at a time."""

from pathlib import Path
from typing import Any

from services.funding.questions.money import reported_counts
from shared.contract.asked import GrantsAsked
from shared.kit.storage.states import States
from tests.databases import states_in
from tests.rules.money import given

GRANTS = tuple(f"0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c1{last}" for last in "1234")


def pages(states: States, limit: int) -> list[list[tuple[str, int]]]:
    """The grants and years of each page, as whoever turns them reads them."""
    found: list[list[tuple[str, int]]] = []
    after: str | None = None
    while after is not None or not found:
        told: dict[str, Any] = reported_counts(states, GrantsAsked(after=after, limit=limit))
        found.append([(one["candidature_id"], one["year"]) for one in told["counts"]])
        after = told["next"]
    return found


def test_each_page_has_so_many_grants_with_all_their_accepted_reports(tmp_path: Path) -> None:
    first, second, unread, last = GRANTS
    with states_in(tmp_path, "funding") as states:
        for dossier, year in ((last, 1), (first, 2), (first, 1), (second, 3)):
            states.keep(given.report(year, candidature_id=dossier))
        states.keep(given.report(2, candidature_id=second, state="returned"))
        states.keep(given.report(1, candidature_id=unread, state="submitted"))
        assert pages(states, 1) == [[(first, 1), (first, 2)], [(second, 3)], [(last, 1)]]
        assert pages(states, 2) == [[(first, 1), (first, 2), (second, 3)], [(last, 1)]]
        assert pages(states, 3) == [[(first, 1), (first, 2), (second, 3), (last, 1)]]
