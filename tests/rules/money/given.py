"""A grant of 50 000, 40 000 and 30 000 euros and all around it, each thing in one call and changed by name.

given.file(account=None)                         # everything is in order but the account
given.order(state="exported")                    # the first attempt of the first tranche
given.act(officers.GrantExtended, months=6)      # an officer's act on this grant
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from services.funding.domain.money.schedule import schedule
from services.funding.domain.money.statements import Named
from services.funding.domain.money.tranches import GrantFile
from services.funding.domain.states import (
    Account,
    Fund,
    Grant,
    Movement,
    Order,
    Recovery,
    Report,
    Run,
    StateAid,
    Tranche,
)
from shared.contract import backoffice as officers
from shared.contract.backoffice import OfficerAct, StatementLine
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.values import Actor, Role
from shared.kit.delivery import Arrival
from shared.programme import Programme, load_programme
from tests.conftest import SHIPPED_PROGRAMME

KEY = "0198f2c4-7d3e-7c1a-9b1e-000000000001"
RECEIPT = "FABT-2020-4-00001"
AWARDED_AT = datetime(2021, 1, 20, 9, tzinfo=UTC)
DUE_ON = date(2021, 4, 20)
DUE_AT = datetime(2021, 4, 20, 10, tzinfo=UTC)
CENTS = (5_000_000, 4_000_000, 3_000_000)
ACCOUNT_AGE = timedelta(days=60)
AUTHORISER = ("ordonnateur-1", Role.AUTHORISING_OFFICER)
OF_AN_ORDER = ("order", "undo", "settle", "return")
OF_A_GRANT = ("award", "recover")
ACCOUNTANT = ("comptable-1", Role.ACCOUNTANT)


@lru_cache
def programme(**payment: Any) -> Programme:
    """The shipped one, each award with days of its own; `payment` changes its part on payments."""
    shipped = load_programme(SHIPPED_PROGRAMME)
    changed = shipped.payment.model_copy(update={"due_day": "", **payment})
    return shipped.model_copy(update={"payment": changed})


def at(now: datetime = DUE_AT, event_id: str = "event-1") -> Arrival:
    stamped_ns = int(now.timestamp()) * 1_000_000_000
    return Arrival(event_id, now, "BACKOFFICE", 1, "", event_id, stamped_ns=stamped_ns)


def grant(**changed: Any) -> Grant:
    """Agreed on."""
    made = Grant(
        candidature_id=KEY,
        wave="2020-4",
        receipt_number=RECEIPT,
        legal_name="La Passerelle",
        siret="13002603200016",
        zone="qpv",
        rank=1,
        awarded_cents=CENTS,
        promoted=False,
        state="agreed",
        awarded_at=AWARDED_AT,
        agreed_at=AWARDED_AT + timedelta(days=1),
    )
    return replace(made, **changed)


def tranches(**changed: Any) -> list[Tranche]:
    """All three on the schedule; `t1={"state": "settled"}` changes the first."""
    made = schedule(programme(), grant())
    return [replace(tranche, **changed.get(f"t{tranche.number}", {})) for tranche in made]


def tranche(number: int = 1, **changed: Any) -> Tranche:
    return replace(tranches()[number - 1], **changed)


def account(**changed: Any) -> Account:
    """The first one, verified long ago."""
    provided_at = DUE_AT - ACCOUNT_AGE
    made = Account(
        KEY, "a" * 16, b"", 1, provided_at, verified_at=provided_at, verified_by="officer-1"
    )
    return replace(made, **changed)


def report(year: int = 1, **changed: Any) -> Report:
    made = Report(KEY, year, "accepted", 1, planned_cents=100, spent_cents=90, submitted_at=DUE_AT)
    return replace(made, **changed)


def file(**changed: Any) -> GrantFile:
    """Nothing holds its first tranche on the day it is due."""
    made = GrantFile(programme(), grant(), account(), {}, tranches())
    return replace(made, **changed)


def aid(*granted: tuple[date, int], **changed: Any) -> StateAid:
    aids = tuple(
        {"granted_on": day.isoformat(), "granted_by": "Région", "amount_cents": c}
        for day, c in granted
    )
    return replace(StateAid(KEY, 1, DUE_AT, aids), **changed)


def order(number: int = 1, attempt: int = 1, **changed: Any) -> Order:
    made = Order(
        order_id=f"{RECEIPT}-T{number}-A{attempt}",
        tranche_id=f"{KEY}-T{number}",
        candidature_id=KEY,
        amount_cents=CENTS[number - 1],
        fingerprint="a" * 16,
        state="ordered",
        ordered_at=DUE_AT + timedelta(days=attempt),
    )
    return replace(made, **changed)


def run(**changed: Any) -> Run:
    """Opened by the authorising officer."""
    approval = {
        "actor": AUTHORISER[0],
        "role": AUTHORISER[1].value,
        "at": DUE_AT.isoformat(),
        "stamped_ns": 1,
    }
    return replace(Run("run-1", "opened", 1, CENTS[0], (approval,), DUE_AT), **changed)


def approved_run(**changed: Any) -> Run:
    second = {
        "actor": ACCOUNTANT[0],
        "role": ACCOUNTANT[1].value,
        "at": DUE_AT.isoformat(),
        "stamped_ns": 2,
    }
    return run(**({"state": "approved", "approvals": (*run().approvals, second)} | changed))


def recovery(**changed: Any) -> Recovery:
    """Asked for 20 000 euros, to be answered by 1 July."""
    return replace(Recovery(KEY, 1, "intended", 2_000_000, date(2021, 7, 1), DUE_AT), **changed)


def fund(committed_cents: int = 12_000_000, **places: int) -> Fund:
    return Fund("fund", programme().envelope_cents, committed_cents, places or {"qpv": 1})


def act(
    what: type[OfficerAct], who: tuple[str, Role] = ("officer-1", Role.INSTRUCTOR), /, **fields: Any
) -> Any:
    named = {"candidature_id": KEY} if "candidature_id" in what.model_fields else {}
    return what(**(named | fields), actor=Actor(id=who[0], role=who[1]), reason="selon le dossier")


def line(
    order_id: str = f"{RECEIPT}-T1-A1", status: str = "settled", cents: int = CENTS[0], **more: Any
) -> Any:
    fields = {"bank_reference": "R-1"} | more
    return StatementLine(end_to_end_id=order_id, status=status, amount_cents=cents, **fields)


def word_on_file(
    status: str = "settled", cents: int = 0, file_id: str = "run-1-001", **more: Any
) -> Any:
    return line("", status, cents, file_id=file_id, **more)


def statement(*lines: StatementLine, kind: str = "camt.053", name: str = "releve-1") -> Any:
    return act(officers.BankStatementReceived, statement_id=name, kind=kind, part=1, lines=lines)


def named(*orders: Order, tranches: Sequence[Tranche] = (), **more: Any) -> Named:
    """What a statement may touch: these orders, each of its ordered tranche, in one payment file."""
    own = {one.tranche_id: one for one in tranches or [_ordered(order) for order in orders]}
    fields: dict[str, Any] = {
        "orders": {one.order_id: one for one in orders},
        "tranches": own,
        "grants": {KEY: grant()},
        "paid_cents": {KEY: sum(one.amount_cents for one in orders if one.state == "settled")},
        "files": {"run-1-001": [one.order_id for one in orders]},
    }
    return Named(**(fields | more))


def _ordered(of: Order) -> Tranche:
    number = int(of.tranche_id[-1])
    return tranche(number, state="settled" if of.state == "settled" else "ordered", attempt=1)


# What came of it


def changed(decision: Decision, kind: type[Any]) -> list[Any]:
    return [change for change in decision.changes if isinstance(change, kind)]


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def said(decision: Decision) -> list[str]:
    return [type(fact).__name__ for fact in decision.facts]


def refused(decision: Decision) -> str:
    """The code people are told, which is the word an operator finds in the log; nothing else came of it."""
    assert (decision.changes, decision.facts) == ((), ())
    [reason] = decision.reasons
    assert decision.result == reason.code
    return reason.code


def moved(decision: Decision, decided_at: datetime = DUE_AT) -> list[tuple[str, str, str, int]]:
    """Kind, from, to and cents of each line of the ledger. Each names its cause, grant, tranche and order."""
    lines = changed(decision, Movement)
    for number, line in enumerate(lines):
        assert (line.cause_id, line.line, line.candidature_id) == ("event-1", number, KEY)
        assert bool(line.order_id) == (line.kind in OF_AN_ORDER)
        assert line.tranche_id or line.kind in OF_A_GRANT
        assert line.at == decided_at
    return [(one.kind, one.credit, one.debit, one.amount_cents) for one in lines]


def fact(decision: Decision, kind: type[Event]) -> Mapping[str, Any]:
    [one] = [one for one in decision.facts if isinstance(one, kind)]
    return one.model_dump()
