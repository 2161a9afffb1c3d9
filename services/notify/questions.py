"""What notify answers: plain JSON from committed states."""

from typing import Any

from services.notify import store
from services.notify.domain.notice import ERASED, ERASING, FAILED, QUEUED, SENT, Notice
from services.notify.domain.support import INTRODUCTION, Plan
from shared.contract.values import Reason
from shared.kit.questions import refused
from shared.kit.storage.states import States

UNKNOWN = Reason(code="unknown", message="Aucun dossier accompagné n'a cet identifiant.")


def summary(states: States) -> dict[str, Any]:
    """How many notices were sent, failed or wait, and how far the support of the laureates is."""
    counts = store.notice_counts(states)
    plans = store.all_plans(states)
    return {
        "notices": sum(counts.get(state, 0) for state in (SENT, ERASING, ERASED)),
        "failed": counts.get(FAILED, 0),
        "queued": counts.get(QUEUED, 0),
        "delayed": store.delayed_count(states),
        "support": {
            "plans": len(plans),
            "open": sum(plan.is_open for plan in plans),
            "introductions": sum(INTRODUCTION in plan.done for plan in plans),
            "invitations": sum(step.startswith("meeting-") for plan in plans for step in plan.done),
            "peers": sum(bool(plan.peers) for plan in plans),
        },
    }


def support(states: States, candidature_id: str) -> dict[str, Any]:
    """A laureate's plan, and the messages of the dossier."""
    notices = store.notices_of(states, candidature_id)
    plan = states.one(Plan, candidature_id)
    if plan is None and not notices:
        return refused(UNKNOWN)
    return {
        "candidature_id": candidature_id,
        "plan": _plan(plan) if plan else None,
        "notices": [_notice(notice) for notice in notices],
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "wave": plan.wave,
        "state": "open" if plan.is_open else "closed",
        "needs": list(plan.needs),
        "steps": [{"step": step, "done": step in plan.done} for step in plan.steps],
        "peers": list(plan.peers),
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "notice_id": notice.notice_id,
        "template": notice.template,
        "recipient": notice.recipient,
        "state": notice.state,
        "at": notice.at.isoformat(),
    }
