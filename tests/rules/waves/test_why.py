"""What people are told of a wave on its way, and of an outcome."""

from dataclasses import replace

from services.funding.domain.states import Turn
from services.funding.domain.waves import explanation, progress
from tests.rules.waves import given

LISTED = given.published(given.entry(1, mark=5), given.entry(2, mark=1))


def turn(number: int = 1, **changed) -> Turn:
    reason = {"code": "promoted", "field": None, "message": "Appelée au rang 2."}
    made = Turn(
        given.dossier(number),
        "event-1",
        given.LATER,
        "promoted",
        "waitlisted",
        "laureate",
        reasons=(reason,),
    )
    return replace(made, **changed)


def test_a_wave_tells_what_its_ranking_waits_for():
    unscored = [given.entry(number, score=None) for number in (3, 5)]
    entries = [given.entry(1), given.entry(2, eligible=None), *unscored, given.out(4)]
    wave = given.wave(*entries, registered=7)

    missing = progress.missing_from(wave, entries)

    assert (missing.unregistered, missing.unchecked, missing.unscored) == (2, 1, 2)
    assert given.numbers(missing.dossiers) == [2, 3, 5]


def test_a_wave_that_is_still_open_waits_for_nobody_by_number():
    assert progress.missing_from(given.wave(registered=None, entries=3), []).unregistered == 0


def test_a_place_on_the_list_is_explained_with_its_threshold_under_the_digest_of_the_list():
    told = explanation.explained(LISTED.wave, LISTED.rankings, given.dossier(2))

    assert (told["outcome"], told["rank"], told["ranked"]) == ("declined", 2, 2)
    assert (told["score_needed"], told["points_missing"]) == (1000, 600)
    assert "La note de 4,00 est inférieure à la note minimale de 10,00." in told["text"]
    assert (told["digest"], told["published_at"]) == (LISTED.wave.digest, given.NOW.isoformat())


def test_without_a_place_it_is_said_why_there_is_none():
    published = LISTED.wave

    withdrawn = explanation.why_unranked(given.out(1, withdrawn=True), published)
    assert withdrawn == "Le porteur a retiré sa candidature : elle n'est pas classée."
    out = explanation.why_unranked(given.out(1), published)
    assert out == "La candidature n'est pas éligible. Le lieu n'est dans aucune zone."
    waiting = explanation.why_unranked(given.entry(1), replace(published, state="ranked"))
    assert waiting == "La vague 2020-4 n'est pas publiée : aucune décision n'est encore prise."
    late = explanation.why_unranked(given.entry(1), published)
    assert late == "La candidature n'était pas classée quand la vague a été publiée."


def test_what_became_of_a_place_since_is_told_with_its_day():
    told = explanation.turned(turn())

    assert (
        told
        == "Depuis, le 20\u00a0février\u00a02021 : appelée depuis la liste d'attente. Appelée au rang 2."
    )


def test_what_became_of_a_place_is_told_in_the_order_it_happened():
    first, second = turn(at=given.NOW), turn(cause_id="event-2")

    assert explanation.in_time([second, first]) == [first, second]
