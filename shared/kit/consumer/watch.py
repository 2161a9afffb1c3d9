"""What no event tells and an operator should look at: a consumer that lags, early events that still wait."""

from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from time import time_ns

import structlog
from sqlalchemy import func, select

from shared.kit.delivery import Delivery
from shared.kit.storage.journal import Journal
from shared.kit.storage.states import States
from shared.kit.tellable import is_name

LAG_SECONDS_MAX = 30
EARLY_SECONDS_MAX = 600
log = structlog.get_logger()


def tell_lag(batch: Sequence[Delivery]) -> None:
    """How far behind its streams a consumer is."""
    fresh = [delivery for delivery in batch if delivery.is_fresh]
    oldest = min(fresh, key=attrgetter("stamped_ns"), default=None)
    if oldest is None:
        return
    seconds = (time_ns() - oldest.stamped_ns) // 1_000_000_000
    if seconds > LAG_SECONDS_MAX:
        log.warning("consumer lags", stream=oldest.stream, seconds=seconds)


def tell_waiting(journal: Journal, states: States) -> None:
    """Events that came before what they build on, and have waited for it too long."""
    waiting = journal.waiting.c
    until = datetime.now(UTC)
    oldest = select(waiting.since, waiting.waits_for).order_by(waiting.since).limit(1)
    found = states.connection.execute(oldest).first()
    if found is None or (until - found.since).total_seconds() <= EARLY_SECONDS_MAX:
        return
    log.warning(
        "early events wait",
        count=states.connection.scalar(select(func.count()).select_from(journal.waiting)),
        seconds=round((until - found.since).total_seconds()),
        waits_for=found.waits_for if is_name(found.waits_for) else None,
    )
