"""Clocks: no deadline passes where this machine's and the broker's are apart."""

from datetime import UTC, datetime

from deploy.cli.doctor.finding import Finding
from deploy.cli.doctor.ground import Ground
from shared.kit.clock import APART_SECONDS_MAX

NOTICED_SECONDS = 5.0


async def check_clocks(ground: Ground) -> list[Finding]:
    """The time it took to ask is counted too: it is far below what is noticed."""
    return judge_clocks((datetime.now(UTC) - ground.now).total_seconds())


def judge_clocks(ahead_seconds: float) -> list[Finding]:
    """`ahead_seconds` is how far this machine's clock is ahead of the broker's."""
    apart_seconds = abs(ahead_seconds)
    if apart_seconds < NOTICED_SECONDS:
        return []
    what = f"this machine's clock and the broker's are {apart_seconds:.0f} s apart"
    if apart_seconds > APART_SECONDS_MAX:
        todo = "set the wrong one (timedatectl, chrony): until then no wave closes"
        return [Finding("error", "clocks", what, todo)]
    todo = (
        f"set the wrong one (timedatectl, chrony): from {APART_SECONDS_MAX:.0f} s on no wave closes"
    )
    return [Finding("warning", "clocks", what, todo)]
