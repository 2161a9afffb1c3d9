"""The bank's files of an exported run: the decision fixed their bytes, here they are written, whole or not.

Nothing is written before the decision is committed and its fact lies in the log. A crash anywhere is mended
by writing them again: the same bytes, or nothing.
"""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, select

from services.funding import store
from services.funding.app import NAME, field_cipher
from services.funding.bank.pain001 import Version, write_pain001
from services.funding.bank.run_files import RunFiles
from services.funding.bank.sealing import FieldCipher
from services.funding.bank.target_days import execution_day
from services.funding.domain.money.exports import planned_files, replaced_accounts
from services.funding.domain.money.payments import digest_of
from services.funding.domain.states import Order, Run
from services.funding.tables import JOURNAL, STATE_TABLES
from services.funding.tools.payment_spans import FileSpans
from shared.contract.funding import ExportedFile, PaymentsExported
from shared.contract.subjects import subject_pattern
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.states import States
from shared.kit.traces.opening import traced
from shared.programme import Programme

VERSION: Version = "pain.001.001.09"
PUBLISHED_SECONDS_MAX = 15.0
POLL_SECONDS = 0.02
WAY_OUT = "`fabriques payments verify`"
File = tuple[str, bytes]  # its name, and what is in it


class NothingToExport(RuntimeError):
    """The run cannot be exported as it is: the message says what is missing or what differs."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the accountant's request names. `decided`: the run is exported, and needs no request."""

    run_id: str
    digest: str
    version: Version
    decided: bool


@contextmanager
def opened(settings: Settings) -> Iterator["PaymentTool"]:
    engine = open_engine(settings.database_url(NAME))
    try:
        yield PaymentTool(engine, settings.programme(), field_cipher(settings))
    finally:
        engine.dispose()


@dataclass(frozen=True)
class PaymentTool:
    """Reads funding's records, and changes none of them."""

    engine: Engine
    programme: Programme
    cipher: FieldCipher

    def look(self, run_id: str | None, version: Version | None = None) -> Wanted:
        """What an export of this run would be, tried against the bank's schema. Raises NothingToExport."""
        with self._states() as states:
            run = _run_to_export(states, run_id)
            if run.state == "exported":
                return Wanted(run.run_id, "", VERSION, decided=True)
            orders = store.orders_of_run(states, run.run_id)
            if not orders:
                raise NothingToExport(
                    f"run {run.run_id} has no order left: all of them were cancelled"
                )
            if replaced := replaced_accounts(orders, store.latest_accounts(states, orders)):
                raise NothingToExport(
                    f"{replaced[0]}: the account changed after the order was made"
                )
        wanted = Wanted(run.run_id, digest_of(orders), version or VERSION, decided=False)
        approved_at = datetime.fromisoformat(run.approvals[-1]["at"])
        some_day = execution_day(self.programme, approved_at)  # the decision fixes the true one
        for _ in self._bytes(run, orders, some_day, wanted.version):
            pass
        return wanted

    def write(self, run_id: str, folder: Path, version: Version | None = None) -> list[Path]:
        """Writes the files of an exported run; again, the same bytes. Raises NothingToExport."""
        said = self._published(run_id)
        if version not in (None, said.version):
            raise NothingToExport(
                f"{run_id}: exported as {said.version}, with digest {said.files[0].sha256}"
            )
        with self._states() as states:
            run = states.one(Run, run_id)
            orders = store.orders_at_bank(states, run_id)
        assert run
        if digest_of(orders) != said.digest:
            raise NothingToExport(
                f"{run_id}: its orders are not those that were exported: {WAY_OUT}"
            )
        files = self._bytes(run, orders, said.execution_on, _version(said))
        private_folder(folder)
        with traced("payment-export") as traces:
            spans = (
                FileSpans(traces, self.engine, self.programme.id, run_id, orders)
                if traces
                else None
            )
            started_ns = time.time_ns()
            written = _write_all(run_id, folder, zip(said.files, files, strict=True))
            if spans:
                spans.tell(planned_files(run, orders, said.execution_on), started_ns)
        return written

    def _bytes(
        self,
        run: Run,
        orders: list[Order],
        execution_on: date,
        version: Version,
    ) -> Iterator[File]:
        """One file in memory at a time."""
        files = RunFiles(self.programme, self.cipher)
        for planned in planned_files(run, orders, execution_on):
            with self._states() as states:
                file = files.file(states, planned)
            yield f"{planned.message_id}.xml", write_pain001(file, files.debtor, version)

    def _published(self, run_id: str) -> PaymentsExported:
        """The decision as the log holds it; the broker confirms it a moment after the commit."""
        deadline = time.monotonic() + PUBLISHED_SECONDS_MAX
        while True:
            said, place = self._said(run_id)
            if said is None:
                why = "funding has not accepted the request, its log says why"
                raise NothingToExport(f"run {run_id} is not exported: {why}")
            if place:
                return said
            if time.monotonic() > deadline:
                way_out = "export it again once the broker is there"
                raise NothingToExport(
                    f"run {run_id} is decided, but its fact is not in the log yet: {way_out}"
                )
            time.sleep(POLL_SECONDS)

    def _said(self, run_id: str) -> tuple[PaymentsExported | None, int | None]:
        """The fact, and its place in the log once it is there."""
        outbox = JOURNAL.outbox.c
        subject = subject_pattern(self.programme.id, PaymentsExported, run_id)
        query = select(outbox.body, outbox.sequence).where(outbox.subject == subject)
        with self.engine.connect().execution_options(reads_only=True) as connection:
            found = connection.execute(query).one_or_none()
        if found is None:
            return None, None
        return PaymentsExported.model_validate_json(found.body), found.sequence

    @contextmanager
    def _states(self) -> Iterator[States]:
        with self.engine.connect().execution_options(reads_only=True) as connection:
            yield States(connection, STATE_TABLES)


