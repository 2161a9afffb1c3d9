"""What waits for an officer: each act that may be done now, on what, since when, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from services.funding.domain.approvals import Approval
from services.funding.domain.states import Anomaly, Appeal, Takeover, WaveState
from services.funding.domain.work import Kept, work
from shared.contract.work import Work, oldest_first, page_of
from tests.rules.money import given

EMPTY = Kept(
    given.programme(), given.DUE_AT, {given.KEY: given.RECEIPT}, {given.KEY: given.grant()}
)
NEVER_LOOKED_AT = given.account(verified_at=None, verified_by=None)


def waits(**kept: Any) -> list[Work]:
    return list(work(replace(EMPTY, **kept)))


def said_by(person: str) -> Takeover:
    """A label of before the platform that one person alone has said."""
    word = Approval(actor=person, role="director", at=given.DUE_AT.isoformat(), stamped_ns=1)
    return Takeover(given.KEY, given.RECEIPT, "{}", given.DUE_AT, (word,))


def acts(**kept: Any) -> list[str]:
    return [one.act.__name__ for one in waits(**kept)]


def test_where_nothing_is_to_be_decided_nothing_waits():
    assert (
        waits(
            accounts=[given.account()],
            waves=[WaveState("2020-4"), WaveState("2021-1", "published")],
        )
        == []
    )


def test_a_ranked_wave_waits_for_its_approvals():
    [one] = waits(waves=[WaveState("2020-4", "ranked")])
    assert (one.act.__name__, one.of) == ("WaveApproved", "2020-4")
    assert "approbations : 0 sur 2" in one.detail


def test_a_dossier_is_named_by_its_receipt_and_since_when_it_waits():
    appeal = Appeal(given.KEY, 1, given.DUE_AT, "filed", date(2021, 6, 20))
    [one] = waits(appeals=[appeal])
    assert one.told() == {
        "act": "appeal.decided",
        "roles": ["director"],
        "of": given.KEY,
        "receipt_number": given.RECEIPT,
        "since": given.DUE_AT.isoformat(),
        "detail": "recours à trancher avant le 20\u00a0juin\u00a02021, confié à personne",
    }


def test_an_appeal_that_is_late_says_so_and_who_prepares_its_answer():
    appeal = Appeal(given.KEY, 1, given.DUE_AT, "filed", date(2021, 4, 19), officer_id="moreau")
    [one] = waits(appeals=[appeal])
    assert (
        one.detail
        == "recours EN RETARD : la réponse était due le 19\u00a0avril\u00a02021, préparé par moreau"
    )


def test_whoever_is_told_no_names_reads_what_waits_and_of_nobody_who_acted():
    name = given.account().verified_by
    assert name
    kept = {
        "appeals": [
            Appeal(given.KEY, 1, given.DUE_AT, "filed", date(2021, 6, 20), officer_id=name)
        ],
        "accounts": [given.account(replaces=True)],
        "half_said": [said_by(name), said_by("another")],
    }
    told = [[one.told() for one in waits(named=named, **kept)] for named in (True, False)]
    assert [str(work).count(name) for work in told] == [4, 0]
    assert [[one["act"] for one in work] for work in told] == [
        ["appeal.decided", "laureate.imported", "laureate.imported", "bank-details.confirmed"]
    ] * 2
    assert len({one["of"] for one in told[False]}) == 3, "each its own line, the dossier's are two"


def test_an_account_is_verified_and_one_that_replaces_another_is_confirmed_by_a_second_officer():
    assert acts(accounts=[NEVER_LOOKED_AT]) == ["BankDetailsVerified"]
    assert acts(accounts=[given.account(replaces=True)]) == ["BankDetailsConfirmed"]
    assert acts(accounts=[given.account(replaces=True, confirmed_at=given.DUE_AT)]) == []


def test_the_latest_account_alone_is_looked_at():
    trusted = given.account(sequence=2, fingerprint="b" * 16)
    assert acts(accounts=[trusted, NEVER_LOOKED_AT]) == []
    assert acts(accounts=[given.account(), replace(NEVER_LOOKED_AT, sequence=2)]) == [
        "BankDetailsVerified"
    ]


def test_the_account_of_a_grant_that_has_ended_waits_for_nobody():
    ended = {given.KEY: given.grant(state="cancelled")}
    assert acts(accounts=[NEVER_LOOKED_AT], grants=ended) == []


def test_aids_above_the_ceiling_wait_until_they_are_answered():
    above = given.aid((date(2020, 6, 1), 30_000_000))
    assert acts(aids=[above]) == ["StateAidDecided"]
    assert acts(aids=[given.aid((date(2020, 6, 1), 100))]) == []
    assert acts(aids=[replace(above, allowed=False)]) == []


def test_a_recovery_is_decided_once_its_holder_has_answered_or_had_the_time_to():
    asked = given.recovery()
    assert acts(recoveries=[asked]) == []
    assert acts(recoveries=[replace(asked, answered_at=given.DUE_AT)]) == ["RecoveryDecided"]
    assert acts(recoveries=[asked], now=given.DUE_AT + timedelta(days=365)) == ["RecoveryDecided"]


def test_orders_that_no_run_has_taken_wait_since_the_oldest():
    [one] = waits(pending=[given.order(2, attempt=3), given.order(1)])
    assert (one.act.__name__, one.since) == ("PaymentsApproved", given.order(1).ordered_at)
    assert "à approuver : 2" in one.detail
    assert acts(pending=[given.order(1)], runs=[given.run()]) == ["PaymentsApproved"], (
        "the run comes first"
    )


def test_a_run_is_approved_by_a_second_officer_then_exported():
    assert acts(runs=[given.run()]) == ["PaymentsApproved"]
    assert acts(runs=[given.approved_run()]) == ["PaymentsExportRequested"]


def test_what_the_bank_left_open_waits():
    line = Anomaly("STM-1", 1, 3, "X", "unknown-order", 1, "")
    rejected = given.tranche(state="rejected")
    found = acts(in_doubt=[given.order(state="unknown")], anomalies=[line], tranches=[rejected])
    assert found == ["PaymentDeclared", "BankLineExamined", "TrancheRetried"]


def test_a_page_has_the_oldest_first_and_counts_them_all():
    unknown = Work(given.officers.WaveApproved, "2020-4", "")
    late = Work(given.officers.AppealDecided, "b", "", given.DUE_AT)
    early = Work(given.officers.AppealDecided, "a", "", given.AWARDED_AT)
    assert oldest_first([unknown, late, early]) == [early, late, unknown]
    assert (
        page_of([unknown, late, early], 1)["count"],
        page_of([late, early], 1)["work"][0]["of"],
    ) == (
        3,
        "a",
    )
