"""What may be erased of a file, and what the law keeps: until when, and why."""

from datetime import datetime, timedelta

import pytest

from services.intake.domain.contests import Contest
from services.intake.domain.dossier import Dossier, TrancheLine
from services.intake.domain.erasure import (
    Because,
    decide_erasure,
    erased_before,
    keeping_of,
    never_kept,
)
from services.intake.domain.progress import follow
from shared.contract.answers import AnswerErased
from shared.contract.decision import Decision
from shared.contract.intake import CandidatureErased, DossierStatus
from tests.rules.intake.given import (
    HOLDERS,
    NOW,
    PROGRAMME,
    WAVE,
    a_dossier,
    a_file,
    codes,
    facts,
    kept,
    said,
)

PERSONAL = ("representative", "contact@", "address", "anchoring")
DECLINED_AT = datetime.fromisoformat("2021-05-03T10:00:00+02:00")
ASKED_AT = datetime.fromisoformat("2021-06-01T09:00:00+02:00")
TWO_YEARS_ON = datetime.fromisoformat("2023-05-04T00:00:00+02:00")
PAID_AT = datetime.fromisoformat("2024-02-14T12:00:00+01:00")
TEN_YEARS_ON = datetime.fromisoformat("2034-02-15T00:00:00+01:00")
SECOND = timedelta(seconds=1)


def declined(**changes: object) -> Dossier:
    return a_dossier(
        **{"outcome": "declined", "outcome_at": DECLINED_AT, "since": DECLINED_AT, **changes}
    )


def paid(*words: str) -> Dossier:
    lines = tuple(
        TrancheLine(number=number, status=word, since=PAID_AT.isoformat())  # type: ignore[typeddict-item]
        for number, word in enumerate(words, start=1)
    )
    return a_dossier(outcome="tranche-settled", outcome_at=PAID_AT, since=PAID_AT, tranches=lines)


def erase(
    dossier: Dossier, because: Because, now: datetime, contest: Contest | None = None
) -> Decision:
    return decide_erasure(dossier, contest, PROGRAMME, because, now)


def test_given_a_declined_file_when_its_person_asks_then_nobody_can_be_told_from_it() -> None:
    known = declined(public_key="k" * 43 + "=")
    assert all(word in known.content for word in PERSONAL)
    decision = erase(known, "request", ASKED_AT)
    gone = kept(decision, Dossier)
    assert (gone.status, gone.content, gone.public_key) == ("erased", "", None)
    assert (gone.receipt_number, gone.outcome) == (known.receipt_number, "declined")
    assert gone.since == ASKED_AT, "the public status says since when the file is erased"
    assert decision.forgets == known.candidature_id


def test_given_an_erasure_then_the_services_the_status_and_the_front_end_are_told() -> None:
    decision = erase(declined(), "request", DECLINED_AT)
    assert facts(decision) == ["CandidatureErased", "DossierStatus", "AnswerErased"]
    assert said(decision, CandidatureErased).because == "request"
    assert (said(decision, DossierStatus).status, said(decision, AnswerErased).front_end) == (
        "erased",
        HOLDERS,
    )


@pytest.mark.parametrize(
    ("now", "result"),
    [(TWO_YEARS_ON - SECOND, "kept"), (TWO_YEARS_ON, "erased")],
    ids=["before", "after"],
)
def test_given_a_declined_file_when_two_years_are_over_then_the_timer_erases_it(
    now: datetime, result: str
) -> None:
    assert erase(declined(), "retention", now).result == result


@pytest.mark.parametrize("because", ["request", "retention"])
def test_given_a_grant_that_was_paid_when_ten_years_are_not_over_then_the_law_keeps_its_file(
    because: Because,
) -> None:
    decision = erase(paid("settled", "settled", "settled"), because, TEN_YEARS_ON - SECOND)
    assert (decision.result, codes(decision), decision.forgets) == ("kept", ["kept-by-law"], "")
    assert "15\u00a0février\u00a02034" in decision.reasons[0].message
    assert not decision.changes


def test_given_a_grant_that_was_paid_when_ten_years_are_over_then_its_tranches_alone_stay() -> None:
    known = paid("settled", "settled", "settled")
    gone = kept(erase(known, "retention", TEN_YEARS_ON), Dossier)
    assert (gone.content, gone.tranches) == ("", known.tranches)


