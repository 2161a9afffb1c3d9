"""The export of a payment run, decided once: which orders are in which file, in what order.

The decision says the digest of each file. Whoever writes a file later writes these bytes or nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from services.funding.bank.values import TRANSFERS_MAX
from services.funding.domain.money import sentences
from services.funding.domain.money.payments import digest_of
from services.funding.domain.money.words import KeptFile
from services.funding.domain.states import Account, Order, Run
from shared.contract.backoffice import PaymentsExportRequested
from shared.contract.decision import Decision, nothing
from shared.contract.funding import ExportedFile, PaymentsExported
from shared.contract.values import Role
from shared.value import value


@value
class PlannedFile:
    """One file of a run. `message_id` is its name too; its orders are in the order of their ids."""

    message_id: str
    created_at: datetime
    execution_on: date
    orders: tuple[Order, ...]

    @property
    def total_cents(self) -> int:
        return sum(order.amount_cents for order in self.orders)


def planned_files(
    run: Run,
    orders: Sequence[Order],
    execution_on: date,
    orders_max: int = TRANSFERS_MAX,
) -> Iterator[PlannedFile]:
    """Everything comes from the approved run and the decided day, nothing from the moment of writing."""
    # The second approval dates the file: whoever writes it again gets the same bytes.
    created_at = datetime.fromisoformat(run.approvals[-1]["at"])
    in_order = sorted(orders, key=lambda order: order.order_id)
    for number, start in enumerate(range(0, len(in_order), orders_max), start=1):
        part = tuple(in_order[start : start + orders_max])
        yield PlannedFile(f"{run.run_id}-{number:03d}", created_at, execution_on, part)


def replaced_accounts(orders: Sequence[Order], latest: Mapping[str, Account | None]) -> list[str]:
    """The orders whose holder has given another account since, or whose account is unknown.

    `latest` is the account of each candidature as it now is.
    """
    replaced = []
    for order in orders:
        account = latest[order.candidature_id]
        if account is None or account.fingerprint != order.fingerprint:
            replaced.append(order.order_id)
    return replaced


def decide_export(
    run: Run | None,
    orders: Sequence[Order],
    event: PaymentsExportRequested,
    execution_on: date,
    digest: Callable[[PlannedFile], str],
) -> Decision:
    """From this decision on the orders are the bank's, once.

    `orders` are those of the run that are still here.

    `digest` tells the SHA-256 of a file's bytes. What it raises where a bank would refuse them is not caught.
    """
    if run is None or run.state == "opened":
        return nothing("not-approved", sentences.NOT_APPROVED)
    if run.state == "exported":
        return nothing("already-exported", sentences.ALREADY_EXPORTED)
    if event.actor.role != Role.ACCOUNTANT:
        return nothing("wrong-role", sentences.export_of_another_role(Role.ACCOUNTANT))
    # An order may have been cancelled since: the accountant asks for the list as it is now.
    if not orders or digest_of(orders) != event.digest:
        return nothing("list-changed", sentences.list_changed_since_approval(len(orders)))
    # Rendering each file here finds what a bank would refuse before anything is decided.
    files = tuple(_told(file, digest(file)) for file in planned_files(run, orders, execution_on))
    fact = PaymentsExported(
        run_id=run.run_id,
        version=event.version,
        execution_on=execution_on,
        orders=len(orders),
        total_cents=sum(file.total_cents for file in files),
        digest=event.digest,
        files=files,
    )
    exported = replace(run, state="exported", files=tuple(_kept(file) for file in files))
    sent = [replace(order, state="exported") for order in orders]
    return Decision("exported", facts=(fact,), changes=(exported, *sent))


def _told(file: PlannedFile, digest: str) -> ExportedFile:
    name = f"{file.message_id}.xml"
    return ExportedFile(
        name=name,
        sha256=digest,
        orders=len(file.orders),
        total_cents=file.total_cents,
    )


def _kept(file: ExportedFile) -> KeptFile:
    return KeptFile(
        name=file.name,
        sha256=file.sha256,
        orders=file.orders,
        total_cents=file.total_cents,
    )