def private_folder(folder: Path) -> None:
    """Account numbers are for their owner alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def _run_to_export(states: States, run_id: str | None) -> Run:
    if run_id is None:
        return _approved_run(states)
    run = states.one(Run, run_id)
    if run is None:
        raise NothingToExport(f"run {run_id} is unknown: only an approved run is exported")
    if run.state == "opened":
        raise NothingToExport(f"run {run_id} is opened: only an approved run is exported")
    return run


def _approved_run(states: States) -> Run:
    """The one that waits for its export. Raises NothingToExport where none does."""
    run = store.current_run(states)
    if run and run.state == "approved":
        return run
    again = ""
    exported = store.runs_in(states, ("exported",))
    if exported:
        last = max(exported, key=lambda one: one.opened_at)
        again = f"; `--run {last.run_id}` writes the last one's files again, byte for byte"
    raise NothingToExport(
        f"nothing new to export: no payment run waits that both officers approved{again}"
    )


def _version(said: PaymentsExported) -> Version:
    return "pain.001.001.03" if said.version == "pain.001.001.03" else "pain.001.001.09"


def _write_all(run_id: str, folder: Path, files: Iterable[tuple[ExportedFile, File]]) -> list[Path]:
    """All of them under their names, or none: each waits beside its name until the last one is right."""
    parts: dict[Path, Path] = {}
    try:
        for expected, (name, data) in files:
            found = sha256(data).hexdigest()
            if (name, found) != (expected.name, expected.sha256):
                before = f"{expected.name} was exported with digest {expected.sha256}"
                raise NothingToExport(f"{run_id}: {before}; {name} would be {found}")
            parts[_part(folder, name, data)] = folder / name
        for part, path in parts.items():
            part.replace(path)
        _sync(folder)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return list(parts.values())


def _part(folder: Path, name: str, data: bytes) -> Path:
    """Where the bytes wait for their name, on the disk."""
    part = folder / f".{name}.{os.getpid()}.part"
    descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as kept:
        kept.write(data)
        kept.flush()
        os.fsync(kept.fileno())
    return part


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
