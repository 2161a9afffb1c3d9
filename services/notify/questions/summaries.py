"""What notify answers: plain JSON from committed states."""

from datetime import date
from typing import Any

from services.notify import store
from services.notify.domain.notice import ERASED, ERASING, FAILED, QUEUED, SENT, Notice
from services.notify.domain.steps import INTRODUCTION
from services.notify.domain.support import Plan
from services.notify.questions.support import UNKNOWN, counted, told_plan
from shared.kit.questions import refused
from shared.kit.storage.states import States


def summary(states: States, today: date) -> dict[str, Any]:
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
            "introductions": sum(INTRODUCTION in plan.steps for plan in plans),
            "invitations": len(store.all_invitations(states)),
            "peers": sum(bool(plan.peers) for plan in plans),
            **counted(store.counted_steps(states), today),
        },
    }


def support(states: States, candidature_id: str, today: date) -> dict[str, Any]:
    """A laureate's plan, and the messages of the dossier."""
    notices = store.notices_of(states, candidature_id)
    plan = states.one(Plan, candidature_id)
    if plan is None and not notices:
        return refused(UNKNOWN)
    return {
        "candidature_id": candidature_id,
        "plan": told_plan(states, plan, today) if plan else None,
        "notices": [_notice(notice) for notice in notices],
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "notice_id": notice.notice_id,
        "template": notice.template,
        "recipient": notice.recipient,
        "state": notice.state,
        "at": notice.at.isoformat(),
    }
