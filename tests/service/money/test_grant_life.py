"""Amendments, reports, state aid and recoveries: what each does to the schedule and to the envelope."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.funding.handlers.reminding import ReportReminding
from services.funding.questions import money as money_questions
from services.funding.questions.reading import file_reports
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract import funding as facts
from shared.contract.asked import ReportsAsked
from shared.kit.handled import Handled
from tests.service.money.paying import person
from tests.service.money.test_payments import FIRST_DUE, SECOND_DUE, paid
from tests.service.money.treasury import Treasury

OFFICER = person("officer-1")


def codes(outcome: Handled) -> list[str]:
    return [reason.code for reason in outcome.decision.reasons]


def test_an_extension_moves_what_is_not_ordered_and_keeps_the_dates_before(
    treasury: Treasury, grant: str
) -> None:
    paid(treasury, grant)
    treasury.say(officers.GrantExtended(candidature_id=grant, months=6, **OFFICER))
    dates = [treasury.tranche(grant, number).due_on for number in (1, 2, 3)]
    assert dates == [date(2021, 4, 20), date(2022, 10, 20), date(2023, 10, 20)]
    [fact] = treasury.facts(facts.GrantAmended)
    assert (fact["kind"], fact["freed_cents"]) == ("extension", 0)
    kept = treasury.read(
        lambda states: money_questions.money(states, treasury.programme, treasury.grant(grant))
    )
    assert [(a["kind"], a["by"]) for a in kept["amendments"]] == [("extension", "officer-1")]
    assert [a["reason"] for a in read(treasury, grant)["amendments"]] == ["selon le dossier"]


def test_what_is_asked_without_a_signature_tells_no_word_of_a_holder_or_an_officer(
    treasury: Treasury, grant: str
) -> None:
    """A key of the office opens the questions, a person's signature what somebody wrote."""
    line = front.ReportLine(label="Salaire de Camille", planned_cents=100, spent_cents=90)
    body = {"candidature_id": grant, "year": 1, "activity": "Camille a ouvert.", "lines": (line,)}
    treasury.say(front.ReportSubmitted(**body))
    told = front.StateAid(
        granted_on=date(2019, 6, 1), granted_by="La tante de Camille", amount_cents=100
    )
    treasury.say(front.StateAidDeclared(candidature_id=grant, aids=(told,)))
    why = {"actor": OFFICER["actor"], "reason": "Camille est en congé."}
    treasury.say(officers.GrantExtended(candidature_id=grant, months=6, **why))
    treasury.say(officers.ReportReturned(candidature_id=grant, year=1, version=1, **why))
    kept = treasury.read(
        lambda states: money_questions.money(states, treasury.programme, treasury.grant(grant))
    )
    listed = reports(treasury, date(2022, 3, 24), overdue=False)
    assert "Camille" not in json.dumps([kept, listed], ensure_ascii=False)
    assert json.dumps(read(treasury, grant), ensure_ascii=False).count("Camille") == 5


def test_a_reduction_frees_the_difference_and_never_what_is_paid(
    treasury: Treasury, grant: str
) -> None:
    paid(treasury, grant)
    before = treasury.committed_cents()
    refused = treasury.say(
        officers.GrantReduced(
            candidature_id=grant, amounts_cents=(4_000_000, 9_000_000, 3_000_000), **OFFICER
        )
    )
    assert codes(refused) == ["already-engaged", "not-a-reduction"], "every reason at once"
    treasury.say(
        officers.GrantReduced(
            candidature_id=grant, amounts_cents=(5_000_000, 1_000_000, 0), **OFFICER
        )
    )
    assert before - treasury.committed_cents() == 6_000_000
    assert [treasury.tranche(grant, n).state for n in (1, 2, 3)] == [
        "settled",
        "scheduled",
        "cancelled",
    ]


def test_the_final_balance_is_taken_from_the_last_tranches_first(
    treasury: Treasury, grant: str
) -> None:
    paid(treasury, grant)
    treasury.say(officers.GrantBalanced(candidature_id=grant, total_cents=8_500_000, **OFFICER))
    assert [treasury.tranche(grant, n).amount_cents for n in (1, 2, 3)] == [5_000_000, 3_500_000, 0]
    below = treasury.say(
        officers.GrantBalanced(candidature_id=grant, total_cents=4_000_000, **OFFICER)
    )
    assert codes(below) == ["below-paid"]


