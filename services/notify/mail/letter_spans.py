"""The span of each letter that was tried, below the fact that called for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.notify.domain.notice import Notice
from services.notify.domain.retries import Posted, Result

if TYPE_CHECKING:  # loaded only where traces are told
    from shared.kit.traces.spans import Traces


def tell_letters(
    traces: "Traces", notices: Sequence[Notice], posted: Sequence[Posted], started_ns: int
) -> None:
    """From the writing of the batch to its noting. It tells no address; who could not be asked, nothing."""
    for notice, post in zip(notices, posted, strict=True):
        if post.result is Result.AWAY:
            continue
        name = f"send letter {notice.template}"
        span = traces.begin(
            name, notice.traceparent, "says", f"{notice.cause_id} {notice.at}", started_ns
        )
        told = {
            "fabriques.dossier": notice.about,
            "fabriques.template": notice.template,
            "fabriques.attempt": notice.attempts + 1,
            "fabriques.result": str(post.result),
            "messaging.message.id": notice.notice_id,
        }
        span.end(told, post.cause if post.result is Result.FAILED else "")
