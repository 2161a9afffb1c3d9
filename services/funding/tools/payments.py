"""Funding's own tools on its store: export of approved runs to the bank, and the proof of the ledger."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Engine

from services.funding import store
from services.funding.app import NAME, field_cipher
from services.funding.bank.pain001 import Version, split, write_pain001
from services.funding.bank.values import Debtor, PaymentFile, Transfer
from services.funding.domain.states import Account, Grant, Movement, Order, Run, Tranche
from services.funding.sealing import FieldCipher, checked_details
from services.funding.tables import SHELVES
from shared.kit.book import Book
from shared.kit.database import open_engine, take_writer_turn
from shared.kit.settings import Settings
from shared.programme import Programme

VERSION: Version = "pain.001.001.09"


class NothingToExport(RuntimeError):
    """No run is approved by both officers: the message says what is missing."""


def export_payments(settings: Settings, run_id: str | None, folder: Path, version: Version = VERSION) -> list[Path]:
    """Writes the files of an approved run, and notes in the same transaction that its orders went to the bank.

    Exporting a run again writes the same bytes again and changes nothing: its files are fixed by its approval.
    """
    programme, engine = settings.programme(), open_engine(settings.database_url(NAME))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with engine.begin() as connection:
            book = _book(connection)
            run = _run_to_export(book, run_id)
            written = _write_files(book, programme, field_cipher(settings), run, folder, version)
            _note_exported(book, run, written)
            book.write()
        return [path for path, _ in written]
    finally:
        engine.dispose()


def _book(connection: Connection) -> Book:
    take_writer_turn(connection, NAME)
    return Book(connection, {shelf.kind: shelf for shelf in SHELVES})


def _run_to_export(book: Book, run_id: str | None) -> Run:
    if run_id is None:
        approved = store.runs_in(book, ("approved",))
        if not approved:
            raise NothingToExport("no payment run is approved by both officers: see `fabriques payments approve`")
        return approved[0]
    run = book.one(Run, run_id)
    if run is None or run.state not in ("approved", "exported"):
        raise NothingToExport(f"run {run_id} is {run.state if run else 'unknown'}: only an approved run is exported")
    return run


def _write_files(
    book: Book, programme: Programme, cipher: FieldCipher, run: Run, folder: Path, version: Version
) -> list[tuple[Path, str]]:
    debtor = Debtor(programme.payment.debtor_name, programme.payment.debtor_iban, programme.payment.debtor_bic)
    approved_at = datetime.fromisoformat(run.approvals[-1]["at"])
    transfers = _transfers(book, programme, cipher, run)
    written = []
    for number, part in enumerate(split(transfers), start=1):
        file = PaymentFile(f"{run.run_id[:28]}-{number:03d}", approved_at, programme.local_day(approved_at), part)
        data = write_pain001(file, debtor, version)
        path = folder / f"{file.message_id}.xml"
        path.write_bytes(data)
        written.append((path, sha256(data).hexdigest()))
    return written


def _transfers(book: Book, programme: Programme, cipher: FieldCipher, run: Run) -> Iterator[Transfer]:
    """In the order of their ids. The account is the one the order was made for: a change cancels the order."""
    for order in store.orders_to_pay(book, run.run_id):
        account = book.one(Account, order.candidature_id)
        if account is None or account.fingerprint != order.fingerprint:
            raise NothingToExport(f"{order.order_id}: the account changed after the order was made")
        secret = cipher.decrypt(account.secret, "accounts", order.candidature_id, "secret")
        details = checked_details(json.loads(secret))
        yield Transfer(
            end_to_end_id=order.order_id,
            amount_cents=order.amount_cents,
            creditor_name=details.account_holder,
            iban=details.iban,
            bic=details.bic,
            remittance=f"{programme.name} {order.order_id}"[:140],
        )


def _note_exported(book: Book, run: Run, written: Sequence[tuple[Path, str]]) -> None:
    if run.state == "exported":
        return
    for order in store.orders_to_pay(book, run.run_id):
        book.keep(replace(order, state="exported"))
    files = tuple({"name": path.name, "sha256": digest} for path, digest in written)
    book.keep(replace(run, state="exported", files=files))


@dataclass(frozen=True, slots=True)
class Findings:
    """What the proof looked at, and every entry that is off."""

    grants: int
    movements: int
    paid_cents: int
    violations: tuple[str, ...]

    @property
    def verified(self) -> bool:
        return not self.violations


def verify_payments(settings: Settings) -> Findings:
    """Folds the ledger again, on its own: nothing twice, nothing above tranche, year, award, ceiling, envelope."""
    programme, engine = settings.programme(), open_engine(settings.database_url(NAME))
    try:
        return verify_store(programme, engine)
    finally:
        engine.dispose()


def verify_store(programme: Programme, engine: Engine) -> Findings:
    with engine.connect().execution_options(reads_only=True) as connection:
        book = Book(connection, {shelf.kind: shelf for shelf in SHELVES})
        grants, movements = book.where(Grant), book.where(Movement)
        tranches, orders = book.where(Tranche), book.where(Order)
    violations = [
        *_paid_once(movements, orders),
        *_within_grant(programme, grants, tranches, movements),
        *_accounts_close(movements),
    ]
    committed = _balance(movements, "envelope")
    if -committed > programme.envelope_cents:
        violations.append(f"envelope: {-committed} cents are committed of {programme.envelope_cents}")
    paid = sum(m.amount_cents for m in movements if m.kind == "settle")
    return Findings(len(grants), len(movements), paid, tuple(violations))


def _balance(movements: Sequence[Movement], account: str) -> int:
    return sum(m.amount_cents for m in movements if m.debit == account) - sum(
        m.amount_cents for m in movements if m.credit == account
    )


def _paid_once(movements: Sequence[Movement], orders: Sequence[Order]) -> Iterator[str]:
    settled = Counter(m.tranche_id for m in movements if m.kind == "settle")
    yield from (f"{tranche}: settled {times} times in the ledger" for tranche, times in settled.items() if times > 1)
    by_tranche = Counter(order.tranche_id for order in orders if order.state == "settled")
    for tranche in sorted(set(settled) | set(by_tranche), key=str):
        if settled[tranche] != by_tranche[str(tranche)]:
            yield f"{tranche}: {settled[tranche]} settlements in the ledger, {by_tranche[str(tranche)]} settled orders"
    live = Counter(order.tranche_id for order in orders if order.state not in ("rejected", "cancelled"))
    yield from (f"{tranche}: {times} live orders" for tranche, times in live.items() if times > 1)


def _within_grant(
    programme: Programme, grants: Sequence[Grant], tranches: Sequence[Tranche], movements: Sequence[Movement]
) -> Iterator[str]:
    award, amounts = programme.award, {tranche.tranche_id: tranche.amount_cents for tranche in tranches}
    paid: dict[str, int] = defaultdict(int)
    for movement in movements:
        if movement.kind == "settle":
            paid[movement.candidature_id] += movement.amount_cents
            if movement.amount_cents != amounts.get(str(movement.tranche_id)):
                due = amounts.get(str(movement.tranche_id))
                yield f"{movement.tranche_id}: {movement.amount_cents} cents paid, {due} due"
    for grant in grants:
        total = sum(grant.awarded_cents)
        if total > award.ceiling_cents:
            yield f"{grant.receipt_number}: {total} cents awarded, above the ceiling"
        if any(cents > award.yearly_cap_cents for cents in grant.awarded_cents):
            yield f"{grant.receipt_number}: a year is above the cap"
        if paid[grant.candidature_id] > total:
            yield f"{grant.receipt_number}: {paid[grant.candidature_id]} cents paid of {total} awarded"


def _accounts_close(movements: Sequence[Movement]) -> Iterator[str]:
    """For each grant, no account below zero: an order undone twice, or more paid than ordered, would show here."""
    balances: dict[tuple[str, str], int] = defaultdict(int)
    for movement in movements:
        balances[movement.candidature_id, movement.debit] += movement.amount_cents
        balances[movement.candidature_id, movement.credit] -= movement.amount_cents
    for (candidature, account), cents in sorted(balances.items()):
        if cents < 0 and account != "envelope":
            yield f"{candidature}: account {account} is {cents} cents below zero"