def test_nothing_is_amended_before_the_agreement(treasury: Treasury) -> None:
    grant = treasury.award((5_000_000,))
    assert codes(
        treasury.say(officers.GrantExtended(candidature_id=grant, months=1, **OFFICER))
    ) == ["no-agreement"]


def test_the_second_tranche_waits_for_an_accepted_report_on_the_first_year(
    treasury: Treasury, grant: str
) -> None:
    paid(treasury, grant)
    treasury.move_to(SECOND_DUE)
    treasury.due(grant, 2)
    assert treasury.gates(grant, 2) == ["report-missing"]
    treasury.report(grant, 1, accepted=False)
    treasury.say(officers.ReportReturned(candidature_id=grant, year=1, version=1, **OFFICER))
    assert treasury.gates(grant, 2) == ["report-missing"]
    treasury.report(grant, 1)
    assert treasury.tranche(grant, 2).state == "ordered"


@pytest.mark.parametrize("act", [officers.ReportAccepted, officers.ReportReturned])
def test_a_report_sent_again_is_neither_accepted_nor_sent_back_unread(
    treasury: Treasury, grant: str, act: type[officers.ReportAccepted]
) -> None:
    for _ in range(2):
        treasury.report(grant, 1, accepted=False)
    refused = treasury.say(act(candidature_id=grant, year=1, version=1, **OFFICER))
    assert refused.decision.result == "dead-lettered" and "read version 2" in refused.cause
    assert treasury.file(grant).reports[1].state == "submitted"
    treasury.say(act(candidature_id=grant, year=1, version=2, **OFFICER))
    assert treasury.file(grant).reports[1].state != "submitted"


def test_a_report_is_accepted_once_the_version_that_was_read_is_heard(
    treasury: Treasury, grant: str
) -> None:
    treasury.report(grant, 1, accepted=False)
    treasury.say(officers.ReportAccepted(candidature_id=grant, year=1, version=2, **OFFICER))
    assert treasury.file(grant).reports[1].state == "submitted"
    treasury.report(grant, 1, accepted=False)
    assert treasury.file(grant).reports[1].state == "accepted"


def read(treasury: Treasury, grant: str) -> dict[str, Any]:
    return treasury.read(lambda states: file_reports(states, grant))


def reports(treasury: Treasury, today: date, overdue: bool = True) -> dict[str, Any]:
    wanted = ReportsAsked(overdue=overdue)
    return treasury.read(
        lambda states: money_questions.reports(states, treasury.programme, today, wanted)
    )


def test_a_report_is_overdue_four_weeks_before_the_tranche_it_opens_until_it_is_sent(
    treasury: Treasury, grant: str
) -> None:
    assert reports(treasury, date(2022, 3, 23))["reports"] == []
    [late] = reports(treasury, date(2022, 3, 24))["reports"]
    assert (late["year"], late["due_on"], late["state"]) == (1, "2022-03-23", "missing")
    treasury.report(grant, 1, accepted=False)
    assert reports(treasury, date(2022, 3, 24))["overdue"] == 0
    treasury.say(officers.ReportReturned(candidature_id=grant, year=1, version=1, **OFFICER))
    [again] = reports(treasury, date(2022, 3, 24))["reports"]
    assert again["state"] == "returned"
    assert read(treasury, grant)["reports"][0]["returned_because"] == "selon le dossier"


def test_the_timer_reminds_once_of_a_report_that_is_due_soon(
    treasury: Treasury, grant: str
) -> None:
    reminding = ReportReminding(treasury.programme)
    for day in (date(2022, 2, 20), date(2022, 2, 21), date(2022, 2, 22), date(2022, 3, 16)):
        treasury.move_to(day)
        name = reminding.name_of(day, "")
        treasury.announce(name, reminding.named(name))
    said = [(fact["year"], fact["days_left"]) for fact in treasury.facts(facts.ReportExpected)]
    assert said == [(1, 30), (1, 7)]
    treasury.report(grant, 1)
    last = date(2022, 3, 24)
    assert treasury.read(lambda states: reminding.decide(states, last, "")).facts == ()
    assert treasury.read(lambda states: reminding.grants(states, last, grant)) == []


