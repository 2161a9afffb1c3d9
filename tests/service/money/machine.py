"""All that may happen to money, in any order: a Hypothesis machine's rules, and what must hold after each.

The machine plays the bank too, and keeps its truth apart: what was really paid is held against the ledger.
"""

import shutil
import tempfile
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from services.funding.bank.pain001_reading import read_pain001
from services.funding.domain.money.words import AT_THE_BANK
from services.funding.tools.payment_export import NothingToExport
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.event import Event
from shared.contract.intake import CandidatureWithdrawn
from shared.kit.delivery import Delivery
from shared.kit.errors import Temporary
from tests.service.money.bank_rules import CENTS, FATES, AtTheBank, BankRules
from tests.service.money.fragile import Crash
from tests.service.money.paying import PAYERS, person
from tests.service.money.treasury import WAVE, Treasury

ENVELOPE_CENTS = 30_000_000
AWARDS = (
    (5_000_000, 5_000_000, 5_000_000),
    (4_000_000, 0, 3_500_000),
    (2_500_000, 2_500_000, 2_500_000),
)
DAYS = (
    date(2021, 3, 31), date(2021, 4, 19), date(2021, 4, 20), date(2021, 12, 31), date(2022, 1, 1), date(2022,
    4, 20),
    date(2023, 2, 28), date(2023, 4, 20), date(2024, 2, 29), date(2024, 12, 31), date(2025, 1, 1),
)  # fmt: skip
JUST_BEFORE_MIDNIGHT = time(23, 59, 59, 999_999)
OFFICERS = st.sampled_from(("officer-1", "officer-2"))
NUMBERS = st.integers(1, 3)


