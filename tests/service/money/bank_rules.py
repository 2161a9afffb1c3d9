"""What the bank does and writes, in the machine of money: on each transfer, on whole files, in statements."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from services.funding.domain.states import Order
from shared.contract.backoffice import PaymentDeclared
from shared.contract.values import Role
from tests.service.money.bank_words import (
    batch_entry,
    booked,
    reason,
    word_on_file,
    word_on_transfers,
)
from tests.service.money.paying import PAYERS, person

FATES = ("settled", "settled", "settled", "rejected", "unknown")
CENTS = st.sampled_from((1, 500_000, 2_500_000, 5_000_000))


@dataclass(frozen=True)
class AtTheBank:
    """A transfer as the bank knows it. `fate`: pending, settled, rejected, returned."""

    order_id: str
    tranche_id: str
    amount_cents: int
    fate: str = "pending"


class BankRules(RuleBasedStateMachine):
    """`held`, `fated` and what the bank holds are the machine's."""

    @precondition(lambda self: self.held("pending"))
    @rule(data=st.data())
    def the_bank_decides(self, data: st.DataObject) -> None:
        """What it really does; the statement tells of it later, perhaps much later."""
        self.untold.append(self.fated(data, data.draw(st.sampled_from(self.held("pending")))))

    # The bank's words on whole files, as it writes them

    @precondition(lambda self: self.files)
    @rule(data=st.data(), status=st.sampled_from(("ACTC", "ACSP", "PDNG")), named=st.booleans())
    def the_bank_accepts(self, data: st.DataObject, status: str, named: bool) -> None:
        file_id, held = self.some_file(data)
        said = [
            (one.order_id, one.amount_cents, status)
            for one in held
            if one.fate in ("pending", "settled")
        ]
        self.write(word_on_transfers(file_id, said) if named else word_on_file(file_id, status))

    @precondition(lambda self: self.files)
    @rule(data=st.data(), code=st.sampled_from(("AM05", "DU01", "DUPL")), named=st.booleans())
    def the_bank_got_a_file_twice(self, data: st.DataObject, code: str, named: bool) -> None:
        """It refuses the second one, with the reason where it likes; the first one goes its way."""
        file_id, held = self.some_file(data)
        why = reason("NARR", code)
        said = [(one.order_id, one.amount_cents, "RJCT") for one in held]
        self.write(
            word_on_transfers(file_id, said, why) if named else word_on_file(file_id, "RJCT", why)
        )

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def the_bank_refuses_a_file(self, data: st.DataObject) -> None:
        file_id, held = self.some_file(data)
        assume(all(one.fate == "pending" for one in held))
        self.bank |= {one.order_id: replace(one, fate="rejected") for one in held}
        self.write(word_on_file(file_id, "RJCT", reason("FF01")))

    @precondition(lambda self: self.files)
    @rule(data=st.data(), by=st.sampled_from(("batch", "group")))
    def the_bank_pays_a_file(self, data: st.DataObject, by: str) -> None:
        """What is left of it, in one booking or in one word."""
        file_id, held = self.some_file(data)
        told = {order_id for order_id, _, _ in self.untold}
        pending = [one for one in held if one.fate == "pending"]
        assume(
            pending
            and not any(one.fate in ("settled", "returned") or one.order_id in told for one in held)
        )
        assume(all(self.order(one).state == "rejected" for one in held if one.fate == "rejected"))
        self.bank |= {one.order_id: replace(one, fate="settled") for one in pending}
        cents = sum(one.amount_cents for one in pending)
        batch = booked(batch_entry(file_id, len(pending), cents))
        self.write(batch if by == "batch" else word_on_file(file_id, "ACSC"))

    # The bank's letters, as officers declare them

    @precondition(lambda self: self.held("settled") or self.held("rejected"))
    @rule(data=st.data())
    def two_people_declare_a_letter(self, data: st.DataObject) -> None:
        transfer = data.draw(st.sampled_from([*self.held("settled"), *self.held("rejected")]))
        self.declare(transfer, transfer.fate == "settled", PAYERS)

    @precondition(lambda self: self.bank)
    @rule(data=st.data(), paid=st.booleans())
    def one_person_misreads_a_letter(self, data: st.DataObject, paid: bool) -> None:
        self.declare(data.draw(st.sampled_from(list(self.bank.values()))), paid, PAYERS[1:])

    def declare(self, transfer: AtTheBank, paid: bool, people: Iterable[tuple[str, Role]]) -> None:
        said = {
            "order_id": transfer.order_id,
            "fate": "paid" if paid else "dead",
            "reference": "C-412",
        }
        for who in people:
            self.treasury.say(PaymentDeclared(**said, **person(*who)))

    @precondition(lambda self: self.letters)
    @rule(data=st.data())
    def the_bank_writes_again(self, data: st.DataObject) -> None:
        self.treasury.hear_bank(data.draw(st.sampled_from(self.letters)))

    def some_file(self, data: st.DataObject) -> tuple[str, list[AtTheBank]]:
        file_id = data.draw(st.sampled_from(sorted(self.files)))
        return file_id, [self.bank[order_id] for order_id in self.files[file_id]]

    def order(self, transfer: AtTheBank) -> Order:
        return next(
            order for order in self.treasury.orders() if order.order_id == transfer.order_id
        )

    def write(self, letter: bytes) -> None:
        self.letters.append(letter)
        self.treasury.hear_bank(letter)

    @precondition(lambda self: self.held("settled"))
    @rule(data=st.data(), told=st.booleans())
    def a_transfer_comes_back(self, data: st.DataObject, told: bool) -> None:
        transfer = data.draw(st.sampled_from(self.held("settled")))
        self.bank[transfer.order_id] = replace(transfer, fate="returned")
        self.untold.append((transfer.order_id, "returned", transfer.amount_cents))
        if told:
            self.state((self.untold.pop(),))

    @precondition(lambda self: self.untold)
    @rule(data=st.data(), how_many=st.integers(1, 4))
    def a_statement_comes(self, data: st.DataObject, how_many: int) -> None:
        lines = tuple(self.untold[:how_many])
        del self.untold[:how_many]
        self.state(tuple(data.draw(st.permutations(lines))))

    @rule(
        data=st.data(),
        cents=CENTS,
        status=st.sampled_from(("settled", "rejected", "returned", "odd")),
    )
    def a_statement_is_wrong(self, data: st.DataObject, cents: int, status: str) -> None:
        """An unknown id, another amount, a line told before: never a false word on what the bank did."""
        wrong = [("FABT-2020-4-99999-T1-A1", status, cents)]
        wrong += [(name, "settled", held.amount_cents + 1) for name, held in self.bank.items()]
        wrong += [line for _, lines in self.statements for line in lines]
        self.state((data.draw(st.sampled_from(wrong)),))

    @precondition(lambda self: self.statements)
    @rule(data=st.data())
    def a_statement_is_imported_again(self, data: st.DataObject) -> None:
        name, lines = data.draw(st.sampled_from(self.statements))
        self.treasury.statement(name, *lines)

    def state(self, lines: tuple[tuple[str, str, int], ...]) -> None:
        if not lines:
            return
        name = f"releve-{len(self.statements)}"
        self.statements.append((name, lines))
        self.treasury.statement(name, *lines)
