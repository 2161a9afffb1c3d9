"""Payment runs: approved by the authorising officer, then by the accountant, each for the list they saw."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from services.funding.domain.approvals import approval_of
from services.funding.domain.states import Order, Run
from shared.contract.backoffice import PaymentsApproved
from shared.contract.decision import Decision, nothing
from shared.contract.values import Reason, Role
from shared.kit.delivery import Arrival


def approve_run(run: Run | None, orders: Sequence[Order], event: PaymentsApproved, at: Arrival) -> Decision:
    """The authorising officer closes the list as it was seen; the accountant, someone else, approves the same list.

    `orders` are those waiting for a run, or those of the run. `run` has the approvals that still count: where the
    first one does not, the list is approved anew.
    """
    approval = approval_of(event, at)
    if run and any(before["actor"] == event.actor.id for before in run.approvals):
        return nothing("duplicate", _no("same-officer", "Ordonnateur et comptable sont deux personnes."))
    if run and run.state != "opened":
        return nothing(f"already-{run.state}")
    wanted = Role.ACCOUNTANT if run and run.approvals else Role.AUTHORISING_OFFICER
    if event.actor.role != wanted:
        return nothing("wrong-role", _no("wrong-role", f"Cette approbation revient au rôle {wanted.value}."))
    total = sum(order.amount_cents for order in orders)
    if (len(orders), total, digest_of(orders)) != (event.orders, event.total_cents, event.digest):
        seen = f"{len(orders)} ordres pour {total} centimes"
        return nothing("list-changed", _no("list-changed", f"La liste a changé : elle compte {seen}."))
    if run is None:
        new = Run(event.run_id, "opened", event.orders, event.total_cents, (approval,), at.now)
        return Decision("run-opened", changes=(new, *(replace(order, run_id=event.run_id) for order in orders)))
    if not run.approvals:
        return Decision("run-opened", changes=(replace(run, approvals=(approval,)),))
    approved = replace(run, state="approved", approvals=(*run.approvals, approval))
    return Decision("run-approved", changes=(approved, *(replace(order, state="approved") for order in orders)))


def digest_of(orders: Sequence[Order]) -> str:
    """Of exactly these orders, amounts and accounts: what was seen is what is approved."""
    lines = sorted(f"{order.order_id} {order.amount_cents} {order.fingerprint}" for order in orders)
    return sha256("\n".join(lines).encode()).hexdigest()


def _no(code: str, message: str) -> Reason:
    return Reason(code=code, message=message)