class Money(BankRules):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.treasury = self.beginning()
        self.grants: list[str] = []
        self.bank: dict[str, AtTheBank] = {}
        self.trusted: dict[str, tuple[str, set[str]]] = {}
        self.changed: set[str] = set()
        self.heard: list[Delivery] = []
        self.statements: list[tuple[str, tuple[tuple[str, str, int], ...]]] = []
        self.untold: list[tuple[str, str, int]] = []
        self.crashes = False
        self.files: dict[str, list[str]] = {}
        self.letters: list[bytes] = []
        self.amendments, self.runs, self.suspensions = 0, 0, 0

    def beginning(self) -> Treasury:
        return Treasury.beginning(self.folder, envelope_cents=ENVELOPE_CENTS)

    def teardown(self) -> None:
        self.treasury.engine.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)

    def say(self, event: Event, event_id: str = "") -> None:
        self.hear(self.treasury.delivery(event, event_id))

    def hear(self, delivery: Delivery) -> None:
        """Where a crash was called for, the process dies before its commit and the event comes again."""
        self.heard.append(delivery)
        self.treasury.consumer.dies, self.crashes = self.crashes, False
        try:
            self.treasury.hear(delivery)
        except Crash:
            self.treasury.consumer = self.treasury.new_consumer(self.treasury.engine)
            self.treasury.hear(replace(delivery, attempt=delivery.attempt + 1))
        except Temporary:
            pass

    def some(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self.grants))

    @initialize(awarded=st.sampled_from(AWARDS))
    def first_award(self, awarded: tuple[int, ...]) -> None:
        self.grants.append(self.treasury.award(awarded))
        self.treasury.ready(self.grants[0])
        self.note_account(self.grants[0])
        self.trusted[self.grants[0]][1].add("officer-1")
        self.treasury.move_to(date(2021, 3, 1))

    @precondition(lambda self: len(self.grants) < 3)
    @rule(awarded=st.sampled_from(AWARDS), ready=st.booleans())
    def award(self, awarded: tuple[int, ...], ready: bool) -> None:
        assume(self.treasury.committed_cents() + sum(awarded) <= ENVELOPE_CENTS)
        grant = self.treasury.award(awarded)
        self.grants.append(grant)
        if ready:
            self.treasury.ready(grant, len(self.grants))
            self.note_account(grant)
            self.trusted[grant][1].add("officer-1")

    @rule()
    def crash_at_the_next_event(self) -> None:
        self.crashes = True

    @precondition(lambda self: self.heard)
    @rule(data=st.data())
    def the_bus_delivers_something_again(self, data: st.DataObject) -> None:
        self.hear(replace(data.draw(st.sampled_from(self.heard)), attempt=2))

    @rule(day=st.sampled_from(DAYS), at=st.sampled_from((time(0), time(12), JUST_BEFORE_MIDNIGHT)))
    def time_jumps(self, day: date, at: time) -> None:
        self.treasury.move_to(day, at)
        self.treasury.tick()

    @rule(days=st.integers(1, 20))
    def days_pass(self, days: int) -> None:
        self.treasury.now += timedelta(days=days)
        self.treasury.tick()

    # The holder

    @rule(data=st.data())
    def sign(self, data: st.DataObject) -> None:
        self.say(front.AgreementSigned(candidature_id=self.some(data), signatory="A. Martin"))

    @rule(data=st.data(), number=NUMBERS)
    def provide(self, data: st.DataObject, number: int) -> None:
        grant = self.some(data)
        self.treasury.provide(grant, number)
        self.note_account(grant)

    @rule(data=st.data(), officer=OFFICERS, confirms=st.booleans())
    def look_at_the_account(self, data: st.DataObject, officer: str, confirms: bool) -> None:
        grant = self.some(data)
        act = officers.BankDetailsConfirmed if confirms else officers.BankDetailsVerified
        print_ = self.treasury.fingerprint(grant)
        self.say(act(candidature_id=grant, fingerprint=print_, **person(officer)))
        if grant in self.trusted:
            self.trusted[grant][1].add(officer)

    @rule(data=st.data(), number=NUMBERS)
    def change_the_account_properly(self, data: st.DataObject, number: int) -> None:
        grant = self.some(data)
        self.treasury.provide(grant, number)
        self.note_account(grant)
        self.treasury.verify(grant, "officer-1")
        self.treasury.confirm(grant, "officer-2")
        self.trusted[grant][1].update(("officer-1", "officer-2"))
        self.treasury.now += timedelta(days=8)
        self.treasury.tick()

    def note_account(self, grant: str) -> None:
        print_ = self.treasury.fingerprint(grant)
        if self.trusted.get(grant, ("", set()))[0] != print_:
            if grant in self.trusted:
                self.changed.add(grant)
            self.trusted[grant] = (print_, set())

    @rule(data=st.data(), year=NUMBERS, accepted=st.booleans())
    def report(self, data: st.DataObject, year: int, accepted: bool) -> None:
        self.treasury.report(self.some(data), year, accepted)

    @rule(data=st.data(), cents=st.sampled_from((0, 4_000_000, 19_000_000)), allowed=st.booleans())
    def state_aid(self, data: st.DataObject, cents: int, allowed: bool) -> None:
        grant, aid = (
            self.some(data),
            front.StateAid(granted_on=date(2020, 6, 1), granted_by="Région", amount_cents=cents),
        )
        self.say(front.StateAidDeclared(candidature_id=grant, aids=(aid,)))
        read = {"candidature_id": grant, "declaration": self.treasury.file(grant).aid.sequence}
        self.say(
            officers.StateAidDecided(allowed=allowed, regime="sieg", **read, **person("officer-1"))
        )

    # Officers

    @rule(data=st.data())
    def suspend_or_resume(self, data: st.DataObject) -> None:
        self.suspensions += 1
        suspended = self.suspensions % 2 == 1
        act = officers.GrantSuspended if suspended else officers.GrantResumed
        self.say(act(candidature_id=self.some(data), **person("officer-1")))

    @rule(data=st.data(), months=st.sampled_from((1, 12)))
    def extend(self, data: st.DataObject, months: int) -> None:
        self.say(
            officers.GrantExtended(
                candidature_id=self.some(data), months=months, **person("officer-1")
            )
        )

    @precondition(lambda self: self.amendments < 2)
    @rule(data=st.data(), amounts=st.tuples(CENTS, CENTS, CENTS))
    def reduce(self, data: st.DataObject, amounts: tuple[int, ...]) -> None:
        self.amendments += 1
        grant = self.some(data)
        now = {t.number: t.amount_cents for t in (self.tranches(grant))}
        smaller = tuple(min(cents, now.get(year, 0)) for year, cents in enumerate(amounts, 1))
        self.say(
            officers.GrantReduced(
                candidature_id=grant, amounts_cents=smaller, **person("officer-1")
            )
        )

    @precondition(lambda self: self.amendments < 2)
    @rule(data=st.data(), total=st.integers(4_000_000, 16_000_000))
    def balance(self, data: st.DataObject, total: int) -> None:
        self.amendments += 1
        self.say(
            officers.GrantBalanced(
                candidature_id=self.some(data), total_cents=total, **person("officer-1")
            )
        )

    @precondition(lambda self: len(self.grants) > 2)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        self.say(
            CandidatureWithdrawn(candidature_id=self.some(data), wave=WAVE),
            f"withdrawn-{len(self.heard)}",
        )

    @precondition(lambda self: len(self.grants) > 1)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        self.say(front.GrantRefused(candidature_id=self.some(data), reason="Nous fermons."))

    @rule(data=st.data(), cents=CENTS)
    def clawback(self, data: st.DataObject, cents: int) -> None:
        grant = self.some(data)
        answer_by = self.treasury.today + timedelta(days=30)
        self.say(
            officers.RecoveryIntended(
                candidature_id=grant, amount_cents=cents, answer_by=answer_by, **person("officer-1")
            )
        )

    @rule(data=st.data(), cents=st.sampled_from((500_000, 2_500_000)))
    def clawback_decided(self, data: st.DataObject, cents: int) -> None:
        grant = self.some(data)
        said: dict[str, Any] = {
            "candidature_id": grant,
            "amount_cents": cents,
            **person("officer-1"),
        }
        self.say(officers.RecoveryIntended(answer_by=self.treasury.today, **said))
        self.treasury.now += timedelta(days=2)
        self.say(officers.RecoveryDecided(**said))

    @rule(
        data=st.data(),
        cents=CENTS,
        step=st.sampled_from(("answer", "decide", "receive", "offset", "waive")),
    )
    def recovery(self, data: st.DataObject, cents: int, step: str) -> None:
        grant = self.some(data)
        said: dict[str, Any] = {
            "candidature_id": grant,
            "amount_cents": cents,
            **person("officer-1"),
        }
        if step == "answer":
            self.say(
                front.RecoveryAnswered(
                    candidature_id=grant, recovery=data.draw(NUMBERS), observations="Non."
                )
            )
        elif step == "offset":
            self.say(officers.RecoveryOffset(tranche_id=f"{grant}-T{data.draw(NUMBERS)}", **said))
        else:
            acts = {"decide": officers.RecoveryDecided, "receive": officers.RecoveryReceived}
            self.say(acts.get(step, officers.RecoveryWaived)(**said))

    # The annual job and the bank

    @rule(data=st.data(), pays=st.booleans())
    def a_season_of_payments(self, data: st.DataObject, pays: bool) -> None:
        """What happens in most years: reports in, the job on its day, a run approved and exported."""
        grant = self.some(data)
        scheduled = [tranche for tranche in self.tranches(grant) if tranche.state == "scheduled"]
        if scheduled:
            self.treasury.move_to(scheduled[0].due_on)
            if scheduled[0].number > 1:
                self.treasury.report(grant, scheduled[0].number - 1)
        self.treasury.tick()
        self.treasury.job()
        if pays:
            self.pay(again=False)
            self.state(tuple(self.fated(data, transfer) for transfer in self.held("pending")))

    def held(self, fate: str) -> list[AtTheBank]:
        return [transfer for transfer in self.bank.values() if transfer.fate == fate]

    def fated(self, data: st.DataObject, transfer: AtTheBank) -> tuple[str, str, int]:
        fate = data.draw(st.sampled_from(FATES))
        if fate != "unknown":
            self.bank[transfer.order_id] = replace(transfer, fate=fate)
        return transfer.order_id, fate, transfer.amount_cents

    @rule()
    def the_job_runs(self) -> None:
        self.treasury.job()

    @rule(data=st.data(), number=NUMBERS, again=st.integers(0, 3))
    def due_out_of_order(self, data: st.DataObject, number: int, again: int) -> None:
        """Too early, too late, twice, under another id: the bus's write-once belt is not there to help."""
        grant = self.some(data)
        if any(tranche.number == number for tranche in self.tranches(grant)):
            self.treasury.due(grant, number, f"due-{grant}-{number}-{again}")

    @rule(data=st.data(), number=NUMBERS)
    def retry(self, data: st.DataObject, number: int) -> None:
        self.say(
            officers.TrancheRetried(
                tranche_id=f"{self.some(data)}-T{number}", **person("officer-1")
            )
        )

    @rule(steps=st.sampled_from((PAYERS, PAYERS[:1], PAYERS[1:])))
    def approve(self, steps: Any) -> None:
        self.treasury.approve(f"run-{self.runs}", steps)

    @rule(again=st.booleans())
    def pay(self, again: bool) -> None:
        """A new run, or the last one once more."""
        self.runs += not again
        self.treasury.approve(f"run-{self.runs}")
        self.export(self.runs)

    def export(self, run: int) -> None:
        try:
            paths = self.treasury.export(f"run-{run}")
        except NothingToExport:
            return
        for path in paths:
            self.files[path.stem] = [
                one.end_to_end_id for one in read_pain001(path.read_bytes())[1].transfers
            ]
        for order in self.treasury.orders():
            if (
                order.run_id == f"run-{run}"
                and order.state in AT_THE_BANK
                and order.order_id not in self.bank
            ):
                self.bank[order.order_id] = AtTheBank(
                    order.order_id, order.tranche_id, order.amount_cents
                )
                assert self.trusted[order.candidature_id][0] == order.fingerprint, (
                    "the old account is never paid"
                )
                people = 2 if order.candidature_id in self.changed else 1
                assert len(self.trusted[order.candidature_id][1]) >= people, (
                    "too few people looked at this account"
                )

    def tranches(self, grant: str) -> list[Any]:
        found = [self.treasury.tranche(grant, number) for number in (1, 2, 3)]
        return [tranche for tranche in found if tranche]

    # What must hold

    @invariant()
    def the_bank_never_pays_twice_nor_above(self) -> None:
        live: dict[str, list[AtTheBank]] = {}
        for transfer in self.bank.values():
            if transfer.fate in ("pending", "settled"):
                live.setdefault(transfer.tranche_id, []).append(transfer)
        for tranche_id, transfers in live.items():
            assert len(transfers) == 1, f"{tranche_id}: {transfers}"
            tranche = self.treasury.tranche(tranche_id[:36], int(tranche_id[-1]))
            assert transfers[0].amount_cents <= tranche.amount_cents

    @invariant()
    def the_proof_holds_and_the_ledger_says_what_the_bank_did_once_it_is_told(self) -> None:
        proof = self.treasury.proof()
        assert not proof.violations, proof.violations
        if self.untold:
            return
        settled = sum(
            transfer.amount_cents for transfer in self.bank.values() if transfer.fate == "settled"
        )
        back = sum(self.treasury.grant(grant).recovered_cents for grant in self.grants)
        lost = sum(t.amount_cents for t in self.bank.values() if self.contradicted(t))
        assert proof.paid_cents == settled - back + lost

    def contradicted(self, transfer: AtTheBank) -> bool:
        """Given back before its payment was told or after it was recovered: listed for an operator."""
        told = {order.order_id: order.state for order in self.treasury.orders()}
        return transfer.fate == "returned" and told[transfer.order_id] == "settled"