def test_given_a_laureate_who_withdrew_after_a_payment_then_the_accounts_are_kept_all_the_same() -> (
    None
):
    withdrawn = a_dossier(
        status="withdrawn",
        since=PAID_AT,
        tranches=(TrancheLine(number=1, status="settled", since=PAID_AT.isoformat()),),
    )
    assert keeping_of(withdrawn, None, PROGRAMME, PAID_AT).kind == "accepted"


def test_given_a_laureate_whose_award_was_cancelled_unpaid_then_it_is_kept_as_a_refused_file() -> (
    None
):
    line = TrancheLine(number=1, status="withheld", since=PAID_AT.isoformat())
    cancelled = a_dossier(outcome="cancelled", since=PAID_AT, tranches=(line,))
    assert keeping_of(cancelled, None, PROGRAMME, PAID_AT).kind == "refused"


@pytest.mark.parametrize(
    "word", [None, "eligible", "ineligible", "in-instruction", "reviewed", "waitlisted"]
)
def test_given_a_file_that_is_examined_when_its_person_asks_then_it_has_to_be_withdrawn_first(
    word: str | None,
) -> None:
    decision = erase(a_dossier(outcome=word), "request", NOW)
    assert (decision.result, codes(decision)) == ("kept", ["still-examined"])


@pytest.mark.parametrize("word", ["waitlisted", "appeal-rejected", "appeal-upheld"])
def test_given_who_waited_on_the_reserve_when_it_is_over_then_the_file_is_a_refused_one(
    word: str,
) -> None:
    """An appeal that is upheld when nothing is left is the last word on its file, too."""
    waiting = a_dossier(outcome=word, since=NOW)
    assert keeping_of(waiting, None, PROGRAMME, PROGRAMME.reserve_end - SECOND).kind == "examined"
    assert keeping_of(waiting, None, PROGRAMME, PROGRAMME.reserve_end).kind == "refused"


def test_given_a_file_that_was_refused_as_it_came_then_it_is_erased_with_its_contest() -> None:
    file = a_file()
    contest = Contest(
        file.candidature_id,
        HOLDERS,
        "rejected",
        WAVE.id,
        "another",
        NOW,
        1,
        1,
        "",
        file.model_dump_json(),
    )
    unknown = never_kept(file.candidature_id, HOLDERS, NOW)
    decision = erase(unknown, "request", NOW, contest)
    assert (decision.result, kept(decision, Contest).content) == ("erased", "")
    assert kept(decision, Dossier).status == "erased"


def test_given_an_open_contest_when_its_person_asks_then_an_officer_decides_it_first() -> None:
    file = a_file()
    contest = Contest(
        file.candidature_id,
        HOLDERS,
        "open",
        WAVE.id,
        "another",
        NOW,
        1,
        1,
        "",
        file.model_dump_json(),
    )
    unknown = never_kept(file.candidature_id, HOLDERS, NOW)
    assert codes(erase(unknown, "request", NOW, contest)) == ["still-examined"]


def test_given_an_erased_file_when_it_is_erased_again_then_nothing_happens() -> None:
    gone = kept(erase(declined(), "request", DECLINED_AT), Dossier)
    again = erase(gone, "retention", TEN_YEARS_ON)
    assert (again.result, again.facts, again.changes) == ("duplicate", (), ())


def test_given_an_erased_file_when_another_service_speaks_of_it_then_it_stays_erased() -> None:
    gone = kept(erase(declined(), "request", DECLINED_AT), Dossier)
    assert (
        follow(gone, "reviewed", PAID_AT).result,
        follow(gone, "reviewed", PAID_AT).changes,
    ) == (
        "superseded",
        (),
    )


def test_given_an_erasure_of_a_file_that_the_log_has_lost_then_what_was_said_stands_as_it_was() -> (
    None
):
    lost = declined()
    told = erase(lost, "request", ASKED_AT).facts
    decision = erased_before(lost.candidature_id, told, ASKED_AT)
    assert decision
    gone = kept(decision, Dossier)
    assert (decision.facts, decision.forgets) == (told, lost.candidature_id)
    assert (gone.status, gone.front_end, gone.content) == ("erased", HOLDERS, "")


def test_given_an_erasure_of_which_nothing_tells_whose_the_file_was_then_none_is_made_of_it() -> (
    None
):
    lost = declined()
    facts_left = erase(lost, "request", ASKED_AT).facts[:2]
    for told in (facts_left, ()):
        assert erased_before(lost.candidature_id, told, ASKED_AT) is None
