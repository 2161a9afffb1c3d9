"""Payment runs: approved by the authorising officer, then by the accountant, each for the list they saw."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from services.funding.domain.approvals import approval_of
from services.funding.domain.money import sentences
from services.funding.domain.states import Order, Run
from shared.contract.backoffice import PaymentsApproved
from shared.contract.decision import Decision, nothing
from shared.contract.values import Role
from shared.kit.delivery import Arrival


def approve_run(
    run: Run | None,
    orders: Sequence[Order],
    event: PaymentsApproved,
    at: Arrival,
) -> Decision:
    """The authorising officer closes the list they saw; the accountant, someone else, approves the same.

    `orders` are those waiting for a run, or those of the run. `run` has the approvals that still count: where
    the first one does not, the list is approved anew.
    """
    if refusal := _refusal(run, orders, event):
        return refusal
    approval = approval_of(event, at)
    if run is None:
        opened = Run(
            event.run_id,
            "opened",
            event.orders,
            event.total_cents,
            (approval,),
            at.now,
        )
        # Orders that fall due meanwhile wait for the next run: the accountant sees this very list.
        held = [replace(order, run_id=event.run_id) for order in orders]
        return Decision("run-opened", changes=(opened, *held))
    if not run.approvals:
        return Decision("run-opened", changes=(replace(run, approvals=(approval,)),))
    approved = replace(run, state="approved", approvals=(*run.approvals, approval))
    released = [replace(order, state="approved") for order in orders]
    return Decision("run-approved", changes=(approved, *released))


def _refusal(run: Run | None, orders: Sequence[Order], event: PaymentsApproved) -> Decision | None:
    approvals = run.approvals if run else ()
    if any(before["actor"] == event.actor.id for before in approvals):
        return nothing("duplicate", sentences.RUN_BY_ONE_PERSON)
    if run and run.state != "opened":
        return nothing(f"already-{run.state}")
    wanted = Role.ACCOUNTANT if approvals else Role.AUTHORISING_OFFICER
    if event.actor.role != wanted:
        return nothing("wrong-role", sentences.approval_of_another_role(wanted))
    total_cents = sum(order.amount_cents for order in orders)
    # The digest alone would do; number and sum are what a person can compare with a screen.
    there_is = (len(orders), total_cents, digest_of(orders))
    if there_is != (event.orders, event.total_cents, event.digest):
        return nothing("list-changed", sentences.list_changed(len(orders), total_cents))
    return None


def digest_of(orders: Sequence[Order]) -> str:
    """Of exactly these orders, amounts and accounts: what was seen is what is approved."""
    lines = sorted(f"{order.order_id} {order.amount_cents} {order.fingerprint}" for order in orders)
    return sha256("\n".join(lines).encode()).hexdigest()