def test_the_financial_table_shows_variances_in_cents_and_in_percent(
    treasury: Treasury, grant: str
) -> None:
    lines = (
        front.ReportLine(label="Salaires", planned_cents=3_000_000, spent_cents=3_300_000),
        front.ReportLine(label="Imprévus", planned_cents=0, spent_cents=10_000),
    )
    treasury.say(
        front.ReportSubmitted(candidature_id=grant, year=1, activity="Ouvert.", lines=lines)
    )
    table = read(treasury, grant)["reports"][0]["financial_table"]
    shown = [(line["label"], line["variance_cents"], line["variance_percent"]) for line in table]
    assert shown == [
        ("Salaires", 300_000, 10.0),
        ("Imprévus", 10_000, None),
        ("Total", 310_000, 10.33),
    ]


def aids(grant: str, *amounts: tuple[date, int]) -> front.StateAidDeclared:
    told = tuple(
        front.StateAid(granted_on=day, granted_by="Région", amount_cents=cents)
        for day, cents in amounts
    )
    return front.StateAidDeclared(candidature_id=grant, aids=told)


def test_aids_above_the_ceiling_hold_the_tranche_until_an_officer_decides(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.say(aids(grant, (date(2019, 6, 1), 9_000_000)))
    treasury.due(grant, 1)
    assert treasury.gates(grant, 1) == ["state-aid-above-ceiling"]
    treasury.say(allowed(grant, treasury.file(grant).aid.sequence))
    assert treasury.tranche(grant, 1).state == "ordered"


def allowed(grant: str, declaration: int) -> officers.StateAidDecided:
    read = {"candidature_id": grant, "declaration": declaration}
    return officers.StateAidDecided(allowed=True, regime="sieg", **read, **OFFICER)


def test_aids_declared_anew_are_not_allowed_unread(treasury: Treasury, grant: str) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.say(aids(grant, (date(2019, 6, 1), 9_000_000)))
    read = treasury.file(grant).aid.sequence
    treasury.say(aids(grant, (date(2019, 6, 1), 90_000_000)))
    treasury.due(grant, 1)
    refused = treasury.say(allowed(grant, read))
    assert refused.decision.result == "dead-lettered" and "declared anew" in refused.cause
    assert treasury.gates(grant, 1) == ["state-aid-above-ceiling"]
    treasury.say(allowed(grant, treasury.file(grant).aid.sequence))
    assert treasury.tranche(grant, 1).state == "ordered"


@pytest.mark.parametrize(
    ("granted_on", "cents"),
    [(date(2018, 1, 20), 9_000_000), (date(2018, 1, 21), 8_000_000)],
    ids=["too old", "fits"],
)
def test_aids_within_the_ceiling_or_older_than_three_years_hold_nothing(
    treasury: Treasury, grant: str, granted_on: date, cents: int
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.say(aids(grant, (granted_on, cents)))
    treasury.due(grant, 1)
    assert treasury.tranche(grant, 1).state == "ordered"


def intended(
    treasury: Treasury, grant: str, cents: int, answer_by: date = date(2021, 7, 1)
) -> Handled:
    asked = {"candidature_id": grant, "amount_cents": cents, "answer_by": answer_by}
    return treasury.say(officers.RecoveryIntended(**asked, **OFFICER))


def test_money_is_asked_back_after_the_delay_or_the_holders_observations(
    treasury: Treasury, grant: str
) -> None:
    paid(treasury, grant)
    assert codes(intended(treasury, grant, 5_000_001)) == ["above-paid"]
    intended(treasury, grant, 2_000_000)
    decided = officers.RecoveryDecided(candidature_id=grant, amount_cents=1_500_000, **OFFICER)
    assert codes(treasury.say(decided)) == ["too-soon"]
    assert answered(treasury, grant, 1) == "recovery-answered"
    assert treasury.say(decided).decision.result == "recovery-ordered"


def answered(treasury: Treasury, grant: str, recovery: int) -> str:
    answer = front.RecoveryAnswered(
        candidature_id=grant, recovery=recovery, observations="Nous contestons."
    )
    return treasury.say(answer).decision.result


def test_an_answer_counts_for_no_other_recovery_than_the_one_it_names(
    treasury: Treasury, grant: str
) -> None:
    ordered(treasury, grant, 1_000_000)
    treasury.say(officers.RecoveryReceived(candidature_id=grant, amount_cents=1_000_000, **OFFICER))
    intended(treasury, grant, 1_000_000, date(2021, 9, 1))
    assert answered(treasury, grant, 1) == "already-closed"
    decided = officers.RecoveryDecided(candidature_id=grant, amount_cents=1_000_000, **OFFICER)
    assert codes(treasury.say(decided)) == ["too-soon"]
    assert answered(treasury, grant, 2) == "recovery-answered"
    assert treasury.say(decided).decision.result == "recovery-ordered"


def test_an_answer_written_before_money_is_asked_back_answers_nothing(
    treasury: Treasury, grant: str
) -> None:
    paid(treasury, grant)
    assert answered(treasury, grant, 1) == "early"
    treasury.move_to(date(2021, 6, 1))
    intended(treasury, grant, 1_000_000)
    decided = officers.RecoveryDecided(candidature_id=grant, amount_cents=1_000_000, **OFFICER)
    assert codes(treasury.say(decided)) == ["too-soon"]


def test_an_answer_that_is_read_before_its_recovery_waits_for_it(
    treasury: Treasury, grant: str
) -> None:
    paid(treasury, grant)
    asked_at = treasury.now
    treasury.move_to(date(2021, 6, 1))
    assert answered(treasury, grant, 1) == "early"
    treasury.now = asked_at
    intended(treasury, grant, 1_000_000)
    decided = officers.RecoveryDecided(candidature_id=grant, amount_cents=1_000_000, **OFFICER)
    assert treasury.say(decided).decision.result == "recovery-ordered"


def ordered(treasury: Treasury, grant: str, cents: int) -> None:
    paid(treasury, grant)
    intended(treasury, grant, cents)
    treasury.move_to(date(2021, 7, 2))
    treasury.say(officers.RecoveryDecided(candidature_id=grant, amount_cents=cents, **OFFICER))


def test_what_is_recovered_returns_to_the_envelope(treasury: Treasury, grant: str) -> None:
    ordered(treasury, grant, 2_000_000)
    before = treasury.committed_cents()
    too_much = officers.RecoveryReceived(candidature_id=grant, amount_cents=2_000_001, **OFFICER)
    assert codes(treasury.say(too_much)) == ["above-left"]
    treasury.say(officers.RecoveryReceived(candidature_id=grant, amount_cents=1_500_000, **OFFICER))
    treasury.say(officers.RecoveryWaived(candidature_id=grant, amount_cents=500_000, **OFFICER))
    assert before - treasury.committed_cents() == 1_500_000
    [closed] = treasury.facts(facts.RecoveryClosed)
    assert (closed["recovered_cents"], closed["waived_cents"]) == (1_500_000, 500_000)
    assert treasury.proof().paid_cents == 3_500_000


def test_what_is_owed_is_kept_back_from_a_later_tranche(treasury: Treasury, grant: str) -> None:
    ordered(treasury, grant, 2_000_000)
    offset = officers.RecoveryOffset(
        tranche_id=f"{grant}-T2", candidature_id=grant, amount_cents=2_000_000, **OFFICER
    )
    treasury.say(offset)
    treasury.report(grant, 1)
    assert paid(treasury, grant, 2, "run-2")
    assert treasury.orders(grant)[-1].amount_cents == 2_000_000
    assert [asked.state for asked in treasury.recoveries(grant)] == ["closed"]
    assert treasury.proof().paid_cents == 7_000_000


def test_a_second_recovery_is_kept_beside_the_first(treasury: Treasury, grant: str) -> None:
    ordered(treasury, grant, 1_000_000)
    treasury.say(officers.RecoveryReceived(candidature_id=grant, amount_cents=1_000_000, **OFFICER))
    assert codes(intended(treasury, grant, 4_000_001)) == ["above-paid"]
    intended(treasury, grant, 4_000_000)
    assert [(r.number, r.state) for r in treasury.recoveries(grant)] == [
        (1, "closed"),
        (2, "intended"),
    ]


def test_money_that_comes_back_promotes_the_reserve(tmp_path: Path) -> None:
    treasury = Treasury.beginning(tmp_path, envelope_cents=20_000_000)
    grant = treasury.award((5_000_000, 5_000_000, 5_000_000))
    treasury.ready(grant)
    waiting = treasury.waitlist((5_000_000, 2_500_000, 0))
    treasury.say(
        officers.GrantReduced(
            candidature_id=grant, amounts_cents=(5_000_000, 5_000_000, 0), **OFFICER
        )
    )
    [promoted] = [fact for fact in treasury.facts(facts.GrantAwarded) if fact["promoted"]]
    assert (promoted["candidature_id"], treasury.committed_cents()) == (waiting, 17_500_000)
    treasury.must_hold()
    treasury.engine.dispose()
