"""`fabriques watch`: a live view of the platform; `--once` prints one frame."""

import asyncio
import sys
from datetime import UTC, datetime
from time import monotonic
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.platform.dead_letters import OpenLetters
from deploy.cli.terminal.printing import OneLine, Screen, console, print_lines
from deploy.cli.watch.frame import clock, frame
from deploy.cli.watch.keys import keys_of
from deploy.cli.watch.pages import page
from deploy.cli.watch.seeing import Seen, Told, ask, look
from deploy.cli.watch.warnings import last_warnings
from shared.contract.front_ends import OPERATORS
from shared.kit.bus.reaching import without_secrets

app = typer.Typer()
LOOKS_A_QUESTION = 5  # of the log; a summary costs a service more than a look costs the broker
HEIGHT_IN_FILES = 50


@app.command()
def watch(
    once: Annotated[
        bool, typer.Option("--once", help="Print one frame, for a pipe or a file.")
    ] = False,
    seconds: Annotated[
        float, typer.Option(min=0.5, max=60, help="Between two looks at the log.")
    ] = 2.0,
) -> None:
    """Watch streams and their rates, what lags, waves, money, mail, early events and dead letters.

    Keys open a page: d durables, s streams, l dead letters, w last warnings; o leads back, q ends. It fits
    80 columns and 24 lines, and works over SSH. Nobody's data is shown.
    """
    with_bus(lambda bus: _once(bus) if once else _watch(bus, seconds), OPERATORS)


async def _once(bus: Bus) -> None:
    """Two looks, so that there are rates."""
    told = await ask(bus, OpenLetters())
    before = await look(bus, told)
    await asyncio.sleep(1.0)
    print_lines(_drawn(bus, await look(bus, told), before, console()))


async def _watch(bus: Bus, seconds: float) -> None:
    """A key is answered at once, from what was seen last."""
    out = console()
    before: Seen | None = None
    told = Told()
    looks = 0
    letters = OpenLetters()
    screen = Live(console=out, screen=out.is_terminal, auto_refresh=False)
    with screen as live, keys_of(sys.stdin) as keys:
        while not keys.ended:
            if looks % LOOKS_A_QUESTION == 0:
                told = await ask(bus, letters)
            looks += 1
            seen = await look(bus, told)
            due = monotonic() + seconds
            pressed = True
            while pressed and not keys.ended:
                live.update(Group(*_drawn(bus, seen, before, out, keys.page)), refresh=True)
                pressed = await keys.pressed_within(due - monotonic())
            before = seen


def _drawn(
    bus: Bus, seen: Seen, before: Seen | None, out: Screen, asked: str = ""
) -> list[OneLine]:
    """A page that was asked for by a key, or a whole frame for a file."""
    now = datetime.now(UTC)
    mode = "rehearsal" if bus.settings.rehearsal else "production"
    where = ", ".join(without_secrets(url) for url in bus.settings.nats_urls)
    title = f"{bus.programme.id} ({mode}) at {where} · {clock(now)} · Ctrl-C ends"
    height = out.height if out.is_terminal else HEIGHT_IN_FILES
    if not asked:
        return frame(seen, before, title, now, out.width, height)
    warned = last_warnings(bus.settings.home / "logs", height)
    return page(asked, seen, before, warned, title, now, out.width, height)
