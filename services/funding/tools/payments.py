"""Export of approved payment runs: files whose bytes are fixed by the approval, written whole or not at all.

A file gets its name only once the database says that its orders went to the bank. A crash before that leaves a hidden
part and an approved run; a crash after it, an exported run whose files are written again, byte for byte.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, exists, select, update

from services.funding import store
from services.funding.app import NAME, field_cipher
from services.funding.bank.pain001 import Version, write_pain001
from services.funding.bank.values import TRANSFERS_MAX, Debtor, PaymentFile, Transfer
from services.funding.domain.states import Run
from services.funding.sealing import BankDetails, FieldCipher, account_row
from services.funding.tables import SHELVES, AccountRow, OrderRow
from services.funding.tools.verification import Findings, verify_payments, verify_store
from shared.kit.book import Book
from shared.kit.database import open_engine, take_writer_turn
from shared.kit.settings import Settings
from shared.programme import Programme

__all__ = ["Findings", "NothingToExport", "export_payments", "export_run", "verify_payments", "verify_store"]
VERSION: Version = "pain.001.001.09"
SENT = ("exported", "unknown", "settled", "rejected", "returned")
ORDERS: Any = OrderRow.__table__  # type: ignore[attr-defined]
ACCOUNTS: Any = AccountRow.__table__  # type: ignore[attr-defined]


class NothingToExport(RuntimeError):
    """The run cannot be exported as it is: the message says what is missing or what differs."""


@dataclass(frozen=True, slots=True)
class Written:
    """One file of a run. `part` is where its bytes wait for their name."""

    part: Path
    path: Path
    sha256: str
    orders: int
    total_cents: int
    version: str

    def entry(self) -> dict[str, Any]:
        names = ("sha256", "orders", "total_cents", "version")
        return {"name": self.path.name, **{name: getattr(self, name) for name in names}}


def export_payments(settings: Settings, run_id: str | None, folder: Path, version: Version = VERSION) -> list[Path]:
    """Writes the files of an approved run, and notes their digests and that its orders went to the bank.

    Exporting a run again writes the same bytes again and changes nothing. Raises NothingToExport.
    """
    engine = open_engine(settings.database_url(NAME))
    try:
        return export_run(engine, settings.programme(), field_cipher(settings), run_id, folder, version)
    finally:
        engine.dispose()


def export_run(
    engine: Engine, programme: Programme, cipher: FieldCipher, run_id: str | None, folder: Path, version: Version
) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    with engine.connect().execution_options(reads_only=True) as connection:
        run = _run_to_export(_book(connection), run_id)
    written: list[Written] = []
    try:
        for file in _files(engine, programme, cipher, run):
            written.append(_write(folder, file, programme, version))
            _same_as_before(run, len(written), written[-1])
        if run.state == "approved":
            _note_exported(engine, run, written)
        elif len(written) != len(run.files):
            raise NothingToExport(f"{run.run_id}: {len(run.files)} files were exported, {len(written)} would be now")
        for one in written:
            one.part.replace(one.path)
    finally:
        for one in written:
            one.part.unlink(missing_ok=True)
    return [one.path for one in written]


def _book(connection: Connection) -> Book:
    return Book(connection, {shelf.kind: shelf for shelf in SHELVES})


def _run_to_export(book: Book, run_id: str | None) -> Run:
    if run_id is None:
        run = store.current_run(book)
        if run is None or run.state != "approved":
            raise NothingToExport("no payment run is approved by both officers: see `fabriques payments approve`")
        return run
    run = book.one(Run, run_id)
    if run is None or run.state not in ("approved", "exported"):
        raise NothingToExport(f"run {run_id} is {run.state if run else 'unknown'}: only an approved run is exported")
    if run.state == "approved" and not store.orders_of_run(book, run_id):
        raise NothingToExport(f"run {run_id} has no order left: all of them were cancelled")
    return run


def _files(engine: Engine, programme: Programme, cipher: FieldCipher, run: Run) -> Iterator[PaymentFile]:
    """One file in memory at a time, its orders in the order of their ids."""
    approved_at = datetime.fromisoformat(run.approvals[-1]["at"])
    after, number = "", 0
    while rows := _page(engine, run, after):
        after, number = rows[-1].order_id, number + 1
        transfers = tuple(_transfer(programme, cipher, row) for row in rows)
        name = f"{run.run_id[:24]}-{sha256(run.run_id.encode()).hexdigest()[:5]}-{number:03d}"
        yield PaymentFile(name, approved_at, programme.local_day(approved_at), transfers)


def _page(engine: Engine, run: Run, after: str) -> list[Row[Any]]:
    """The account is the one each order was made for; a run that goes out now must find it the latest one still."""
    states = ("approved",) if run.state == "approved" else SENT
    newer = ACCOUNTS.alias("newer")
    later = (newer.c.candidature_id == ORDERS.c.candidature_id) & (newer.c.sequence > ACCOUNTS.c.sequence)
    same = (ACCOUNTS.c.candidature_id == ORDERS.c.candidature_id) & (ACCOUNTS.c.fingerprint == ORDERS.c.fingerprint)
    query = (
        select(ORDERS, ACCOUNTS.c.secret, exists().where(later).label("replaced"))
        .select_from(ORDERS.outerjoin(ACCOUNTS, same))
        .where(ORDERS.c.run_id == run.run_id, ORDERS.c.state.in_(states), ORDERS.c.order_id > after)
        .order_by(ORDERS.c.order_id)
        .limit(TRANSFERS_MAX)
    )
    with engine.connect().execution_options(reads_only=True) as connection:
        rows = list(connection.execute(query))
    for row in rows:
        if row.secret is None or (row.replaced and run.state == "approved"):
            raise NothingToExport(f"{row.order_id}: the account changed after the order was made")
    return rows


def _transfer(programme: Programme, cipher: FieldCipher, row: Row[Any]) -> Transfer:
    place = account_row(row.candidature_id, row.fingerprint)
    details = BankDetails(**json.loads(cipher.decrypt(row.secret, "accounts", place, "secret")))
    return Transfer(
        end_to_end_id=row.order_id,
        amount_cents=row.amount_cents,
        creditor_name=details.account_holder,
        iban=details.iban,
        bic=details.bic,
        remittance=f"{programme.name} {row.order_id}"[:140],
    )


def _write(folder: Path, file: PaymentFile, programme: Programme, version: Version) -> Written:
    debtor = Debtor(programme.payment.debtor_name, programme.payment.debtor_iban, programme.payment.debtor_bic)
    data = write_pain001(file, debtor, version)
    path = folder / f"{file.message_id}.xml"
    part = folder / f".{path.name}.{os.getpid()}.part"
    with part.open("wb") as kept:
        kept.write(data)
        kept.flush()
        os.fsync(kept.fileno())
    total_cents = sum(transfer.amount_cents for transfer in file.transfers)
    return Written(part, path, sha256(data).hexdigest(), len(file.transfers), total_cents, version)


def _same_as_before(run: Run, number: int, file: Written) -> None:
    """What the bank may have is never written otherwise."""
    if run.state != "exported":
        return
    before = run.files[number - 1] if number <= len(run.files) else None
    if before is None or before["sha256"] != file.sha256:
        told = f"as {before['version']}, with digest {before['sha256']}" if before else "without this file"
        raise NothingToExport(f"{run.run_id}: exported {told}; {file.path.name} would be {file.sha256}")


def _note_exported(engine: Engine, run: Run, written: list[Written]) -> None:
    """The one moment from which the orders are the bank's. Nothing may have left the run since it was read."""
    count, total_cents = sum(one.orders for one in written), sum(one.total_cents for one in written)
    with engine.begin() as connection:
        take_writer_turn(connection, NAME)
        book = _book(connection)
        now = book.one(Run, run.run_id)
        waiting = store.orders_of_run(book, run.run_id)
        if now != run or (len(waiting), sum(o.amount_cents for o in waiting)) != (count, total_cents):
            raise NothingToExport(f"{run.run_id}: the run changed while its files were written: export it again")
        of_run = (ORDERS.c.run_id == run.run_id) & (ORDERS.c.state == "approved")
        connection.execute(update(ORDERS).where(of_run).values(state="exported"))
        book.keep(replace(run, state="exported", files=tuple(one.entry() for one in written)))
        book.write()
