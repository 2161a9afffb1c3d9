"""From a tranche that falls due to money that came back: each step, and what must not happen at each."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from services.funding.bank.sealing import seal
from services.funding.domain.money.payments import digest_of
from services.funding.domain.states import Account
from services.funding.tools.payment_export import NothingToExport
from shared.contract import backoffice as officers
from shared.contract import funding as facts
from shared.contract.answers import AnswerActRefused
from shared.contract.frontdesk import BankDetailsProvided
from shared.contract.people import PersonRevoked
from shared.contract.values import Role
from tests.service.money.paying import PAYERS, person
from tests.service.money.treasury import SEALING, Treasury

FIRST_DUE, SECOND_DUE = date(2021, 4, 20), date(2022, 4, 20)


def paid(treasury: Treasury, grant: str, number: int = 1, run: str = "run-1") -> str:
    """The tranche is ordered, exported and settled. Returns its order."""
    treasury.move_to(treasury.tranche(grant, number).due_on)
    treasury.due(grant, number)
    treasury.pay(run)
    order = treasury.orders(grant)[-1]
    treasury.statement(f"releve-{run}", (order.order_id, "settled", order.amount_cents))
    return order.order_id


def test_a_tranche_that_falls_due_is_ordered_once_paid_once_and_proved(
    treasury: Treasury, grant: str
) -> None:
    order = paid(treasury, grant)
    assert order == "FABT-2020-4-00001-T1-A1"
    assert treasury.tranche(grant, 1).state == "settled"
    assert treasury.proof().paid_cents == 5_000_000
    assert treasury.due(grant, 1).decision.result == "already-settled"
    assert treasury.due(grant, 1, "said-by-another-job").decision.result == "already-settled"


def test_a_tranche_announced_before_its_day_waits_for_it_and_the_timer_orders_it(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(date(2021, 4, 1))
    treasury.due(grant, 1)
    assert treasury.gates(grant, 1) == ["not-due-yet"]
    treasury.move_to(FIRST_DUE)
    treasury.tick()
    assert treasury.tranche(grant, 1).state == "ordered"


def test_garbage_said_of_a_tranche_before_there_is_a_grant_pays_it_on_its_day(
    treasury: Treasury,
) -> None:
    """Given a subject that is written once for ever, filled before the award: nobody can say it again."""
    to_come = f"{treasury.next_grant}-T1"
    named = {
        "candidature_id": treasury.next_grant,
        "number": 1,
        "due_on": FIRST_DUE,
        "amount_cents": 1,
    }
    delivery = treasury.delivery(facts.GrantTrancheDue(tranche_id=to_come, **named))
    assert treasury.hear(replace(delivery, data=b"garbage")).verdict == "early"
    grant = treasury.award((5_000_000,))
    assert treasury.gates(grant, 1)[0] == "not-due-yet"
    treasury.ready(grant)
    treasury.move_to(FIRST_DUE)
    treasury.tick()
    assert [order.amount_cents for order in treasury.orders(grant)] == [5_000_000]


def since(treasury: Treasury, grant: str) -> dict[str, datetime]:
    gates = treasury.tranche(grant, 1).gates
    return {gate["code"]: datetime.fromisoformat(gate["since"]) for gate in gates}


def test_each_gate_says_since_when_it_is_closed(treasury: Treasury) -> None:
    grant = treasury.award((5_000_000,))
    awarded = treasury.now
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    assert since(treasury, grant) == {"agreement-missing": awarded, "bank-details-missing": awarded}
    treasury.move_to(date(2021, 5, 2))
    treasury.provide(grant, 1)
    assert since(treasury, grant) == {
        "agreement-missing": awarded,
        "bank-details-unverified": treasury.now,
    }


def test_suspending_a_grant_holds_what_is_withheld_and_resuming_pays_it(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.say(officers.GrantSuspended(candidature_id=grant, **person("officer-1")))
    treasury.due(grant, 1)
    assert treasury.gates(grant, 1) == ["suspended"]
    treasury.say(officers.GrantResumed(candidature_id=grant, **person("officer-1")))
    assert treasury.tranche(grant, 1).state == "ordered"


def test_suspending_a_grant_takes_back_an_order_that_is_not_at_the_bank(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    treasury.approve("run-1")
    treasury.say(officers.GrantSuspended(candidature_id=grant, **person("officer-1")))
    assert ([order.state for order in treasury.orders(grant)], treasury.gates(grant, 1)) == (
        ["cancelled"],
        ["suspended"],
    )
    treasury.say(officers.GrantResumed(candidature_id=grant, **person("officer-1")))
    treasury.pay("run-2")
    assert [order.state for order in treasury.orders(grant)] == ["cancelled", "exported"]


def test_a_rejected_payment_waits_for_another_account_and_gets_a_new_attempt(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    treasury.pay("run-1")
    [order] = treasury.orders(grant)
    treasury.statement("releve-1", (order.order_id, "rejected", order.amount_cents))
    assert treasury.tranche(grant, 1).state == "rejected"
    treasury.provide(grant, 2)
    treasury.verify(grant, "officer-1")
    treasury.confirm(grant, "officer-2")
    assert treasury.gates(grant, 1) == ["cooling-off"]
    treasury.move_to(date(2021, 5, 2))
    treasury.tick()
    assert [o.order_id for o in treasury.orders(grant)] == [
        order.order_id,
        "FABT-2020-4-00001-T1-A2",
    ]
    treasury.pay("run-2")
    late = treasury.statement("releve-2", (order.order_id, "settled", order.amount_cents))
    assert [reason.code for reason in late.decision.reasons] == ["contradicts-answer"]
    assert treasury.tranche(grant, 1).state == "ordered", "a late answer concerns its own attempt"


def test_a_transfer_given_back_is_unpaid_again_and_paid_by_a_second_attempt(
    treasury: Treasury, grant: str
) -> None:
    order = paid(treasury, grant)
    treasury.statement("retour", (order, "returned", 5_000_000))
    assert treasury.tranche(grant, 1).state == "returned"
    assert treasury.proof().paid_cents == 0
    assert [fact["order_id"] for fact in treasury.facts(facts.TrancheReturned)] == [order]
    treasury.provide(grant, 2)
    treasury.verify(grant, "officer-1")
    treasury.confirm(grant, "officer-2")
    treasury.move_to(date(2021, 6, 1))
    treasury.tick()
    treasury.pay("run-2")
    treasury.statement("releve-2", ("FABT-2020-4-00001-T1-A2", "settled", 5_000_000))
    assert (treasury.tranche(grant, 1).state, treasury.proof().paid_cents) == ("settled", 5_000_000)


def test_paid_and_given_back_in_one_statement_whatever_the_order_of_its_lines(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    treasury.pay("run-1")
    [order] = treasury.orders(grant)
    treasury.statement(
        "r", (order.order_id, "returned", 5_000_000), (order.order_id, "settled", 5_000_000)
    )
    assert (treasury.tranche(grant, 1).state, treasury.anomalies()) == ("returned", [])


def test_an_account_that_cannot_be_paid_is_answered_with_its_reasons_and_leaves_the_one_before(
    treasury: Treasury, grant: str
) -> None:
    before = treasury.fingerprint(grant)
    in_xpf = {"iban": "FR7617499000100000000012384", "bic": "CHASUS33", "account_holder": "Lieu"}
    outcome = treasury.say(
        BankDetailsProvided(candidature_id=grant, sealed=seal(SEALING.public_key_base64, in_xpf))
    )
    [fact] = treasury.facts(facts.BankDetailsRefused)
    assert outcome.decision.result == "account-refused"
    assert [reason["code"] for reason in fact["reasons"]] == ["account-in-xpf", "bic-outside-sepa"]
    [answer] = [data for subject, data in treasury.said if f".{AnswerActRefused.verb}." in subject]
    assert (answer["act"], answer["reasons"]) == (BankDetailsProvided.event_type(), fact["reasons"])
    assert "17499" not in str((fact, answer)) and "CHASUS" not in str((fact, answer))
    assert treasury.fingerprint(grant) == before


def test_a_change_of_account_takes_two_people_and_freezes_what_is_not_at_the_bank(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    treasury.approve("run-1")
    treasury.provide(grant, 2)
    assert [order.state for order in treasury.orders(grant)] == ["cancelled"]
    assert treasury.gates(grant, 1) == ["bank-details-unverified"]
    with pytest.raises(NothingToExport, match="no order left"):
        treasury.export("run-1")
    treasury.verify(grant, "officer-1")
    assert treasury.gates(grant, 1) == ["bank-details-unconfirmed"]
    same = treasury.confirm(grant, "officer-1")
    assert [reason.code for reason in same.decision.reasons] == ["same-officer"]
    treasury.confirm(grant, "officer-2")
    assert treasury.gates(grant, 1) == ["cooling-off"]
    treasury.move_to(date(2021, 5, 1))
    treasury.tick()
    [path] = treasury.pay("run-2")
    accounts = {
        account.fingerprint: account
        for account in treasury.read(lambda states: states.of(Account, grant))
    }
    iban = treasury.iban_of(accounts[treasury.orders(grant)[-1].fingerprint])
    assert iban.encode() in path.read_bytes(), "the new account is paid"
    assert len(accounts) == 2, "the old one stays, as proof"


@pytest.mark.parametrize(
    "people",
    [
        [PAYERS[0], (PAYERS[0][0], Role.ACCOUNTANT)],
        [PAYERS[1], PAYERS[0]],
        [PAYERS[0]],
        [PAYERS[0], ("ordonnateur-2", Role.AUTHORISING_OFFICER)],
    ],
    ids=["one person in both roles", "the wrong way round", "one alone", "two of the same role"],
)
def test_a_run_is_exported_only_once_two_people_approved_it_in_their_roles(
    treasury: Treasury, grant: str, people: list[tuple[str, Role]]
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    treasury.approve("run-1", people)
    with pytest.raises(NothingToExport):
        treasury.export("run-1")


@pytest.mark.parametrize(
    ("order", "status", "cents", "listed"),
    [
        ("FABT-2020-4-00001-T1-A1", "settled", 5_000_000, "repeated-line"),
        ("FABT-2020-4-00001-T1-A1", "rejected", 5_000_000, "contradicts-answer"),
        ("FABT-2020-4-00001-T1-A1", "returned", 4_999_999, "other-amount"),
        ("FABT-2020-4-00009-T1-A1", "settled", 5_000_000, "unknown-order"),
        ("", "settled", 5_000_000, "unknown-order"),
        ("FABT-2020-4-00001-T1-A1", "pending", 5_000_000, "unknown-status"),
    ],
)
def test_a_line_that_does_not_fit_moves_no_money_and_is_listed(
    treasury: Treasury, grant: str, order: str, status: str, cents: int, listed: str
) -> None:
    paid(treasury, grant)
    before = treasury.proof().movements
    treasury.statement("releve-2", (order, status, cents))
    assert (treasury.anomalies(), treasury.proof().movements) == ([listed], before)
    seen = officers.BankLineExamined(statement_id="releve-2", part=1, line=0, **person("officer-1"))
    treasury.say(seen)
    assert treasury.anomalies() == []


def test_another_amount_than_ordered_moves_no_money_and_is_listed(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    treasury.pay("run-1")
    [order] = treasury.orders(grant)
    treasury.statement("releve-1", (order.order_id, "settled", order.amount_cents - 1))
    assert (treasury.anomalies(), treasury.tranche(grant, 1).state) == (["other-amount"], "ordered")


def test_unknown_stays_unknown_until_the_bank_speaks_and_is_never_sent_again(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    treasury.pay("run-1")
    [order] = treasury.orders(grant)
    treasury.statement("releve-1", (order.order_id, "unknown", 0))
    assert [o.state for o in treasury.orders(grant)] == ["unknown"]
    treasury.due(grant, 1, "once-more")
    treasury.say(officers.TrancheRetried(tranche_id=f"{grant}-T1", **person("officer-1")))
    treasury.provide(grant, 2)
    assert [o.state for o in treasury.orders(grant)] == ["unknown"]
    treasury.statement("releve-2", (order.order_id, "settled", order.amount_cents))
    assert treasury.tranche(grant, 1).state == "settled"


def test_the_same_statement_again_changes_nothing_and_lists_nothing_twice(
    treasury: Treasury, grant: str
) -> None:
    order = paid(treasury, grant)
    lines = [("FABT-2020-4-00009-T1-A1", "settled", 1), (order, "settled", 5_000_000)]
    for _ in range(2):
        treasury.statement("releve-2", *lines)
        treasury.statement("releve-run-1", (order, "settled", 5_000_000))
    assert treasury.anomalies() == ["unknown-order", "repeated-line"]


def test_a_due_event_heard_after_a_reduction_pays_what_the_schedule_says(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(FIRST_DUE)
    tranche = treasury.tranche(grant, 1)
    treasury.say(
        officers.GrantReduced(
            candidature_id=grant, amounts_cents=(1_000_000, 0, 0), **person("officer-1")
        )
    )
    names = ("tranche_id", "candidature_id", "number", "due_on", "amount_cents")
    treasury.say(facts.GrantTrancheDue(**{name: getattr(tranche, name) for name in names}))
    assert [order.amount_cents for order in treasury.orders(grant)] == [1_000_000]


def test_a_run_whose_authorising_officer_is_revoked_before_the_accountant_speaks_is_approved_anew(
    treasury: Treasury, grant: str
) -> None:
    treasury.move_to(FIRST_DUE)
    treasury.due(grant, 1)
    [ordonnateur, accountant] = PAYERS
    assert treasury.approve("run-1", [ordonnateur])[0].decision.result == "run-opened"
    for administrator in ("administrator-1", "administrator-2"):
        gone = PersonRevoked(person_id=ordonnateur[0], **person(administrator, Role.ADMINISTRATOR))
        treasury.say(gone)
    assert treasury.approve("run-1", [accountant])[0].decision.result == "wrong-role"
    other = ("director-1", Role.AUTHORISING_OFFICER)
    results = [
        outcome.decision.result for outcome in treasury.approve("run-1", [other, accountant])
    ]
    assert results == ["run-opened", "run-approved"]
    treasury.export("run-1")
    assert not treasury.proof().violations


def test_a_list_of_the_same_number_and_total_that_nobody_saw_is_not_approved(
    treasury: Treasury,
) -> None:
    """Given an order in place of the one an officer saw, the approval of the first is none of the second."""
    seen, other = treasury.award_many([(5_000_000,), (5_000_000,)])
    treasury.ready(seen)
    treasury.ready(other, 2)
    treasury.move_to(FIRST_DUE)
    treasury.due(seen, 1)
    digest = digest_of(treasury.orders(seen))
    treasury.provide(seen, 3)
    treasury.due(other, 1)
    fields = {"run_id": "run-1", "orders": 1, "total_cents": 5_000_000}
    outcome = treasury.say(officers.PaymentsApproved(**fields, digest=digest, **person(*PAYERS[0])))
    assert outcome.decision.result == "list-changed"
    right = digest_of(treasury.orders(other))
    outcome = treasury.say(officers.PaymentsApproved(**fields, digest=right, **person(*PAYERS[0])))
    assert outcome.decision.result == "run-opened"
