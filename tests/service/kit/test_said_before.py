"""What is decided again is found in the log, fact by fact, also where an erasure left gaps in a decision."""

import pytest

from shared.kit.storage.said_before import LOST_PLACE, SaidBefore, SaidFact, StoryDiffers, digest_of

GONE, STAYS = "0198f2c4-0000-7000-8000-000000000001", "0198f2c4-0000-7000-8000-000000000002"
SUBJECT = "fabriques.notify.notice.sent.v1."


def noted_together(*erased: str) -> SaidBefore:
    """Two letters that one decision noted, the first of them to who was erased, where they are named."""
    said = SaidBefore(erased)
    for number, dossier in enumerate((GONE, STAYS), 1):
        body = dossier.encode()
        fact = SaidFact(
            number,
            f"id-{number}",
            "noted",
            "NOTIFY",
            number,
            0,
            SUBJECT + dossier,
            digest_of(body),
            True,
        )
        said.add([fact])
    said.complete()
    return said


def test_given_an_erased_dossier_then_the_other_fact_of_its_decision_keeps_its_id_and_place() -> (
    None
):
    said = noted_together(GONE)
    assert said.place("noted", "id-1", SUBJECT + STAYS, STAYS.encode()) == ("id-2", 2)
    said.commit()
    assert [fact.dossier for fact in said.unexplained(9)[1]] == [GONE]


def test_given_an_erased_dossier_then_another_fact_than_was_said_of_a_neighbour_stops_it_all_the_same() -> (
    None
):
    with pytest.raises(StoryDiffers):
        noted_together(GONE).place("noted", "id-1", SUBJECT + STAYS, b"another")


def test_given_nobody_erased_then_a_fact_under_another_id_than_its_own_stops_it() -> None:
    with pytest.raises(StoryDiffers):
        noted_together().place("noted", "id-1", SUBJECT + STAYS, STAYS.encode())


def test_of_who_was_erased_nothing_is_said_again_and_what_nobody_said_yet_is_left_to_say() -> None:
    said = noted_together(GONE)
    assert said.place("later", "id-9", SUBJECT + GONE, b"") == ("id-9", LOST_PLACE)
    assert said.place("later", "id-9", SUBJECT + STAYS, b"") == ("id-9", None)
