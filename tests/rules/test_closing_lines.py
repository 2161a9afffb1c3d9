"""The closing line of an event: named by one rule, with a level that means something."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.funding.handlers.payment import named_tranche
from shared.contract.backoffice import BankStatementReceived, StatementLine, TrancheRetried
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.frontdesk import AgreementSigned, WithdrawalRequested
from shared.contract.funding import (
    GrantTrancheDue,
    TrancheOrdered,
    TrancheRejected,
    TrancheSettled,
    TrancheWithheld,
)
from shared.contract.intake import CandidatureWithdrawn
from shared.contract.values import Actor, Reason, Role
from shared.kit.consumer.closing import SAID_MAX, closing_lines, what_happened
from shared.kit.delivery import Arrival, Delivery
from shared.kit.handled import Handled
from shared.kit.logs.chain import ALLOWED

DOSSIER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
TRANCHE = f"{DOSSIER}-T1"
NOW = datetime(2022, 2, 14, tzinfo=UTC)
STAMPED_NS = 1_644_796_800_000_000_000
MISSING = Reason(code="agreement-missing", message="La convention n'est pas signée.")
DUE = GrantTrancheDue(
    tranche_id=TRANCHE, candidature_id=DOSSIER, number=1, due_on=NOW.date(), amount_cents=4_000_000
)
WITHHELD = TrancheWithheld(
    tranche_id=TRANCHE, candidature_id=DOSSIER, reasons=(MISSING,), since=NOW
)
ORDERED = TrancheOrdered(
    tranche_id=TRANCHE,
    candidature_id=DOSSIER,
    order_id="FABT-2020-4-00012-T1-A1",
    amount_cents=4_000_000,
)
REJECTED = TrancheRejected(
    tranche_id=TRANCHE,
    candidature_id=DOSSIER,
    order_id="FABT-2020-4-00012-T1-A1",
    amount_cents=4_000_000,
    reason_code="AC04",
)
OFFICER = Actor(id="moreau", role=Role.ACCOUNTANT)


def handled(event: Event, subject: str = "", **arrival: Any) -> Handled:
    subject = subject or f"fabriques.{event.event_type()}.{event.dossier}"
    delivery = Delivery(
        None, subject, {}, b"", "TRANCHES", "funding-on-tranches", 2, 17, STAMPED_NS
    )
    came = Arrival("e-1", NOW, "TRANCHES", 17, subject, "c-1", **arrival)
    return Handled(delivery, "e-1", type(event).__name__, event.dossier, came, event)


def lines(given: Handled, tells_info: bool = True) -> list[dict[str, Any]]:
    if given.said:
        given.said = [f"f-{index}" for index in range(len(given.said))]
    found = closing_lines([given], {"service": "funding"}, STAMPED_NS + 14_000_000, tells_info)
    return [dict(line) for line in found]


def test_a_line_tells_what_was_heard_decided_and_said() -> None:
    decision = Decision("ordered", facts=(ORDERED,))
    [line] = lines(handled(DUE, traceparent=f"00-{'a' * 32}-{'b' * 16}-01").settle(decision))
    assert line == {
        "service": "funding",
        "level": "info",
        "event": "tranche ordered",
        "dossier": TRANCHE,
        "fact": "GrantTrancheDue",
        "result": "ordered",
        "amount_cents": 4_000_000,
        "order_id": "FABT-2020-4-00012-T1-A1",
        "said": ["TrancheOrdered f-0"],
        "event_id": "e-1",
        "correlation_id": "c-1",
        "trace_id": "a" * 32,
        "stream": "TRANCHES",
        "sequence": 17,
        "age_ms": 14,
        "attempt": 2,
        "ms": 0.0,
    }
    assert set(line) <= ALLOWED


def test_what_is_not_known_is_absent() -> None:
    [line] = lines(handled(DUE).settle(nothing("duplicate")))
    assert None not in line.values()
    assert {"reasons", "cause", "said", "trace_id", "actor", "receipt_number"} & set(line) == set()


def test_a_fact_that_is_known_by_its_subject_alone_is_told_as_far_as_it_goes() -> None:
    subject = f"fabriques.tranches.tranche.due.v1.{TRANCHE}"
    given = handled(DUE, subject)
    given.event = named_tranche(TRANCHE)
    [line] = lines(given.settle(nothing("duplicate")))
    assert (line["event"], line["dossier"], "amount_cents" in line) == (
        "tranche duplicate",
        TRANCHE,
        False,
    )


def test_a_withheld_tranche_is_a_warning_with_every_reason() -> None:
    [line] = lines(handled(DUE).settle(Decision("withheld", (MISSING,), (WITHHELD,))))
    assert (line["level"], line["event"], line["reasons"]) == (
        "warning",
        "tranche withheld",
        ["agreement-missing"],
    )


def test_a_statement_says_each_rejected_payment_on_a_line_of_its_own() -> None:
    line = StatementLine(
        end_to_end_id=REJECTED.order_id,
        status="rejected",
        amount_cents=4_000_000,
        bank_reference="R",
    )
    statement = BankStatementReceived(
        actor=OFFICER, reason="import", statement_id="S-1", part=1, lines=(line,)
    )
    settled = TrancheSettled(
        **{**REJECTED.model_dump(exclude={"reason_code"}), "bank_reference": "R"}
    )
    [closing, rejected] = lines(
        handled(statement).settle(Decision("statement-matched", facts=(settled, REJECTED)))
    )
    assert (closing["event"], closing["level"], closing["actor"]) == (
        "statement matched",
        "info",
        "moreau",
    )
    assert rejected == {
        "service": "funding",
        "level": "warning",
        "event": "tranche rejected",
        "dossier": TRANCHE,
        "fact": "BankStatementReceived",
        "order_id": "FABT-2020-4-00012-T1-A1",
        "amount_cents": 4_000_000,
        "reason_code": "AC04",
        "said": ["TrancheRejected f-1"],
        "event_id": "e-1",
    }


def test_a_line_of_the_bank_that_nobody_can_apply_is_a_warning() -> None:
    line = StatementLine(end_to_end_id="?", status="unknown", amount_cents=1, bank_reference="R")
    statement = BankStatementReceived(
        actor=OFFICER, reason="import", statement_id="S-1", part=1, lines=(line,)
    )
    in_doubt = Reason(code="unknown-status", message="La banque emploie un mot inconnu.")
    [closing] = lines(handled(statement).settle(Decision("statement-matched", (in_doubt,))))
    assert (closing["level"], closing["reasons"]) == ("warning", ["unknown-status"])


def test_an_event_that_withholds_another_dossiers_tranche_says_so_beside_its_own_line() -> None:
    signed = AgreementSigned(candidature_id=DOSSIER, signatory="X")
    found = lines(handled(signed).settle(Decision("agreed", facts=(WITHHELD,))))
    assert [(line["event"], line["dossier"], line["level"]) for line in found] == [
        ("agreement agreed", DOSSIER, "info"),
        ("tranche withheld", TRANCHE, "warning"),
    ]


def test_where_only_warnings_are_told_a_good_event_has_no_line() -> None:
    assert lines(handled(DUE).settle(Decision("ordered", facts=(ORDERED,))), tells_info=False) == []
    assert (
        len(lines(handled(DUE).settle(Decision("withheld", (), (WITHHELD,))), tells_info=False))
        == 1
    )


def test_a_refused_act_is_a_warning_a_holders_refused_file_is_none() -> None:
    retried = TrancheRetried(actor=OFFICER, reason="nouvel essai", tranche_id=TRANCHE)
    [act] = lines(handled(retried).settle(nothing("refused", MISSING)))
    asked = WithdrawalRequested(candidature_id=DOSSIER, reason="x")
    [holders] = lines(handled(asked).settle(nothing("refused", MISSING)))
    assert (act["level"], holders["level"]) == ("warning", "info")


def test_a_rule_may_put_an_event_off_twice_before_it_is_a_warning() -> None:
    given = handled(DUE).put_off("somebody is away")
    levels = []
    for attempt in (1, 2, 3):
        given.delivery.attempt = attempt
        levels += [line["level"] for line in lines(given)]
    assert levels == ["info", "info", "warning"]
    assert (
        lines(handled(DUE).put_off("ZeroDivisionError in x", failed=True))[0]["level"] == "warning"
    )


def test_of_what_comes_from_outside_only_names_are_told() -> None:
    """An account number stands where an officer's id should: it fits, and is told nowhere."""
    iban = Actor(id="FR7630006000011234567890189", role=Role.ACCOUNTANT)
    retried = TrancheRetried(actor=iban, reason="x", tranche_id=TRANCHE)
    assert "FR76" not in str(lines(handled(retried).settle(nothing("refused"))))
    given = handled(retried).wait_for("FR7630006000011234567890189")
    assert "FR76" not in str(lines(given))


def test_of_many_facts_the_first_are_told_and_all_are_counted() -> None:
    withdrawn = CandidatureWithdrawn(candidature_id=DOSSIER, wave="2020-4")
    [line] = lines(handled(DUE).settle(Decision("withdrawn", facts=(withdrawn,) * 30)))
    assert (len(line["said"]), line["said_count"]) == (SAID_MAX, 30)


@pytest.mark.parametrize(
    "matter, result, told",
    [
        ("candidature", "registered", "candidature registered"),
        ("bank-statement", "statement-matched", "statement matched"),
        ("wave", "wave-closed", "wave closed"),
        ("payments", "run-opened", "payments run opened"),
        ("event", "dead-lettered", "event dead lettered"),
        ("tranche", "tranche_withheld", "tranche withheld"),
    ],
)
def test_an_event_is_named_by_its_matter_and_its_result_no_word_twice(
    matter: str, result: str, told: str
) -> None:
    assert what_happened(matter, result) == told
