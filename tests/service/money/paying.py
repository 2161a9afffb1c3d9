"""Payment runs of a treasury, as two people, the command and the bank live them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from services.funding import store
from services.funding.domain.money.payments import digest_of
from services.funding.tools.payment_export import PaymentTool
from shared.bank.answers import parts, read_answers
from shared.contract import backoffice as officers
from shared.contract.values import Actor, Role
from shared.kit.handled import Handled
from shared.kit.storage.inbox_outbox import InboxOutbox
from shared.kit.storage.states import States
from tests.service.money.looking import CIPHER

PAYERS = (("ordonnateur-1", Role.AUTHORISING_OFFICER), ("comptable-1", Role.ACCOUNTANT))


def person(name: str, role: Role = Role.INSTRUCTOR) -> dict[str, Any]:
    return {"actor": Actor(id=name, role=role), "reason": "selon le dossier"}


class Paying:
    """`say` hands an event to the consumer, `read` answers from the committed states."""

    engine: Any
    programme: Any
    folder: Any
    consumer: Any
    say: Any
    read: Any

    def approve(self, run_id: str, people: Iterable[tuple[str, Role]] = PAYERS) -> list[Handled]:
        outcomes = []
        for name, role in people:
            seen = self.read(
                lambda states: store.orders_of_run(states, run_id) or store.orders_waiting(states)
            )
            total = sum(order.amount_cents for order in seen)
            fields = {
                "run_id": run_id,
                "orders": max(1, len(seen)),
                "total_cents": total,
                "digest": digest_of(seen),
            }
            outcomes.append(self.say(officers.PaymentsApproved(**fields, **person(name, role))))
        return outcomes

    def export(self, run_id: str | None = None, version: Any = None) -> list[Path]:
        """Asked for by the accountant, decided, published, written: as the command does it."""
        wanted = self.tool.look(run_id, version)
        if not wanted.decided:
            self.request_export(wanted.run_id, wanted.digest, wanted.version)
        self.publish()
        return self.tool.write(wanted.run_id, self.folder / "payments", version)

    def request_export(self, run_id: str, digest: str, version: Any = "pain.001.001.09") -> Handled:
        fields = {"run_id": run_id, "digest": digest, "version": version}
        return self.say(officers.PaymentsExportRequested(**fields, **person(*PAYERS[1])))

    @property
    def tool(self) -> PaymentTool:
        return PaymentTool(self.engine, self.programme, CIPHER)

    def publish(self) -> None:
        """The broker confirms all that was said."""

        def confirm(record: InboxOutbox, _book: States) -> None:
            ids = record.pending(1_000_000).ids
            record.confirm([(number, number) for number in ids])

        self.consumer.work.run(confirm)

    def pay(self, run_id: str) -> list[Path]:
        """Approved by two people and exported."""
        self.approve(run_id)
        return self.export(run_id)

    def statement(
        self, name: str, *lines: tuple[str, str, int], part: int = 1, kind: Any = "camt.053"
    ) -> Handled:
        """Each line is an order id, a status and an amount."""
        told = tuple(
            officers.StatementLine(
                end_to_end_id=order, status=status, amount_cents=cents, bank_reference=f"{name}-{n}"
            )
            for n, (order, status, cents) in enumerate(lines)
        )
        fields = {"statement_id": name, "kind": kind, "part": part, "lines": told}
        return self.say(officers.BankStatementReceived(**fields, **person("bank-consumer")))

    def hear_bank(self, *files: bytes) -> list[Handled]:
        """What the bank sent, read and taken in as `payments import` does."""
        outcomes = []
        for answers in map(read_answers, files):
            for part, lines in parts(answers):
                fields = {
                    "statement_id": answers.statement_id,
                    "kind": answers.kind,
                    "part": part,
                    "lines": lines,
                }
                outcomes.append(
                    self.say(officers.BankStatementReceived(**fields, **person("bank-consumer")))
                )
        return outcomes
