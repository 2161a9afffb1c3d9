"""A wave is over: its count is published, and what was never completed is refused."""

from services.intake.domain.answers import with_news
from services.intake.domain.closing import close_wave
from services.intake.domain.dossier import Dossier
from services.intake.domain.waves import WaveState
from shared.contract.answers import AnswerRefused
from shared.contract.intake import CandidatureRefused, DossierStatus, WaveClosed
from tests.rules.intake.given import (
    DEADLINE,
    PORTAL,
    PROGRAMME,
    WAVE,
    a_dossier,
    claims,
    incomplete,
    kept,
    said,
)

OPEN = WaveState(WAVE.id, registered=3)
WAITING = a_dossier(incomplete(), status="incomplete", version=0)


def test_given_a_wave_when_it_closes_then_its_count_and_deadline_are_published() -> None:
    decision = close_wave(PROGRAMME, OPEN, [], 20)
    closed = said(decision, WaveClosed)
    assert (decision.result, closed.wave) == ("wave-closed", WAVE.id)
    assert (closed.registered, closed.deadline, closed.frontdesk_sequence) == (3, DEADLINE, 20)


def test_given_a_wave_when_it_closes_then_it_takes_no_more_files() -> None:
    assert kept(close_wave(PROGRAMME, OPEN, [], 20), WaveState).closed


def test_given_an_incomplete_file_when_its_wave_closes_then_it_is_refused_at_the_deadline() -> None:
    decision = close_wave(PROGRAMME, OPEN, [WAITING], 20)
    assert [reason.code for reason in said(decision, CandidatureRefused).reasons] == [
        "incomplete-at-deadline"
    ]
    assert said(decision, DossierStatus).since == DEADLINE
    assert kept(decision, Dossier).status == "refused"


def test_given_an_incomplete_file_when_its_wave_closes_then_receipt_and_project_are_free() -> None:
    decision = close_wave(PROGRAMME, OPEN, [WAITING], 20)
    assert kept(decision, Dossier).receipt_number == ""
    assert claims(decision) == {WAITING.project_key: ""}


def test_given_an_incomplete_file_when_its_wave_closes_then_its_own_front_end_hears_it() -> None:
    waiting = a_dossier(incomplete(), status="incomplete", front_end=PORTAL)
    assert (
        said(with_news(close_wave(PROGRAMME, OPEN, [waiting], 20)), AnswerRefused).front_end
        == PORTAL
    )


def test_what_is_refused_is_said_before_the_wave_is_closed() -> None:
    """Who hears that a wave is closed has heard of each file before."""
    assert isinstance(close_wave(PROGRAMME, OPEN, [WAITING], 20).facts[-1], WaveClosed)


def test_a_wave_that_was_reopened_closes_under_another_name() -> None:
    assert OPEN.closing == "wave-closed-2020-4"
    assert WaveState(WAVE.id, reopenings=2).closing == "wave-closed-2020-4-2"
